"""Listing alerts: complete, filtered, in the form that fits where the output goes."""

from __future__ import annotations

import subprocess
from typing import Any

from fake.alerts import make_alert
from system.harness import ALWAYS, Environment, GhwardTestCase

LIST = "/repos/acme/shop/code-scanning/alerts"
FIELDS = [
    "number", "state", "created_at", "updated_at", "fixed_at", "dismissed_at", "dismissed_by",
    "dismissed_reason", "dismissed_comment", "dismissal_approved_by", "url", "html_url",
    "instances_url", "rule", "tool", "most_recent_instance", "assignees", "repository", "severity",
    "cwes",
]


def severity_of(alert: dict[str, Any]) -> str:
    """The severity that SLA, policy and reports use."""
    rule = alert["rule"]
    mapped = {"error": "high", "warning": "medium", "note": "low", "none": "low"}
    return rule["security_severity_level"] or mapped[rule["severity"]]


def row_of(alert: dict[str, Any]) -> list[str]:
    location = alert["most_recent_instance"]["location"]
    return [
        str(alert["number"]), alert["state"], severity_of(alert), alert["rule"]["id"],
        alert["tool"]["name"], f"{location['path']}:{location['start_line']}", alert["created_at"],
    ]


def newest_first(count: int) -> list[dict[str, Any]]:
    return [make_alert(number) for number in range(count, 0, -1)]


class InAPipe(GhwardTestCase):
    def test_a_line_per_alert_tabs_between_and_no_header(self) -> None:
        result = self.run_ok("alerts", "list", "-R", "acme/shop")
        self.assertEqual(result.rows, [row_of(alert) for alert in newest_first(25)])
        self.assertTrue(result.out.endswith("\n"))

    def test_an_empty_list_prints_nothing(self) -> None:
        self.assertEqual(self.run_ok("alerts", "list", "-R", "acme/empty").out, "")
        self.assertEqual(self.run_ok("alerts", "list", "-R", "acme/empty", "--json").json, [])

    def test_all_processes_of_the_design_were_seen_at_work(self) -> None:
        self.run_ok("alerts", "list", "-R", "acme/shop")
        self.assertLessEqual({"cli", "agent", "broker", "audit", "net", "dial", "worker"},
                             self.ghward.inspected)

    def test_the_reader_may_leave_early(self) -> None:
        running = self.ghward.start("alerts", "list", "-R", "acme/shop", "--json",
                                    stdout=subprocess.PIPE)
        assert running.process.stdout is not None
        running.process.stdout.close()
        running.process.stdout = None
        result = self.ghward.finish(running)
        self.assertEqual((result.code, result.err), (141, ""), result)


class Request(GhwardTestCase):
    def test_says_what_github_wants_to_hear(self) -> None:
        self.run_ok("alerts", "list", "-R", "acme/shop")
        (request,) = self.fake.requests
        self.assertEqual((request.method, request.path), ("GET", LIST))
        self.assertEqual(request.headers["authorization"], f"Bearer {self.ghward.canary.token}")
        self.assertEqual(request.headers["accept"], "application/vnd.github+json")
        self.assertEqual(request.headers["x-github-api-version"], "2022-11-28")
        self.assertTrue(request.headers["user-agent"].startswith("ghward"))
        self.assertEqual(request.headers["accept-encoding"], "gzip")
        self.assertEqual(request.query["per_page"], "100")
        self.assertEqual(request.body, b"")

    def test_goes_to_the_enterprise_server_path_when_asked_to(self) -> None:
        result = self.run_ok("alerts", "list", "-R", "acme/shop",
                             env={"GITHUB_API_URL": self.fake.ghes_url})
        self.assertEqual(len(result.rows), 25)
        self.assertEqual({request.prefix for request in self.fake.requests}, {"/api/v3"})

    def test_repository_from_the_environment_and_with_a_host(self) -> None:
        cases: list[tuple[list[str], Environment]] = [
            ([], {"GH_REPO": "acme/site"}),
            (["-R", f"localhost:{self.fake.port}/acme/site"], {}),
            (["--repo=acme/site"], {"GH_REPO": "acme/shop"}),
        ]
        for arguments, env in cases:
            with self.subTest(arguments=arguments):
                self.assertEqual(len(self.run_ok("alerts", "list", *arguments, env=env).rows), 3)


class Filters(GhwardTestCase):
    def test_every_state(self) -> None:
        for state in ("open", "dismissed", "fixed", "closed"):
            with self.subTest(state):
                wanted = {"dismissed", "fixed"} if state == "closed" else {state}
                result = self.run_ok("alerts", "list", "-R", "acme/shop", "--state", state)
                self.assertEqual(result.rows, [row_of(alert) for alert in newest_first(25)
                                               if alert["state"] in wanted])
                self.assertEqual(self.fake.requests[-1].query["state"], state)

    def test_every_severity_of_both_vocabularies(self) -> None:
        for severity in ("critical", "high", "medium", "low", "error", "warning", "note"):
            with self.subTest(severity):
                result = self.run_ok("alerts", "list", "-R", "acme/shop", "--severity", severity)
                numbers = [int(row[0]) for row in result.rows]
                self.assertEqual(numbers, [
                    alert["number"] for alert in newest_first(25)
                    if severity in (alert["rule"]["severity"], alert["rule"]["security_severity_level"])
                ])
                self.assertTrue(numbers)

    def test_both_together(self) -> None:
        result = self.run_ok("alerts", "list", "-R", "acme/shop", "--state", "open",
                             "--severity=critical", "--json", "number")
        self.assertEqual([one["number"] for one in result.json], [22, 15, 1])


class Json(GhwardTestCase):
    def test_alone_prints_every_field(self) -> None:
        listed = self.run_ok("alerts", "list", "-R", "acme/shop", "--json").json
        self.assertEqual(len(listed), 25)
        self.assertEqual([list(one) for one in listed], [FIELDS] * 25)
        for one, alert in zip(listed, newest_first(25)):
            for name in ("number", "state", "rule", "tool", "most_recent_instance", "dismissed_by",
                         "assignees", "created_at"):
                self.assertEqual(one[name], alert[name])
            self.assertEqual(one["severity"], severity_of(alert))
            self.assertEqual(one["cwes"], [
                f"CWE-{int(tag.removeprefix('external/cwe/cwe-'))}"
                for tag in alert["rule"]["tags"] if tag.startswith("external/cwe/")
            ])

    def test_chosen_fields(self) -> None:
        listed = self.run_ok("alerts", "list", "-R", "acme/shop", "--json", "number,state").json
        self.assertEqual(listed, [{"number": a["number"], "state": a["state"]}
                                  for a in newest_first(25)])

    def test_help_lists_the_fields_without_a_token_or_github(self) -> None:
        result = self.run_ok("alerts", "list", "--json", "help")
        self.assertEqual(result.out.split(), FIELDS)
        self.assert_untouched()


class Limit(GhwardTestCase):
    alerts = 250

    def test_exactly_so_many(self) -> None:
        for limit, pages in ((1, 1), (7, 1), (100, 1), (101, 2), (250, 3), (999, 3)):
            with self.subTest(limit):
                self.fake.reset()
                result = self.run_ok("alerts", "list", "-R", "acme/shop", "--limit", str(limit))
                self.assertEqual(result.rows, [row_of(a) for a in newest_first(250)[:limit]])
                self.assertLessEqual(len(self.fake.requests), pages + 1)

    def test_json_is_whole_all_the_same(self) -> None:
        self.assertEqual(
            len(self.run_ok("alerts", "list", "-R", "acme/shop", "-L", "3", "--json").json), 3
        )


class Pages(GhwardTestCase):
    alerts = 950

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(setattr, self.fake.world, "paging", "pages")

    def numbers(self) -> list[int]:
        return [int(row[0]) for row in self.run_ok("alerts", "list", "-R", "acme/shop").rows]

    def test_all_pages_each_once(self) -> None:
        self.assertEqual(self.numbers(), list(range(950, 0, -1)))
        asked = sorted(request.page for request in self.fake.requests)
        # The first and the last once more, to see whether the list held still.
        self.assertEqual(asked, [1, *range(1, 11), 10])

    def test_without_a_last_page_named(self) -> None:
        self.fake.world.paging = "no-last"
        self.assertEqual(self.numbers(), list(range(950, 0, -1)))
        self.assertEqual(len(self.fake.requests), 10)

    def test_by_cursor(self) -> None:
        self.fake.world.paging = "cursor"
        self.assertEqual(self.numbers(), list(range(950, 0, -1)))
        self.assertEqual(len(self.fake.requests), 10)

    def test_several_in_flight_and_connections_reused(self) -> None:
        self.ghward.inspects = False
        self.fake.fault(LIST, "delay", times=ALWAYS, seconds=0.1)
        result = self.run_ok("alerts", "list", "-R", "acme/shop")
        self.assertEqual(len(result.rows), 950)
        self.assertGreaterEqual(self.fake.recorder.max_in_flight, 5)
        self.assertLessEqual(len(self.fake.connections), 10)

    def test_in_flight_is_bounded_by_the_setting(self) -> None:
        self.fake.fault(LIST, "delay", times=ALWAYS, seconds=0.02)
        self.run_ok("alerts", "list", "-R", "acme/shop", env={"GHWARD_IN_FLIGHT": "3"})
        self.assertLessEqual(self.fake.recorder.max_in_flight, 3)

    def test_an_alert_that_moves_to_the_next_page_is_shown_once(self) -> None:
        def shifted(alerts: list[dict[str, Any]]) -> list[dict[str, Any]]:
            # A new alert pushed everything on by one: page 2 begins with the end of page 1.
            return [{**alerts[0], "number": alerts[0]["number"] + 1}, *alerts[:-1]]

        self.fake.fault(LIST, "edit", page=2, change=shifted)
        numbers = self.numbers()
        self.assertEqual(len(numbers), len(set(numbers)))
        self.assertIn(851, numbers)

    def test_json_over_all_pages_is_one_array(self) -> None:
        listed = self.run_ok("alerts", "list", "-R", "acme/shop", "--json", "number").json
        self.assertEqual([one["number"] for one in listed], list(range(950, 0, -1)))

    def test_temporary_faults_are_retried_without_a_trace(self) -> None:
        self.fake.fault(LIST, "status", page=3, status=502)
        self.fake.fault(LIST, "reset", page=4, after="nothing")
        self.fake.fault(LIST, "rate_limited", page=5, retry_after=0)
        self.fake.fault(LIST, "truncate", page=6)
        self.assertEqual(self.numbers(), list(range(950, 0, -1)))
        pages = [request.page for request in self.fake.requests]
        for page in (3, 4, 5, 6):
            self.assertEqual(pages.count(page), 2, f"page {page}")


class OtherScopes(GhwardTestCase):
    def test_organisation_and_enterprise_name_the_repository_first(self) -> None:
        for scope in (["--org", "acme"], ["--enterprise", "acme-corp"]):
            with self.subTest(scope[0]):
                result = self.run_ok("alerts", "list", *scope)
                self.assertEqual(len(result.rows), 28)
                self.assertEqual({row[0] for row in result.rows}, {"acme/shop", "acme/site"})
                listed = self.run_ok("alerts", "list", *scope, "--json", "repository,number").json
                self.assertEqual({one["repository"]["full_name"] for one in listed},
                                 {"acme/shop", "acme/site"})

    def test_filters_that_github_has_there(self) -> None:
        self.assertTrue(self.run_ok("alerts", "list", "--org", "acme", "--severity", "high").rows)
        self.assertTrue(
            self.run_ok("alerts", "list", "--enterprise", "acme-corp", "--state", "fixed").rows
        )


class Leniency(GhwardTestCase):
    def test_every_nullable_field_null(self) -> None:
        for kind in ("nulls", "bare"):
            with self.subTest(kind):
                self.fake.fault(LIST, kind, times=2)
                rows = self.run_ok("alerts", "list", "-R", "acme/shop").rows
                self.assertEqual([row[0] for row in rows], [str(n) for n in range(25, 0, -1)])
                self.assertEqual({len(row) for row in rows}, {7})
                listed = self.run_ok("alerts", "list", "-R", "acme/shop", "--json").json
                self.assertEqual([list(one) for one in listed], [FIELDS] * 25)
                self.assertEqual({one["state"] for one in listed}, {None})
                self.assertEqual({str(one["cwes"]) for one in listed}, {"[]"})

    def test_a_server_without_rate_limits(self) -> None:
        self.fake.world.rate_headers = False
        self.addCleanup(setattr, self.fake.world, "rate_headers", True)
        self.assertEqual(len(self.run_ok("alerts", "list", "-R", "acme/shop").rows), 25)

    def test_early_hints_are_skipped(self) -> None:
        self.fake.fault(LIST, "early_hints")
        self.assertEqual(len(self.run_ok("alerts", "list", "-R", "acme/shop").rows), 25)

    def test_unknown_values_of_enums_are_shown_as_they_are(self) -> None:
        def newer(alerts: list[dict[str, Any]]) -> list[dict[str, Any]]:
            alerts[0] |= {"state": "snoozed", "dismissed_reason": "accepted risk", "brand_new": {}}
            return alerts

        self.fake.fault(LIST, "edit", change=newer)
        self.assertEqual(self.run_ok("alerts", "list", "-R", "acme/shop").rows[0][1], "snoozed")


class OfManyPages(GhwardTestCase):
    alerts = 900

    def test_page_seven_of_nine_fails_and_nothing_looks_whole(self) -> None:
        self.fake.fault(LIST, "status", page=7, times=ALWAYS, status=500)
        self.assert_refused("alerts", "list", "-R", "acme/shop", code=1, kind="server", status=500)

    def test_page_seven_of_nine_is_malformed(self) -> None:
        self.fake.fault(LIST, "malformed", page=7, times=ALWAYS)
        self.assert_refused("alerts", "list", "-R", "acme/shop", code=1, kind="malformed")

    def test_page_seven_of_nine_is_cut(self) -> None:
        self.fake.fault(LIST, "truncate", page=7, times=ALWAYS)
        self.assert_refused("alerts", "list", "-R", "acme/shop", code=1, kind="network")

    def test_a_limit_below_the_bad_page_does_not_care(self) -> None:
        self.fake.fault(LIST, "status", page=7, times=ALWAYS, status=500)
        result = self.run_ok("alerts", "list", "-R", "acme/shop", "--limit", "100")
        self.assertEqual(len(result.rows), 100)
