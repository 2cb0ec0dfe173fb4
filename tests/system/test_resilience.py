"""A server in trouble while a list is read: slower, later, but whole; or said to be incomplete."""

from __future__ import annotations

import json

from fake.alerts import make_alert
from fake.messages import Request
from system.harness import ALWAYS, Environment, GhwardTestCase, Result

LIST = ("alerts", "list", "-R", "acme/shop")
ALERTS = "/repos/acme/shop/code-scanning/alerts$"
PATIENT: Environment = {"GITHUB_MAX_BACKOFF": "3", "GITHUB_BACKOFF_BASE": "0.05"}


class Listing(GhwardTestCase):
    alerts = 950

    def setUp(self) -> None:
        super().setUp()
        self.fake.world.add_repository("acme", "shop", self.alerts)
        self.addCleanup(setattr, self.fake.world.rate, "used", 0)

    def list(self, *more: str, env: Environment | None = None) -> Result:
        return self.ghward.run(*LIST, *more, env={**PATIENT, **(env or {})})

    def assert_whole(self, result: Result, err: str = "") -> None:
        self.assertEqual((result.code, result.err), (0, err), result)
        self.assertEqual([int(row[0]) for row in result.rows], list(range(self.alerts, 0, -1)))


class Limits(Listing):
    def test_on_a_page_in_the_middle(self) -> None:
        for status in (403, 429):
            self.fake.fault(ALERTS, "rate_limited", page=5, status=status, secondary=True, retry_after=1)
            self.assert_whole(self.list())

    def test_several_pages_at_once(self) -> None:
        self.fake.fault(ALERTS, "rate_limited", times=3, skip=4, status=403, secondary=True, retry_after=1)
        self.assert_whole(self.list())

    def test_too_long_says_how_much_there_is(self) -> None:
        for status in (403, 429):
            self.fake.fault(ALERTS, "rate_limited", page=5, times=ALWAYS, status=status, secondary=True)
            result = self.list()
            self.assertEqual(result.code, 6, result)
            self.assertIn("(after 4 of 10 pages)", result.err)
            self.assertEqual([int(row[0]) for row in result.rows], list(range(950, 550, -1)))
            self.fake.reset()

    def test_never_for_ever(self) -> None:
        self.fake.fault(ALERTS, "rate_limited", times=ALWAYS, status=403, secondary=True, retry_after=0)
        result = self.list(env={"GITHUB_MAX_RETRIES": "2"})
        self.assertEqual(result.code, 6, result)
        self.assertEqual(len(self.fake.requests), 3)

    def test_a_reset_that_has_passed_is_not_asked_about_at_once(self) -> None:
        """The server's clock is behind, or ours is ahead."""
        for status in (403, 429):
            self.fake.fault(ALERTS, "rate_limited", times=2, status=status, reset_in=-600)
            self.assert_whole(self.list(env={"GITHUB_BACKOFF_BASE": "0.3"}))
            first, second, third = self.fake.requests[:3]
            self.assertGreater(third.received - first.received, 0.01)
            self.fake.reset()

    def test_few_requests_left(self) -> None:
        self.fake.world.rate.used = self.fake.world.rate.limit - 60
        self.fake.fault(ALERTS, "delay", times=ALWAYS, seconds=0.02)
        result = self.list()
        self.assertEqual(result.code, 0, result)
        self.assertRegex(result.err, r"^ghward: note: \d\d requests are left of GitHub's rate limit; "
                         "reading one page at a time\n$")
        self.assertEqual(len(result.rows), self.alerts)
        self.assertEqual(self.fake.recorder.max_in_flight, 1)

    def test_without_rate_headers_nothing_is_left_to_say(self) -> None:
        self.fake.world.rate_headers = False
        self.addCleanup(setattr, self.fake.world, "rate_headers", True)
        self.assert_whole(self.list())


class Waiting(Listing):
    def test_only_when_told_to(self) -> None:
        short: Environment = {"GITHUB_MAX_BACKOFF": "0.2"}
        for status in (403, 429):
            self.fake.fault(ALERTS, "rate_limited", times=ALWAYS, status=status, retry_after=1)
            self.assertEqual(self.list(env=short).code, 6)
            self.fake.reset()
            self.fake.fault(ALERTS, "rate_limited", status=status, retry_after=1)
            result = self.list("--wait", env=short)
            self.assertEqual(result.code, 0, result)
            self.assertRegex(result.err, "^ghward: note: waiting for GitHub's rate limit until "
                             r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$")
            self.assertEqual(len(result.rows), self.alerts)

    def test_json_stays_json(self) -> None:
        self.fake.fault(ALERTS, "rate_limited", retry_after=1)
        result = self.list("--wait", "--json", "number", env={"GITHUB_MAX_BACKOFF": "0.2"})
        self.assertEqual((result.code, len(result.json)), (0, self.alerts), result)
        (note,) = (json.loads(line)["note"] for line in result.err.splitlines())
        self.assertEqual(list(note), ["message", "job"])
        self.assertRegex(note["message"], "^waiting for GitHub's rate limit until ")
        self.assertIn(note["job"], {one["job"] for one in self.ghward.records()})

    def test_can_be_interrupted(self) -> None:
        self.fake.fault(ALERTS, "rate_limited", times=ALWAYS, retry_after=600)
        running = self.ghward.start(*LIST, "--wait")
        self.assertTrue(self.fake.recorder.wait_for(1))
        running.process.terminate()
        self.assertEqual(self.ghward.finish(running, timeout=5).code, 130)


class Adapting(Listing):
    alerts = 4000

    def test_fewer_at_a_time_after_trouble(self) -> None:
        """Twenty failures in a row of requests bring the parallel ones down; the list is whole."""
        self.ghward.inspects = False
        self.fake.fault(ALERTS, "delay", times=12, seconds=0.3)
        self.fake.fault(ALERTS, "delay", times=ALWAYS, seconds=0.03)
        self.fake.fault(ALERTS, "status", times=8, skip=2, status=502)
        flying: list[int] = []
        stop = self.fake.observe(lambda request: flying.append(self.fake.recorder.in_flight))
        self.addCleanup(stop)
        self.assert_whole(self.list(env={"GITHUB_MAX_RETRIES": "5"}))
        self.assertGreaterEqual(max(flying[:12]), 6)
        self.assertLessEqual(min(flying[14:24]), 4)

    def test_bursts_of_failures(self) -> None:
        self.fake.fault(ALERTS, "status", times=12, skip=3, status=503)
        self.fake.fault(ALERTS, "close", times=4, skip=20)
        self.assert_whole(self.list(env={"GITHUB_MAX_RETRIES": "6"}))


class Shifting(Listing):
    NOTE = "ghward: note: the list changed while it was read: something may be missing or out of date; " \
        "run the command again to be sure\n"

    def when_page(self, page: int, change: "object") -> None:
        """Changes the list just before that page is answered for the first time."""
        done: list[int] = []

        def observe(request: Request) -> None:
            if request.query.get("page") == str(page) and not done:
                done.append(page)
                with self.fake.world.lock:
                    change(self.fake.world.repository("acme", "shop"))  # type: ignore[operator]
                    self.fake.world.changed()

        self.addCleanup(self.fake.observe(observe))

    def numbers(self, result: Result) -> list[int]:
        self.assertEqual(result.code, 0, result)
        return [int(row[0]) for row in result.rows]

    def test_a_list_that_holds_still_says_nothing(self) -> None:
        self.assert_whole(self.list())
        self.assert_whole(self.list(env={"GHWARD_IN_FLIGHT": "1"}))

    def test_new_alerts_are_seen_once_and_told(self) -> None:
        for in_flight in ("1", "10"):
            self.when_page(4, lambda listed: listed.append(make_alert(len(listed) + 1)))
            result = self.list(env={"GHWARD_IN_FLIGHT": in_flight})
            numbers = self.numbers(result)
            self.assertEqual(len(numbers), len(set(numbers)))
            # Of pages that are asked for together a later one may be answered first.
            self.assertGreaterEqual(len(numbers), 949 if in_flight == "1" else 940)
            self.assertEqual(result.err, self.NOTE)
            self.fake.world.add_repository("acme", "shop", self.alerts)

    def test_alerts_that_leave_are_not_lost_without_a_word(self) -> None:
        for gone in (949, 700, 5):
            self.when_page(4, lambda listed: listed.pop(gone - 1))
            result = self.list(env={"GHWARD_IN_FLIGHT": "2"})
            self.numbers(result)
            self.assertEqual(result.err, self.NOTE, gone)
            self.fake.world.add_repository("acme", "shop", self.alerts)

    def test_programs_are_told_as_well(self) -> None:
        self.when_page(4, lambda listed: listed.pop(500))
        result = self.list("--json", "number")
        self.assertEqual(result.code, 0, result)
        self.assertIsInstance(result.json, list)
        self.assertIn("the list changed", json.loads(result.err)["note"]["message"])

    def test_a_look_that_fails_is_told_as_such(self) -> None:
        self.fake.fault(ALERTS, "status", page=10, skip=1, times=ALWAYS, status=403)
        result = self.list()
        self.assertEqual(self.numbers(result), list(range(950, 0, -1)))
        self.assertRegex(result.err, "^ghward: note: whether the list changed while it was read "
                         "could not be checked: ")

    def test_two_pages(self) -> None:
        self.fake.world.add_repository("acme", "shop", 150)
        self.when_page(2, lambda listed: listed.pop(140))
        result = self.list()
        self.assertEqual(len(self.numbers(result)), 149)
        self.assertEqual(result.err, self.NOTE)

    def test_some_of_it_is_no_reason_to_look_twice(self) -> None:
        self.fake.reset()
        self.assertEqual(len(self.numbers(self.list("--limit", "250"))), 250)
        self.assertLessEqual(len(self.fake.requests), 4)
