"""The pager and the line of progress: what a person sees of a long list."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from system import terminal
from system.harness import ALWAYS, GhwardTestCase
from system.terminal import Terminal, run_on_terminal

LIST = ("alerts", "list", "-R", "acme/shop")
VIEW = ("alerts", "view", "7", "-R", "acme/shop")


class Pager(GhwardTestCase):
    def pager(self, text: str) -> str:
        """A script as the pager; its own words go to the screen."""
        path = self.ghward.scratch.work / "pager"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        self.ghward.scratch.settle()
        return str(path)

    def test_gets_what_would_have_been_on_the_screen(self) -> None:
        plain = run_on_terminal(self.ghward, *LIST)
        env = {"PAGER": self.pager("echo begin; /bin/cat; echo end")}
        for command in (LIST, VIEW, (*LIST, "--json", "number")):
            shown = run_on_terminal(self.ghward, *command, env=env)
            self.assertEqual(shown.code, 0, shown)
            self.assertEqual(shown.out, "begin\n" + run_on_terminal(self.ghward, *command).out + "end\n")
        self.assertIn("NUMBER", plain.out)

    def test_the_first_variable_that_is_set_counts(self) -> None:
        marks = {name: f"echo {name}; /bin/cat >/dev/null" for name in ("GHWARD_PAGER", "GH_PAGER", "PAGER")}
        names = list(marks)
        for first in range(3):
            env = {name: marks[name] for name in names[first:]}
            self.assertEqual(run_on_terminal(self.ghward, *LIST, env=env).out, names[first] + "\n")

    def test_none_where_it_is_empty_or_cat(self) -> None:
        for value in ("", "cat"):
            shown = run_on_terminal(self.ghward, *VIEW, env={"GH_PAGER": value, "PAGER": "echo paged"})
            self.assertNotIn("paged", shown.out)
            self.assertIn("number", shown.out)

    def test_none_in_a_pipe_for_changes_and_for_help(self) -> None:
        env = {"PAGER": "echo paged"}
        self.assertNotIn("paged", self.run_ok(*LIST, env=env).out)
        for command in (("alerts", "reopen", "3", "-R", "acme/shop", "--yes"), ("--help",)):
            self.assertNotIn("paged", run_on_terminal(self.ghward, *command, env=env).out)

    def test_less_is_told_to_show_colours(self) -> None:
        pager = "echo $LESS $LV; /bin/cat >/dev/null"
        self.assertEqual(run_on_terminal(self.ghward, *VIEW, env={"PAGER": pager}).out, "FRX -c\n")
        env = {"PAGER": pager, "LESS": "S"}
        self.assertEqual(run_on_terminal(self.ghward, *VIEW, env=env).out, "S -c\n")

    def test_has_neither_secrets_nor_our_descriptors(self) -> None:
        pager = self.pager("/usr/bin/env; echo fds: $(ls /proc/self/fd); /bin/cat >/dev/null")
        env = {"PAGER": pager, "GH_TOKEN": self.ghward.canary.token, "PATH": "/usr/bin:/bin",
               "HTTPS_PROXY": "http://u:secretword@127.0.0.1:1", "NO_PROXY": "*"}
        shown = run_on_terminal(self.ghward, *VIEW, env=env)
        self.assertIn("PATH=", shown.out)
        self.assertNotIn("TOKEN", shown.out)
        self.assertNotIn("secretword", shown.out)
        self.assertRegex(shown.out, r"fds: 0 1 2 3\n")  # 3 is that of ls

    def test_who_quits_has_seen_enough(self) -> None:
        self.fake.world.add_repository("acme", "large", 3000)
        shown = run_on_terminal(self.ghward, "alerts", "list", "-R", "acme/large",
                                env={"PAGER": "read line; echo enough"})
        self.assertEqual((shown.code, shown.out), (0, "enough\n"), shown)

    def test_the_status_is_that_of_the_command(self) -> None:
        shown = run_on_terminal(self.ghward, "alerts", "view", "999", "-R", "acme/shop",
                                env={"PAGER": "/bin/cat; exit 3"})
        self.assertEqual(shown.code, 5, shown)
        self.assertIn("not found", shown.out)

    def test_one_that_does_not_start(self) -> None:
        shown = run_on_terminal(self.ghward, *VIEW, env={"PAGER": "/nonexistent/pager"})
        self.assertEqual(shown.code, 0, shown)
        self.assertIn("not found", shown.out)

    def test_an_interrupt_is_for_the_pager(self) -> None:
        started = Path(self.ghward.scratch.work, "started")
        pager = self.pager(f"trap 'echo caught' INT; : >{started}; while read line; do :; done; echo over")
        self.fake.hold("alerts")
        shown = Terminal(self.ghward, *VIEW, env={"PAGER": pager})
        deadline = time.monotonic() + 10
        while not started.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        shown.press(terminal.INTERRUPT)
        time.sleep(0.1)
        self.fake.faults.clear()
        result = shown.finish()
        self.assertEqual(result.code, 0, result)
        self.assertIn("over", result.out)


class Progress(GhwardTestCase):
    """A list of seven pages, each of which takes a third of a second."""

    def setUp(self) -> None:
        super().setUp()
        self.fake.world.add_repository("acme", "slow", 700)
        self.fake.fault("acme/slow", "delay", times=ALWAYS, seconds=0.35)
        self.command = ("alerts", "list", "-R", "acme/slow")
        self.one_by_one = {"GHWARD_IN_FLIGHT": "1"}

    def on_screen(self, **env: str) -> str:
        """What standard error shows while standard output goes into a file."""
        file = self.ghward.scratch.work / "out"
        master, slave = os.openpty()
        screen = terminal._Screen(master)
        with open(file, "wb") as out:
            running = self.ghward.start(*self.command, env={**self.one_by_one, **env}, stdout=out, stderr=slave)
        os.close(slave)
        screen.read_all()
        result = self.ghward.finish(running)
        os.close(master)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(len(file.read_bytes().splitlines()), 700)
        return screen.data.decode()

    def test_shows_how_far_it_came_and_vanishes(self) -> None:
        shown = self.on_screen()
        self.assertRegex(shown, r"page [3-7] of 7, [3-7]00 read")
        self.assertNotIn("\n", shown)
        self.assertTrue(shown.endswith("\r\x1b[K"), shown)
        lines = re.findall(r"page (\d) of 7, (\d)00 read", shown)
        self.assertEqual(lines, sorted(lines))
        self.assertTrue(all(page == hundreds for page, hundreds in lines), lines)

    def test_says_nothing_where_nobody_looks(self) -> None:
        self.assertEqual(self.run_ok(*self.command, env=self.one_by_one).err, "")

    def test_leaves_a_terminal_to_the_rows(self) -> None:
        shown = run_on_terminal(self.ghward, *self.command, env=self.one_by_one)
        self.assertNotIn("page", shown.out)

    def test_a_short_list_needs_none(self) -> None:
        self.command = LIST
        master, slave = os.openpty()
        running = self.ghward.start(*LIST, stderr=slave)
        os.close(slave)
        screen = terminal._Screen(master)
        screen.read_all()
        self.ghward.finish(running)
        os.close(master)
        self.assertEqual(screen.data, b"")
