"""On a terminal: a table that fits, colours that can be refused, and nothing else that acts."""

from __future__ import annotations

import re
import unicodedata

from fake.payloads import ESCAPES
from system.harness import ALWAYS, Environment, GhwardTestCase, Result
from system.terminal import run_on_terminal

LIST_PATH = "/repos/acme/shop/code-scanning/alerts"
LIST = ("alerts", "list", "-R", "acme/shop")
VIEW = ("alerts", "view", "7", "-R", "acme/shop")
PLAIN_AND_COLOURED: list[Environment] = [{"NO_COLOR": "1"}, {}]
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

# Categories of characters that act, hide or reorder: controls, formats, lone surrogates, separators.
_ACTIVE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def active_characters(text: str, allowed: str = "\n\t") -> list[str]:
    return [char for char in text if unicodedata.category(char) in _ACTIVE and char not in allowed]


class Table(GhwardTestCase):
    def test_has_a_header_and_fits_the_width(self) -> None:
        for columns in (60, 80, 120, 200):
            with self.subTest(columns):
                result = run_on_terminal(self.ghward, *LIST, columns=columns, env={"NO_COLOR": "1"})
                self.assertEqual(result.code, 0, result)
                header, *lines = result.out.splitlines()
                for title in ("NUMBER", "STATE", "SEVERITY", "RULE", "TOOL", "LOCATION"):
                    self.assertIn(title, header)
                self.assertEqual(len(lines), 25)
                if columns >= 120:
                    self.assertLessEqual(max(map(len, lines)), columns)

    def test_an_empty_list_says_so(self) -> None:
        result = run_on_terminal(self.ghward, "alerts", "list", "-R", "acme/empty")
        self.assertEqual(result.code, 0, result)
        self.assertIn("No code scanning alerts", result.out)
        self.assertIn("acme/empty", result.out)

    def test_json_is_the_same_as_in_a_pipe(self) -> None:
        piped = self.run_ok(*LIST, "--json", "number,state").out
        shown = run_on_terminal(self.ghward, *LIST, "--json", "number,state").out
        self.assertEqual(shown, piped)


class Colours(GhwardTestCase):
    def coloured(self, result: Result) -> bool:
        self.assertEqual(result.code, 0, result)
        return bool(_COLOUR.search(result.out))

    def test_only_on_a_terminal_that_has_them(self) -> None:
        for command in (LIST, VIEW, ("rate-limit",)):
            with self.subTest(command):
                self.assertTrue(self.coloured(run_on_terminal(self.ghward, *command)))
                self.assertFalse(self.coloured(self.run_ok(*command)))

    def test_not_where_they_are_unwanted(self) -> None:
        cases: list[Environment] = [
            {"NO_COLOR": "1"}, {"TERM": "dumb"}, {"NO_COLOR": "1", "CLICOLOR_FORCE": "1"},
        ]
        for env in cases:
            with self.subTest(env):
                self.assertFalse(self.coloured(run_on_terminal(self.ghward, *LIST, env=env)))

    def test_everything_that_is_begun_is_ended(self) -> None:
        for line in run_on_terminal(self.ghward, *LIST).out.splitlines():
            codes = _COLOUR.findall(line)
            if codes:
                self.assertEqual(codes[-1], "\x1b[0m")


class Escapes(GhwardTestCase):
    """GitHub's text is somebody else's text: nothing in it may act on a terminal."""

    def setUp(self) -> None:
        super().setUp()
        self.fake.fault(LIST_PATH, "escapes", times=ALWAYS)

    def test_never_reach_a_terminal(self) -> None:
        for command in (LIST, VIEW):
            for env in PLAIN_AND_COLOURED:
                with self.subTest(command[1], env=env):
                    result = run_on_terminal(self.ghward, *command, columns=200, env=env)
                    self.assertEqual(result.code, 0, result)
                    rest = _COLOUR.sub("", result.out) if not env else result.out
                    self.assertEqual(active_characters(rest), [], repr(result.out))

    def test_cannot_even_set_a_colour(self) -> None:
        shown = run_on_terminal(self.ghward, *VIEW, env={"NO_COLOR": "1"}).out
        self.assertNotIn("\x1b", shown)

    def test_never_reach_a_pipe(self) -> None:
        for command in (LIST, VIEW):
            with self.subTest(command[1]):
                self.assertEqual(active_characters(self.run_ok(*command).out), [])

    def test_cannot_forge_lines_or_columns(self) -> None:
        rows = self.run_ok(*LIST).rows
        self.assertEqual(len(rows), 25)
        self.assertEqual({len(row) for row in rows}, {7})
        self.assertEqual([row[0] for row in rows], [str(n) for n in range(25, 0, -1)])

    def test_json_has_them_escaped_and_unchanged(self) -> None:
        result = self.run_ok(*VIEW, "--json")
        self.assertEqual(active_characters(result.out), [])
        for text in ESCAPES.values():
            self.assertIn(text, result.json["rule"]["description"])
        shown = run_on_terminal(self.ghward, *VIEW, "--json")
        self.assertEqual(active_characters(shown.out), [])

    def test_never_reach_an_error_or_the_log(self) -> None:
        self.fake.reset()
        hostile = " ".join(ESCAPES.values())
        self.fake.fault(LIST_PATH, "status", times=ALWAYS, status=403, message=hostile)
        for result in (self.ghward.run(*VIEW), run_on_terminal(self.ghward, *VIEW),
                       self.ghward.run(*VIEW, "--json")):
            self.assertEqual(result.code, 4, result)
            self.assertEqual(active_characters(result.out + result.err), [], result)
        for path in self.ghward.scratch.audit.glob("*.jsonl"):
            self.assertEqual(active_characters(path.read_text()), [])

    def test_not_from_the_command_line_either(self) -> None:
        for arguments in (("alerts", "view", "7\x1b[2J", "-R", "acme/shop"),
                          ("alerts", "list", "-R", "acme/\x1b]0;owned\x07"), ("\x1b[2J",)):
            result = run_on_terminal(self.ghward, *arguments)
            self.assertEqual(result.code, 2, result)
            self.assertEqual(active_characters(_COLOUR.sub("", result.out)), [])
