"""`ghward operations`: everything that ghward can ever say to GitHub."""

from __future__ import annotations

import re

from fake import routes
from system.harness import GhwardTestCase

KEYS = ["id", "method", "path", "query", "body", "permission", "class", "ghes_since"]

# At least these, with GitHub's own path templates.
EXPECTED = {
    ("GET", "/repos/{owner}/{repo}/code-scanning/alerts"),
    ("GET", "/orgs/{org}/code-scanning/alerts"),
    ("GET", "/enterprises/{enterprise}/code-scanning/alerts"),
    ("GET", "/repos/{owner}/{repo}/code-scanning/alerts/{alert_number}"),
    ("PATCH", "/repos/{owner}/{repo}/code-scanning/alerts/{alert_number}"),
    ("GET", "/repos/{owner}/{repo}/code-scanning/alerts/{alert_number}/instances"),
    ("GET", "/rate_limit"),
    ("GET", "/meta"),
    ("GET", "/user"),
}


class Operations(GhwardTestCase):
    def test_json(self) -> None:
        table = self.run_ok("operations", "--json").json
        self.assertEqual([list(row) for row in table], [KEYS] * len(table))
        self.assertLessEqual(EXPECTED, {(row["method"], row["path"]) for row in table})
        self.assertEqual(len({row["id"] for row in table}), len(table))
        for row in table:
            self.assertIn(row["method"], ("GET", "POST", "PUT", "PATCH", "DELETE"))
            self.assertIn(row["class"], ("read", "write"))
            self.assertEqual(row["class"] == "read", row["method"] == "GET", row)
            self.assertTrue(row["permission"])
            if row["class"] == "read":
                self.assertEqual(row["body"], [])

    def test_filters_are_those_of_github(self) -> None:
        """From GitHub's OpenAPI description: what one scope has, another lacks."""
        queries = {row["path"]: set(row["query"]) for row in self.run_ok("operations", "--json").json}
        paging = {"page", "per_page", "before", "after"}
        common = paging | {"tool_name", "tool_guid", "state", "sort", "direction", "assignees"}
        self.assertEqual(queries["/repos/{owner}/{repo}/code-scanning/alerts"],
                         common | {"severity", "ref", "pr"})
        self.assertEqual(queries["/orgs/{org}/code-scanning/alerts"], common | {"severity"})
        self.assertEqual(queries["/enterprises/{enterprise}/code-scanning/alerts"], common)

    def test_needs_nothing(self) -> None:
        result = self.run_ok("operations", env={
            "GH_ENTERPRISE_TOKEN": None, "HOME": None, "XDG_STATE_HOME": None,
            "GITHUB_API_URL": None, "GHWARD_CA_FILE": None,
        })
        self.assertGreaterEqual(len(result.rows), len(EXPECTED))
        self.assert_untouched()

    def test_the_fake_knows_all_of_them(self) -> None:
        """Otherwise the stories test less than they seem to."""
        for row in self.run_ok("operations", "--json").json:
            path = re.sub(r"\{\w+_(number|id)\}", "7", row["path"])
            path = re.sub(r"\{[a-z]+\}", "acme", path)
            self.assertTrue(
                any(method == row["method"] and pattern.fullmatch(path)
                    for method, pattern, _, _ in routes._ROUTES), row,
            )
