"""`--jq`: a program of the user's works on the JSON, in a process that can do nothing else."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from typing import Any

from fake.alerts import make_alert
from system.harness import ALWAYS, GhwardTestCase, Result
from system.terminal import run_on_terminal

LIST_PATH = "/repos/acme/shop/code-scanning/alerts"
LIST = ("alerts", "list", "-R", "acme/shop")
VIEW = ("alerts", "view", "7", "-R", "acme/shop")
ENDLESS = "def f: f; f"


def newest_first(count: int) -> list[dict[str, Any]]:
    return [make_alert(number) for number in range(count, 0, -1)]


class Story(GhwardTestCase):
    def fails(self, program: str, code: int, says: str, *, kind: str | None = None,
              command: tuple[str, ...] = LIST, timeout: float = 30) -> Result:
        """One clear error, and no system call that the sandbox forbids."""
        result = self.ghward.run(*command, "--jq", program, timeout=timeout)
        self.check_failure(result, code, says, kind)
        return result

    def check_failure(self, result: Result, code: int, says: str, kind: str | None = None) -> None:
        self.assertEqual(result.code, code, result)
        first, *rest = result.err.splitlines()
        self.assertRegex(first, "^ghward: " + says, result)
        self.assertLessEqual(len(rest), 2, result)
        self.assert_no_violation()
        last = self.ghward.records()[-1]
        if kind is not None:
            self.assertEqual((last["phase"], last["outcome"]), ("result", kind), result)

    def assert_no_violation(self) -> None:
        events = {one["event"] for one in self.ghward.records()}
        self.assertLessEqual({one for one in events if "violation" in one}, set())


class Results(Story):
    def test_strings_as_they_are_and_everything_else_as_json(self) -> None:
        alerts = newest_first(25)
        for program, lines in (
            (".[] | .number", [str(one["number"]) for one in alerts]),
            (".[] | .state", [one["state"] for one in alerts]),
            (".[0] | {number, state}", [json.dumps({"number": 25, "state": alerts[0]["state"]},
                                                   separators=(",", ":"))]),
            ("length, null, true, \"a\\nb\"", ["25", "null", "true", "a", "b"]),
            (".[] | [.number, .state, .rule.id] | @tsv",
             ["\t".join((str(one["number"]), one["state"], one["rule"]["id"])) for one in alerts]),
            ("empty", []),
        ):
            with self.subTest(program):
                result = self.run_ok(*LIST, "--jq", program)
                self.assertEqual(result.out, "".join(line + "\n" for line in lines))

    def test_all_fields_unless_some_are_chosen(self) -> None:
        whole = self.run_ok(*LIST, "--json").json
        for chosen in ([], ["--json"]):
            self.assertEqual(self.run_ok(*LIST, *chosen, "-q", ".").json, whole)
        some = self.run_ok(*LIST, "--json", "number,state", "--jq", ".").json
        self.assertEqual(some, [{"number": a["number"], "state": a["state"]}
                                for a in newest_first(25)])

    def test_of_every_command_that_prints_json(self) -> None:
        self.assertEqual(self.run_ok(*VIEW, "--jq", ".number").out, "7\n")
        out = self.run_ok("rate-limit", "--jq", ".resources.core.limit | type").out
        self.assertEqual(out, "number\n")
        out = self.run_ok("rate-limit", "--json", "resources", "--jq", "keys[]").out
        self.assertEqual(out, "resources\n")
        self.run_ok("alerts", "instances", "7", "-R", "acme/shop", "--jq", "length")

    def test_an_empty_list_is_a_document_too(self) -> None:
        self.assertEqual(self.run_ok("alerts", "list", "-R", "acme/empty", "-q", "length").out, "0\n")

    def test_on_a_terminal_it_cannot_act(self) -> None:
        shown = run_on_terminal(self.ghward, *VIEW, "--jq", '"\\u001b[2Jx"')
        self.assertEqual(shown.code, 0, shown)
        self.assertNotIn("\x1b[2J", shown.out)
        self.assertIn("\\x1b[2Jx", shown.out)

    def test_the_reader_may_leave_a_program_that_never_ends(self) -> None:
        running = self.ghward.start(*LIST, "--jq", "repeat(1)", stdout=subprocess.PIPE)
        assert running.process.stdout is not None
        self.assertEqual(running.process.stdout.read(4), b"1\n1\n")
        running.process.stdout.close()
        running.process.stdout = None
        result = self.ghward.finish(running)
        self.assertEqual((result.code, result.err), (141, ""), result)

    def test_several_at_once_in_a_daemon(self) -> None:
        with self.daemon():
            env = {"GH_ENTERPRISE_TOKEN": None}
            self.assertEqual(self.ghward.run(*LIST, "--jq", ".x", env=env).code, 1)
            for result in self.ghward.together(4, *LIST, "--jq", "length", env=env):
                self.assertEqual((result.code, result.out), (0, "25\n"), result)

    def test_the_process_was_seen_at_work_and_is_on_record(self) -> None:
        self.run_ok(*LIST, "--jq", 'length # \x1b[2J ghp_0123456789abcdefghijABCDEFGHIJ012345')
        self.assertIn("jq", self.ghward.inspected)
        intent = self.ghward.records()[0]
        self.assertEqual(intent["event"], "alerts.list")
        self.assertEqual(intent["details"]["filter"], "length # \\x1b[2J ghp_****")


class ManyPages(Story):
    alerts = 950

    def test_all_of_them_are_one_document(self) -> None:
        self.assertEqual(self.run_ok(*LIST, "--jq", "length").out, "950\n")
        self.assertEqual(self.run_ok(*LIST, "-L", "150", "--jq", "length").out, "150\n")

    def test_the_failure_of_the_list_is_the_one_that_is_told(self) -> None:
        for program in (".", "length", "error", "empty"):
            for fault, kind in (("malformed", "malformed"), ("status", "server")):
                with self.subTest(program, fault=fault):
                    self.fake.reset()
                    more = {"status": 500} if fault == "status" else {}
                    self.fake.fault(LIST_PATH, fault, page=7, times=ALWAYS, **more)
                    result = self.ghward.run(*LIST, "--jq", program)
                    self.assertEqual((result.code, result.out), (1, ""), result)
                    self.assertNotIn("jq", result.err)
                    self.assertEqual(self.ghward.records()[-1]["outcome"], kind)

    def test_a_program_that_does_not_compile_waits_for_nobody(self) -> None:
        self.ghward.inspects = False
        held = self.fake.hold(LIST_PATH)
        self.fails(".[", 2, "the jq program is wrong: syntax error", kind="usage")
        held.release()


class Failures(Story):
    def test_of_the_program(self) -> None:
        for program, says in (
            (".[", "syntax error, unexpected"),
            (".[] | nosuch", "nosuch/0 is not defined, line 1"),
            ("$x", r"\$x is not defined"),
            ('"\x1b[2J" | nosuch', "nosuch/0 is not defined"),
        ):
            with self.subTest(program):
                result = self.fails(program, 2, "the jq program is wrong: .*" + says, kind="usage")
                self.assertEqual(result.out, "")
                self.assertNotIn("\x1b", result.err)

    def test_of_its_work(self) -> None:
        for program, says in (
            (".foo | error", 'failed: Cannot index array with string "foo"'),
            (".[0].number.x", "failed: Cannot index number"),
            ('"no \\u001b[2J" | error', r"failed: no \\x1b\[2J"),
            ('"bye" | halt_error', "ended with halt_error: bye"),
            ('"(" as $p | "x" | test($p)', "failed: Regex failure"),
        ):
            with self.subTest(program):
                result = self.fails(program, 1, "the jq program " + says, kind="filter")
                self.assertNotIn("\x1b", result.err)

    def test_json_form(self) -> None:
        result = self.ghward.run(*LIST, "--json", "--jq", ".x")
        self.assertEqual((result.code, result.error["kind"]), (1, "filter"), result)

    def test_what_came_before_it_is_printed(self) -> None:
        result = self.fails("1, error(\"late\")", 1, "the jq program failed: late")
        self.assertEqual(result.out, "1\n")

    def test_programs_that_are_none(self) -> None:
        for program, says in (
            ("", "--jq needs a value"),
            ("1" * 4097, "the --jq program is longer than 4096 bytes"),
            ("\udcff", "the --jq program is not UTF-8"),
        ):
            result = self.ghward.run(*LIST, "--jq", program)
            self.assertEqual(result.code, 2, result)
            self.assertIn(says, result.err)
        self.assert_untouched()
        self.assertEqual(self.run_ok(*LIST, "--jq", "1" + " " * 4095).out, "1\n")

    def test_not_of_commands_that_print_no_json(self) -> None:
        self.assertEqual(self.ghward.run("doctor", "--jq", ".").code, 2)
        self.assert_untouched()

    def test_killed(self) -> None:
        self.ghward.inspects = False
        running = self.ghward.start(*LIST, "--jq", ENDLESS)
        self.ghward.find("jq").kill(signal.SIGKILL)
        self.check_failure(self.ghward.finish(running), 1,
                           "the jq process was ended by signal 9", "internal")

    def test_interrupted(self) -> None:
        self.ghward.inspects = False
        running = self.ghward.start(*LIST, "--jq", ENDLESS)
        self.ghward.find("jq")
        sent = time.monotonic()
        running.process.send_signal(signal.SIGINT)
        result = self.ghward.finish(running)
        self.assertEqual(result.code, 130, result)
        self.assertLess(time.monotonic() - sent, 1.5)


class Limits(Story):
    def test_programs_that_never_end(self) -> None:
        self.ghward.inspects = False
        programs = (ENDLESS, "range(1e12) | empty",
                    # Its alternatives are too many for the limits of the library.
                    'repeat("a" * 30 | test("(a|aa)+$b")) | empty')
        running = [self.ghward.start(*LIST, "--jq", program) for program in programs]
        for one in running:
            self.check_failure(
                self.ghward.finish(one, timeout=300), 1,
                "the jq program used more than 10 s of CPU time and was stopped", "filter")

    def test_programs_that_eat_memory(self) -> None:
        for program in ("[range(1e9)]", "[limit(1e9; repeat(1))]", "def f: 1 + f; f", ".[1e9] = 1",
                        '"x" | until(false; . + .)'):
            with self.subTest(program):
                result = self.ghward.run(*LIST, "--jq", program, timeout=300)
                self.check_failure(result, 1, "the jq program used more than "
                                   "(1024 MiB of memory|10 s of CPU time) and was stopped", "filter")
        # One of those that cannot be anything else.
        self.fails(".[1e9] = 1", 1, "the jq program used more than 1024 MiB of memory")

    def test_deep_values_and_failing_assertions(self) -> None:
        """libjq recurses over values, and ends its process where it is confused."""
        self.ghward.inspects = False
        result = self.ghward.run(*LIST, "--jq", "reduce range(3000000) as $i (0; [.]) | 1")
        self.assertEqual(result.code, 1, result)
        self.assertRegex(result.err, "ghward: the jq program made libjq run out of its stack")
        self.assert_no_violation()
        self.fails("1e300 | strftime(\"%c\")", 1, "the jq program made libjq fail an assertion",
                   kind="filter")

    def test_patterns_without_end_are_given_up(self) -> None:
        self.fails('"a" * 60 + "b" | test("(a+)+$")', 1, "the jq program failed: Regex failure")


class Surroundings(Story):
    """Whatever the language has for files, other input and the environment."""

    def test_there_are_none(self) -> None:
        for program, out in (
            ("[inputs]", "[]\n"),
            ("input_filename", "null\n"),
            ("env, $ENV | del(.TZ)", "{}\n{}\n"),
            ("get_search_list", "[]\n"),
            ("[.[] | debug | stderr] | length", "25\n"),
            ("halt", ""),
            ("module {a: 1}; 1", "1\n"),
            ("$__loc__ | keys[]", "file\nline\n"),
        ):
            with self.subTest(program):
                self.assertEqual(self.run_ok(*LIST, "--jq", program).out, out)
        self.assert_no_violation()

    def test_modules_do_not_exist(self) -> None:
        self.ghward.inspects = False
        for search in ("", ' {search: "/"}', ' {search: "~/"}', ' {search: ["./", "../"]}',
                       ' {search: "$ORIGIN/x"}', " {search: 1}"):
            with self.subTest(search):
                for program in (f'import "etc/passwd" as a{search}; 1',
                                f'import "etc/passwd" as $a{search}; $a', f'include "etc/passwd"{search}; 1'):
                    self.fails(program, 2, "the jq program is wrong: module not found", kind="usage")
        self.fails('"/etc/passwd" | modulemeta', 1, "the jq program failed: module not found")
        self.fails("input", 1, "the jq program failed: break")

    def test_time_goes_on(self) -> None:
        for program, out in (
            ("now | type", "number\n"),
            ('1425599621 | strftime("%Y-%m-%dT%H:%M:%SZ")', "2015-03-05T23:53:41Z\n"),
            ('"2015-03-05T23:51:47Z" | strptime("%Y-%m-%dT%H:%M:%SZ") | mktime', "1425599507\n"),
            ("1425599621 | gmtime | mktime | todate", "2015-03-05T23:53:41Z\n"),
            ("1425599621 | localtime | strflocaltime(\"%Y %Z\") | length > 5", "true\n"),
            ("[range(3) | now | localtime | mktime] | length", "3\n"),
        ):
            with self.subTest(program):
                self.assertEqual(self.run_ok(*LIST, "--jq", program).out, out)
        self.assert_no_violation()

    def test_the_rest_of_the_language(self) -> None:
        for program, out in (
            ('"x y" | @sh', "'x y'\n"),
            ('"abc" | ltrimstr("a"), rtrimstr("c"), ascii_upcase', "bc\nab\nABC\n"),
            ('.[0] | getpath(["rule", "id"]) | type', "string\n"),
            ("[limit(3; repeat(1))]", "[1,1,1]\n"),
            ('"abc" | sub("(?<x>b)"; "<\\(.x)>")', "a<b>c\n"),
            ('[1, "a\\"b"] | @csv, @json, @html, @uri, @base64', None),
            ("group_by(.state) | map({(.[0].state): length}) | add | keys_unsorted | length", "3\n"),
            ("[tostream] | fromstream(.[]) | length", "25\n"),
            ("[1, 2.5, 1e3] | map(sqrt, floor, pow(.; 2)) | length", "9\n"),
        ):
            with self.subTest(program):
                result = self.run_ok(*LIST, "--jq", program)
                self.assertTrue(out is None or result.out == out, result)
        self.assert_no_violation()
