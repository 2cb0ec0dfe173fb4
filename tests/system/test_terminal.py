"""On a terminal: a table that fits, colours that can be refused, and nothing else that acts."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import unicodedata
import unittest
from datetime import datetime, timedelta, timezone
from typing import Any

from fake.payloads import ESCAPES
from system.harness import ALWAYS, ROOT, Environment, GhwardTestCase, Result
from system.terminal import run_on_terminal

LIST_PATH = "/repos/acme/shop/code-scanning/alerts"
LIST = ("alerts", "list", "-R", "acme/shop")
VIEW = ("alerts", "view", "7", "-R", "acme/shop")
PLAIN_AND_COLOURED: list[Environment] = [{"NO_COLOR": "1"}, {}]
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

# Categories of characters that act, hide or reorder: controls, formats, lone surrogates, separators.
_ACTIVE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _shown_width(text: str) -> int:
    return sum(0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
               for char in text)


def active_characters(text: str, allowed: str = "\n\t") -> list[str]:
    return [char for char in text if unicodedata.category(char) in _ACTIVE and char not in allowed]


class Table(GhwardTestCase):
    def lines(self, *arguments: str, columns: int = 80, env: Environment | None = None) -> list[str]:
        result = run_on_terminal(self.ghward, *arguments, columns=columns, env={"NO_COLOR": "1", **(env or {})})
        self.assertEqual(result.code, 0, result)
        return result.out.splitlines()

    def test_has_a_header_and_fits_the_width(self) -> None:
        """What matters most is there at any width, and no line is longer than the terminal."""
        titles = {
            30: "NUMBER STATE SEVERITY",
            40: "NUMBER STATE SEVERITY RULE",
            60: "NUMBER STATE SEVERITY RULE LOCATION",
            80: "NUMBER STATE SEVERITY RULE TOOL LOCATION",
            120: "NUMBER STATE SEVERITY RULE TOOL LOCATION CREATED",
            200: "NUMBER STATE SEVERITY RULE TOOL LOCATION CREATED",
        }
        for columns, expected in titles.items():
            with self.subTest(columns):
                _, heading, _, header, *rows = self.lines(*LIST, columns=columns)
                self.assertEqual(heading, "Showing 25 of 25 alerts in acme/shop")
                self.assertEqual(header.split(), expected.split())
                self.assertEqual(len(rows), 25)
                self.assertLessEqual(max(map(len, rows)), columns)
                for row in rows:  # columns stand below their titles
                    self.assertRegex(row[: header.index("STATE")], r"^\d+ +$")
                    self.assertRegex(row[header.index("STATE"):], r"^(open|dismissed|fixed)\b")

    def site(self) -> dict[int, dict[str, Any]]:
        """Three alerts of a repository of this test's own, by number."""
        return {alert["number"]: alert for alert in self.fake.world.add_repository("acme", "site", 3)}

    def test_cells_are_cut_by_what_a_terminal_shows(self) -> None:
        rule = "\u6f22\u5b57/\ud55c\uae00-\U0001f41b-e\u0301" * 2
        for alert in self.site().values():
            alert["rule"]["id"] = rule
        for columns in (60, 80, 200):
            with self.subTest(columns):
                header, *rows = self.lines("alerts", "list", "-R", "acme/site", columns=columns)[3:]
                start = _shown_width(header[: header.index("LOCATION")])
                for row in rows:
                    self.assertLessEqual(_shown_width(row), columns)
                    self.assertEqual(_shown_width(row[: row.index("src/")]), start, row)
                    self.assertEqual(columns < 200, "\u2026" in row, row)

    def test_people_read_ages_and_programs_times(self) -> None:
        alerts = self.site()
        ago = {3: (timedelta(hours=3, minutes=1), "about 3 hours ago"),
               2: (timedelta(days=1, hours=1), "about 1 day ago"),
               1: (timedelta(days=400), "about 1 year ago")}
        now = datetime.now(timezone.utc)
        for number, (age, _) in ago.items():
            alerts[number]["created_at"] = (now - age).strftime("%Y-%m-%dT%H:%M:%SZ")
        rows = self.lines("alerts", "list", "-R", "acme/site", columns=140)[4:]
        shown = {int(row.split()[0]): row for row in rows}
        for number, (_, words) in ago.items():
            self.assertTrue(shown[number].endswith("  " + words), shown[number])
        for row in self.run_ok("alerts", "list", "-R", "acme/site").rows:
            self.assertEqual(row[-1], alerts[int(row[0])]["created_at"])
        view = "\n".join(self.lines("alerts", "view", "1", "-R", "acme/site"))
        self.assertIn(alerts[1]["created_at"] + "  about 1 year ago", view)

    def test_the_heading_says_what_is_known(self) -> None:
        self.fake.world.add_repository("acme", "large", 250)
        for arguments, words in (
            (("-R", "acme/large"), "up to 300 alerts in acme/large"),
            (("-R", "acme/large", "-L", "30"), "30 of up to 270 alerts in acme/large"),
            (("-R", "acme/shop", "--state", "open"), "15 of 15 open alerts in acme/shop"),
            (("-R", "acme/shop", "--state", "open", "--severity", "critical"),
             "3 of 3 open alerts in acme/shop that match your search"),
        ):
            with self.subTest(words):
                lines = self.lines("alerts", "list", *arguments)
                self.assertEqual(lines[:3], ["", f"Showing {words}", ""])

    def test_an_empty_list_says_so(self) -> None:
        result = run_on_terminal(self.ghward, "alerts", "list", "-R", "acme/empty")
        self.assertEqual(result.code, 0, result)
        self.assertIn("No code scanning alerts", result.out)
        self.assertIn("acme/empty", result.out)

    def test_json_is_the_same_as_in_a_pipe(self) -> None:
        piped = self.run_ok(*LIST, "--json", "number,state").out
        shown = run_on_terminal(self.ghward, *LIST, "--json", "number,state", env={"NO_COLOR": "1"}).out
        self.assertEqual(shown, piped)


class ColouredJson(GhwardTestCase):
    """As gh shows it: indented, and in colours, where there are any."""

    def test_is_the_same_document(self) -> None:
        for command in ((*LIST, "--json"), (*LIST, "--json", "number,rule"), (*VIEW, "--json"),
                        ("rate-limit", "--json"), ("alerts", "list", "-R", "acme/empty", "--json"),
                        ("alerts", "instances", "7", "-R", "acme/shop", "--json", "--group-by", "file")):
            with self.subTest(command):
                shown = run_on_terminal(self.ghward, *command)
                self.assertEqual(shown.code, 0, shown)
                self.assertRegex(shown.out, _COLOUR)
                self.assertEqual(json.loads(_COLOUR.sub("", shown.out)), self.run_ok(*command).json)

    def test_has_a_line_for_each_value(self) -> None:
        shown = run_on_terminal(self.ghward, *VIEW, "--json", "number,state,severity").out
        key = "  \x1b[1;34m\"{}\"\x1b[0m\x1b[1m:\x1b[0m {}"
        comma = "\x1b[1m,\x1b[0m"
        self.assertEqual(shown.splitlines(), [
            "\x1b[1m{\x1b[0m", key.format("number", "7") + comma,
            key.format("state", "\x1b[32m\"open\"\x1b[0m") + comma,
            key.format("severity", "\x1b[32m\"high\"\x1b[0m"), "\x1b[1m}\x1b[0m"])

    def test_is_plain_for_a_jq_program(self) -> None:
        shown = run_on_terminal(self.ghward, *VIEW, "--jq", ".state")
        self.assertEqual((shown.code, shown.out), (0, "open\n"))

    def test_documents_of_the_command_itself(self) -> None:
        for command in (("operations", "--json"), ("doctor", "--json"), ("audit", "verify", "--json"),
                        ("--version", "--json")):
            with self.subTest(command):
                self.run_ok(*LIST)
                shown = run_on_terminal(self.ghward, *command)
                self.assertEqual(shown.code, 0, shown)
                self.assertRegex(shown.out, _COLOUR)
                self.assertIsInstance(json.loads(_COLOUR.sub("", shown.out)), (list, dict))
                self.assertNotRegex(self.run_ok(*command).out, _COLOUR)
                plain = run_on_terminal(self.ghward, *command, env={"NO_COLOR": "1"})
                self.assertNotRegex(plain.out, _COLOUR)


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
            {"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": None}, {"CLICOLOR": "0"},
            {"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, {"CLICOLOR": "0", "CLICOLOR_FORCE": "0"},
        ]
        for env in cases:
            with self.subTest(env):
                self.assertFalse(self.coloured(run_on_terminal(self.ghward, *LIST, env=env)))

    def test_everywhere_when_they_are_forced(self) -> None:
        for env in ({"CLICOLOR_FORCE": "1"}, {"CLICOLOR_FORCE": "1", "CLICOLOR": "0"}):
            self.assertTrue(self.coloured(self.run_ok(*VIEW, "--json", env=env)))
        self.assertFalse(self.coloured(self.run_ok(*VIEW, "--json", env={"CLICOLOR_FORCE": "0"})))

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
        self.assertEqual(active_characters(_COLOUR.sub("", shown.out)), [])
        self.assertEqual(json.loads(_COLOUR.sub("", shown.out)), result.json)

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


class Pictures(unittest.TestCase):
    def test_are_what_the_command_prints(self) -> None:
        checked = subprocess.run([sys.executable, ROOT / "docs/images/make.py", "--check"],
                                 capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stderr)
