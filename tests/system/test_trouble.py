"""Clocks that differ, connections that are slow or die, and limits that stop the whole job."""

from __future__ import annotations

import time
from datetime import datetime, timezone

from system.harness import ALWAYS, Environment, GhwardTestCase, Result

LIST = "/repos/acme/shop/code-scanning/alerts$"
ARGUMENTS = ("alerts", "list", "-R", "acme/shop")
PATIENT: Environment = {"GITHUB_MAX_BACKOFF": "3", "GITHUB_BACKOFF_BASE": "0.05"}


class Trouble(GhwardTestCase):
    alerts = 950

    def assert_whole(self, result: Result) -> None:
        self.assertEqual((result.code, result.err), (0, ""), result)
        self.assertEqual([int(row[0]) for row in result.rows], list(range(self.alerts, 0, -1)))

    def patient(self) -> Result:
        return self.ghward.run(*ARGUMENTS, env=PATIENT)


class Clocks(Trouble):
    """A reset is a time of the server's clock, whatever ours says."""

    alerts = 25

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(setattr, self.fake.world, "clock_skew", 0)

    def test_a_reset_is_waited_for_by_the_server_s_clock(self) -> None:
        for skew in (-600, 600):
            for status in (403, 429):
                with self.subTest(skew=skew, status=status):
                    self.fake.world.clock_skew = skew
                    self.fake.fault(LIST, "rate_limited", status=status, reset_in=2)
                    self.assert_whole(self.patient())
                    first, second = self.fake.requests
                    self.assertGreater(second.received - first.received, 0.8)
                    self.fake.reset()

    def test_the_end_is_told_by_our_clock(self) -> None:
        for skew in (-1200, 1200):
            self.fake.world.clock_skew = skew
            self.fake.fault(LIST, "rate_limited", times=2, status=403, reset_in=1800)
            error = self.assert_refused(*ARGUMENTS, code=6, kind="rate_limited")
            told = next(word for word in error["message"].replace(":  ", " ").split() if word[:2] == "20")
            until = datetime.strptime(told.rstrip(":"), "%Y-%m-%dT%H:%M:%SZ")
            self.assertAlmostEqual(until.replace(tzinfo=timezone.utc).timestamp() - time.time(),
                                   1800, delta=30)

    def test_a_date_that_is_none(self) -> None:
        for date in ("yesterday", "Sun, 99 Nov 1994 08:49:37 GMT", "", None):
            with self.subTest(date):
                self.fake.fault(LIST, "header", name="Date", value=date)
                self.assert_whole(self.patient())
                self.fake.reset()


class Connections(Trouble):
    def test_one_that_was_used_and_dies(self) -> None:
        for kind, options in (("close", {}), ("reset", {"after": "nothing"})):
            with self.subTest(kind):
                fault = self.fake.fault(LIST, kind, times=3, reused=True, **options)
                self.assert_whole(self.patient())
                self.assertEqual(fault.hits, 3)
                self.fake.reset()

    def test_a_handshake_that_takes_its_time(self) -> None:
        self.fake.slow_handshakes(0.3)
        self.assert_whole(self.patient())

    def test_a_handshake_that_takes_too_long(self) -> None:
        self.ghward.inspects = False
        self.fake.slow_handshakes(5)
        result = self.ghward.run(*ARGUMENTS, "--json", env={"GHWARD_TIMEOUT": "0.6"})
        self.assertEqual((result.code, result.error["kind"]), (1, "timeout"), result)
        self.assertIn("during the TLS handshake", result.error["message"])
        self.assertEqual(self.fake.requests, [])

    def test_bodies_that_trickle_in(self) -> None:
        for page in (1, 4, 10):
            self.fake.fault(LIST, "drip", page=page, interval=0.002, size=400)
        self.assert_whole(self.patient())


class Limits(Trouble):
    alerts = 3000

    def test_while_one_page_waits_no_other_is_asked_for(self) -> None:
        """Going on against a limit would only make it last."""
        self.ghward.inspects = False
        for page in (2, 3, 4, 5):
            self.fake.fault(LIST, "delay", page=page, seconds=0.5)
        for status in (429, 403):
            with self.subTest(status):
                fault = self.fake.fault(LIST, "rate_limited", page=6, status=status, secondary=True,
                                        retry_after=2)
                self.assert_whole(self.patient())
                self.assertEqual(fault.hits, 1)
                limited, again = (one for one in self.fake.requests if one.page == 6)
                assert limited.answered is not None
                self.assertGreater(again.received - limited.answered, 1.9)
                if status == 429:
                    self.assertEqual([one.page for one in self.fake.requests
                                      if 0.3 < one.received - limited.answered < 1.8], [])
                self.fake.reset()

    def test_the_pause_grows_without_a_time(self) -> None:
        """A minute is too long here; what counts is that it is not asked for again."""
        for status in (403, 429):
            self.fake.fault(LIST, "rate_limited", page=3, times=ALWAYS, status=status, secondary=True)
            result = self.patient()
            self.assertEqual(result.code, 6, result)
            self.assertEqual(len([one for one in self.fake.requests if one.page == 3]), 1)
            self.fake.reset()
