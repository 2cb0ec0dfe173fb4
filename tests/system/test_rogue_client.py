"""Clients that do not keep to the protocol of consent: dropped, recorded, and nothing is sent."""

from __future__ import annotations

import struct
import unittest

from system import lockdown, processes
from system.rawclient import NO_REPOSITORIES, NO_REVIEW, PARAMETERS, RawClient, failure_of, job, text
from system.writes import ALERTS, OPEN, WriteTestCase

SHOP = {"OWNER": "acme", "REPO": "shop", "ALERT_NUMBER": OPEN}
DISMISSAL = {**SHOP, "DISMISSED_REASON": "won't fix", "DISMISSED_COMMENT": "known"}


@unittest.skipIf(lockdown.is_wanted(), "the agent serves its own user only")
class RawClientTestCase(WriteTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(self.daemon())
        self.client = self.enterContext(RawClient(self.ghward.scratch.socket))

    def assert_dropped(self) -> None:
        self.assertIsNone(self.client.hear_until("JOB_DONE"))
        self.assertTrue(processes.wait_for(lambda: self.violations() == ["cli"], 5))
        self.fake.faults.clear()
        self.assertTrue(processes.wait_for(self.no_worker, 5))
        self.assertEqual(self.patches, [])
        self.assertEqual(self.records_of("alerts.update"), [])
        self.run_ok("alerts", "view", OPEN, "-R", "acme/shop", env={"GH_ENTERPRISE_TOKEN": None})

    def violations(self) -> list[str]:
        """The roles that are on record for one."""
        return [one["details"]["role"] for one in self.records_of("protocol.violation")]

    def no_worker(self) -> bool:
        return not [one for one in self.ghward.processes() if one.role == "worker"]


class Confirmations(RawClientTestCase):
    def test_the_order_of_things_works(self) -> None:
        self.client.say("JOB", job("ALERTS_DISMISS", "ASK", **DISMISSAL))
        plan = self.client.hear_until("PLAN")
        assert plan
        method, url, body, _ = plan.strings
        self.assertEqual(self.patches, [])
        self.client.say("CONFIRM")
        done = self.client.hear_until("JOB_DONE")
        assert done
        self.assertEqual(failure_of(done), (0, ""))
        (patch,) = self.patches
        self.assertEqual((method, url, body),
                         ("PATCH", self.fake.url + patch.target, patch.body.decode()))

    def test_without_a_job_means_nothing(self) -> None:
        """It may have crossed the end of its job on the way."""
        self.client.say("CONFIRM")
        self.client.say("JOB", job("RATE_LIMIT", "GIVEN"))
        self.assertIsNotNone(self.client.hear_until("JOB_DONE"))

    def test_before_there_is_a_plan(self) -> None:
        for consent in ("ASK", "GIVEN", "DRY_RUN"):
            with self.subTest(consent):
                held = self.fake.hold(f"{ALERTS}/{OPEN}$")
                with RawClient(self.ghward.scratch.socket) as client:
                    client.say("JOB", job("ALERTS_DISMISS", consent, **DISMISSAL))
                    held.wait()
                    client.say("CONFIRM")
                    self.assertIsNone(client.hear_until("JOB_DONE"))
                self.fake.faults.clear()
        self.assertTrue(processes.wait_for(self.no_worker, 5))
        self.assertEqual(self.patches, [])
        self.assertTrue(processes.wait_for(lambda: self.violations() == ["cli"] * 3, 5))

    def test_twice(self) -> None:
        held = self.fake.hold(f"{ALERTS}/{OPEN}$", skip=1)
        self.client.say("JOB", job("ALERTS_DISMISS", "ASK", **DISMISSAL))
        self.assertIsNotNone(self.client.hear_until("PLAN"))
        self.client.say("CONFIRM")
        held.wait()
        self.client.say("CONFIRM")
        self.assert_dropped()

    def test_with_something_in_it(self) -> None:
        self.client.say("JOB", job("ALERTS_DISMISS", "ASK", **DISMISSAL))
        self.assertIsNotNone(self.client.hear_until("PLAN"))
        self.client.say("CONFIRM", b"y")
        self.assert_dropped()

    def test_a_second_job_while_the_plan_waits(self) -> None:
        self.client.say("JOB", job("ALERTS_DISMISS", "ASK", **DISMISSAL))
        self.assertIsNotNone(self.client.hear_until("PLAN"))
        self.client.say("JOB", job("ALERTS_DISMISS", "GIVEN", **DISMISSAL))
        self.assert_dropped()

    def test_a_refusal_is_a_cancel(self) -> None:
        self.client.say("JOB", job("ALERTS_DISMISS", "ASK", **DISMISSAL))
        self.assertIsNotNone(self.client.hear_until("PLAN"))
        self.client.say("CANCEL")
        done = self.client.hear_until("JOB_DONE")
        assert done
        self.assertIn("interrupted", failure_of(done)[1])
        self.client.say("CONFIRM")
        self.client.say("JOB", job("RATE_LIMIT", "GIVEN"))
        self.assertIsNotNone(self.client.hear_until("JOB_DONE"))
        self.assertEqual(self.patches, [])


class Requests(RawClientTestCase):
    def test_numbers_out_of_range(self) -> None:
        whole = job("ALERTS_DISMISS", "ASK", **DISMISSAL)
        consent = len(whole) - struct.calcsize("<BBBHBB") - len(text("") + NO_REVIEW + NO_REPOSITORIES)
        for offset, value in ((0, 255), (consent, 3), (consent, 255), (consent + 1, 3),
                              (consent + 2, 3), (consent + 5, 2), (consent + 6, 49)):
            with self.subTest(offset=offset, value=value):
                wrong = whole[:offset] + bytes([value]) + whole[offset + 1 :]
                with RawClient(self.ghward.scratch.socket) as client:
                    client.say("JOB", wrong)
                    self.assertIsNone(client.hear())
        self.assert_untouched()

    def test_one_parameter_twice(self) -> None:
        whole = job("ALERTS_DISMISS", "GIVEN", **DISMISSAL)
        at = len(text("")) + 1
        again = bytes([PARAMETERS["ALERT_NUMBER"]]) + text("2")
        wrong = whole[:at] + bytes([whole[at] + 1]) + again + whole[at + 1 :]
        with RawClient(self.ghward.scratch.socket) as client:
            client.say("JOB", wrong)
            self.assertIsNone(client.hear())
        self.assert_untouched()

    def test_what_a_kind_does_not_take(self) -> None:
        for kind, arguments in (
            ("ALERTS_DISMISS", {**DISMISSAL, "NEW_STATE": "open"}),
            ("ALERTS_DISMISS", {**DISMISSAL, "ASSIGNEES": "octocat"}),
            ("ALERTS_REOPEN", {**SHOP, "DISMISSED_REASON": "won't fix"}),
            ("ALERTS_REOPEN", {**SHOP, "CREATE_REQUEST": "true"}),
            ("ALERTS_ASSIGN", {**SHOP, "ASSIGNEES": "octocat", "NEW_STATE": "dismissed"}),
            ("ALERTS_ASSIGN", {**SHOP, "ASSIGNEES": ""}),
            ("ALERTS_ASSIGN", SHOP),
            ("ALERTS_UNASSIGN", {**SHOP, "ASSIGNEES": "octocat"}),
            ("ALERTS_INSTANCES", {**SHOP, "PAGE": "2"}),
            ("ALERTS_DISMISS", {name: value for name, value in DISMISSAL.items()
                                if name != "DISMISSED_COMMENT"}),
        ):
            with self.subTest(kind, **arguments):
                self.client.say("JOB", job(kind, "GIVEN", **arguments))
                done = self.client.hear_until("JOB_DONE")
                assert done
                self.assertRegex(failure_of(done)[1], "no valid|without")
        self.assert_untouched()
