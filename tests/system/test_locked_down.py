"""The reference environment is what it claims to be: no power at all, and one writable directory.

With GHWARD_LOCKED_DOWN=1 every command of every story runs in it; tests/run tells all stories in
that way, too.
"""

from __future__ import annotations

import subprocess
import unittest
from pathlib import Path

from system import lockdown
from system.basics import Scratch


@unittest.skipUnless(lockdown.is_possible(), "only root can lock a command down")
class Environment(unittest.TestCase):
    def run_inside(self, script: str) -> "subprocess.CompletedProcess[str]":
        scratch = Scratch.make()
        self.addCleanup(scratch.remove)
        scratch.give_away()
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
