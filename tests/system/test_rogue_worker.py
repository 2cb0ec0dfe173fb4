"""Workers that outside content has taken over: they get no further than their own job.

The programs of tests/rogue stand in the place of ghward-worker, inside its sandbox. The job names the
act: by its first assignee, or by its comment.
"""

from __future__ import annotations

import dataclasses
import fcntl
import shutil
import struct
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from system import lockdown, processes
from system.harness import BINARY, PROGRAMS, Ghward
from system.rawclient import Message, RawClient, failure_of, job
from system.terminal import Terminal
from system.test_terminal import active_characters
from system.writes import ALERTS, OPEN, SHOP, WriteTestCase

ROGUES = BINARY.parent.parent / "tests" / "rogue"
_F_OFD_SETLK, _FLOCK = 37, "hhqqi4x"


class Subverted(Ghward):
    """A user of an installation whose worker is another program."""

    worker = "rogue-worker"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.prefix = self.scratch.base.parent / "installed"
        programs = self.prefix / "libexec" / "ghward"
        shutil.copytree(PROGRAMS, programs)
        (self.prefix / "bin").mkdir()
        shutil.copy2(BINARY, self.prefix / "bin" / "ghward")
        shutil.copy2(ROGUES / self.worker, programs / "ghward-worker")
        self.rules = dataclasses.replace(self.rules, program_directory=str(programs))

    def command(self, *arguments: str) -> list[str]:
        return [str(self.prefix / "bin" / "ghward"), *arguments]


class Hasty(Subverted):
    worker = "hasty-worker"


@unittest.skipIf(lockdown.is_wanted(), "the agent serves its own user only")
class RogueTestCase(WriteTestCase):
    user: type[Subverted] = Subverted

    def setUp(self) -> None:
        super().setUp()
        self.ghward = self.enterContext(self.user(self.fake))

    @contextmanager
    def client(self) -> Iterator[RawClient]:
        with RawClient(self.ghward.scratch.socket) as client:
            yield client

    def order(self, client: RawClient, act: str, consent: str, kind: str = "ALERTS_ASSIGN") -> None:
        fields = {"ASSIGNEES": act} if kind == "ALERTS_ASSIGN" else {
            "DISMISSED_REASON": "won't fix", "DISMISSED_COMMENT": act}
        client.say("JOB", job(kind, consent, OWNER="acme", REPO="shop", ALERT_NUMBER=OPEN, **fields))

    def violations(self, role: str) -> int:
        return len([one for one in self.records_of("protocol.violation")
                    if one["details"]["role"] == role and one["severity"] == "critical"])

    def perform(self, act: str, consent: str, kind: str = "ALERTS_ASSIGN",
                confirm: bool = False) -> Message | None:
        """Lets it happen; returns the plan that the client saw. It must be caught and recorded."""
        before = self.violations("worker")
        plan = None
        with self.client() as client:
            self.order(client, act, consent, kind)
            if confirm:
                plan = client.hear_until("PLAN")
                client.say("CONFIRM")
            done = client.hear_until("JOB_DONE")
        assert done
        self.assertIn("broke its protocol", failure_of(done)[1])
        self.assertEqual(self.violations("worker"), before + 1)
        self.assertTrue(processes.wait_for(self.no_worker, 5), "it is still there")
        return plan

    def no_worker(self) -> bool:
        return not [one for one in self.ghward.processes() if one.role == "worker"]


class Acts(RogueTestCase):
    def refused(self, acts: tuple[str, ...], consents: tuple[str, ...], kind: str,
                confirm: bool = False, patches: int = 0) -> None:
        with self.daemon():
            broker = self.ghward.find("broker").pid
            for act in acts:
                for consent in consents:
                    with self.subTest(act, consent=consent):
                        self.renew()
                        self.fake.reset()
                        self.perform(act, consent, kind, confirm)
                        self.assertEqual(len(self.patches), patches)
            self.assertEqual(self.ghward.find("broker").pid, broker)

    def test_beyond_the_grant(self) -> None:
        self.refused(("call_another_alert", "call_another_repository", "call_other_assignees",
                      "call_with_a_request", "call_with_a_query", "call_a_list"),
                     ("GIVEN", "ASK", "DRY_RUN"), "ALERTS_ASSIGN")

    def test_beyond_the_grant_of_a_dismissal(self) -> None:
        self.refused(("call_another_alert", "call_another_comment", "call_another_reason",
                      "call_another_state", "call_with_a_request"),
                     ("GIVEN", "ASK", "DRY_RUN"), "ALERTS_DISMISS")

    def test_without_consent(self) -> None:
        for kind in ("ALERTS_ASSIGN", "ALERTS_DISMISS"):
            self.refused(("call_unasked", "call_unconfirmed"), ("ASK", "DRY_RUN"), kind)

    def test_something_else_than_was_agreed_to(self) -> None:
        self.refused(("call_another_body", "call_less"), ("ASK",), "ALERTS_ASSIGN", confirm=True)

    def test_once_more(self) -> None:
        self.refused(("call_again_after_the_answer",), ("ASK",), "ALERTS_ASSIGN", confirm=True,
                     patches=1)

    def test_twice_at_once(self) -> None:
        with self.daemon():
            for consent in ("GIVEN", "ASK"):
                self.fake.reset()
                self.perform("call_twice", consent, confirm=consent == "ASK")
                self.assertLessEqual(len(self.patches), 1)
                intent, result = self.records_of("alerts.update")[-2:]
                self.assertEqual((intent["phase"], result["phase"]), ("intent", "result"))
                self.assertIn(result["outcome"], ("unsent", "unknown"))

    def test_proposals(self) -> None:
        self.refused(("propose_a_read", "propose_twice", "propose_another_alert",
                      "propose_an_unknown_operation", "propose_with_bytes_behind",
                      "propose_at_length", "propose_without_end", "confirm_itself"),
                     ("ASK", "DRY_RUN"), "ALERTS_ASSIGN")

    def test_a_proposal_that_nobody_wants(self) -> None:
        self.refused(("propose_and_wait",), ("GIVEN",), "ALERTS_ASSIGN")

    def test_reading_runs_out(self) -> None:
        with self.daemon():
            self.perform("read_without_end", "GIVEN")
            # Twice, and as often as it may repeat what rate limits refuse: GRANT_REPEATS.
            self.assertEqual(len(self.fake.requests), 2 + 20)

    def test_its_words_do_not_act_on_the_terminal(self) -> None:
        with self.daemon():
            for consent in ((), ("--dry-run",)):
                terminal = Terminal(self.ghward, "alerts", "assign", OPEN, *SHOP, "-a",
                                    "propose_escapes", *consent, columns=200,
                                    env={"NO_COLOR": "1"})
                seen = processes.wait_for(lambda: f"{ALERTS}/{OPEN}" in terminal.shown, 10)
                self.assertTrue(seen, terminal.shown)
                terminal.running.process.terminate()
                result = terminal.finish()
                self.assertEqual(result.code, 130, result)
                self.assertEqual(active_characters(result.out), [], repr(result.out))
                questions = [line for line in result.out.splitlines() if line.startswith("Send")]
                self.assertEqual(len(questions), 0 if consent else 1, result)


class TooEarly(RogueTestCase):
    user = Hasty

    def test_a_call_before_the_intent_is_durable(self) -> None:
        with self.daemon() as daemon:
            daemon.settle()
            lock = self.ghward.scratch.audit / "lock"
            with self.client() as client, open(lock, "r+b") as held:
                first = struct.pack(_FLOCK, fcntl.F_WRLCK, 0, 0, 1, 0)
                fcntl.fcntl(held, _F_OFD_SETLK, first)
                client.say("JOB", job("ALERTS_VIEW", "GIVEN", OWNER="acme", REPO="shop",
                                      ALERT_NUMBER=OPEN))
                caught = processes.wait_for(
                    lambda: "ghward-worker sent" in daemon.log.read_text(), 4)
                held.close()
                done = client.hear_until("JOB_DONE")
            assert done
            self.assertTrue(caught)
            self.assertIn("broke its protocol", failure_of(done)[1])
            self.assertEqual(self.fake.requests, [])
            self.assertEqual(self.violations("worker"), 1)


class Clients(RogueTestCase):
    """With a worker that waits, a client's timing is its own."""

    def test_a_confirmation_in_a_dry_run_ends_the_client(self) -> None:
        with self.daemon(), self.client() as client:
            self.order(client, "propose_and_wait", "DRY_RUN")
            self.assertIsNotNone(client.hear_until("PLAN"))
            client.say("CONFIRM")
            self.assertIsNone(client.hear())
            self.assertTrue(processes.wait_for(self.no_worker, 5))
            self.assertTrue(processes.wait_for(lambda: self.violations("cli") == 1, 5))
        self.assertEqual(self.patches, [])

    def test_a_second_confirmation_ends_the_client(self) -> None:
        with self.daemon(), self.client() as client:
            self.order(client, "propose_and_wait", "ASK")
            self.assertIsNotNone(client.hear_until("PLAN"))
            client.say("CONFIRM")
            client.say("CONFIRM")
            self.assertIsNone(client.hear())
            self.assertTrue(processes.wait_for(self.no_worker, 5))
            self.assertTrue(processes.wait_for(lambda: self.violations("cli") == 1, 5))
        self.assertEqual(self.patches, [])

    def test_a_client_that_leaves_takes_the_plan_with_it(self) -> None:
        with self.daemon():
            with self.client() as client:
                self.order(client, "propose_and_wait", "ASK")
                self.assertIsNotNone(client.hear_until("PLAN"))
            self.assertTrue(processes.wait_for(self.no_worker, 5))
        self.assertEqual(self.records_of("alerts.assign")[-1]["outcome"], "interrupted")
        self.assertEqual(self.records_of("protocol.violation"), [])
