"""Reading the audit log: what is found, that the reading is on record, and what becomes of it when something is in the way."""

from __future__ import annotations

import csv
import fnmatch
import io
import json
import os
import shutil
import signal
import subprocess
import time
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

from system import confinement, lockdown, processes
from system.harness import PROGRAMS, Daemon, GhwardTestCase, Result, Running
from system.terminal import run_on_terminal

LIST = ("alerts", "list", "-R", "acme/shop")
SEARCH = ("audit", "search")
EXPORT = ("audit", "export")
FOLLOW = ("audit", "tail", "-f", "-n", "1", "--format", "jsonl")

Record = dict[str, Any]


class Story(GhwardTestCase):
    @property
    def audit(self) -> Path:
        return self.ghward.scratch.audit

    @property
    def store(self) -> Path:
        return self.audit.parent / "store"

    @property
    def index(self) -> Path:
        (found,) = self.store.glob("*.index")
        return found

    def lines(self) -> list[str]:
        """The log as it stands there."""
        return [line for segment in sorted(self.audit.glob("*.jsonl")) for line in segment.read_text().splitlines()]

    def fill(self) -> None:
        """Some of everything."""
        self.run_ok(*LIST)
        self.run_ok("alerts", "view", "7", "-R", "acme/shop")
        self.ghward.run("alerts", "view", "7000", "-R", "acme/shop")
        self.ghward.run("alerts", "list", "-R", "acme/shop", "--state", "nonsense")  # is denied, which is a warning
        self.run_ok("rate-limit")

    def export(self, *arguments: str, **how: Any) -> list[str]:
        return self.run_ok(*EXPORT, *arguments, **how).out.splitlines()

    def assert_finds(self, means: Callable[[Record], bool], *arguments: str, some: bool = True) -> list[str]:
        """What is exported are the very lines that a filter means, the job's own intent included."""
        found = self.export(*arguments)
        (own,) = {json.loads(line)["job"] for line in self.lines()[-3:] if '"audit.export"' in line}
        there = self.lines()
        end = max(i for i, line in enumerate(there) if f'"{own}"' in line and '"phase":"intent"' in line)
        self.assertEqual(found, [line for line in there[: end + 1] if means(json.loads(line))])
        if some:
            self.assertTrue(found, arguments)
        return found


class Filters(Story):
    def test_each(self) -> None:
        self.fill()
        records = [json.loads(line) for line in self.lines()]
        job = next(one["job"] for one in records if one["event"] == "rate_limit.view")
        actor = next(one["actor"] for one in records if one["job"])
        middle = records[len(records) // 2]["time"]
        self.assert_finds(lambda one: True)
        self.assert_finds(lambda one: one["actor"] == actor, "--actor", actor)
        self.assert_finds(lambda one: one["actor"].startswith("uid:"), "--actor", "uid:*")
        self.assert_finds(lambda one: one["event"] == "alerts.view", "--event", "alerts.view")
        self.assert_finds(lambda one: fnmatch.fnmatch(one["event"], "a*.*st"), "--event", "a*.*st")
        self.assert_finds(lambda one: one["target"].split("#")[0] == "acme/shop", "--repo", "acme/shop")
        self.assert_finds(lambda one: one["target"].startswith("acme/"), "-R", "acme/*")
        self.assert_finds(lambda one: one["job"] == job, "--job", job)
        self.assert_finds(lambda one: one["severity"] == "info", "--severity", "info")
        self.assert_finds(lambda one: one["severity"] != "info", "--severity", "warning,critical")
        self.assert_finds(lambda one: one["outcome"] == "not_found", "--outcome", "not_found")
        self.assert_finds(lambda one: "acme/shop#7000" in json.dumps(one), "--text", "acme/shop#7000")
        self.assert_finds(lambda one: one["time"] >= middle, "--since", middle)
        self.assert_finds(lambda one: one["time"] < middle, "--until", middle)
        self.assert_finds(lambda one: one["time"] >= middle and one["event"] == "alerts.view" and one["actor"] == actor,
                          "--since", middle, "--event", "alerts.view", "--actor", actor)
        self.assert_finds(lambda one: False, "--actor", "nobody", some=False)

    def test_times_as_people_say_them(self) -> None:
        self.fill()
        today = time.strftime("%Y-%m-%d", time.gmtime())
        self.assert_finds(lambda one: True, "--since", "1h")
        self.assert_finds(lambda one: True, "--since", today, "--until", today)
        self.assert_finds(lambda one: False, "--until", "1h", some=False)
        self.assert_finds(lambda one: False, "--until", "2020-01-01", some=False)

    def test_how_many(self) -> None:
        self.fill()
        self.assertEqual(len(self.run_ok("audit", "tail", "--format", "jsonl").out.splitlines()), 20)
        found = self.run_ok(*SEARCH, "--event", "alerts.*", "-n", "3", "--format", "jsonl").out.splitlines()
        self.assertEqual(found, [line for line in self.lines() if json.loads(line)["event"].startswith("alerts.")][-3:])
        found = self.run_ok("audit", "tail", "-n", "2", "--format", "jsonl").out.splitlines()
        self.assertEqual(len(found), 2)
        self.assertIn(found[0], self.lines())

    def test_what_cannot_be_meant(self) -> None:
        for option, value, says in (
            ("--since", "yesterday", "a time such as"), ("--until", "2026-13-01", "a time such as"),
            ("--job", "17", "no job's id"), ("--severity", "bad", "info, warning or critical"),
            ("--limit", "0", "from 1 to 1000000"), ("--actor", "a" * 257, "longer than 256"),
        ):
            self.assert_refused(*SEARCH, option, value, code=2, kind="usage", says=says, audited=False)
        self.assert_refused(*SEARCH, "--since", "1h", "--until", "2h", code=2, kind="usage", says="not after", audited=False)
        self.assertFalse(self.audit.exists())


class Formats(Story):
    def test_what_a_pipe_and_a_terminal_get(self) -> None:
        self.fill()
        rows = self.run_ok(*SEARCH, "--event", "alerts.list").rows
        self.assertEqual({row[6] for row in rows}, {"alerts.list"})
        shown = run_on_terminal(self.ghward, *SEARCH, "--event", "alerts.list", columns=200)
        self.assertEqual(shown.code, 0, shown)
        self.assertIn("ACTOR", shown.out.splitlines()[0])

    def test_each(self) -> None:
        self.fill()
        chosen = ("--event", "alerts.list")
        count = len(self.export(*chosen))
        self.assertEqual(len(self.run_ok(*SEARCH, *chosen, "--json").json), count)
        self.assertEqual(len(self.run_ok(*EXPORT, *chosen, "--format", "json").json), count)
        table = list(csv.reader(io.StringIO(self.run_ok(*EXPORT, *chosen, "--format", "csv").out)))
        self.assertEqual((len(table), len(table[0])), (count + 1, 16))
        for name in ("ocsf", "ecs"):
            lines = self.run_ok(*EXPORT, *chosen, "--format", name).out.splitlines()
            self.assertEqual(len([json.loads(line) for line in lines]), count, name)
        self.assertEqual(self.run_ok(*EXPORT, *chosen, "--format", "cef").out.count("CEF:"), count)

    def test_numbers_instead_of_records(self) -> None:
        self.fill()
        before = len(self.lines())
        found = self.run_ok("audit", "stats", "--json").json
        self.assertGreaterEqual(found["records"], before)
        self.assertEqual(self.run_ok("audit", "stats", "--actor", "nobody", "--json").json["records"], 0)

    def test_into_a_file(self) -> None:
        self.fill()
        path = self.ghward.scratch.work / "log.jsonl"
        self.assertEqual(self.run_ok(*EXPORT, "-o", str(path)).out, "")
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        written = path.read_text()
        self.assertEqual(written.splitlines()[0], self.lines()[0])
        result = self.ghward.run(*EXPORT, "--output", str(path))
        self.assertEqual(result.code, 2, result)
        self.assertIn(f"{path} is there already and is not overwritten", result.err)
        self.assertEqual(path.read_text(), written)


class Signed(Story):
    """What needs the verifier."""

    def test_a_report_says_whether_the_log_is_whole(self) -> None:
        self.fill()
        found = self.run_ok("audit", "report").json
        self.assertEqual(found["verification"]["verdict"], "whole")
        # A checkpoint was made for it, so that its own intent is signed.
        intent = next(one for one in self.ghward.records() if one["event"] == "audit.report")
        self.assertGreaterEqual(found["verification"]["signed_records"], intent["seq"])
        page = self.run_ok("audit", "report", "--format", "html", "--days", "7").out
        self.assertTrue(page.startswith("<!DOCTYPE html>"), page[:100])

    def test_a_report_of_a_damaged_log(self) -> None:
        self.fill()
        copy = self.ghward.scratch.work / "evidence"
        shutil.copytree(self.audit, copy)
        (segment,) = copy.glob("*.jsonl")
        segment.write_text(segment.read_text().replace("acme/shop", "acme/shup", 1))
        self.ghward.scratch.settle()
        result = self.ghward.run("audit", "report", "--dir", str(copy))
        self.assertEqual((result.code, result.json["verification"]["verdict"]), (8, "damaged"), result)

    def test_a_bundle_proves_itself(self) -> None:
        self.fill()
        bundle, key = self.ghward.scratch.work / "bundle", self.ghward.scratch.work / "pub"
        key.write_text(self.run_ok("audit", "pubkey").out)
        self.run_ok(*EXPORT, "--event", "alerts.*", "--bundle", "-o", str(bundle))
        checked = subprocess.run([PROGRAMS / "ghward-verify", bundle, key], capture_output=True, text=True, check=False)
        self.assertEqual(checked.returncode, 0, checked)
        chosen = [line for line in self.lines() if json.loads(line)["event"].startswith("alerts.")]
        self.assertEqual([line for line in bundle.read_text().splitlines() if line in chosen], chosen)
        result = [one for one in self.ghward.records() if one["event"] == "audit.export"][-1]
        self.assertEqual((result["outcome"], result["details"]["records"]), ("done", str(len(chosen))))
        bundle.write_text(bundle.read_text().replace("acme/shop", "acme/shup", 1))
        checked = subprocess.run([PROGRAMS / "ghward-verify", bundle, key], capture_output=True, text=True, check=False)
        self.assertEqual(checked.returncode, 1, checked)

    def test_no_bundle_of_a_damaged_log(self) -> None:
        self.fill()
        copy = self.ghward.scratch.work / "evidence"
        shutil.copytree(self.audit, copy)
        (segment,) = copy.glob("*.jsonl")
        segment.write_text(segment.read_text().replace("acme/shop", "acme/shup", 1))
        self.ghward.scratch.settle()
        result = self.ghward.run(*EXPORT, "--bundle", "--dir", str(copy))
        self.assertEqual((result.code, result.out), (8, ""), result)
        self.assertIn("the audit log is damaged (changed) at record", result.err)

    def test_a_verifier_that_is_killed(self) -> None:
        """While the intent waits for a writer that does not move, the verifier waits for its question."""
        for command in (("audit", "report"), (*EXPORT, "--bundle")):
            with self.daemon() as daemon:
                daemon.settle()
                writer = self.ghward.find("audit")
                writer.kill(signal.SIGSTOP)
                running = self.ghward.start(*command)
                self.ghward.find("verify").kill()
                time.sleep(0.1)
                writer.kill(signal.SIGCONT)
                result = self.ghward.finish(running)
            self.assertEqual(result.code, 1, result)
            self.assertIn("the verify process was ended by signal 9", result.err)


class OnRecord(Story):
    def jobs(self, event: str) -> list[tuple[Record, Record]]:
        records = [one for one in self.ghward.records() if one["event"] == event]
        return list(zip(records[::2], records[1::2]))

    def test_what_was_looked_for_and_how_much_was_found(self) -> None:
        self.fill()
        found = self.run_ok(*SEARCH, "--actor", "uid:*", "--severity", "info", "--limit", "1", "--json").json
        ((intent, result),) = self.jobs("audit.search")
        self.assertEqual((intent["phase"], intent["decision"], intent["rule"]), ("intent", "allow", "audit.owner"))
        self.assertEqual(intent["details"], {"actor": "uid:*", "severity": "info", "limit": "1", "format": "json"})
        self.assertEqual((result["phase"], result["outcome"]), ("result", "done"))
        self.assertEqual((result["details"]["records"], len(found)), ("1", 1))

    def test_every_way_of_reading(self) -> None:
        for command in ("search", "tail", "stats", "export"):
            self.run_ok("audit", command)
            self.assertEqual(len(self.jobs(f"audit.{command}")), 1, command)
        self.assertIn('"audit.search"', self.run_ok("audit", "tail", "--format", "jsonl").out)

    def test_a_token_that_is_looked_for_does_not_get_into_the_log(self) -> None:
        self.run_ok(*SEARCH, "--text", self.ghward.canary.token)
        self.run_ok(*SEARCH, "--actor", self.ghward.canary.token)
        ((intent, _), (other, _)) = self.jobs("audit.search")
        self.assertIn("****", intent["details"]["text"])
        self.assertIn("****", other["details"]["actor"])

    def test_nothing_is_asked_of_github(self) -> None:
        self.run_ok(*SEARCH)
        self.run_ok("audit", "stats")
        self.assert_untouched()


class Elsewhere(Story):
    """--dir: a log that is not one's own."""

    def test_is_read_and_recorded_in_the_own_log(self) -> None:
        self.fill()
        copy = self.ghward.scratch.work / "evidence"
        shutil.copytree(self.audit, copy)
        self.ghward.scratch.settle()
        there = "".join(path.read_text() for path in sorted(copy.glob("*.jsonl"))).splitlines()
        before = {path: path.read_bytes() for path in copy.iterdir()}
        self.assertEqual(self.export("--dir", str(copy)), there)
        self.assertEqual(self.export("--dir", "evidence", "--event", "*"), there)
        self.assertEqual({path: path.read_bytes() for path in copy.iterdir()}, before)
        intents = [one for one in self.ghward.records() if one["event"] == "audit.export" and one["phase"] == "intent"]
        self.assertEqual([one["details"]["directory"] for one in intents], [str(copy)] * 2)

    def test_a_running_agent_is_not_asked(self) -> None:
        self.fill()
        copy = self.ghward.scratch.work / "evidence"
        shutil.copytree(self.audit, copy)
        self.ghward.scratch.settle()
        count = sum(path.read_text().count("\n") for path in copy.glob("*.jsonl"))
        with self.daemon():
            self.ghward.run(*LIST)
            self.assertEqual(len(self.export("--dir", str(copy))), count)
            self.assertGreater(len(self.export()), count)

    def test_what_is_not_there(self) -> None:
        self.assert_refused(*SEARCH, "--dir", "/nowhere", code=5, kind="not_found", says="/nowhere", audited=False)


class Followed(Story):
    def start(self, *arguments: str) -> tuple[Running, Path]:
        path = self.ghward.scratch.tools / "followed"
        with open(path, "wb") as sink:
            running = self.ghward.start(*FOLLOW, *arguments, stdout=sink)
        self.assertTrue(processes.wait_for(lambda: path.stat().st_size > 0))
        return running, path

    def stop(self, running: Running) -> Result:
        running.process.send_signal(signal.SIGINT)
        return self.ghward.finish(running)

    def assert_shows(self, path: Path, text: str, times: int) -> None:
        seen = processes.wait_for(lambda: path.read_text().count(text) >= times)
        self.assertTrue(seen, path.read_text())


class Following(Followed):
    def test_shows_what_is_written(self) -> None:
        running, path = self.start()
        self.run_ok(*LIST)
        self.assert_shows(path, '"event":"alerts.list"', 3)
        self.run_ok("rate-limit")
        self.assert_shows(path, '"event":"rate_limit.view"', 2)
        result = self.stop(running)
        self.assertEqual(result.code, 130, result)
        shown, there = path.read_text().splitlines(), self.lines()
        self.assertEqual(shown, there[there.index(shown[0]) :][: len(shown)])

    def test_goes_on_in_the_next_segment(self) -> None:
        small = {"GHWARD_AUDIT_SEGMENT_SIZE": "65536"}
        running, path = self.start()
        for _ in range(400):
            if len(list(self.audit.glob("*.jsonl"))) >= 3:
                break
            self.run_ok("rate-limit", env=small)
        self.assertGreaterEqual(len(list(self.audit.glob("*.jsonl"))), 3)
        self.assert_shows(path, '"event":"audit.segment"', 2)
        self.run_ok(*LIST)
        self.assert_shows(path, '"event":"alerts.list"', 3)
        self.stop(running)
        shown, there = path.read_text().splitlines(), self.lines()
        self.assertEqual(shown, there[there.index(shown[0]) :][: len(shown)])

    def test_only_what_is_meant(self) -> None:
        self.run_ok("rate-limit")
        running, path = self.start("--event", "rate_limit.view")
        self.run_ok(*LIST)
        self.run_ok("rate-limit")
        self.assert_shows(path, '"event":"rate_limit.view"', 3)
        self.stop(running)
        self.assertNotIn("alerts.list", path.read_text())

    def test_ends_with_its_reader(self) -> None:
        (source, sink) = os.pipe()
        running = self.ghward.start(*FOLLOW, stdout=sink)
        os.close(sink)
        os.read(source, 1)
        self.ghward.find("store")
        os.close(source)
        self.assertIn(self.ghward.finish(running).code, (0, 141, -signal.SIGPIPE))


class Confined(Followed):
    def test_the_store_and_the_worker(self) -> None:
        self.fill()
        running, _ = self.start("--actor", "*")
        store, worker = self.ghward.find("store"), self.ghward.find("worker")
        self.assertEqual(confinement.check([store, worker], self.ghward.rules), [])
        self.assertEqual(store.status()["Seccomp"], "2")
        directories = {target for target in store.descriptors().values() if target.startswith("/")}
        self.assertLessEqual({str(self.audit), str(self.store)}, directories)
        self.assertFalse(store.holds(self.ghward.canary.needles))
        self.stop(running)

    def test_one_that_is_killed(self) -> None:
        for role in ("store", "worker"):
            running, _ = self.start()
            self.ghward.find(role).kill()
            result = self.ghward.finish(running)
            self.assertEqual(result.code, 1, result)
            self.assertIn(f"the {role} process was ended by signal 9", result.err)
            last = [one for one in self.ghward.records() if one["event"] == "audit.tail"][-1]
            self.assertEqual((last["phase"], last["outcome"]), ("result", "internal"))
        self.run_ok(*SEARCH)


class Index(Story):
    def assert_same(self) -> None:
        self.assert_finds(lambda one: one["event"] == "alerts.list", "--event", "alerts.list")

    def test_can_be_deleted_cut_or_written_over(self) -> None:
        self.fill()
        self.assert_same()
        self.assertEqual(self.index.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.store.stat().st_mode & 0o777, 0o700)
        whole = self.index.read_bytes()
        self.index.unlink()
        self.assert_same()
        for damaged in (b"", whole[:5000], whole[: len(whole) // 2], b"x" * 50000,
                        whole[:20000] + b"damaged" + whole[20007:]):
            self.index.write_bytes(damaged)
            self.assert_same()
        shutil.rmtree(self.store)
        self.assert_same()

    def test_of_a_log_that_was_moved_away(self) -> None:
        self.fill()
        self.assert_same()
        self.audit.rename(self.audit.with_name("old"))
        self.fill()
        self.assert_same()
        self.assertEqual(len(list(self.store.glob("*.index"))), 2)

    def test_many_at_once(self) -> None:
        self.fill()
        for result in self.ghward.together(6, *SEARCH, "--event", "rate_limit.view"):
            self.assertEqual((result.code, result.err, len(result.rows)), (0, "", 2), result)

    def test_where_it_cannot_be_written(self) -> None:
        self.fill()
        self.store.mkdir(mode=0o700, exist_ok=True)
        self.ghward.scratch.settle()
        self.store.chmod(0o500)
        self.addCleanup(self.store.chmod, 0o700)
        result = self.ghward.run(*EXPORT, "--event", "rate_limit.view")
        self.assertEqual((result.code, len(result.out.splitlines())), (0, 2), result)
        self.assertIn("searching without an index: Permission denied", result.err)

    def test_where_there_can_be_none(self) -> None:
        self.fill()
        shutil.rmtree(self.store)
        self.store.write_text("")
        self.ghward.scratch.settle()
        result = self.ghward.run(*EXPORT, "--event", "rate_limit.view")
        self.assertEqual((result.code, len(result.out.splitlines())), (0, 2), result)
        self.assertIn("searching without an index: there is no directory for it", result.err)
        self.run_ok(*LIST)


@unittest.skipIf(os.geteuid() != 0 or lockdown.is_wanted(), "only root can be several users")
class SomebodyElse(Story):
    OTHER = 61003

    def test_does_not_see_the_agents_log(self) -> None:
        sockets = self.ghward.scratch.base.parent / "run" / "ghward"
        sockets.mkdir(mode=0o755, parents=True)
        home = self.ghward.scratch.work / "home"
        home.mkdir()
        os.chown(home, self.OTHER, self.OTHER)
        for path in (self.ghward.scratch.base, self.ghward.scratch.work):
            path.chmod(0o755)
        self.ghward.environment["GHWARD_SOCKET_DIRECTORY"] = str(sockets)
        how = {"prefix": lockdown.as_user(self.OTHER),
               "env": {"HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "XDG_RUNTIME_DIR": None}}
        with Daemon(self.ghward, None, "--shared"):
            self.run_ok(*SEARCH)
            for command in ("search", "tail", "stats", "export", "report"):
                result = self.ghward.run("audit", command, **how)
                self.assertEqual((result.code, result.out), (3, ""), result)
                self.assertIn("the audit log of this agent is that of user id 0", result.err)
                self.assertIn("--private", result.err)
            self.run_ok(*SEARCH, "--private", **how)
        denied = [one for one in self.ghward.records() if one["decision"] == "deny"]
        self.assertEqual({one["rule"] for one in denied}, {"audit.owner"})
        self.assertEqual({one["actor"] for one in denied}, {f"uid:{self.OTHER}"})


if __name__ == "__main__":
    unittest.main()
