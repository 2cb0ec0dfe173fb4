"""The places where an alert was found: as a list, by file or by state."""

from __future__ import annotations

from typing import Any

from fake.alerts import make_instance
from fake.payloads import ALL_ESCAPES
from system.harness import ALWAYS, Environment
from system.terminal import run_on_terminal
from system.test_terminal import active_characters
from system.writes import ALERTS, SHOP, WriteTestCase

INSTANCES = ("alerts", "instances", "7", *SHOP)
PATH = f"{ALERTS}/7/instances"
FIELDS = ["ref", "state", "analysis_key", "environment", "category", "commit_sha", "message",
          "location", "html_url", "classifications"]


def row_of(instance: dict[str, Any]) -> list[str]:
    location = instance["location"]
    return [instance["ref"], instance["state"], f"{location['path']}:{location['start_line']}",
            instance["commit_sha"][:12], instance["category"]]


class InstancesTestCase(WriteTestCase):
    def setUp(self) -> None:
        super().setUp()
        recent = self.alert("7")["most_recent_instance"]
        self.known = [recent, {**recent, "ref": "refs/heads/release", "state": "fixed"}]

    def add(self, count: int) -> None:
        """Instances on pull requests, in three files."""
        more = [make_instance(number, f"refs/pull/{number}/merge", "open" if number % 2 else "fixed")
                for number in range(100, 100 + count)]
        for number, one in enumerate(more):
            one["location"]["path"] = f"src/{'cab'[number % 3]}.js"
        self.edit("7", more_instances=more)
        self.known += more


class Listed(InstancesTestCase):
    def test_a_line_per_instance_in_githubs_order(self) -> None:
        self.add(5)
        self.assertEqual(self.run_ok(*INSTANCES).rows, [row_of(one) for one in self.known])
        (request,) = self.fake.requests
        self.assertEqual((request.method, request.path), ("GET", PATH))
        self.assertEqual(request.query, {"page": "1", "per_page": "100"})

    def test_json_has_every_field(self) -> None:
        listed = self.run_ok(*INSTANCES, "--json").json
        self.assertEqual([set(one) for one in listed], [set(FIELDS)] * 2)
        self.assertEqual([{name: one[name] for name in FIELDS} for one in self.known],
                         [{name: one[name] for name in FIELDS} for one in listed])

    def test_chosen_fields_and_their_help(self) -> None:
        listed = self.run_ok(*INSTANCES, "--json", "state,ref").json
        self.assertEqual(listed, [{"state": one["state"], "ref": one["ref"]} for one in self.known])
        shown = self.run_ok("alerts", "instances", "--json", "help").out.split()
        self.assertEqual(sorted(shown), sorted(FIELDS))

    def test_filters_reach_github(self) -> None:
        for option, name, value in (("--ref", "ref", "release"), ("--pr", "pr", "101"),
                                    ("--ref", "ref", "refs/heads/main")):
            with self.subTest(option, value=value):
                self.fake.reset()
                self.run_ok(*INSTANCES, option, value)
                self.assertEqual(self.fake.requests[0].query,
                                 {name: value, "page": "1", "per_page": "100"})
        self.assertEqual(self.run_ok(*INSTANCES, "--ref", "release").rows, [row_of(self.known[1])])

    def test_all_pages_and_a_limit(self) -> None:
        self.add(250)
        self.assertEqual(self.run_ok(*INSTANCES).rows, [row_of(one) for one in self.known])
        self.assertEqual(sorted(request.page for request in self.fake.requests), [1, 1, 2, 3, 3])
        for limit in (1, 100, 101, 252):
            rows = self.run_ok(*INSTANCES, "--limit", str(limit)).rows
            self.assertEqual(rows, [row_of(one) for one in self.known[:limit]])

    def test_none(self) -> None:
        self.assertEqual(self.run_ok(*INSTANCES, "--ref", "nowhere").out, "")
        self.assertEqual(self.run_ok(*INSTANCES, "--ref", "nowhere", "--json").json, [])
        self.assertEqual(self.run_ok(*INSTANCES, "--ref", "nowhere", "--json",
                                     "--group-by", "file").json, {})
        shown = run_on_terminal(self.ghward, *INSTANCES, "--ref", "nowhere").out
        self.assertIn("No instances match", shown)


class Grouped(InstancesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.add(7)

    def groups(self, by: str) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for one in self.known:
            found.setdefault(one["state"] if by == "state" else one["location"]["path"], []).append(one)
        return dict(sorted(found.items()))

    def test_json_is_an_object_of_lists(self) -> None:
        for by in ("file", "state"):
            shown = self.run_ok(*INSTANCES, "--group-by", by, "--json", "ref").json
            expected = {name: [{"ref": one["ref"]} for one in members]
                        for name, members in self.groups(by).items()}
            self.assertEqual(list(shown.items()), list(expected.items()))

    def test_lines_have_the_group_in_front(self) -> None:
        for by in ("file", "state"):
            expected = [[name, *row_of(one)] for name, members in self.groups(by).items()
                        for one in members]
            self.assertEqual(self.run_ok(*INSTANCES, "--group-by", by).rows, expected)

    def test_a_terminal_shows_headings_with_counts(self) -> None:
        shown = run_on_terminal(self.ghward, *INSTANCES, "--group-by", "file", columns=160,
                                env={"NO_COLOR": "1"}).out
        for name, members in self.groups("file").items():
            self.assertIn(f"{name} ({len(members)})\n", shown)

    def test_an_unknown_key(self) -> None:
        self.assert_usage(*INSTANCES, "--group-by", "rule", says="expected file or state")


class Odd(InstancesTestCase):
    def test_bare_instances(self) -> None:
        for instances in ([{}], [{"location": None, "state": None}], [{"location": {"path": 7}}]):
            self.fake.fault(PATH, "edit", times=3, change=lambda _, one=instances: one)
            self.assertEqual(self.run_ok(*INSTANCES).rows, [[""] * 5])
            self.assertEqual(len(self.run_ok(*INSTANCES, "--json").json), 1)
            self.assertEqual(self.run_ok(*INSTANCES, "--group-by", "file").rows, [[""] * 6])

    def test_what_is_no_instance(self) -> None:
        for kind in ("not_alerts", "object", "scalar", "malformed", "html", "nested"):
            with self.subTest(kind):
                self.fake.reset()
                self.fake.fault(PATH, kind, times=ALWAYS)
                self.assert_refused(*INSTANCES, code=1, kind="malformed")

    def test_escapes_reach_nobody(self) -> None:
        def hostile(instances: list[dict[str, Any]]) -> list[dict[str, Any]]:
            for one in instances:
                one |= {"ref": ALL_ESCAPES, "state": ALL_ESCAPES, "category": ALL_ESCAPES,
                        "commit_sha": ALL_ESCAPES}
                one["location"]["path"] = ALL_ESCAPES
            return instances

        plain: Environment = {"NO_COLOR": "1"}
        self.fake.fault(PATH, "edit", times=ALWAYS, change=hostile)
        for arguments in (INSTANCES, (*INSTANCES, "--group-by", "file"), (*INSTANCES, "--json"),
                          (*INSTANCES, "--group-by", "state", "--json")):
            for result in (self.run_ok(*arguments),
                           run_on_terminal(self.ghward, *arguments, columns=200, env=plain)):
                self.assertEqual(active_characters(result.out), [], result)

    def test_an_alert_that_is_not_there(self) -> None:
        self.assert_refused("alerts", "instances", "99", *SHOP, code=5, kind="not_found", status=404)
