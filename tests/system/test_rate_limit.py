"""Rate limits: looking at them, and running into them."""

from __future__ import annotations

import time
from datetime import datetime, timezone

from system.harness import ALWAYS, GhwardTestCase

VIEW = "/repos/acme/shop/code-scanning/alerts/7"
ARGUMENTS = ("alerts", "view", "7", "-R", "acme/shop")


def seconds_until(message: str) -> float:
    """How far away the time is that a message names."""
    for word in message.replace(",", " ").replace(":  ", " ").split():
        try:
            named = datetime.strptime(word.rstrip(":."), "%Y-%m-%dT%H:%M:%SZ")
        except ValueError:
            continue
        return named.replace(tzinfo=timezone.utc).timestamp() - time.time()
    raise AssertionError(f"no time in {message!r}")


class Command(GhwardTestCase):
    def test_json_is_what_github_says(self) -> None:
        seen = self.run_ok("rate-limit", "--json").json
        core = seen["resources"]["core"]
        self.assertEqual(core["limit"], 5000)
        self.assertEqual(core["remaining"], core["limit"] - core["used"])
        self.assertEqual(seen["resources"]["code_scanning_autofix"]["limit"], 10)

    def test_a_line_per_resource_in_a_pipe(self) -> None:
        rows = {row[0]: row[1:] for row in self.run_ok("rate-limit").rows}
        self.assertEqual(rows["graphql"][:3], ["5000", "7", "4993"])
        self.assertAlmostEqual(seconds_until(rows["core"][3]), 3600, delta=900)
        self.assertLessEqual({"core", "search", "graphql", "code_scanning_upload"}, set(rows))

    def test_a_server_without_limits_is_no_failure(self) -> None:
        self.fake.world.rate_headers = False
        self.addCleanup(setattr, self.fake.world, "rate_headers", True)
        result = self.ghward.run("rate-limit")
        self.assertEqual(result.code, 0, result)


class Exhausted(GhwardTestCase):
    def test_primary_limit_names_its_reset(self) -> None:
        for status in (403, 429):
            with self.subTest(status):
                self.fake.fault(VIEW, "rate_limited", times=2, status=status, reset_in=1800)
                error = self.assert_refused(*ARGUMENTS, code=6, kind="rate_limited", status=status)
                self.assertAlmostEqual(seconds_until(error["message"]), 1800, delta=10)

    def test_retry_after_comes_before_reset(self) -> None:
        self.fake.fault(VIEW, "rate_limited", times=2, retry_after=600, reset_in=1800)
        error = self.assert_refused(*ARGUMENTS, code=6, kind="rate_limited")
        self.assertAlmostEqual(seconds_until(error["message"]), 600, delta=10)

    def test_secondary_limit_without_a_time_is_a_minute_at_least(self) -> None:
        self.fake.fault(VIEW, "rate_limited", times=2, status=403, secondary=True)
        error = self.assert_refused(*ARGUMENTS, code=6, kind="rate_limited", status=403)
        self.assertGreaterEqual(seconds_until(error["message"]), 55)

    def test_secondary_limit_with_retry_after(self) -> None:
        self.fake.fault(VIEW, "rate_limited", times=2, status=403, secondary=True, retry_after=120)
        error = self.assert_refused(*ARGUMENTS, code=6, kind="rate_limited")
        self.assertAlmostEqual(seconds_until(error["message"]), 120, delta=10)

    def test_a_wait_longer_than_the_maximum_is_not_waited_for(self) -> None:
        self.fake.fault(VIEW, "rate_limited", times=ALWAYS, retry_after=5)
        result = self.ghward.run(*ARGUMENTS, env={"GITHUB_MAX_BACKOFF": "4"})
        self.assertEqual(result.code, 6, result)
        self.assertLess(result.seconds, 2)
        self.assertEqual(len(self.fake.requests), 1)

    def test_a_short_wait_is_waited_for(self) -> None:
        self.fake.fault(VIEW, "rate_limited", retry_after=1)
        result = self.ghward.run(*ARGUMENTS, env={"GITHUB_MAX_BACKOFF": "4"})
        self.assertEqual(result.code, 0, result)
        first, second = self.fake.requests
        assert first.answered is not None
        self.assertGreaterEqual(second.received - first.answered, 0.95)

    def test_a_reset_in_the_past_or_absurd_is_no_trap(self) -> None:
        for reset_in in (-1000, 10**12):
            with self.subTest(reset_in):
                self.fake.fault(VIEW, "rate_limited", times=ALWAYS, reset_in=reset_in)
                result = self.ghward.run(*ARGUMENTS)
                self.assertEqual(result.code, 6, result)
                self.fake.reset()

    def test_rate_limit_headers_that_are_no_numbers(self) -> None:
        for value in ("-1", "many", "99999999999999999999999", "", "1e3"):
            with self.subTest(value):
                for name in ("X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After"):
                    self.fake.fault(VIEW, "header", name=name, value=value)
                self.run_ok(*ARGUMENTS)
