"""`ghward auth login` by device flow and with a token, renewal, and `ghward auth logout`."""

from __future__ import annotations

import datetime
import json
import time
from typing import Any

from fake.keys import shared_key
from system import processes
from system.harness import ALWAYS, Canary, Result, Running, random_secret
from system.terminal import Terminal
from system.vaults import APP_CLIENT, CLIENT, VIEW, AuthTestCase


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
