"""Ctrl-C: 130 within a second, and nothing left."""

from __future__ import annotations

import signal
import time

from system.harness import ALWAYS, GhwardTestCase, Result
from system.terminal import INTERRUPT, Terminal

LIST = "/repos/acme/shop/code-scanning/alerts"
ARGUMENTS = ("alerts", "list", "-R", "acme/shop")


class Interrupted(GhwardTestCase):
    alerts = 950

    def check(self, result: Result, since: float) -> None:
        self.assertEqual(result.code, 130, result)
        self.assertLess(time.monotonic() - since, 1.0)
        last = self.ghward.records()[-1]
        self.assertEqual((last["phase"], last["outcome"]), ("result", "interrupted"), last)

    def test_by_key_while_github_thinks(self) -> None:
        self.ghward.inspects = False
        held = self.fake.hold(LIST)
        terminal = Terminal(self.ghward, *ARGUMENTS)
        held.wait()
        pressed = time.monotonic()
        terminal.press(INTERRUPT)
        self.check(terminal.finish(), pressed)

    def test_by_signal_in_each_phase(self) -> None:
        self.ghward.inspects = False
        for name, fault in (
            ("first page", {"kind": "hold"}),
            ("later page", {"kind": "hold", "page": 5}),
            ("endless body", {"kind": "drip", "interval": 0.05}),
            ("retries", {"kind": "status", "status": 503, "times": ALWAYS}),
        ):
            for number in (signal.SIGINT, signal.SIGTERM):
                with self.subTest(name, signal=number.name):
                    self.fake.reset()
                    struck = self.fake.fault(LIST, **fault)  # type: ignore[arg-type]
                    running = self.ghward.start(*ARGUMENTS, "--json", env={
                        "GITHUB_MAX_RETRIES": "20", "GITHUB_BACKOFF_BASE": "5",
                        "GITHUB_MAX_BACKOFF": "30",
                    })
                    struck.wait()
                    sent = time.monotonic()
                    running.process.send_signal(number)
                    result = self.ghward.finish(running)
                    self.check(result, sent)
                    self.assert_not_whole(result)

    def test_at_any_moment(self) -> None:
        """From before the first process to after the last page: ended or done, never in between."""
        self.ghward.inspects = False
        self.fake.world.latency = 0.01
        self.addCleanup(setattr, self.fake.world, "latency", 0.0)
        for step in range(24):
            running = self.ghward.start(*ARGUMENTS, "--json", "number")
            time.sleep(step * 0.003)
            sent = time.monotonic()
            running.process.send_signal(signal.SIGINT)
            result = self.ghward.finish(running)
            self.assertLess(time.monotonic() - sent, 1.5, result)
            if result.code == 0:
                self.assertEqual(len(result.json), 950)
            else:
                # Before ghward handles the signal itself, its default action is the same news.
                self.assertIn(result.code, (130, -signal.SIGINT), result)
                self.assert_not_whole(result)

    def test_the_agent_does_not_hear_the_key(self) -> None:
        """Only the command decides; its processes have a session of their own."""
        held = self.fake.hold(LIST, page=1)
        running = self.ghward.start(*ARGUMENTS)
        held.wait()
        for role in ("agent", "broker", "audit", "net", "dial", "worker"):
            self.ghward.find(role).kill(signal.SIGINT)
        held.release()
        result = self.ghward.finish(running)
        self.assertEqual((result.code, len(result.rows)), (0, 950), result)
