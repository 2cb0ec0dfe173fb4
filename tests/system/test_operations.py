"""`ghward operations`: everything that ghward can ever say to GitHub."""

from __future__ import annotations

import re

from fake import githttp, routes
from system.harness import GhwardTestCase

KEYS = ["id", "method", "path", "query", "body", "permission", "class", "ghes_since", "base", "authority", "answer",
        "scopes"]

# The site's own: GitHub's OpenAPI description has everything but these.
NOT_IN_OPENAPI = {("POST", "/login/device/code"), ("POST", "/login/oauth/access_token")}

# Of git's protocol: not the API's either.
GIT = ("POST", "/{owner}/{repo}.git/git-upload-pack")

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
    ("GET", "/repos/{owner}/{repo}"),
    ("GET", "/orgs/{org}/repos"),
    ("GET", "/users/{username}/repos"),
    ("GET", "/user/repos"),
    ("GET", "/app"),
    ("GET", "/repos/{owner}/{repo}/installation"),
    ("GET", "/orgs/{org}/installation"),
    ("POST", "/app/installations/{installation_id}/access_tokens"),
    ("DELETE", "/installation/token"),
    ("POST", "/credentials/revoke"),
} | NOT_IN_OPENAPI | {GIT}


class Operations(GhwardTestCase):
    def test_json(self) -> None:
        table = self.run_ok("operations", "--json").json
        self.assertEqual([list(row) for row in table], [KEYS] * len(table))
        self.assertLessEqual(EXPECTED, {(row["method"], row["path"]) for row in table})
        self.assertEqual(len({row["id"] for row in table}), len(table))
        for row in table:
            self.assertIn(row["method"], ("GET", "POST", "PUT", "PATCH", "DELETE"))
            self.assertIn(row["class"], ("read", "write"))
            # git asks by POST.
            if row["base"] != "git":
                self.assertEqual(row["class"] == "read", row["method"] == "GET", row)
            self.assertTrue(row["permission"])
            if row["class"] == "read":
                self.assertEqual(row["body"], [])

    def test_what_is_not_of_the_api(self) -> None:
        rows = self.run_ok("operations", "--json").json
        self.assertEqual({(row["method"], row["path"]) for row in rows if row["base"] == "web"}, NOT_IN_OPENAPI)
        self.assertEqual({row["base"] for row in rows}, {"api", "web", "git"})

    def test_git(self) -> None:
        """It reads, and nothing else."""
        rows = {row["id"]: row for row in self.run_ok("operations", "--json").json if row["base"] == "git"}
        self.assertEqual({name: row["answer"] for name, row in rows.items()},
                         {"git.ls_refs": "git", "git.fetch": "stream"})
        for row in rows.values():
            self.assertEqual((row["method"], row["path"]), GIT)
            self.assertEqual((row["class"], row["permission"], row["scopes"]), ("read", "contents:read", ["repo"]))

    def test_who_speaks_and_who_reads(self) -> None:
        for row in self.run_ok("operations", "--json").json:
            self.assertIn(row["authority"], ("token", "app", "nobody"))
            self.assertIn(row["answer"], ("open", "secret", "git", "stream"))
            # A worker, which reads what outsiders wrote, gets no answer with a secret in it.
            if row["authority"] == "token":
                self.assertNotEqual(row["answer"], "secret", row)
            if row["id"] != "app.token.revoke":
                self.assertEqual(row["scopes"] is not None, row["authority"] == "token", row)

    def test_scopes_are_those_of_github(self) -> None:
        """From the notes on each endpoint in GitHub's OpenAPI description."""
        scopes = {row["id"]: row["scopes"] for row in self.run_ok("operations", "--json").json}
        for name in ("list", "list.org", "list.enterprise", "get", "update", "instances"):
            self.assertEqual(scopes["alerts." + name], ["security_events", "repo"])
        self.assertEqual(scopes["repos.get"], ["repo"])
        self.assertEqual(scopes["user.get"], [])
        self.assertIsNone(scopes["app.get"])

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
            if row["base"] == "git":
                self.assertTrue(githttp.is_git(path), row)
                continue
            self.assertTrue(
                any(method == row["method"] and pattern.fullmatch(path)
                    for method, pattern, _, _ in routes._ROUTES), row,
            )
