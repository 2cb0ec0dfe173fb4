"""The harness itself: each promise it checks for is broken here on purpose, and it has to notice."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from system import auditcheck, confinement, processes
from system.harness import Broken, Canary, GhwardTestCase, Result, random_secret
from system.processes import Process

VIEW = ("alerts", "view", "7", "-R", "acme/shop")

# Holds what is in its argument or environment, or what it reads, until it is killed.
_KEEPER = "import sys, time; held = sys.stdin.readline(); print('ready', flush=True); time.sleep(60)"


@contextmanager
def impostor(
    name: str, *arguments: str, secret: str = "", env: dict[str, str] | None = None
) -> Iterator[Process]:
    """An unconfined process that calls itself a part of ghward."""
    with tempfile.TemporaryDirectory() as directory:
        program = Path(directory) / name
        program.symlink_to(sys.executable)
        child = subprocess.Popen(
            [str(program), "-c", _KEEPER, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env=env or {},
        )
        assert child.stdin is not None and child.stdout is not None
        try:
            child.stdin.write(secret + "\n")
            child.stdin.flush()
            child.stdout.readline()
            yield Process(child.pid, os.getpid(), name, "S")
        finally:
            child.kill()
            child.communicate()


class Confinement(unittest.TestCase):
    def setUp(self) -> None:
        self.canary = Canary("ghp_" + random_secret())
        self.rules = confinement.Rules(self.canary.needles, "/nonexistent", "/nonexistent", "/nonexistent",
                                       "/nonexistent", "/nonexistent", "/nonexistent",
                                       confinement.own_filters(), patience=0.05)

    def found(self, process: Process) -> str:
        return "\n".join(confinement.check([process], self.rules))

    def test_an_unconfined_process(self) -> None:
        with impostor("ghward-worker") as process:
            found = self.found(process)
        for fault in ("Seccomp is", "filters, not", "descriptor 0", "descriptor 3"):
            self.assertIn(fault, found)
        # Where the test itself has no more than that, there is nothing to find.
        own = processes.snapshot()[os.getpid()].status()
        self.assertEqual("no_new_privs is not set" in found, own["NoNewPrivs"] == "0")
        self.assertEqual("CapEff is" in found, int(own["CapEff"], 16) != 0)

    def test_a_git_that_is_not_confined(self) -> None:
        with impostor("git") as process:
            found = self.found(process)
        self.assertIn("git (", found)
        self.assertIn("Seccomp is", found)

    def test_a_process_with_an_environment(self) -> None:
        with impostor("ghward-worker", env={"PATH": "/bin"}) as process:
            self.assertIn("has an environment", self.found(process))

    def test_a_token_in_arguments_environment_and_memory(self) -> None:
        token = self.canary.token
        with impostor("ghward-worker", token) as process:
            self.assertIn("has the token in its arguments", self.found(process))
        with impostor("ghward", env={"GH_TOKEN": token}) as process:
            self.assertIn("has the token in its environment", self.found(process))

    @unittest.skipUnless(os.geteuid() == 0, "only root can read the memory of others")
    def test_a_token_in_memory(self) -> None:
        fault = "has the token in its memory"
        # The end alone is as bad as the whole.
        with impostor("ghward-worker", secret=self.canary.token[-20:]) as process:
            self.assertIn(fault, self.found(process))
        with impostor("ghward-worker", secret=random_secret()) as process:
            self.assertNotIn(fault, self.found(process))
        with impostor("ghward-net") as process:
            self.assertIn("does not find the token even in ghward-net", self.found(process))

    def test_an_open_file(self) -> None:
        with impostor("ghward-net") as process:
            self.assertRegex(self.found(process), r"descriptor 0 on pipe")

    def test_an_unknown_process(self) -> None:
        with impostor("ghward-helper") as process:
            self.assertIn("unknown process", self.found(process))


class Runs(GhwardTestCase):
    def after(self, out: str = "") -> None:
        self.ghward.check_after(Result(("x",), 0, out, "", 0.0), out.encode())

    def test_a_token_in_the_output(self) -> None:
        token = self.ghward.canary.token
        for leaked in (token, token[:20], token[-20:]):
            with self.assertRaises(Broken):
                self.after(f"the token is {leaked}!")
        self.after("ghp_**** " + random_secret())

    def test_a_token_in_a_file_or_its_name(self) -> None:
        token = self.ghward.canary.token
        path = self.ghward.scratch.state / "log"
        path.write_text(f"... {token[10:30]} ...")
        with self.assertRaises(Broken):
            self.after()
        path.unlink()
        (self.ghward.scratch.work / token).touch()
        with self.assertRaises(Broken):
            self.after()
        (self.ghward.scratch.work / token).unlink()
        self.after()

    def test_a_core_file(self) -> None:
        (self.ghward.scratch.work / "core").touch()
        with self.assertRaises(Broken):
            self.after()
        (self.ghward.scratch.work / "core").unlink()

    def test_a_process_left_behind(self) -> None:
        with impostor("ghward-audit") as process:
            with self.assertRaises(Broken):
                self.after()
            self.assertTrue(processes.wait_for(lambda: not process.is_alive()))

    def test_an_inspection_happens_in_every_run(self) -> None:
        self.ghward.rules = confinement.Rules(
            self.ghward.canary.needles, "/nonexistent", "/nonexistent", "/nonexistent",
            "/nonexistent", "/nonexistent", "/nonexistent", 99, patience=0.05,
        )
        with self.assertRaises(Broken) as caught:
            self.ghward.run(*VIEW)
        for role in ("cli", "agent", "broker", "audit", "net", "dial", "worker"):
            self.assertIn(f"ghward-{role} ", str(caught.exception))
        self.assertIn("filters, not 101", str(caught.exception))
        if os.geteuid() == 0:  # nobody else may look at the descriptors of the others
            self.assertIn("has descriptor", str(caught.exception))

    def test_a_command_that_does_not_end(self) -> None:
        self.ghward.inspects = False
        self.fake.fault("/alerts", "silence")
        started = time.monotonic()
        with self.assertRaisesRegex(Broken, "did not end"):
            self.ghward.run(*VIEW, timeout=0.5)
        self.assertLess(time.monotonic() - started, 3)


class AuditCheck(GhwardTestCase):
    audit_is_damaged = True

    def test_each_damage(self) -> None:
        self.run_ok(*VIEW)
        source = self.ghward.scratch.audit
        (segment,) = source.glob("*.jsonl")
        lines = segment.read_bytes().splitlines(keepends=True)
        with tempfile.TemporaryDirectory() as directory:
            copied = Path(directory) / "audit"
            shutil.copytree(source, copied)
            self.assertEqual(len(auditcheck.verify(copied)), len(lines))
            for damaged in (
                lines[1:], lines[:1] + lines[2:], [lines[1], lines[0], *lines[2:]],
                [lines[0], lines[1].replace(b"acme", b"acne"), *lines[2:]], [*lines, lines[-1]],
                [*lines[:-1], lines[-1][:-1]], [json.dumps(json.loads(lines[0])).encode()[:-1] + b"\n"],
            ):
                (copied / segment.name).write_bytes(b"".join(damaged))
                with self.assertRaises(auditcheck.Broken):
                    auditcheck.verify(copied)
