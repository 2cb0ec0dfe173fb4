"""`ghward auth login --web`: the address that GitHub leads to is pasted back."""

from __future__ import annotations

import json
import subprocess
import termios
from typing import Any
from urllib.parse import parse_qs, urlsplit

from system import processes
from system.harness import Canary, Result, Running, random_secret
from system.terminal import INTERRUPT, Terminal
from system.vaults import APP_CLIENT, CLIENT, VIEW, AuthTestCase


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
