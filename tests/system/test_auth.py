"""`ghward auth status` and `check`: which credential is used, and what it is worth."""

from __future__ import annotations

from typing import Any

from fake.keys import shared_key
from system.harness import random_secret
from system.vaults import AuthTestCase

STATUS = ["host", "credential", "source", "reason", "kind", "login", "account", "owner", "scopes",
          "permissions", "expires", "rate_limit"]
CHECK = ["operation", "verdict", "missing", "evidence", "permission", "scopes"]
SHOP = ("-R", "acme/shop")


class StatusTestCase(AuthTestCase):
    def status(self, *options: str, env: dict[str, str | None] | None = None) -> dict[str, Any]:
        found: dict[str, Any] = self.run_ok("auth", "status", *options, "--json", env=env).json
        self.assertEqual(list(found), STATUS)
        return found


class Status(StatusTestCase):
    def test_of_a_token_in_the_vault(self) -> None:
        self.world.tokens.add(self.token, scopes=frozenset({"repo", "gist"}), expires=2_000_000_000)
        self.add("work", "--owner", "acme")
        found = self.status(*SHOP)
        expected = {"host": self.host, "credential": "work", "source": "vault", "kind": "classic",
                    "login": "octocat", "owner": "acme", "scopes": ["gist", "repo"],
                    "permissions": None, "expires": "2033-05-18T03:33:20Z"}
        self.assertEqual({name: found[name] for name in expected}, expected)
        self.assertIn("acme", found["reason"])
        self.assertEqual(found["rate_limit"]["limit"], 5000)
        self.assertEqual({request.path for request in self.fake.requests}, {"/user", "/rate_limit"})

    def test_of_other_sources(self) -> None:
        env: dict[str, str | None] = {"GH_ENTERPRISE_TOKEN": self.token}
        found = self.status(env=env)
        self.assertEqual((found["credential"], found["source"]), (None, "GH_ENTERPRISE_TOKEN"))
        self.assertIn("vault has none", found["reason"])
        gh = self.ghward.scratch.tools / "gh"
        gh.write_text(f"#!/bin/sh\necho {self.token}\n")
        gh.chmod(0o755)
        self.assertEqual(self.status()["source"], "gh auth token")
        self.add("work", token=self.new_token())
        self.assertEqual(self.status(env=env)["credential"], "work")
        found = self.status("--credential", "env", env=env)
        self.assertEqual((found["source"], found["reason"]), ("GH_ENTERPRISE_TOKEN", "it was named"))

    def test_of_each_kind(self) -> None:
        for kind, token in (("fine-grained", f"github_pat_{random_secret(22)}_{random_secret(59)}"),
                            ("user-to-server", "ghu_" + random_secret()), ("oauth", "gho_" + random_secret()),
                            ("installation", "ghs_" + random_secret())):
            with self.subTest(kind):
                self.world.tokens.add(token)
                found = self.status(env={"GH_ENTERPRISE_TOKEN": token})
                self.assertEqual(found["kind"], kind)
                self.assertEqual(found["login"], None if kind == "installation" else "octocat")
                self.assertEqual(found["scopes"] is not None, kind == "oauth")

    def test_as_text(self) -> None:
        self.add("work", "--owner", "acme", "--expires", "2033-05-18")
        text = self.run_ok("auth", "status", *SHOP).out
        for shown in (self.host, "work", "vault", "classic", "octocat", "repo", "2033-05-18"):
            self.assertIn(shown, text)

    def test_of_a_token_that_github_refuses(self) -> None:
        self.add("work")
        self.world.tokens.clear()
        result = self.ghward.run("auth", "status", "--json")
        self.assertEqual((result.code, result.error["kind"]), (4, "authentication"), result)
        self.assertEqual(result.json["credential"], "work")
        self.assertEqual(result.json["login"], None)

    def test_without_a_token(self) -> None:
        self.assert_refused("auth", "status", code=4, kind="authentication", says="no token")
        self.assert_untouched()


class Check(StatusTestCase):
    def verdicts(self, *options: str, code: int = 0) -> dict[str, dict[str, Any]]:
        result = self.ghward.run("auth", "check", *SHOP, *options, "--json")
        self.assertEqual(result.code, code, result)
        for one in result.json:
            self.assertEqual(list(one), CHECK)
            self.assertEqual(one["verdict"] == "no", one["missing"] is not None, one)
            self.assertTrue(one["evidence"])
        return {one["operation"]: one for one in result.json}

    def use(self, token: str, **rights: Any) -> None:
        self.world.tokens.add(token, **rights)
        self.ghward.environment["GH_ENTERPRISE_TOKEN"] = token
        self.fake.reset()

    def test_everything_it_may(self) -> None:
        self.use(self.token)
        found = self.verdicts()
        self.assertEqual({one["verdict"] for one in found.values()} - {"unknown"}, {"yes"})
        for operation in ("alerts.list", "alerts.get", "alerts.update", "repos.get"):
            self.assertEqual(found[operation]["verdict"], "yes")
        self.assertEqual({request.method for request in self.fake.requests}, {"GET"})

    def test_scopes_that_lack(self) -> None:
        self.use(self.token, scopes=frozenset({"gist"}))
        found = self.verdicts(code=4)
        self.assertEqual(found["alerts.list"]["verdict"], "no")
        self.assertEqual(found["user.get"]["verdict"], "yes")

    def test_scopes_of_a_public_repository(self) -> None:
        self.world.public.add("acme/shop")
        self.use(self.token, scopes=frozenset({"public_repo"}))
        found = self.verdicts(code=4)
        self.assertEqual(found["alerts.list"]["verdict"], "yes")
        self.assertEqual(found["alerts.list.enterprise"]["verdict"], "no")
        self.use(self.token, scopes=frozenset({"gist"}))
        found = self.verdicts("--for", "alerts.list", code=4)
        self.assertIn("security_events", found["alerts.list"]["missing"])

    def test_a_role_that_lacks(self) -> None:
        self.use(self.token, role="read")
        self.assertNotEqual(self.verdicts("--for", "alerts.update")["alerts.update"]["verdict"], "yes")

    def test_permissions_that_lack(self) -> None:
        token = f"github_pat_{random_secret(22)}_{random_secret(59)}"
        self.use(token, permissions={"metadata": "read"})
        found = self.verdicts("--for", "alerts.list", code=4)
        self.assertIn("security_events", found["alerts.list"]["missing"])
        self.use(token, permissions={"metadata": "read", "security_events": "read"})
        self.assertEqual(self.verdicts("--for", "alerts.list")["alerts.list"]["verdict"], "yes")
        self.assertEqual(self.verdicts("--for", "alerts.update")["alerts.update"]["verdict"], "unknown")

    def test_by_the_names_of_commands(self) -> None:
        self.use(self.token)
        (found,) = self.verdicts("--for", "alerts.dismiss").values()
        self.assertEqual((found["operation"], found["verdict"]), ("alerts.dismiss", "yes"))
        for name in ("alerts.delete", "", "login.token", "app.get"):
            self.assert_usage("auth", "check", *SHOP, "--for", name)
        self.assertEqual(len(self.fake.requests), 2)

    def test_a_repository_out_of_reach(self) -> None:
        self.use(self.token)
        found = self.ghward.run("auth", "check", "-R", "acme/nothing", "--for", "alerts.list", "--json")
        self.assertEqual(found.code, 4, found)
        self.assertIn("acme/nothing", found.json[0]["missing"])

    def test_of_an_app(self) -> None:
        key = shared_key()
        app = self.world.apps.add(key, permissions={"metadata": "read", "security_events": "read"})
        self.world.apps.install(app, "acme")
        self.run_ok("vault", "add", "app", "--host", self.host, "--app-id", str(app.number),
                    secret=key.pem.encode())
        found = self.verdicts(code=4)
        self.assertEqual(found["alerts.list"]["verdict"], "yes")
        self.assertEqual(found["alerts.update"]["verdict"], "no")
        self.assertIn("security_events:write", found["alerts.update"]["missing"])
        status = self.status(*SHOP)
        self.assertEqual((status["kind"], status["account"], status["login"]), ("app", str(app.number), None))
        self.assertEqual(status["permissions"], {"metadata": "read", "security_events": "read"})
