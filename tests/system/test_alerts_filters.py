"""Every filter of every scope: it reaches GitHub as it was typed, or is refused where there is none."""

from __future__ import annotations

from system.harness import GhwardTestCase
from system.test_alerts_list import newest_first, row_of

GUID = "0123abcd-0123-4123-8123-0123456789ab"

# Option, the parameter of GitHub, values.
EVERYWHERE = (
    ("--state", "state", ("open", "closed", "dismissed", "fixed")),
    ("--tool-name", "tool_name", ("CodeQL", "Semgrep OSS", "a&b=c#d/é+%20", "x" * 128)),
    ("--tool-guid", "tool_guid", (GUID, GUID.upper())),
    ("--sort", "sort", ("created", "updated")),
    ("--direction", "direction", ("asc", "desc")),
    ("--assignee", "assignees", ("*", "none", "hubot", "hubot,octocat", "octocat_acme")),
)
SEVERITY = ("--severity", "severity",
            ("critical", "high", "medium", "low", "error", "warning", "note"))
OF_A_REPOSITORY = (
    ("--ref", "ref", ("main", "refs/heads/main", "feature/a+b", "réf", "refs/pull/7/merge")),
    ("--pr", "pr", ("1", "2147483647")),
)
SCOPES: dict[str, tuple[str, ...]] = {
    "repository": ("-R", "acme/shop"), "organisation": ("--org", "acme"),
    "enterprise": ("--enterprise", "acme-corp"),
}


class Reach(GhwardTestCase):
    def reaches(self, scope: str, *filters: tuple[str, str, tuple[str, ...]]) -> None:
        for option, name, values in filters:
            for value in values:
                with self.subTest(scope, option=option, value=value):
                    self.fake.reset()
                    self.run_ok("alerts", "list", *SCOPES[scope], f"{option}={value}")
                    (request,) = self.fake.requests
                    self.assertEqual(request.query,
                                     {name: value, "page": "1", "per_page": "100"})

    def test_a_repository_has_all(self) -> None:
        self.reaches("repository", *EVERYWHERE, SEVERITY, *OF_A_REPOSITORY)

    def test_an_organisation(self) -> None:
        self.reaches("organisation", *EVERYWHERE, SEVERITY)

    def test_an_enterprise(self) -> None:
        self.reaches("enterprise", *EVERYWHERE)

    def test_all_at_once_in_one_request(self) -> None:
        self.run_ok("alerts", "list", "-R", "acme/shop", "--state", "open", "--severity", "high",
                    "--tool-name", "CodeQL", "--ref", "main", "--pr", "3", "--assignee", "hubot",
                    "--sort", "updated", "--direction", "asc")
        (request,) = self.fake.requests
        self.assertEqual(request.query, {
            "state": "open", "severity": "high", "tool_name": "CodeQL", "ref": "main", "pr": "3",
            "assignees": "hubot", "sort": "updated", "direction": "asc", "page": "1",
            "per_page": "100"})


class Meaning(GhwardTestCase):
    def numbers(self, *filters: str) -> list[int]:
        return [int(row[0])
                for row in self.run_ok("alerts", "list", "-R", "acme/shop", *filters).rows]

    def test_assignees(self) -> None:
        assigned = [alert["number"] for alert in newest_first(25) if alert["assignees"]]
        others = [alert["number"] for alert in newest_first(25) if not alert["assignees"]]
        self.assertEqual(self.numbers("--assignee", "*"), assigned)
        self.assertEqual(self.numbers("--assignee", "none"), others)
        self.assertEqual(self.numbers("--assignee", "octocat,hubot"), assigned)
        self.assertEqual(self.numbers("--assignee", "octocat"), [])

    def test_tool(self) -> None:
        result = self.run_ok("alerts", "list", "-R", "acme/shop", "--tool-name", "Semgrep OSS")
        self.assertEqual(result.rows, [row_of(alert) for alert in newest_first(25)
                                       if alert["tool"]["name"] == "Semgrep OSS"])

    def test_order(self) -> None:
        self.assertEqual(self.numbers("--direction", "asc"), list(range(1, 26)))
        self.assertEqual(self.numbers("--sort", "updated"), list(range(25, 0, -1)))

    def test_ref_and_pull_request(self) -> None:
        self.assertEqual(len(self.numbers("--ref", "main")), 25)
        self.assertEqual(self.numbers("--ref", "release"), [])
        self.assertEqual(self.numbers("--pr", "7"), [])


class Refused(GhwardTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.tolerate_wrong_values()

    def refused(self, *arguments: str, says: str) -> None:
        with self.subTest(arguments):
            result = self.ghward.run("alerts", "list", *arguments)
            self.assertEqual((result.code, result.out), (2, ""), result)
            self.assertRegex(result.err, says)

    def tearDown(self) -> None:
        self.assert_untouched()
        super().tearDown()

    def test_where_the_endpoint_has_none(self) -> None:
        for option, _, (value, *_) in OF_A_REPOSITORY:
            self.refused("--org", "acme", option, value, says=f"no {option} for an organisation")
            self.refused("--enterprise", "acme", option, value, says=f"no {option} for an enterpr")
        self.refused("--enterprise", "acme", "--severity", "high", says="no --severity for an ente")

    def test_scopes_exclude_each_other(self) -> None:
        repo, org, enterprise = SCOPES.values()
        for scopes in ((repo, org), (repo, enterprise), (org, enterprise), (repo, org, enterprise)):
            self.refused(*(word for scope in scopes for word in scope), says="exclude each other")

    def test_tools_by_name_or_by_guid(self) -> None:
        self.refused("-R", "acme/shop", "--tool-name", "CodeQL", "--tool-guid", GUID,
                     says="exclude each other")

    def test_values_that_github_does_not_know(self) -> None:
        for option, name, values in (
            ("--state", "state", ("all", "Open", "open,fixed")),
            ("--severity", "severity", ("none", "HIGH", "moderate")),
            ("--sort", "sort", ("number", "created_at")),
            ("--direction", "direction", ("up", "ASC")),
            ("--assignee", "assignees", ("**", "a,,b", "a b", "-x", "a,*", ",")),
            ("--tool-guid", "tool_guid", ("CodeQL", GUID[:-1], GUID + "0", "{" + GUID + "}")),
            ("--tool-name", "tool_name", ("x" * 129, "a\x1b[2J", "a\nb")),
            ("--ref", "ref", ("a..b", "-x", "a b", "a\x07", "/a", "a.lock", "@")),
            ("--pr", "pr", ("0", "-1", "1.5", "2147483648", "x")),
        ):
            for value in values:
                self.refused("-R", "acme/shop", f"{option}={value}", says=f"no valid {name}")

    def test_no_way_to_choose_pages(self) -> None:
        for option in ("--page", "--per-page", "--after", "--before", "--cursor"):
            self.refused("-R", "acme/shop", option, "2", says=f"unknown option {option}")
