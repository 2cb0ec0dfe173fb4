"""The reference environment: uid 1000, no capabilities, no_new_privs, read-only but for one directory.

The first story proves that the environment is what it claims to be. The second re-runs all other stories in it;
run.py does that itself, with several at once, and says so by GHWARD_STORIES_SCHEDULED.
"""

from __future__ import annotations

import os
import subprocess
import sys
import unittest
from pathlib import Path

from system import lockdown
from system.harness import ROOT, Scratch

TESTS = Path(__file__).resolve().parent

# Stories about the harness and not about ghward.
NOT_STORIES = {"test_harness", "test_locked_down"}


def story_modules() -> list[str]:
    return sorted(path.stem for path in TESTS.glob("test_*.py") if path.stem not in NOT_STORIES)


@unittest.skipUnless(lockdown.is_possible(), "only root can lock a command down")
class Environment(unittest.TestCase):
    def run_inside(self, script: str) -> "subprocess.CompletedProcess[str]":
        scratch = Scratch.make()
        self.addCleanup(scratch.remove)
        for path in (scratch.base, *scratch.base.rglob("*")):
            os.chown(path, lockdown.UID, lockdown.UID)
        return subprocess.run(
            lockdown.wrap(["/bin/sh", "-c", script], scratch.base), cwd=scratch.work,
            capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"},
        )

    def test_is_what_it_claims_to_be(self) -> None:
        done = self.run_inside("id -u; id -G; grep -E '^(Cap|NoNewPrivs)' /proc/self/status")
        self.assertEqual(done.stderr, "")
        uid, groups, *status = done.stdout.splitlines()
        self.assertEqual((uid, groups), (str(lockdown.UID), str(lockdown.UID)))
        fields = dict(line.split(":\t") for line in status)
        self.assertEqual(fields.pop("NoNewPrivs"), "1")
        self.assertEqual({int(value, 16) for value in fields.values()}, {0})

    def test_only_the_scratch_directory_can_be_written(self) -> None:
        done = self.run_inside(
            "touch mine && echo written; for place in / /tmp /var/tmp /dev/shm /run $OLDPWD; do"
            " touch $place/ghward-test 2>&1; done; true"
        )
        written, *refused = done.stdout.splitlines()
        self.assertEqual(written, "written")
        self.assertTrue(refused)
        for line in refused:
            self.assertRegex(line, "Read-only file system|Permission denied")
        self.assertTrue(any("Read-only" in line for line in refused))

    def test_nothing_of_it_is_left_outside(self) -> None:
        before = Path("/proc/self/mounts").read_text()
        self.run_inside("true")
        self.assertEqual(Path("/proc/self/mounts").read_text(), before)


@unittest.skipUnless(lockdown.is_possible(), "only root can lock a command down")
@unittest.skipIf(lockdown.is_wanted(), "this is the environment already")
@unittest.skipIf("GHWARD_STORIES_SCHEDULED" in os.environ, "run.py runs them")
class Stories(unittest.TestCase):
    def test_all_stories(self) -> None:
        for module in story_modules():
            with self.subTest(module):
                done = subprocess.run(
                    [sys.executable, "-m", "unittest", f"system.{module}"], cwd=ROOT / "tests",
                    env={**os.environ, "GHWARD_LOCKED_DOWN": "1"}, capture_output=True, text=True,
                    check=False,
                )
                self.assertEqual(done.returncode, 0, done.stderr)
