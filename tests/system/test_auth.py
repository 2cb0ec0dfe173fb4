"""`ghward auth`: which credential is used and what it is worth, logging in, and logging out."""

from __future__ import annotations

import datetime
import json
import subprocess
import termios
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fake.keys import shared_key
from system import processes
from system.harness import ALWAYS, Canary, Result, Running, random_secret
from system.terminal import INTERRUPT, Terminal
from system.vaults import VIEW, VaultTestCase

STATUS = ["host", "credential", "source", "reason", "kind", "login", "account", "owner", "scopes",
          "permissions", "expires", "rate_limit"]
CHECK = ["operation", "verdict", "missing", "evidence", "permission", "scopes"]
SHOP = ("-R", "acme/shop")
CLIENT, APP_CLIENT = "Ov23liAbCdEf", "Iv23liAbCdEf"


class AuthTestCase(VaultTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.make_vault()
        self.world = self.fake.world
        self.logins = self.world.logins
        self.addCleanup(setattr, self.world, "installed_version", self.world.installed_version)

    def status(self, *options: str, env: dict[str, str | None] | None = None) -> dict[str, Any]:
        found: dict[str, Any] = self.run_ok("auth", "status", *options, "--json", env=env).json
        self.assertEqual(list(found), STATUS)
        return found


class Status(AuthTestCase):
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


class Check(AuthTestCase):
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


class Login(AuthTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.logins.add(CLIENT)

    def login(self, *options: str, client: str = CLIENT) -> Any:
        return self.ghward.run("auth", "login", "--host", self.host, "--client-id", client, *options)

    def start_login(self) -> Running:
        """One that waits for the person."""
        known = len(self.logins.devices)
        running = self.ghward.start("auth", "login", "--host", self.host, "--client-id", CLIENT, "--json")
        self.assertTrue(processes.wait_for(lambda: len(self.logins.devices) > known))
        return running

    def error_of(self, result: Result) -> dict[str, Any]:
        """Behind the line that has the code."""
        error: dict[str, Any] = json.loads(result.err.splitlines()[-1])["error"]
        return error

    def kept(self) -> Canary:
        """The token that was issued; it must be in no file."""
        canary = Canary(self.logins.issued[-1].value)
        for path in self.ghward.scratch.base.rglob("*"):
            if path.is_file():
                self.assertFalse(canary.is_in(path.read_bytes()), path)
        return canary

    def test_by_device_flow(self) -> None:
        self.logins.pending = 1
        result = self.login("--name", "work", "--scopes", "repo,gist")
        self.assertEqual(result.code, 0, result)
        device = self.logins.devices[-1]
        self.assertIn(device.user_code, result.out + result.err)
        self.assertIn(f"{self.fake.url}/login/device", result.out + result.err)
        self.assertEqual(device.scopes, "repo gist")
        self.assertFalse(self.kept().is_in((result.out + result.err).encode()))
        self.assertNotIn(device.device_code, result.out + result.err)
        (entry,) = self.entries()
        self.assertEqual((entry["name"], entry["kind"], entry["account"]), ("work", "oauth", CLIENT))
        self.assertEqual(sorted(entry["scopes"]), ["gist", "repo"])
        self.assertEqual(len(device.polls), 2)
        self.assertGreaterEqual(device.polls[1] - device.polls[0], 0.95)
        self.run_ok(*VIEW)
        self.assertEqual(self.used(), self.logins.issued[-1].value)
        self.assertIsNone(next(one for one in self.fake.requests if one.path.startswith("/login")).token)

    def test_on_a_terminal(self) -> None:
        self.logins.pending = 100
        terminal = Terminal(self.ghward, "auth", "login", "--host", self.host, "--client-id", CLIENT)
        self.assertTrue(processes.wait_for(
            lambda: bool(self.logins.devices) and self.logins.devices[0].user_code in terminal.shown))
        self.logins.decide(self.logins.devices[0], "approved")
        result = terminal.finish()
        self.assertEqual(result.code, 0, result)
        self.assertEqual(len(self.names()), 1)

    def test_slower_when_told_to(self) -> None:
        self.logins.busy = 1
        self.assertEqual(self.login().code, 0)
        first, second = self.logins.devices[-1].polls
        self.assertGreaterEqual(second - first, 5.9)  # RFC 8628: five seconds more

    def test_that_comes_to_nothing(self) -> None:
        before = self.files
        self.logins.pending = 100
        cases = (("access_denied", (3, 4), "(?i)declined|denied"), ("expired_token", (1, 4), "(?i)expired"),
                 ("incorrect_device_code", (1, 4), "(?i)code"))
        started = []
        for verdict, _, _ in cases:
            started.append(self.start_login())
            self.logins.decide(self.logins.devices[-1], verdict)
        for running, (verdict, codes, says) in zip(started, cases, strict=True):
            with self.subTest(verdict):
                result = self.ghward.finish(running)
                error = self.error_of(result)
                self.assertIn(result.code, codes, result)
                self.assertRegex(error["message"], says)
                self.assert_audited(error)
        self.assertEqual(self.files, before)

    def test_whose_time_runs_out(self) -> None:
        self.logins.pending = 100
        self.logins.device_lifetime = 2
        result = self.login("--json")
        self.assertEqual(result.code, 1, result)
        self.assertIn("expired", self.error_of(result)["message"])
        self.assertLess(result.seconds, 4)

    def test_with_an_unknown_client(self) -> None:
        result = self.login("--json", client="Iv1.unknown")
        self.assertIn(result.code, (4, 5), result)
        self.assertIn("client id", result.error["hint"])
        self.assert_refused("auth", "login", "--host", self.host, code=2, kind="usage", says="id",
                            audited=False)

    def test_answers_that_are_none(self) -> None:
        before = self.files
        self.logins.device_lifetime = 2
        for path, kinds in (
            ("/login/device/code", ("html", "malformed", "array", "nested", "oversized", "truncate")),
            ("/login/oauth/access_token", ("html", "truncate")),
        ):
            for kind in kinds:
                with self.subTest(path, kind=kind):
                    self.fake.reset()
                    self.fake.fault(path, kind, times=ALWAYS)
                    result = self.login("--json")
                    self.assertIn(result.code, (1, 4), result)
                    self.assertNotEqual(self.error_of(result)["kind"], "internal", result)
        self.assertEqual(self.files, before)

    def test_with_a_code_that_fits_no_request(self) -> None:
        """It is 8,000 characters, each of which takes two in JSON."""
        self.fake.fault("/login/device/code", "edit", change=lambda body: body | {"device_code": "\\" * 8000})
        result = self.login("--json")
        self.assertEqual((result.code, self.error_of(result)["kind"]), (1, "malformed"), result)
        self.assertIn("does not fit", result.err)

    def test_interrupted(self) -> None:
        self.logins.pending = 1000
        before = self.files
        running = self.start_login()
        running.process.terminate()
        result = self.ghward.finish(running, 5)
        self.assertNotEqual(result.code, 0, result)
        self.assertEqual(self.files, before)

    def test_with_a_token(self) -> None:
        self.run_ok("auth", "login", "--with-token", "--host", self.host, "--name", "work",
                    secret=self.token.encode() + b"\n")
        self.run_ok(*VIEW)
        self.assertEqual(self.used(), self.token)
        self.assertEqual(self.names(), ["work"])

    def test_replaces_the_token_of_that_name(self) -> None:
        self.add("work")
        self.assertEqual(self.login("--name", "work", "--scopes", "repo").code, 0)
        self.assertEqual([(entry["name"], entry["kind"]) for entry in self.entries()],
                         [("work", "oauth")])
        self.run_ok(*VIEW)
        self.assertEqual(self.used(), self.logins.issued[0].value)

    def test_replaces_the_server_with_the_token(self) -> None:
        """A token of this server that is stored for another one would be sent there."""
        self.run_ok("vault", "add", "work", "--host", "ghe.example.com", secret=self.new_token().encode())
        self.login("--name", "work", "--scopes", "repo")
        (entry,) = self.entries()
        self.assertEqual(entry["host"], self.host)
        self.run_ok(*VIEW)


class Renewal(AuthTestCase):
    """Tokens of a GitHub App's users last eight hours; here, as long as the margin before their end."""

    def setUp(self) -> None:
        super().setUp()
        self.client = self.logins.add(APP_CLIENT, is_app=True, lifetime=300)
        self.ghward.run("auth", "login", "--host", self.host, "--client-id", APP_CLIENT, "--name",
                        "work")

    def test_happens_in_time_and_once(self) -> None:
        self.client.lifetime = 28800
        with self.daemon():
            for result in self.ghward.together(6, *VIEW):
                self.assertEqual(result.code, 0, result)
        self.assertEqual(len(self.logins.issued), 2)
        self.assertEqual(self.used(), self.logins.issued[1].value)
        (entry,) = self.entries()
        ends = datetime.datetime.fromisoformat(entry["expires"])
        self.assertGreater(ends.timestamp(), time.time() + 28000)
        self.run_ok(*VIEW)
        self.assertEqual(len(self.logins.issued), 2)

    def test_that_brings_no_other_refresh_token(self) -> None:
        """Then it was the last one, and the token is good for as long as it says."""
        self.fake.fault("/login/oauth/access_token", "edit", times=ALWAYS,
                        change=lambda body: body | {"refresh_token": None, "expires_in": 60})
        with self.daemon():
            self.run_ok(*VIEW)
            self.run_ok(*VIEW)
            (entry,) = self.entries()
        self.assertEqual(len(self.logins.issued), 2)
        self.assertEqual(self.used(), self.logins.issued[1].value)
        self.assertLess(datetime.datetime.fromisoformat(entry["expires"]).timestamp(), time.time() + 61)

    def test_is_not_lost_when_the_command_is_interrupted(self) -> None:
        """GitHub takes a refresh token once: what it answers has to reach the vault."""
        self.client.lifetime = 28800
        slow = self.fake.fault("/login/oauth/access_token", "delay", seconds=0.5)
        running = self.ghward.start(*VIEW)
        self.assertTrue(processes.wait_for(lambda: slow.hits > 0))
        running.process.terminate()
        self.assertNotEqual(self.ghward.finish(running).code, 0)
        self.assertEqual(len(self.logins.issued), 2)
        self.run_ok(*VIEW)
        self.assertEqual(self.used(), self.logins.issued[1].value)
        self.assertEqual(len(self.logins.issued), 2)

    def test_that_github_refuses(self) -> None:
        self.logins.clear()
        self.logins.add(APP_CLIENT, is_app=True, lifetime=300)
        error = self.assert_refused(*VIEW, code=4, kind="authentication", says="renew")
        self.assertIn("auth login", error["hint"])
        self.assertEqual(self.names(), ["work"])


class WebLogin(AuthTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.secret = random_secret()
        self.client = self.logins.add(CLIENT, secret=self.secret)
        self.keep_secret()

    def keep_secret(self, name: str = "app-secret", client: str = CLIENT) -> None:
        self.run_ok("vault", "add", name, "--host", self.host, "--client-id", client,
                    secret=self.secret.encode() + b"\n")

    def words(self, *options: str, client: str = CLIENT) -> tuple[str, ...]:
        return ("auth", "login", "--web", "--host", self.host, "--client-id", client, *options)

    def begin(self, *options: str, client: str = CLIENT) -> tuple[Running, str]:
        """One that waits for an address, and the page that it wants opened."""
        running = self.ghward.start(*self.words("--json", *options, client=client), stdin=subprocess.PIPE,
                                    env={"LOG_LEVEL": "debug"})
        assert running.process.stdout is not None
        shown = json.loads(running.process.stdout.readline())["login"]
        self.assertEqual((shown["code"], shown["seconds"]), ("", 600))
        return running, shown["url"]

    def paste(self, running: Running, text: str) -> Result:
        """Its end, which it comes to although standard input stays open."""
        assert running.process.stdin is not None
        running.process.stdin.write(text.encode() + b"\n")
        running.process.stdin.flush()
        self.assertTrue(processes.wait_for(lambda: running.process.poll() is not None))
        return self.ghward.finish(running)

    def assert_fails(self, result: Result, code: int, kind: str, says: str) -> str:
        """Returns the hint. Nothing was stored."""
        error = json.loads(result.err.splitlines()[-1])["error"]
        self.assertEqual((result.code, error["kind"]), (code, kind), result)
        self.assertRegex(error["message"], says)
        self.assert_audited(error)
        self.assertEqual([entry["kind"] for entry in self.entries()], ["client-secret"])
        return str(error["hint"])

    def exchanges(self) -> list[dict[str, Any]]:
        return [json.loads(one.body) for one in self.fake.requests if one.path == "/login/oauth/access_token"]

    def assert_nowhere(self, result: Result, *secrets: str) -> None:
        """Neither shown nor logged nor recorded nor in any file."""
        for canary in map(Canary, secrets):
            self.assertFalse(canary.is_in((result.out + result.err).encode()), result)
            for path in self.ghward.scratch.base.rglob("*"):
                if path.is_file():
                    self.assertFalse(canary.is_in(path.read_bytes()), path)

    def test_stores_what_the_code_is_exchanged_for(self) -> None:
        running, url = self.begin("--name", "work", "--scopes", "repo,gist")
        parts, asked = urlsplit(url), parse_qs(urlsplit(url).query)
        self.assertEqual(f"{parts.scheme}://{parts.netloc}", self.fake.url)
        self.assertEqual({name: asked[name] for name in ("client_id", "redirect_uri", "scope")},
                         {"client_id": [CLIENT], "redirect_uri": ["http://127.0.0.1/callback"],
                          "scope": ["repo gist"]})
        result = self.paste(running, self.logins.visit(url))
        self.assertEqual(result.code, 0, result)
        self.assertEqual(json.loads(result.out)["name"], "work")
        stored = next(entry for entry in self.entries() if entry["name"] == "work")
        self.assertEqual((stored["kind"], stored["account"], sorted(stored["scopes"])),
                         ("oauth", CLIENT, ["gist", "repo"]))
        (sent,) = self.exchanges()
        self.assertEqual((sent["grant_type"], sent["client_secret"]), ("authorization_code", self.secret))
        self.assertRegex(sent["code_verifier"], r"\A[\w-]{43}\Z")
        token = self.logins.issued[-1].value
        self.assert_nowhere(result, token, self.secret, sent["code"], sent["code_verifier"])
        self.run_ok(*VIEW)
        self.assertEqual(self.used(), token)

    def test_by_the_query_alone_and_by_another_address(self) -> None:
        """Where the browser was does not matter: the state does."""
        for change in (lambda page: urlsplit(page).query,
                       lambda page: f"  https://elsewhere.example/x?{urlsplit(page).query}#top \r"):
            running, url = self.begin("--name", "work", "--redirect-uri", "https://app.example/back")
            result = self.paste(running, change(self.logins.visit(url)))
            self.assertEqual(result.code, 0, result)
        self.assertEqual(self.exchanges()[-1]["redirect_uri"], "https://app.example/back")
        self.assertEqual(self.names(), ["app-secret", "work"])

    def test_on_a_terminal_that_does_not_show_the_address(self) -> None:
        terminal = Terminal(self.ghward, *self.words())
        self.assertTrue(processes.wait_for(lambda: "minutes.\n" in terminal.shown))
        url = next(line.removeprefix("Open ") for line in terminal.shown.splitlines() if line.startswith("Open "))
        page = self.logins.visit(url)
        self.assertFalse(termios.tcgetattr(terminal.master)[3] & termios.ECHO)
        terminal.press(page.encode() + b"\n")
        self.assertTrue(processes.wait_for(lambda: terminal.running.process.poll() is not None))
        self.assertTrue(termios.tcgetattr(terminal.master)[3] & termios.ECHO)
        result = terminal.finish()
        self.assertEqual(result.code, 0, result)
        self.assertIn("stored", result.out)
        self.assert_nowhere(result, parse_qs(urlsplit(page).query)["code"][0], self.secret)

    def test_interrupted_on_a_terminal_leaves_it_as_it_was(self) -> None:
        terminal = Terminal(self.ghward, *self.words())
        self.assertTrue(processes.wait_for(lambda: "minutes.\n" in terminal.shown))
        terminal.press(INTERRUPT)
        self.assertTrue(processes.wait_for(lambda: terminal.running.process.poll() is not None))
        self.assertTrue(termios.tcgetattr(terminal.master)[3] & termios.ECHO)
        self.assertEqual(terminal.finish().code, 130)
        self.assertEqual(self.exchanges(), [])

    def test_with_the_state_of_another_login(self) -> None:
        first, first_url = self.begin("--name", "first")
        second, second_url = self.begin("--name", "second")
        page = self.logins.visit(first_url)
        self.assert_fails(self.paste(second, page), 3, "denied", "state")
        self.assertEqual(self.paste(first, page).code, 0)
        # It was good once.
        self.run_ok("vault", "remove", "first")
        again, _ = self.begin("--name", "first")
        self.assert_fails(self.paste(again, page), 3, "denied", "state")
        invented = "A" * 43
        other, url = self.begin()
        self.assert_fails(self.paste(other, self.logins.visit(url, state=invented)), 3, "denied", "state")
        self.assertEqual(len(self.exchanges()), 1)
        self.assertNotEqual(first_url, second_url)

    def test_in_one_agent_each_has_its_own_state(self) -> None:
        with self.daemon():
            (first, first_url), (second, second_url) = self.begin("--name", "a"), self.begin("--name", "b")
            pages = self.logins.visit(first_url), self.logins.visit(second_url)
            self.assert_fails(self.paste(first, pages[1]), 3, "denied", "state")
            self.assertEqual(self.paste(second, pages[1]).code, 0)
        self.assertEqual(self.names(), ["app-secret", "b"])

    def test_that_the_person_or_github_declines(self) -> None:
        running, url = self.begin()
        state = parse_qs(urlsplit(url).query)["state"][0]
        page = f"http://127.0.0.1/callback?error=access_denied&error_description=No&state={state}"
        self.assert_fails(self.paste(running, page), 3, "denied", "declined")
        running, url = self.begin()
        state = parse_qs(urlsplit(url).query)["state"][0]
        page = f"http://127.0.0.1/callback?error=redirect_uri_mismatch&error_description=Not%1B%5B2Jours&state={state}"
        hint = self.assert_fails(self.paste(running, page), 4, "authentication", r"mismatch: Not\\x1b\[2Jours")
        self.assertIn("--redirect-uri", hint)
        running, _ = self.begin()
        self.assert_fails(self.paste(running, page), 3, "denied", "state")
        self.assertEqual(self.exchanges(), [])

    def test_with_a_code_that_github_refuses(self) -> None:
        self.logins.code_lifetime = 0
        running, url = self.begin()
        page = self.logins.visit(url)
        self.assertIn("once", self.assert_fails(self.paste(running, page), 4, "authentication", "expired"))
        self.logins.code_lifetime = 600
        running, url = self.begin()
        page = self.logins.visit(url, code="0123456789abcdef0123")
        self.assert_fails(self.paste(running, page), 4, "authentication", "incorrect")
        self.client.secret = "another"
        running, url = self.begin()
        page = self.logins.visit(url)
        hint = self.assert_fails(self.paste(running, page), 4, "authentication", "incorrect")
        self.assertIn("client secret", hint)

    def test_of_what_is_no_address(self) -> None:
        state = "B" * 43
        for text, says in (("", "empty"), ("yes", "state"), ("http://127.0.0.1/callback", "state"),
                           ("code=a", "state"), (f"code=a&code=b&state={state}", "twice"),
                           (f"code=%00&state={state}", "encoded"), (f"state={state}", "code"),
                           (f"code={'a' * 600}&state={state}", "code"), ("x" * 4097, "longer")):
            with self.subTest(text[:40]):
                running, _ = self.begin()
                self.assert_fails(self.paste(running, text), 2, "usage", says)
        running, _ = self.begin()
        self.assert_fails(self.ghward.finish(running), 2, "usage", "empty")
        self.assertEqual(self.exchanges(), [])

    def test_without_the_secret(self) -> None:
        self.run_ok("vault", "remove", "app-secret")
        self.keep_secret("other", client=APP_CLIENT)
        error = self.assert_refused(*self.words(), code=4, kind="authentication", says="client secret")
        self.assertIn("ghward vault add", error["hint"])
        self.assertEqual(self.fake.requests, [])

    def test_with_options_that_make_no_sense(self) -> None:
        login = ("auth", "login", "--host", self.host, "--client-id", CLIENT)
        self.assert_usage(*login, "--redirect-uri", "https://app.example", says="--web")
        self.assert_usage("auth", "login", "--with-token", "--web", says="--web")
        self.assert_usage(*login, "--web", "--from-file", "x", says="--with-token")
        for uri in ("http://app.example/back", "ftp://127.0.0.1", "https://a.example/#x", "two words", "x" * 513):
            self.assert_usage(*self.words("--redirect-uri", uri), says="redirect URI")
        self.assert_usage("vault", "add", "x", "--host", self.host, "--client-id", CLIENT, "--app-id", "1",
                          says="exclude")

    def test_secrets_that_are_none(self) -> None:
        for secret in (b"", b"\n", b"two words", b"a\nb", b"x" * 257, b"\xff" * 40):
            self.assert_refused("vault", "add", "x", "--host", self.host, "--client-id", CLIENT, code=2,
                                kind="usage", says="client secret", secret=secret)

    def test_the_secret_is_no_token(self) -> None:
        """It is listed and removed like one, and nothing is asked with it."""
        (entry,) = self.entries()
        self.assertEqual((entry["kind"], entry["account"]), ("client-secret", CLIENT))
        self.assert_refused(*VIEW, code=4, kind="authentication", says="no token")
        self.assert_refused(*VIEW, "--credential", "app-secret", code=2, kind="usage", says="client secret")
        result = self.ghward.run("auth", "logout", "app-secret")
        self.assertEqual(result.code, 0, result)
        self.assertIn("settings", result.err)
        self.assertEqual(self.entries(), [])
        self.assert_untouched()

    def test_tokens_are_renewed_with_the_secret(self) -> None:
        client = self.logins.add(APP_CLIENT, is_app=True, lifetime=300, secret=self.secret)
        self.keep_secret("secret-of-app", client=APP_CLIENT)
        running, url = self.begin("--name", "work", client=APP_CLIENT)
        self.assertEqual(self.paste(running, self.logins.visit(url)).code, 0)
        client.lifetime = 28800
        result = self.run_ok(*VIEW)
        sent = self.exchanges()[-1]
        self.assertEqual((sent["grant_type"], sent["client_secret"]), ("refresh_token", self.secret))
        self.assertEqual(self.used(), self.logins.issued[1].value)
        self.assert_nowhere(result, self.secret, sent["refresh_token"], self.logins.issued[1].value)

    def test_without_it_they_are_not(self) -> None:
        self.logins.add(APP_CLIENT, is_app=True, lifetime=300, secret=self.secret)
        self.keep_secret("secret-of-app", client=APP_CLIENT)
        running, url = self.begin("--name", "work", client=APP_CLIENT)
        self.assertEqual(self.paste(running, self.logins.visit(url)).code, 0)
        self.run_ok("vault", "remove", "secret-of-app")
        error = self.assert_refused(*VIEW, code=4, kind="authentication", says="renew")
        self.assertIn("auth login", error["hint"])
        self.assertNotIn("client_secret", self.exchanges()[-1])


class Logout(AuthTestCase):
    def test_where_github_revokes(self) -> None:
        self.world.installed_version = None
        self.add("work")
        result = self.ghward.run("auth", "logout", "work")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.world.tokens.revoked, [self.token])
        (request,) = self.fake.requests
        self.assertEqual((request.path, request.token), ("/credentials/revoke", None))
        self.assertEqual(self.entries(), [])

    def test_where_it_does_not(self) -> None:
        self.add("work")
        result = self.ghward.run("auth", "logout", "work")
        self.assertEqual(result.code, 0, result)
        self.assertIn("settings", result.err)
        self.assertEqual(self.world.tokens.revoked, [])
        self.assertEqual(self.entries(), [])

    def test_of_what_github_takes_only_elsewhere(self) -> None:
        """Installation tokens have a way of their own, and tokens of hexadecimal digits have none."""
        self.world.installed_version = None
        for token in ("ghs_" + random_secret(), "0123456789abcdef0123456789abcdef01234567"):
            self.world.tokens.add(token)
            self.add("some", token=token)
            result = self.ghward.run("auth", "logout", "some")
            self.assertEqual(result.code, 0, result)
            self.assertTrue(token in self.world.tokens.revoked or "settings" in result.err, result)
            self.assertEqual(self.entries(), [])

    def test_takes_the_refresh_token_as_well(self) -> None:
        self.world.installed_version = None
        self.logins.add(APP_CLIENT, is_app=True, lifetime=28800)
        self.ghward.run("auth", "login", "--host", self.host, "--client-id", APP_CLIENT, "--name",
                        "work")
        issued = self.logins.issued[0]
        self.assertEqual(self.ghward.run("auth", "logout", "work").code, 0)
        sent = self.fake.requests[-1].body.decode()
        self.assertIn(issued.value, sent)
        self.assertIn(str(issued.refresh), sent)

    def test_without_a_name_is_that_of_a_login_without_one(self) -> None:
        self.run_ok("auth", "login", "--with-token", "--host", self.host, secret=self.token.encode())
        self.run_ok("vault", "add", "public", "--host", "github.com", secret=self.token.encode())
        self.assertEqual(self.ghward.run("auth", "logout", "--host", self.host).code, 0)
        self.assertEqual(self.names(), ["public"])
        self.assert_refused("auth", "logout", "--host", self.host, code=5, kind="not_found")

    def test_of_an_app_says_where_keys_are_revoked(self) -> None:
        self.run_ok("vault", "add", "app", "--host", self.host, "--app-id", "1",
                    secret=shared_key().pem.encode())
        result = self.ghward.run("auth", "logout", "app")
        self.assertEqual(result.code, 0, result)
        self.assertIn("settings", result.err)
        self.assertEqual(self.entries(), [])
        self.assert_untouched()

    def test_that_github_does_not_answer_keeps_the_entry(self) -> None:
        self.world.installed_version = None
        self.add("work")
        self.fake.fault("/credentials/revoke", "status", status=500, times=ALWAYS)
        result = self.ghward.run("auth", "logout", "work", "--json")
        self.assertEqual((result.code, result.error["kind"]), (1, "server"), result)
        self.assertEqual(self.names(), ["work"])
