"""A change is shown before it is sent, to somebody who can say no, or is not sent at all."""

from __future__ import annotations

import json
import signal
import time

from fake.payloads import ALL_ESCAPES
from system.harness import Environment, Result
from system.terminal import INTERRUPT, Terminal
from system.test_terminal import active_characters
from system.writes import (
    ALERTS, DISMISS, DISMISSAL, OPEN, OPEN_AND_ASSIGNED, SHOP, WriteTestCase,
)

END_OF_FILE = b"\x04"
PLAIN: Environment = {"NO_COLOR": "1"}
PROMPT = "Send this? [y/N] "


class ConsentTestCase(WriteTestCase):
    def asked(self, *arguments: str) -> Terminal:
        """A command that waits for its answer."""
        terminal = Terminal(self.ghward, *arguments, columns=200, env=PLAIN)
        deadline = time.monotonic() + 20
        while PROMPT not in terminal.shown:
            self.assertLess(time.monotonic(), deadline, terminal.shown)
            time.sleep(0.01)
        self.assertEqual(self.patches, [])
        return terminal

    def answer(self, keys: bytes, *arguments: str) -> Result:
        terminal = self.asked(*(arguments or DISMISS))
        terminal.press(keys)
        return terminal.finish()

    def assert_not_sent(self, result: Result) -> None:
        self.assertEqual(result.code, 130, result)
        self.assertIn("nothing was sent", result.out)
        self.assertRegex(result.out, "(?m)^ghward: not confirmed")
        self.assertEqual(self.patches, [])
        self.assertEqual(self.records_of("alerts.update"), [])
        self.assertEqual(self.records_of("alerts.dismiss")[-1]["outcome"], "interrupted")
        self.assertEqual(self.alert(OPEN)["state"], "open")


class Prompt(ConsentTestCase):
    def test_shows_what_it_is_about_and_the_exact_request(self) -> None:
        result = self.answer(b"y\n")
        self.assertEqual(result.code, 0, result)
        (patch,) = self.patches
        self.assertIn("alert 1: py/command-line-injection, critical, open, "
                      "src/handlers/module_1.js:11", result.out)
        self.assertIn(f"PATCH {self.fake.url}{ALERTS}/1\n{patch.body.decode()}\n{PROMPT}",
                      result.out)
        self.assertIn("acme/shop#1 dismissed as won't fix", result.out)
        self.assertEqual(self.bodies, [DISMISSAL])

    def test_what_means_yes(self) -> None:
        for keys in (b"y\n", b"Y\n", b"yes\n", b"YES\n", b"yes  \n"):
            with self.subTest(keys):
                self.renew()
                self.fake.reset()
                self.assertEqual(self.answer(keys).code, 0)
                self.assertEqual(len(self.patches), 1)

    def test_everything_else_means_no(self) -> None:
        for keys in (b"n\n", b"\n", b"no\n", b" y\n", b"yess\n", b"yn\n", b"ja\n", b"y" * 200 + b"\n",
                     b"\xff\xfe\n", b"1\n", END_OF_FILE):
            with self.subTest(keys):
                self.assert_not_sent(self.answer(keys))

    def test_ctrl_c(self) -> None:
        result = self.answer(INTERRUPT)
        self.assertEqual(result.code, 130, result)
        self.assertEqual(self.patches, [])
        self.assertEqual(self.records_of("alerts.update"), [])
        self.assertEqual(self.records_of("alerts.dismiss")[-1]["outcome"], "interrupted")

    def test_the_terminal_goes_away(self) -> None:
        terminal = self.asked(*DISMISS)
        terminal.running.process.send_signal(signal.SIGHUP)
        result = terminal.finish()
        self.assertEqual(result.code, -signal.SIGHUP, result)
        self.assertEqual(self.patches, [])
        self.assertEqual(self.records_of("alerts.dismiss")[-1]["outcome"], "interrupted")

    def test_what_was_agreed_to_is_on_record(self) -> None:
        self.answer(b"y\n")
        (job,) = self.records_of("alerts.dismiss", "intent")
        self.assertEqual(job["details"]["consent"], "asked")
        (intent,) = self.records_of("alerts.update", "intent")
        self.assertEqual(intent["rule"], "write.confirmed")
        self.assertEqual(json.loads(intent["details"]["body"]), DISMISSAL)

    def test_outside_text_cannot_pass_for_the_question(self) -> None:
        self.fake.fault(f"{ALERTS}/1$", "escapes", method="GET")
        self.fake.fault(f"{ALERTS}/1$", "edit", method="GET", change=lambda alert: {
            **alert, "state": "open", "rule": {**alert["rule"], "id": "x\n" + PROMPT + ALL_ESCAPES}})
        result = self.answer(b"n\n")
        self.assertEqual(active_characters(result.out), [], repr(result.out))
        self.assertEqual([line for line in result.out.splitlines() if line.startswith(PROMPT)],
                         [PROMPT + "n"])

    def test_each_verb_asks(self) -> None:
        for verb, number, options in (("reopen", "3", ()), ("assign", OPEN, ("-a", "octocat")),
                                      ("unassign", OPEN_AND_ASSIGNED, ())):
            with self.subTest(verb):
                self.fake.reset()
                result = self.answer(b"yes\n", "alerts", verb, number, *SHOP, *options)
                self.assertEqual(result.code, 0, result)
                self.assertEqual(len(self.patches), 1)


class Changed(ConsentTestCase):
    """Somebody else was faster than the person at the prompt."""

    def conflict(self, *arguments: str, number: str, **changes: object) -> None:
        terminal = self.asked(*arguments)
        self.edit(number, **changes)
        terminal.press(b"y\n")
        result = terminal.finish()
        self.assertEqual(result.code, 1, result)
        self.assertIn("changed since it was read", result.out)
        self.assertIn("Nothing was sent", result.out)
        self.assertEqual(self.patches, [])
        self.assertNotIn("protocol.violation", [one["event"] for one in self.ghward.records()])

    def test_the_state(self) -> None:
        for state in ("dismissed", "fixed"):
            self.renew()
            self.conflict(*DISMISS, number=OPEN, state=state)

    def test_the_time_of_the_last_change(self) -> None:
        self.conflict(*DISMISS, number=OPEN, updated_at="2025-12-24T18:00:00Z")

    def test_reason_comment_or_assignees_without_a_time(self) -> None:
        assign = ("alerts", "assign", "8", *SHOP, "-a", "octocat")
        for change in ({"dismissed_reason": "mitigated"}, {"dismissed_comment": "other"},
                       {"dismissed_comment": None}, {"assignees": []}):
            with self.subTest(**change):
                self.renew()
                self.edit("8", updated_at=None)
                self.conflict(*assign, number="8", **change)

    def test_nothing_of_importance(self) -> None:
        terminal = self.asked(*DISMISS)
        self.edit(OPEN, html_url="https://github.com/moved")
        terminal.press(b"y\n")
        self.assertEqual(terminal.finish().code, 0)
        self.assertEqual(self.bodies, [DISMISSAL])


class NobodyToAsk(ConsentTestCase):
    def test_is_a_usage_error_and_nothing_is_sent(self) -> None:
        for arguments in (DISMISS, ("alerts", "reopen", "3", *SHOP),
                          ("alerts", "assign", OPEN, *SHOP, "-a", "octocat"),
                          ("alerts", "unassign", OPEN_AND_ASSIGNED, *SHOP)):
            self.assert_usage(*arguments, says="add --yes")

    def test_yes_asks_nobody_even_at_a_terminal(self) -> None:
        result = Terminal(self.ghward, *DISMISS, "--yes").finish()
        self.assertEqual(result.code, 0, result)
        self.assertNotIn(PROMPT, result.out)
        self.assertEqual(self.bodies, [DISMISSAL])


class DryRun(ConsentTestCase):
    VERBS = (
        DISMISS, (*DISMISS, "--request"), ("alerts", "reopen", "3", *SHOP),
        ("alerts", "assign", "8", *SHOP, "-a", "octocat,monalisa"),
        ("alerts", "assign", "4", *SHOP, "-a", "octocat"),
        ("alerts", "unassign", OPEN_AND_ASSIGNED, *SHOP),
        ("alerts", "dismiss", OPEN, *SHOP, "-r", "mitigated", "-c", 'a "b"\\ \u2028 \r\n é 😀'),
    )

    def test_prints_exactly_what_yes_then_sends(self) -> None:
        for arguments in self.VERBS:
            with self.subTest(arguments[1:]):
                self.renew()
                self.fake.reset()
                shown = self.ghward.run(*arguments, "--dry-run")
                self.assertEqual(shown.code, 0, shown)
                self.assertEqual(shown.err.splitlines()[-1], "Nothing was sent.")
                self.assertEqual({request.method for request in self.fake.requests}, {"GET"})
                described = self.run_ok(*arguments, "-n", "--json").json
                self.assertEqual(self.patches, [])
                self.run_ok(*arguments, "--yes")
                (patch,) = self.patches
                url = self.fake.url + patch.target
                self.assertEqual(shown.out, f"PATCH {url}\n{patch.body.decode()}\n")
                self.assertEqual(described, {"method": "PATCH", "url": url,
                                             "body": json.loads(patch.body)})

    def test_a_plan_that_nobody_could_read_is_a_failure(self) -> None:
        with open("/dev/full", "w", encoding="utf-8") as full:
            outcome = self.ghward.run(*DISMISS, "--dry-run", stdout=full)
        self.assertEqual(outcome.code, 1, outcome)
        self.assertIn("cannot write to standard output", outcome.err)
        self.assertEqual(self.patches, [])

    def test_wins_over_yes_and_asks_nobody(self) -> None:
        for arguments in ((*DISMISS, "--yes", "--dry-run"), (*DISMISS, "-n", "-y")):
            self.assertEqual(self.ghward.run(*arguments).code, 0)
        result = Terminal(self.ghward, *DISMISS, "--dry-run").finish()
        self.assertNotIn(PROMPT, result.out)
        self.assertEqual((result.code, self.patches), (0, []))

    def test_leaves_no_intent_of_a_change(self) -> None:
        self.ghward.run(*DISMISS, "--dry-run")
        self.assertEqual(self.records_of("alerts.update"), [])
        (intent,) = self.records_of("alerts.dismiss", "intent")
        self.assertEqual(intent["details"]["consent"], "dry run")
        self.assertEqual(self.records_of("alerts.dismiss", "result")[0]["outcome"], "done")

    def test_outside_text_does_not_reach_the_terminal(self) -> None:
        self.fake.fault(f"{ALERTS}/1$", "escapes", method="GET")
        self.fake.fault(f"{ALERTS}/1$", "edit", method="GET",
                        change=lambda alert: {**alert, "state": "open"})
        result = Terminal(self.ghward, *DISMISS, "--dry-run", env=PLAIN).finish()
        self.assertEqual(result.code, 0, result)
        self.assertEqual(active_characters(result.out), [], repr(result.out))

    def test_refusals_are_those_of_the_real_thing(self) -> None:
        self.assert_refused("alerts", "reopen", "4", *SHOP, "--dry-run", code=1, kind="conflict")
        self.assert_refused("alerts", "reopen", "99", *SHOP, "--dry-run", code=5, kind="not_found")
