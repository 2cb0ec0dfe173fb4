"""Ended at any moment: nothing looks complete that is not, and the next run finishes."""

from __future__ import annotations

import contextlib
import os
import signal
import time

from fake import packs
from fake.script import Script
from system import processes
from system.harness import Running
from system.repos import ReposTestCase
from system.terminal import INTERRUPT, Terminal


class ResumeTestCase(ReposTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.ghward.inspects = False
        self.made = self.repositories.add_many("acme", 6)
        self.big = self.repositories.add("acme/big", {"noise": os.urandom(4 << 20)})

    def finishes(self) -> None:
        self.fake.faults.clear()
        self.sync()
        self.assert_mirrored(*self.made, self.big)
        self.assert_settled()

    def gone(self, running: Running) -> None:
        """Nothing of it is left, git's children included."""
        def nothing() -> bool:
            return not processes.strays(set())

        self.assertTrue(processes.wait_for(nothing, 3), processes.strays(set()))


class Killed(ResumeTestCase):
    def test_while_a_pack_arrives(self) -> None:
        """SIGKILL of everything: no chance to clean up."""
        self.fake.fault("/acme/big.git/", "drip", command="fetch", times=None, interval=0.02, size=20_000)
        running = self.ghward.start(*self.arguments())
        self.assertTrue(processes.wait_for(lambda: len(self.asked("fetch")) >= 7, 20))
        time.sleep(0.3)
        self.kill_all(running.process.pid)
        self.ghward.finish(running)
        self.assertFalse(self.mirror("acme/big").exists())
        for name in self.kept:
            self.assertIn(name, [one.full_name for one in self.made])
        self.finishes()

    def test_at_many_moments(self) -> None:
        for step in range(12):
            running = self.ghward.start(*self.arguments())
            time.sleep(0.02 + step * 0.04)
            self.kill_all(running.process.pid)
            self.ghward.finish(running)
            known = {one.full_name: one for one in (*self.made, self.big)}
            for name in self.kept:
                self.assert_mirrored(known[name])
        self.finishes()

    def test_one_process_alone(self) -> None:
        """Whoever dies: an error, nobody left behind, and the next run finishes."""
        for role in ("git", "tree", "store", "worker", "net", "broker", "agent", "cli"):
            with self.subTest(role):
                self.fake.reset()
                self.big.push({"noise": os.urandom(1 << 20)})
                held = self.fake.hold("/acme/big.git/", command="fetch")
                running = self.ghward.start(*self.arguments())
                held.wait()
                self.ghward.find(role).kill()
                held.release()
                result = self.ghward.finish(running, 30)
                if role == "net":  # it is started again, and asked again
                    self.assertIn(result.code, (0, 7), result)
                else:
                    self.assertNotEqual(result.code, 0, result)
                self.gone(running)
                self.finishes()

    def test_git_itself(self) -> None:
        held = self.fake.hold("/acme/big.git/", command="fetch")
        running = self.ghward.start(*self.arguments())
        held.wait()
        for one in self.ghward.family():
            if one.is_git:
                with contextlib.suppress(ProcessLookupError):  # one takes others with it
                    one.kill()
        held.release()
        result = self.ghward.finish(running)
        self.assertEqual(self.read(result).actions["acme/big"], "failed", result)
        self.assertEqual(result.code, 7, result)
        self.finishes()


class Interrupted(ResumeTestCase):
    def ends(self, running: Running, sent: float) -> None:
        result = self.ghward.finish(running)
        self.assertLess(time.monotonic() - sent, 1.5)
        self.assertEqual(result.code, 130, result)
        self.gone(running)
        self.assert_settled()

    def test_while_a_pack_arrives(self) -> None:
        self.fake.fault("/acme/big.git/", "drip", command="fetch", times=None, interval=0.02, size=20_000)
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number.name):
                running = self.ghward.start(*self.arguments())
                self.assertTrue(processes.wait_for(lambda: "acme/big" in self.asked("fetch"), 20))
                time.sleep(0.2)
                sent = time.monotonic()
                running.process.send_signal(number)
                self.ends(running, sent)
                self.assertFalse(self.mirror("acme/big").exists())
                self.fake.recorder.clear()
        self.finishes()

    def test_by_key(self) -> None:
        held = self.fake.hold("/acme/big.git/", command="ls-refs")
        terminal = Terminal(self.ghward, "repos", "sync", "--org", "acme", "--dest", str(self.dest))
        held.wait()
        sent = time.monotonic()
        terminal.press(INTERRUPT)
        result = terminal.finish()
        self.assertEqual(result.code, 130, result)
        self.assertLess(time.monotonic() - sent, 1.5)
        self.finishes()

    def test_at_many_moments(self) -> None:
        for step in range(15):
            running = self.ghward.start(*self.arguments())
            time.sleep(0.01 + step * 0.03)
            sent = time.monotonic()
            running.process.send_signal(signal.SIGINT)
            result = self.ghward.finish(running)
            self.assertLess(time.monotonic() - sent, 1.5, result)
            self.assertIn(result.code, (0, 130, -signal.SIGINT), result)
            if self.dest.exists():
                self.assert_settled()
        self.finishes()

    def test_a_git_that_is_busy(self) -> None:
        """Not waiting for the network, but computing: it ends as quickly."""
        history = packs.History(b"x\n")
        self.big.change(script=Script([(history.tip, b"refs/heads/main")], packs.blob_bomb(history, 32 << 10)))
        running = self.ghward.start(*self.arguments())
        self.assertTrue(processes.wait_for(lambda: "acme/big" in self.asked("fetch"), 20))
        time.sleep(1.0)
        sent = time.monotonic()
        running.process.send_signal(signal.SIGINT)
        self.ends(running, sent)


class Together(ResumeTestCase):
    def test_two_into_one_directory(self) -> None:
        """One works, the other says that the directory is in use; or both, one after the other."""
        results = self.ghward.together(2, *self.arguments())
        codes = sorted(one.code for one in results)
        self.assertEqual(codes[0], 0, results)
        for one in results:
            if one.code != 0:
                self.assertRegex(one.err, "in use|locked|another|at work")
        self.finishes()

    def test_two_into_two(self) -> None:
        first = self.ghward.start(*self.arguments())
        self.dest = self.ghward.scratch.base / "mirror" / "second"
        (self.ghward.scratch.base / "mirror").mkdir(exist_ok=True)
        self.settle()
        second = self.ghward.start(*self.arguments())
        for one in (first, second):
            self.assertEqual(self.ghward.finish(one, 60).code, 0)
        self.assert_mirrored(*self.made, self.big)

    def test_a_lock_of_one_that_was_killed_holds_nobody_up(self) -> None:
        held = self.fake.hold("/acme/big.git/")
        running = self.ghward.start(*self.arguments())
        held.wait()
        self.kill_all(running.process.pid)
        self.ghward.finish(running)
        held.release()
        self.finishes()

    def test_what_a_killed_one_left_is_cleared_away(self) -> None:
        self.fake.fault("/acme/big.git/", "drip", command="fetch", times=None, interval=0.02, size=20_000)
        running = self.ghward.start(*self.arguments())
        self.assertTrue(processes.wait_for(lambda: "acme/big" in self.asked("fetch"), 20))
        time.sleep(0.3)
        self.kill_all(running.process.pid)
        self.ghward.finish(running)
        self.assertTrue(list((self.dest / ".ghward" / "tmp").iterdir()), "the story needs something that was left")
        self.finishes()
