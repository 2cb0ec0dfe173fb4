"""A reviewer checks a log: with what was kept elsewhere, against every kind of damage, and by another program."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
import unittest
from pathlib import Path

from system import auditcheck, auditmake, processes
from system.harness import PROGRAMS, GhwardTestCase, Result
from system.processes import Process

LIST = ("alerts", "list", "-R", "acme/shop")


class VerifyTestCase(GhwardTestCase):
    audit_is_damaged = True

    def setUp(self) -> None:
        super().setUp()
        for _ in range(3):
            self.run_ok(*LIST)

    @property
    def log(self) -> Path:
        return self.ghward.scratch.audit

    def copy(self, name: str = "evidence") -> Path:
        copied = self.ghward.scratch.work / name
        shutil.rmtree(copied, ignore_errors=True)
        shutil.copytree(self.log, copied)
        self.ghward.scratch.settle()
        return copied

    def keep(self, name: str, text: str) -> str:
        path = self.ghward.scratch.work / name
        path.write_text(text)
        self.ghward.scratch.settle()
        return str(path)

    def verify(self, *arguments: str, code: int = 0) -> Result:
        result = self.ghward.run("audit", "verify", *arguments)
        self.assertEqual(result.code, code, result)
        return result

    def damage(self, *arguments: str) -> tuple[str, int]:
        found = self.verify("--json", *arguments, code=8).json
        self.assertIs(found["ok"], False)
        return found["first_bad"]["kind"], found["first_bad"]["seq"]


class KeptElsewhere(VerifyTestCase):
    def pubkey(self) -> str:
        return self.run_ok("audit", "pubkey").out

    def test_the_first_key(self) -> None:
        key = self.pubkey()
        log = auditcheck.verify_log(self.log, key)
        self.assertEqual(self.run_ok("audit", "pubkey", "--json").json,
                         {"key": key.strip(), "origin": log.first_key and log.first_key.origin})
        for given in (key.strip(), self.keep("audit.pub", key)):
            self.assertIs(self.verify("--from-key", given, "--json").json["key_matches"], True)
        self.assertIn("taken on trust", self.verify().out)
        self.assertNotIn("taken on trust", self.verify("--from-key", key.strip()).out)

    def test_a_log_with_another_first_key(self) -> None:
        """Somebody moved the log away, and a new one began."""
        key = self.pubkey().strip()
        shutil.rmtree(self.log)
        self.run_ok(*LIST)
        self.verify()
        self.assertEqual(self.damage("--from-key", key), ("bad signature", 1))
        shutil.rmtree(self.log)
        self.log.mkdir(mode=0o700)
        self.ghward.scratch.settle()
        self.assertEqual(self.damage("--from-key", key), ("missing segment", 1))

    def test_what_is_no_key_and_no_checkpoint(self) -> None:
        for option in ("--from-key", "--checkpoint"):
            for given in ("/nonexistent", "/", self.keep("empty", ""), self.keep("other", "ghward-audit/+x+y\n")):
                with self.subTest(option, given=given):
                    result = self.ghward.run("audit", "verify", option, given)
                    self.assertEqual((result.code, result.out), (2, ""), result)

    def test_a_checkpoint(self) -> None:
        first = self.run_ok("audit", "checkpoint").out
        self.run_ok(*LIST)
        notes = self.keep("notes", first + self.run_ok("audit", "checkpoint").out)
        self.run_ok(*LIST)
        self.assertEqual(self.verify("--checkpoint", notes, "--json").json["kept_checkpoint"], "matches")
        self.verify("--checkpoint", self.keep("first", first))
        # What is not signed by this log.
        lines = first.splitlines(keepends=True)
        lines[1] = "1\n"
        self.assertEqual(self.damage("--checkpoint", self.keep("forged", "".join(lines)))[0], "bad signature")

    def test_an_earlier_copy_shows_only_against_a_checkpoint(self) -> None:
        earlier = self.copy()
        self.run_ok(*LIST)
        notes = self.keep("notes", self.run_ok("audit", "checkpoint").out)
        self.verify("--dir", str(earlier))
        lines = len(next(earlier.glob("*.jsonl")).read_bytes().splitlines())
        self.assertEqual(self.damage("--dir", str(earlier), "--checkpoint", notes), ("cut tail", lines + 1))

    def test_an_earlier_log_with_a_later_seal(self) -> None:
        earlier = self.copy()
        self.run_ok(*LIST)
        shutil.copy(self.log / "seal", earlier)
        self.assertEqual(self.damage("--dir", str(earlier))[0], "broken seal")


class Damages(VerifyTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.other = self.copy("other")
        (segment,) = self.log.glob("*.jsonl")
        self.name = segment.name
        self.lines = segment.read_bytes().splitlines(keepends=True)

    def changed(self, lines: list[bytes]) -> Path:
        copied = self.copy()
        (copied / self.name).write_bytes(b"".join(lines))
        return copied

    def test_kinds_and_numbers(self) -> None:
        shutil.rmtree(self.log)
        self.run_ok(*LIST)
        (foreign,) = (path.read_bytes().splitlines(keepends=True)[2] for path in self.log.glob("*.jsonl"))
        shutil.rmtree(self.log)
        shutil.copytree(self.other, self.log)
        lines, last = self.lines, len(self.lines)
        cases: dict[tuple[str, int], list[bytes]] = {
            ("changed", 4): [*lines[:3], lines[3].replace(b"acme/shop", b"acme/shoq"), *lines[4:]],
            ("dropped", 5): lines[:4] + lines[5:],
            ("duplicated", 6): lines[:6] + lines[5:],
            ("reordered", 3): [*lines[:2], lines[3], lines[2], *lines[4:]],
            ("spliced", 4): [*lines[:3], foreign, *lines[3:]],
            ("torn", last): [*lines[:-1], lines[-1][:-10]],
            ("cut tail", last): lines[:-1],
        }
        for expected, changed in cases.items():
            with self.subTest(expected[0]):
                self.assertEqual(self.damage("--dir", str(self.changed(changed))), expected)

    def test_words_for_a_reviewer(self) -> None:
        result = self.verify("--dir", str(self.changed(self.lines[:4] + self.lines[5:])), code=8)
        for words in ("DAMAGED", "Record 5: dropped", self.name, "What to do", "evidence"):
            self.assertIn(words, result.out)

    def test_two_verifiers_agree(self) -> None:
        """Whatever is done to a log by chance: both find it, or it does no harm."""
        rng = random.Random(20260101)
        for step in range(60):
            data = bytearray(b"".join(self.lines))
            at = rng.randrange(len(data))
            size = rng.choice((1, 1, 3, 200))
            match rng.randrange(3):
                case 0:
                    data[at:at + size] = rng.randbytes(size)
                case 1:
                    del data[at:at + size]
                case _:
                    data[at:at] = data[(start := rng.randrange(len(data))):start + size]
            if bytes(data) == b"".join(self.lines):
                continue
            copied = self.changed([bytes(data)])
            with self.subTest(step), self.assertRaises(auditcheck.Broken):
                auditcheck.verify(copied)
            self.damage("--dir", str(copied))


class Findings(VerifyTestCase):
    def test_a_recovery(self) -> None:
        (segment,) = self.log.glob("*.jsonl")
        with open(segment, "ab") as torn:
            torn.write(b'{"seq":4,"time":"2026-')
        self.run_ok(*LIST)
        found = self.verify("--json").json
        self.assertEqual(found["finding_counts"]["recovery"], 1)
        (finding,) = (one for one in found["findings"] if one["kind"] == "recovery")
        self.assertIn("22 bytes", finding["detail"])
        self.assertIn("22 bytes", self.verify().out)


class Bundles(VerifyTestCase):
    def test_another_program_comes_to_the_same(self) -> None:
        key = self.run_ok("audit", "pubkey").out
        bundle = Path(self.ghward.scratch.work / "bundle")
        self.run_ok("audit", "export", "--event", "alerts.*", "--bundle", "-o", str(bundle))
        records = auditcheck.verify_bundle(bundle.read_bytes(), key)
        self.assertGreater(len(records), 3)
        self.assertEqual({one["event"].split(".")[0] for one in records}, {"alerts"})
        whole = bundle.read_bytes()
        path = self.ghward.scratch.work / "audit.pub"
        path.write_text(key)
        for at in range(0, len(whole), 97):
            bundle.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
            with self.assertRaises((auditcheck.Broken, ValueError)):
                auditcheck.verify_bundle(bundle.read_bytes(), key)
            done = subprocess.run([PROGRAMS / "ghward-verify", bundle, path], capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stdout), (1, ""), at)
            self.assertTrue(done.stderr.startswith("ghward-verify: the bundle proves nothing: "), done.stderr)


class MadeElsewhere(GhwardTestCase):
    """Logs from another hand, by the documented format alone."""

    def make(self, segments: int, records: int) -> tuple[Path, str]:
        directory = self.ghward.scratch.work / "made"
        key = auditmake.make(directory, segments, records)
        self.ghward.scratch.settle()
        return directory, key

    def test_a_small_one(self) -> None:
        directory, key = self.make(3, 5)
        self.assertEqual(len(auditcheck.verify(directory, key)), 15)
        found = self.ghward.run("audit", "verify", "--dir", str(directory), "--from-key", key, "--json").json
        self.assertEqual((found["ok"], found["records"], found["segments"], found["epochs"]), (True, 15, 3, 3))
        self.assertEqual(found["checkpoint"]["size"], 14)

    def test_a_large_one_is_read_by_several_processes_each_confined(self) -> None:
        directory, key = self.make(2, 60000)
        running = self.ghward.start("audit", "verify", "--dir", str(directory), "--from-key", key, "--json")
        confined: set[int] = set()
        while running.process.poll() is None:
            for process in processes.descendants({running.process.pid}, processes.snapshot()):
                confined |= self.look(process)
            time.sleep(0.005)
        result = self.ghward.finish(running)
        self.assertEqual((result.code, result.json["records"]), (0, 120000), result)
        cores = len(os.sched_getaffinity(0))
        self.assertEqual(len(confined), 1 + min(cores, 8) if cores > 1 else 1)

    def look(self, process: Process) -> set[int]:
        """The process, if it is a verifier behind two filters: the agent's and its own."""
        try:
            status = process.status()
        except processes.GONE:
            return set()
        confined = status["Seccomp"] == "2" and status["Seccomp_filters"] == "2" and status["NoNewPrivs"] == "1"
        return {process.pid} if process.role == "verify" and confined else set()


if __name__ == "__main__":
    unittest.main()
