"""The audit log: written first, verifiable by anybody, and nothing happens without it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import struct
import subprocess
import time
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fake import Request
from system import auditcheck, lockdown, processes
from system.harness import ALWAYS, ROOT, GhwardTestCase, Result

LIST = ("alerts", "list", "-R", "acme/shop")
VIEW = ("alerts", "view", "7", "-R", "acme/shop")

_STRUCT_FLOCK = "hhqqi4x"
_F_OFD_SETLK = 37


BENCH = Path(os.environ.get("GHWARD_BUILD", ROOT / "build")) / "tests/bench/bench_audit"
"""Makes long logs quickly, with the writer itself."""


class AuditTestCase(GhwardTestCase):
    @property
    def directory(self) -> Path:
        return self.ghward.scratch.audit

    def segment(self) -> Path:
        (found,) = sorted(self.directory.glob("*.jsonl"))
        return found

    def verify(self, *arguments: str) -> Result:
        return self.ghward.run("audit", "verify", *arguments)

    def copy(self) -> Path:
        """Evidence to tamper with."""
        copied = self.ghward.scratch.work / "evidence"
        shutil.rmtree(copied, ignore_errors=True)
        shutil.copytree(self.directory, copied)
        self.ghward.scratch.settle()
        return copied

    def prepare(self) -> None:
        """Makes a place in the user's state by hand, as that user."""
        self.directory.mkdir(parents=True, mode=0o700)
        self.directory.parent.chmod(0o700)
        self.ghward.scratch.settle()


class Records(AuditTestCase):
    def test_the_intent_is_durable_before_the_token_is_used(self) -> None:
        seen: list[list[tuple[str, str]]] = []

        def look(_: Request) -> None:
            seen.append([(one["event"], one["phase"]) for one in self.ghward.records()])

        self.addCleanup(self.fake.observe(look))
        self.run_ok(*LIST)
        self.assertEqual(seen, [[("alerts.list", "intent")]])

    def test_every_answer_and_the_end_are_on_record(self) -> None:
        self.run_ok(*LIST, "--state", "open")
        intent, answer, result = self.ghward.records()
        self.assertEqual((intent["decision"], intent["target"]), ("allow", "acme/shop"))
        self.assertEqual(intent["details"]["api"], self.fake.url)
        self.assertEqual(intent["details"]["credential"], "GH_ENTERPRISE_TOKEN")
        uid = lockdown.UID if lockdown.is_wanted() else os.getuid()
        self.assertEqual(intent["actor"], f"uid:{uid}")
        self.assertEqual((answer["event"], answer["outcome"]), ("alerts.list", "answered"))
        self.assertEqual(answer["details"]["status"], "200")
        self.assertTrue(answer["request_id"].startswith("C0DE:"))
        self.assertEqual((result["phase"], result["outcome"]), ("result", "done"))
        self.assertEqual({one["job"] for one in (intent, answer, result)}, {intent["job"]})
        self.assertRegex(intent["job"], r"^j-[0-9a-f]{16}$")

    def test_a_refusal_of_our_own_is_recorded_as_one(self) -> None:
        self.ghward.run(*LIST, env={"GH_ENTERPRISE_TOKEN": None})
        intent, result = self.ghward.records()
        self.assertEqual((intent["decision"], result["outcome"]), ("deny", "authentication"))

    def test_times_and_numbers_go_forward(self) -> None:
        for _ in range(3):
            self.run_ok(*VIEW)
        records = self.ghward.records()
        numbers = [one["seq"] for one in records]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertEqual([one["mono"] for one in records], sorted(one["mono"] for one in records))
        self.assertRegex(records[0]["time"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertEqual(len({one["boot"] for one in records}), 1)

    def test_only_the_user_can_read_it(self) -> None:
        self.run_ok(*VIEW)
        self.assertEqual(self.directory.stat().st_mode & 0o777, 0o700)
        for path in self.directory.iterdir():
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)


class Together(AuditTestCase):
    def test_sixteen_commands_one_chain(self) -> None:
        results = self.ghward.together(16, *LIST)
        self.assertEqual([one.code for one in results], [0] * 16, results)
        records = self.ghward.records()
        self.assertEqual(len(records), 16 * 3)
        self.assertEqual(len({one["job"] for one in records}), 16)
        self.assertEqual(self.verify().code, 0)

    def test_commands_killed_at_any_moment_leave_a_chain_that_goes_on(self) -> None:
        self.ghward.inspects = False
        for step in range(20):
            running = self.ghward.start(*LIST)
            time.sleep(step * 0.002)
            running.process.send_signal(signal.SIGKILL)
            self.assertIn(self.ghward.finish(running).code, (0, -signal.SIGKILL))
        self.run_ok(*LIST)
        self.ghward.records()
        self.assertEqual(self.verify().code, 0)


class Verify(AuditTestCase):
    def setUp(self) -> None:
        super().setUp()
        for _ in range(3):
            self.run_ok(*LIST)

    def test_says_what_it_found(self) -> None:
        seen = json.loads(self.verify("--json").out)
        lines = self.segment().read_bytes().splitlines()
        self.assertEqual({key: seen[key] for key in ("ok", "records", "segments", "first_bad", "last_hash")}, {
            "ok": True, "records": len(lines), "segments": 1, "first_bad": None,
            "last_hash": auditcheck.leaf_hash(lines[-1]),
        })
        text = self.verify()
        self.assertIn(f"{len(lines)} records", text.out)
        self.assertEqual((text.code, text.err), (0, ""))

    def test_needs_neither_token_nor_github_nor_writing(self) -> None:
        copied = self.copy()
        for path in (*copied.iterdir(), copied):
            path.chmod(0o500 if path.is_dir() else 0o400)
        self.fake.reset()
        result = self.ghward.run("audit", "verify", "--dir", str(copied), env={
            "GH_ENTERPRISE_TOKEN": None, "GITHUB_API_URL": None, "GHWARD_CA_FILE": None,
        })
        self.assertEqual(result.code, 0, result)
        self.assert_untouched()
        copied.chmod(0o700)

    def test_a_directory_that_is_not_there(self) -> None:
        result = self.verify("--dir", "/nonexistent", "--json")
        self.assertNotEqual(result.code, 0)
        self.assertIn("/nonexistent", result.error["message"])

    def damaged(self, change: bytes, head: bytes | None = None) -> Result:
        """Verifies a copy whose only segment has this content."""
        copied = self.copy()
        (copied / self.segment().name).write_bytes(change)
        if head is not None:
            (copied / "head").write_bytes(head)
        result = self.verify("--dir", str(copied), "--json")
        self.assertEqual(result.code, 8, result)
        self.assertIs(result.json["ok"], False)
        return result

    def test_any_flipped_bit(self) -> None:
        data = self.segment().read_bytes()
        for at in range(0, len(data), 61):
            with self.subTest(at):
                flipped = bytearray(data)
                flipped[at] ^= 1 << (at % 8)
                self.damaged(bytes(flipped))

    def test_names_the_record(self) -> None:
        lines = self.segment().read_bytes().splitlines(keepends=True)
        at = next(at for at, line in enumerate(lines) if at > 3 and b'"acme/shop"' in line)
        lines[at] = lines[at].replace(b'"acme/shop"', b'"acme/shoq"')
        found = self.damaged(b"".join(lines)).json["first_bad"]
        self.assertEqual(found, {"seq": at + 1, "segment": self.segment().name, "kind": "changed"})

    def test_records_removed_repeated_reordered_or_added(self) -> None:
        lines = self.segment().read_bytes().splitlines(keepends=True)
        forged = lines[-1].replace(b'"seq":%d' % len(lines), b'"seq":%d' % (len(lines) + 1))
        damages: dict[str, list[bytes]] = {
            "first removed": lines[1:],
            "one removed": lines[:4] + lines[5:],
            "last removed": lines[:-1],
            "half removed": lines[: len(lines) // 2],
            "all removed": [],
            "repeated": lines[:3] + lines[2:],
            "swapped": [*lines[:3], lines[4], lines[3], *lines[5:]],
            "forged": [*lines, forged],
            "torn": [*lines[:-1], lines[-1][:-10]],
            "rubbish": [*lines, b"\x00\xff\x1b[2J\n"],
            "endless": [*lines, b"a" * 200_000],
        }
        for name, changed in damages.items():
            with self.subTest(name):
                self.damaged(b"".join(changed))

    def test_a_missing_or_lying_head(self) -> None:
        data = self.segment().read_bytes()
        for head in (b"", b"0" * 86, b"%020d %s\n" % (99, b"a" * 64)):
            with self.subTest(head[:10]):
                self.damaged(data, head)

    def test_a_segment_that_is_not_there_or_no_file(self) -> None:
        name = self.segment().name

        makers: dict[str, Callable[[Path], object]] = {
            "nothing": lambda path: None,
            "a pipe": os.mkfifo,
            "a symbolic link": lambda path: path.symlink_to(self.segment()),
            "a directory": os.mkdir,
        }
        for kind, make in makers.items():
            with self.subTest(kind):
                copied = self.copy()
                (copied / name).unlink()
                make(copied / name)
                self.ghward.scratch.settle()
                result = self.ghward.run("audit", "verify", "--dir", str(copied), timeout=5)
                self.assertIn(result.code, (1, 8), result)


class Large(AuditTestCase):
    def test_every_processor_reads_and_is_confined(self) -> None:
        large = self.ghward.scratch.work / "large"
        large.mkdir(mode=0o700)
        subprocess.run([str(BENCH), str(large), "128", "1"], check=True, stdout=subprocess.DEVNULL)
        self.ghward.scratch.settle()
        running = self.ghward.start("audit", "verify", "--dir", str(large), "--json")
        seen: list[Any] = []

        def all_at_work() -> bool:
            found = [one for one in self.ghward.processes() if one.role == "verify"]
            seen[:] = [one.status()["Seccomp"] for one in found]
            return len(found) > len(os.sched_getaffinity(0)) and set(seen) == {"2"}

        caught = len(os.sched_getaffinity(0)) == 1 or processes.wait_for(all_at_work, 5, 0.001)
        result = self.ghward.finish(running)
        self.assertTrue(caught, seen)
        self.assertEqual((result.code, result.json["ok"]), (0, True), result)


class Damaged(AuditTestCase):
    audit_is_damaged = True

    def test_a_damaged_log_is_not_continued(self) -> None:
        self.run_ok(*LIST)
        lines = self.segment().read_bytes().splitlines(keepends=True)
        lines[-1] = lines[-1].replace(b'"seq"', b'"sek"')
        self.segment().write_bytes(b"".join(lines))
        self.fake.reset()
        self.assert_refused(*LIST, code=1, kind="audit", says="was changed", audited=False)
        self.assertEqual(self.fake.requests, [])
        self.assertEqual(self.verify().code, 8)

    def test_a_torn_end_is_recovered_and_recorded(self) -> None:
        self.run_ok(*LIST)
        whole = self.segment().read_bytes()
        with open(self.segment(), "ab") as segment:
            segment.write(b'{"seq":4,"time":"2026-')
        self.run_ok(*LIST)
        self.assertTrue(self.segment().read_bytes().startswith(whole))
        recovered = self.ghward.records()[3]
        self.assertEqual(recovered["event"], "audit.recover")
        self.assertEqual(recovered["details"], {"bytes_cut": "22"})
        self.assertEqual(self.verify().code, 0)

    def test_a_log_of_several_segments(self) -> None:
        """Segments are closed by size and by age; each has a key of its own, and is one chain with the others."""
        self.configure(audit={"segment_size": 65536})
        while len(list(self.directory.glob("*.jsonl"))) < 3:
            self.run_ok(*LIST, "--jq", ". | length" + " " * 4000)
        found = json.loads(self.verify("--json").out)
        self.assertEqual((found["ok"], found["segments"], found["epochs"]), (True, 3, 3))
        self.ghward.records()


class FailClosedTestCase(AuditTestCase):
    """No record, no deed: whatever keeps the log from being written keeps GitHub from being asked."""

    audit_is_damaged = True

    def denied(self, says: str = ".") -> None:
        self.fake.reset()
        self.assert_refused(*LIST, code=1, kind="audit", says=says, audited=False)
        self.assertEqual(self.fake.requests, [])


class FailClosed(FailClosedTestCase):
    def test_directory_not_writable(self) -> None:
        self.prepare()
        self.directory.chmod(0o500)
        self.denied()
        self.directory.chmod(0o700)
        self.run_ok(*LIST)

    def test_segment_not_writable(self) -> None:
        self.run_ok(*LIST)
        self.segment().chmod(0o400)
        self.denied()

    def test_state_directory_not_writable(self) -> None:
        state = self.ghward.scratch.state
        if os.geteuid() == 0 and not lockdown.is_wanted():
            # The command still has root's powers when it makes the directory.
            state.rmdir()
            state.write_text("a file where a directory should be")
        else:
            state.chmod(0o500)
        self.denied()

    def test_a_place_that_others_could_change(self) -> None:
        self.prepare()
        elsewhere = self.ghward.scratch.work / "elsewhere"
        elsewhere.mkdir(mode=0o700)
        self.directory.chmod(0o777)
        self.denied(says="written to by others")
        self.directory.rmdir()
        self.directory.symlink_to(elsewhere)
        self.denied()
        self.directory.unlink()
        self.directory.touch()
        self.denied()

    @unittest.skipUnless(os.geteuid() == 0, "only root can give files away")
    def test_a_directory_of_somebody_else(self) -> None:
        self.prepare()
        os.chown(self.directory, 12345, 12345)
        self.denied(says="12345|Permission denied")

    def test_a_log_that_somebody_else_has_locked(self) -> None:
        self.run_ok(*LIST)
        with open(self.directory / "lock", "r+b") as lock:
            fcntl.fcntl(lock, _F_OFD_SETLK, struct.pack(_STRUCT_FLOCK, fcntl.F_WRLCK, 0, 0, 0, 0))
            self.fake.reset()
            result = self.ghward.run(*LIST, "--json")
        self.assertEqual((result.code, result.error["kind"]), (1, "audit"), result)
        self.assertIn("lock", result.error["message"])
        self.assertEqual(self.fake.requests, [])


@unittest.skipUnless(os.geteuid() == 0, "only root can mount")
class FullDisk(FailClosedTestCase):
    """A disk of its own for the log. What ghward has set aside there is for the results of what has begun."""

    def mount(self, size: str) -> None:
        uid = lockdown.UID if lockdown.is_wanted() else 0
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700,uid={uid},gid={uid}", "none",
             str(self.directory)], check=True,
        )
        self.addCleanup(subprocess.check_call, ["umount", "-l", str(self.directory)])

    def setUp(self) -> None:
        super().setUp()
        self.prepare()

    def fill(self) -> None:
        with open(self.directory / "filler", "ab", buffering=0) as filler:
            try:
                while filler.write(b"x" * 4096):
                    pass
            except OSError:
                pass

    def test_nothing_is_begun(self) -> None:
        self.mount("512k")
        self.denied(says="disk of the audit log is full")
        self.assertEqual(self.ghward.run("doctor", "--json").code, 0)
        subprocess.run(["mount", "-o", "remount,size=4m", str(self.directory)], check=True)
        self.run_ok(*LIST)
        self.ghward.records()
        self.assertEqual(self.ghward.run("audit", "verify").code, 0)

    def test_what_has_begun_is_recorded(self) -> None:
        """The disk is full when GitHub's answer comes: its record has room, and so it reaches the user."""
        self.mount("4m")
        held = self.fake.hold("/alerts$", times=ALWAYS)
        running = self.ghward.start(*LIST, "--json")
        held.wait()
        self.fill()
        held.release()
        result = self.ghward.finish(running)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.ghward.records()[-1]["outcome"], "done")

    def test_a_daemon_goes_on_when_there_is_space(self) -> None:
        self.mount("512k")
        with self.daemon() as daemon:
            daemon.settle()
            result = self.ghward.run(*LIST, "--json", env={"GH_ENTERPRISE_TOKEN": None})
            self.assertEqual((result.code, result.error["kind"]), (1, "audit"), result)
            subprocess.run(["mount", "-o", "remount,size=4m", str(self.directory)], check=True)
            self.assertTrue(processes.wait_for(lambda: self.ghward.run(*LIST).code == 0, 10))
        self.assertEqual(self.ghward.run("audit", "verify").code, 0)
