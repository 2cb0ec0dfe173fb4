"""The pager and the line of progress: what a person sees of a long list."""

from __future__ import annotations

import os
import re
import sys
import unittest

from system import terminal
from system.harness import ALWAYS, GhwardTestCase
from system.processes import wait_for
from system.terminal import Terminal, run_on_terminal

LIST = ("alerts", "list", "-R", "acme/shop")
VIEW = ("alerts", "view", "7", "-R", "acme/shop")

# Says when it is interrupted, and goes on, as less does.
_DEAF_PAGER = """#!%s -IS
import os, signal, sys
signal.signal(signal.SIGINT, lambda *_: os.write(1, b"caught\\n"))
with open("%s", "w", buffering=1) as rows:
    for line in sys.stdin:
        rows.write(line)
print("over")
"""


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
            shown = run_on_terminal(self.ghward, *VIEW, env={"GH_PAGER": value, "PAGER": "/bin/echo paged"})
            self.assertNotIn("paged", shown.out)
            self.assertIn("number", shown.out)

    def test_none_in_a_pipe_for_changes_and_for_help(self) -> None:
        env = {"PAGER": "/bin/echo paged"}
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

    @unittest.skipUnless(os.access("/usr/bin/less", os.X_OK), "there is no less")
    def test_less_shows_a_page_and_leaves_on_q(self) -> None:
        self.fake.world.add_repository("acme", "large", 3000)
        shown = Terminal(self.ghward, "alerts", "list", "-R", "acme/large", env={"PAGER": "/usr/bin/less"})
        self.assertTrue(wait_for(lambda: b"NUMBER" in shown._screen.data, 10))
        shown.press(b"q")
        result = shown.finish()
        self.assertEqual(result.code, 0, result)
        self.assertLess(result.out.count("\n"), 100)

    def test_the_status_is_that_of_the_command(self) -> None:
        shown = run_on_terminal(self.ghward, "alerts", "view", "999", "-R", "acme/shop",
                                env={"PAGER": "/bin/cat; exit 3"})
        self.assertEqual(shown.code, 5, shown)
        self.assertIn("not found", shown.out)

    def test_has_nothing_to_do_with_errors(self) -> None:
        """Not even an empty screen: it starts with the first byte."""
        env = {"PAGER": self.pager("echo paged; /bin/cat")}
        shown = run_on_terminal(self.ghward, "alerts", "view", "999", "-R", "acme/shop", env=env)
        self.assertEqual(shown.code, 5, shown)
        self.assertTrue(shown.out.startswith("ghward: "), shown)
        self.assertNotIn("paged", shown.out)

    def test_one_that_does_not_start(self) -> None:
        """A warning, and what would have been there without."""
        plain = run_on_terminal(self.ghward, *VIEW).out
        broken = self.ghward.scratch.work / "broken"
        broken.write_text("#!/nonexistent/interpreter\n")
        broken.chmod(0o755)
        self.ghward.scratch.settle()
        for command in ("/nonexistent/pager", "no-such-pager -R", str(self.ghward.scratch.work), str(broken)):
            with self.subTest(command):
                shown = run_on_terminal(self.ghward, *VIEW, env={"PAGER": command})
                self.assertEqual(shown.code, 0, shown)
                note, _, rest = shown.out.partition("\n")
                self.assertRegex(note, r"^ghward: note: cannot start the pager .*: \w+")
                self.assertEqual(rest, plain)

    def test_a_program_and_its_words_need_no_shell(self) -> None:
        env = {"PAGER": f"{self.pager('echo $#:$1:$2; /bin/cat >/dev/null')} -R  -F"}
        self.assertEqual(run_on_terminal(self.ghward, *VIEW, env=env).out, "2:-R:-F\n")
        self.pager("echo found; /bin/cat >/dev/null")
        env = {"PAGER": "pager", "PATH": f".::{self.ghward.scratch.work}"}
        self.assertEqual(run_on_terminal(self.ghward, *VIEW, env=env).out, "found\n")

    def test_an_interrupt_is_for_the_pager(self) -> None:
        """Once it shows something: the rest of the list still comes."""
        self.fake.world.add_repository("acme", "large", 300)
        rows = self.ghward.scratch.work / "rows"
        pager = self.ghward.scratch.work / "pager"
        pager.write_text(_DEAF_PAGER % (sys.executable, str(rows)))
        pager.chmod(0o755)
        self.ghward.scratch.settle()
        held = self.fake.hold("acme/large", page=2)
        shown = Terminal(self.ghward, "alerts", "list", "-R", "acme/large",
                         env={"PAGER": str(pager)})
        held.wait()
        self.assertTrue(wait_for(lambda: rows.exists() and rows.read_text().count("\n") > 50, 10))
        shown.press(terminal.INTERRUPT)
        self.assertTrue(wait_for(lambda: b"caught" in shown._screen.data, 10))
        held.release()
        result = shown.finish()
        self.assertEqual(result.code, 0, result)
        self.assertTrue(result.out.endswith("over\n"), result)
        self.assertGreaterEqual(rows.read_text().count("\n"), 300)

    def test_an_interrupt_before_that_is_for_the_command(self) -> None:
        held = self.fake.hold("alerts")
        shown = Terminal(self.ghward, *VIEW, env={"PAGER": self.pager("echo paged; /bin/cat")})
        held.wait()
        shown.press(terminal.INTERRUPT)
        result = shown.finish()
        self.assertEqual(result.code, 130, result)
        self.assertNotIn("paged", result.out)


class Progress(GhwardTestCase):
    """A list of seven pages, each of which takes a third of a second."""

    def setUp(self) -> None:
        super().setUp()
        self.fake.world.add_repository("acme", "slow", 700)
        self.fake.fault("acme/slow", "delay", times=ALWAYS, seconds=0.35)
        self.command = ("alerts", "list", "-R", "acme/slow")
        self.one_by_one = {"GHWARD_IN_FLIGHT": "1", "TERM": "xterm"}

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

    def test_says_nothing_on_a_terminal_that_cannot_take_it_back(self) -> None:
        self.assertEqual(self.on_screen(TERM="dumb"), "")

    def test_leaves_the_terminal_to_a_pager_behind_a_pipe(self) -> None:
        master, slave = os.openpty()
        screen = terminal._Screen(master)
        running = self.ghward.start(*self.command, env=self.one_by_one, stderr=slave)
        os.close(slave)
        result = self.ghward.finish(running)
        screen.read_all()
        os.close(master)
        self.assertEqual((result.code, len(result.rows), screen.data), (0, 700, b""))

    def test_leaves_a_terminal_to_the_rows(self) -> None:
        """Whatever stood there while the first page was late is gone before the first line."""
        shown = run_on_terminal(self.ghward, *self.command, env=self.one_by_one)
        before, heading, rows = shown.out.partition("\nShowing up to 700 alerts")
        self.assertTrue(heading)
        self.assertRegex(before, r"^((\r\x1b\[Kpage 1 of 7, 100 read)+\r\x1b\[K)?$")
        self.assertFalse("page" in rows or "\r" in rows)

    def test_a_short_list_needs_none(self) -> None:
        self.fake.faults.clear()
        self.assertEqual(self.on_screen(), "")
