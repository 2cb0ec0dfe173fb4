"""A change is sent once or not at all, it is on record first, and nobody is left in doubt of it."""

from __future__ import annotations

import json
import signal
from typing import Any

from fake import Request
from system import processes
from system.harness import ALWAYS, Environment, Result
from system.terminal import INTERRUPT, Terminal
from system.writes import ALERTS, DISMISS, DISMISSAL, MAY_HAVE, OPEN, SHOP, WriteTestCase

DOES_NOT_WAIT: Environment = {"GHWARD_TIMEOUT": "1"}


class ExactlyOnce(WriteTestCase):
    def fails(self, *, code: int, kind: str, outcome: str, doubt: bool,
              env: Environment | None = None) -> None:
        """One PATCH; the error and the record say what is known of it."""
        result = self.ghward.run(*DISMISS, "--yes", "--json", env=env)
        self.assertEqual(result.code, code, result)
        self.assertEqual(result.error["kind"], kind, result)
        self.assertEqual(MAY_HAVE in result.error["hint"], doubt, result)
        self.assertEqual(len(self.patches), 1)
        self.assertEqual(self.bodies, [DISMISSAL])
        record = self.records_of("alerts.update", "result")[-1]
        self.assertEqual(record["outcome"], outcome, record)

    def begin_anew(self) -> None:
        self.renew()
        self.fake.reset()

    def test_the_connection_dies_after_the_request_has_arrived(self) -> None:
        for kind, options in (
            ("close", {}), ("reset", {"after": "nothing"}), ("reset", {"after": "headers"}),
            ("reset", {"after": "body"}), ("truncate", {}), ("truncate_chunked", {}),
        ):
            with self.subTest(kind, **options):
                self.begin_anew()
                self.fake.fault(ALERTS, kind, method="PATCH", times=ALWAYS, **options)
                self.fails(code=1, kind="network", outcome="unknown", doubt=True)

    def test_no_answer_in_time(self) -> None:
        self.fake.fault(ALERTS, "silence", method="PATCH", times=ALWAYS)
        self.fails(code=1, kind="timeout", outcome="unknown", doubt=True, env=DOES_NOT_WAIT)

    def test_an_answer_that_drips(self) -> None:
        self.fake.fault(ALERTS, "drip_headers", method="PATCH", times=ALWAYS)
        self.fails(code=1, kind="timeout", outcome="unknown", doubt=True, env=DOES_NOT_WAIT)

    def test_what_is_no_http(self) -> None:
        self.fake.fault(ALERTS, "garbage", method="PATCH", times=ALWAYS)
        result = self.ghward.run(*DISMISS, "--yes", "--json")
        self.assertEqual(result.code, 1, result)
        self.assertIn(MAY_HAVE, result.error["hint"])
        self.assertEqual(len(self.patches), 1)

    def test_the_server_fails(self) -> None:
        for status in (500, 502, 503, 504):
            with self.subTest(status):
                self.begin_anew()
                self.fake.fault(ALERTS, "status", method="PATCH", times=ALWAYS, status=status)
                self.fails(code=1, kind="server", outcome="refused", doubt=True)

    def test_rate_limits_are_not_waited_out(self) -> None:
        for options in ({"status": 429, "retry_after": 0}, {"status": 403, "secondary": True},
                        {"status": 403}, {"status": 429, "secondary": True, "retry_after": 60}):
            with self.subTest(**options):
                self.begin_anew()
                self.fake.fault(ALERTS, "rate_limited", method="PATCH", times=ALWAYS, **options)
                self.fails(code=6, kind="rate_limited", outcome="refused", doubt=False)

    def test_answers_that_cannot_be_read_leave_a_doubt(self) -> None:
        for kind in ("malformed", "html", "empty", "bad_gzip", "scalar", "no_number", "oversized"):
            with self.subTest(kind):
                self.begin_anew()
                self.fake.fault(ALERTS, kind, method="PATCH", times=ALWAYS)
                result = self.ghward.run(*DISMISS, "--yes", "--json")
                self.assertEqual((result.code, result.error["kind"]), (1, "malformed"), result)
                self.assertIn(MAY_HAVE, result.error["hint"], result)
                self.assertEqual(len(self.patches), 1)

    def test_redirects_are_not_followed(self) -> None:
        self.fake.fault(ALERTS, "redirect", method="PATCH", times=ALWAYS, status=307,
                        to=f"{ALERTS}/2")
        self.fails(code=1, kind="redirect", outcome="answered", doubt=False)

    def test_a_connection_that_never_stood_is_made_again(self) -> None:
        held = self.fake.hold(f"{ALERTS}/1$", method="GET")
        running = self.ghward.start(*DISMISS, "--yes")
        held.wait()
        self.fake.cut_connections(2)
        held.release()
        result = self.ghward.finish(running)
        self.assertEqual((result.code, result.err), (0, ""), result)
        self.assertEqual(self.bodies, [DISMISSAL])
        (record,) = self.records_of("alerts.update", "result")
        self.assertEqual((record["outcome"], record["details"]["attempts"]), ("answered", "3"))

    def test_where_none_ever_stands_nothing_was_changed_and_there_is_no_doubt(self) -> None:
        held = self.fake.hold(f"{ALERTS}/1$", method="GET")
        running = self.ghward.start(*DISMISS, "--yes", "--json")
        held.wait()
        self.fake.cut_connections(99)
        held.release()
        result = self.ghward.finish(running)
        self.assertEqual((result.code, result.error["kind"]), (1, "network"), result)
        self.assertNotIn(MAY_HAVE, result.error["hint"] or "")
        self.assertEqual(self.patches, [])
        (record,) = self.records_of("alerts.update", "result")
        self.assertEqual(record["outcome"], "network")

    def test_a_change_has_a_connection_of_its_own(self) -> None:
        self.run_ok(*DISMISS, "--yes")
        get, patch = self.fake.requests
        self.assertNotEqual(get.connection, patch.connection)


class OnRecord(WriteTestCase):
    def test_the_intent_with_the_exact_body_is_durable_before_the_request_arrives(self) -> None:
        seen: list[list[dict[str, Any]]] = []

        def look(request: Request) -> None:
            if request.method == "PATCH":
                seen.append(self.records_of("alerts.update"))

        self.addCleanup(self.fake.observe(look))
        self.run_ok(*DISMISS, "--yes")
        ((intent,),) = seen
        self.assertEqual((intent["phase"], intent["decision"], intent["rule"], intent["target"]),
                         ("intent", "allow", "write.requested", "acme/shop#1"))
        self.assertEqual(intent["details"]["body"], self.patches[0].body.decode())
        result = self.records_of("alerts.update")[1]
        self.assertEqual((result["phase"], result["outcome"], result["details"]["status"]),
                         ("result", "answered", "200"))
        self.assertTrue(result["request_id"])

    def test_the_longest_body_is_recorded_whole(self) -> None:
        self.run_ok("alerts", "dismiss", OPEN, *SHOP, "-r", "mitigated", "--yes", "-c",
                    "\U000e0041" * 280)
        (intent,) = self.records_of("alerts.update", "intent")
        self.assertEqual(intent["details"]["body"], self.patches[0].body.decode())

    def test_the_job_says_that_consent_was_given(self) -> None:
        self.run_ok(*DISMISS, "--yes")
        (intent,) = self.records_of("alerts.dismiss", "intent")
        self.assertEqual((intent["details"]["consent"], intent["rule"]), ("given", "default.write"))

    def test_a_refusal_by_github_is_recorded_with_its_status(self) -> None:
        self.fake.fault(ALERTS, "status", method="PATCH", status=422)
        self.ghward.run(*DISMISS, "--yes")
        (record,) = self.records_of("alerts.update", "result")
        self.assertEqual((record["outcome"], record["details"]["status"]), ("refused", "422"))

    def test_a_log_that_cannot_be_written_keeps_the_change_from_being_sent(self) -> None:
        held = self.fake.hold(f"{ALERTS}/1$", method="GET")
        running = self.ghward.start(*DISMISS, "--yes")
        held.wait()
        self.ghward.find("audit").kill()
        held.release()
        result = self.ghward.finish(running)
        self.assertEqual(result.code, 1, result)
        self.assertEqual(self.patches, [])
        self.assertEqual(self.alert(OPEN)["state"], "open")


class CutShort(WriteTestCase):
    """Something ends while GitHub has the request: it may have happened, and all say so."""

    def setUp(self) -> None:
        super().setUp()
        self.held = self.fake.hold(f"{ALERTS}/1$", method="PATCH")

    def check_record(self) -> None:
        def is_there() -> bool:
            return bool(self.records_of("alerts.update", "result"))

        self.assertTrue(processes.wait_for(is_there, 5))
        (record,) = self.records_of("alerts.update", "result")
        self.assertEqual((record["outcome"], record["severity"]), ("unknown", "warning"))
        self.assertEqual(len(self.patches), 1)
        self.assertEqual(self.alert(OPEN)["state"], "dismissed")

    def ended(self, role: str) -> Result:
        running = self.ghward.start(*DISMISS, "--yes", "--json")
        self.held.wait()
        self.ghward.find(role).kill()
        return self.ghward.finish(running)

    def test_the_worker_ends(self) -> None:
        result = self.ended("worker")
        self.assertEqual((result.code, result.error["kind"]), (1, "internal"), result)
        self.assertIn(MAY_HAVE, result.error["hint"])
        self.check_record()

    def test_the_process_for_https_ends(self) -> None:
        result = self.ended("net")
        self.assertEqual(result.code, 1, result)
        self.assertIn(MAY_HAVE, result.error["hint"])
        (record,) = self.records_of("alerts.update", "result")
        self.assertEqual(record["outcome"], "unknown")

    def test_the_trusted_ones_end(self) -> None:
        """The user hears of the doubt, and it is on record: by the writer, or by the next one."""
        for role in ("broker", "audit", "agent"):
            with self.subTest(role):
                self.renew()
                self.fake.reset()
                self.held = self.fake.hold(f"{ALERTS}/1$", method="PATCH")
                result = self.ended(role)
                self.assertEqual(result.code, 1, result)
                self.assertRegex(result.error["hint"], f"{MAY_HAVE}|look before you repeat")
                if role == "audit":
                    self.assertEqual(self.records_of("alerts.update")[-1]["phase"], "intent")
                    self.run_ok("alerts", "view", "2", "-R", "acme/shop")
                last = self.records_of("alerts.update")[-1]
                self.assertEqual((last["phase"], last["outcome"]), ("result", "unknown"))
                self.assertEqual(len(self.patches), 1)

    def test_the_command_is_killed(self) -> None:
        running = self.ghward.start(*DISMISS, "--yes")
        self.held.wait()
        running.process.kill()
        self.ghward.finish(running)
        self.check_record()

    def test_ctrl_c(self) -> None:
        terminal = Terminal(self.ghward, *DISMISS, "--yes")
        self.held.wait()
        terminal.press(INTERRUPT)
        result = terminal.finish()
        self.assertEqual(result.code, 130, result)
        self.assertIn(MAY_HAVE, result.out)
        self.check_record()

    def test_sigterm(self) -> None:
        running = self.ghward.start(*DISMISS, "--yes", "--json")
        self.held.wait()
        running.process.send_signal(signal.SIGTERM)
        result = self.ghward.finish(running)
        self.assertEqual(result.code, 130, result)
        self.assertIn(MAY_HAVE, result.error["hint"])
        self.check_record()


class CutShortBefore(WriteTestCase):
    """Something ends while the alert is still being read: nothing was sent, and nobody says so."""

    def test_nothing_is_sent_and_no_intent_of_a_change_is_on_record(self) -> None:
        for role in ("worker", "net", "broker"):
            with self.subTest(role):
                self.fake.reset()
                held = self.fake.hold(f"{ALERTS}/1$", method="GET")
                running = self.ghward.start(*DISMISS, "--yes", "--json")
                held.wait()
                self.ghward.find(role).kill()
                held.release()
                result = self.ghward.finish(running)
                self.assertEqual(result.code, 1, result)
                self.assertNotIn(MAY_HAVE, json.dumps(result.error))
                self.assertEqual(self.patches, [])
        self.assertEqual(self.records_of("alerts.update"), [])
