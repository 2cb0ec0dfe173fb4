"""Tokens, Apps and logins of the fake: what GitHub lets pass, and what it refuses in which words."""

from __future__ import annotations

import json
import time
import unittest
import urllib.parse
from typing import Any

from fake.keys import AppKey, make_jwt, read_jwt, shared_key
from fake.logins import DEVICE_GRANT, challenge_of
from test_fake import LIST, FakeTestCase

CLIENT, APP_CLIENT = "Ov23liClient", "Iv23liClient"
REPOSITORY = "/repos/acme/shop"


class IdentityTestCase(FakeTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.world = self.fake.world
        self.world.forget_credentials()
        self.addCleanup(setattr, self.world, "clock_skew", 0)
        self.addCleanup(setattr, self.world, "installed_version", self.world.installed_version)

    def ask(self, method: str, path: str, token: str | None = None, body: Any = None,
            **headers: str) -> tuple[int, Any]:
        """Status and parsed body."""
        text = None if body is None else json.dumps(body)
        answer, data = self.get(path, method, text, token, Content_Type="application/json",
                                **{"Accept": "application/vnd.github+json", **headers})
        return answer.status, json.loads(data) if data else None

    def headers(self, path: str, token: str) -> dict[str, str]:
        return dict(self.get(path, token=token)[0].headers.items())


class Rights(IdentityTestCase):
    def test_each_kind_says_what_it_has_and_what_is_needed(self) -> None:
        self.world.tokens.add("ghp_a", scopes=frozenset({"repo", "gist"}), expires=2_000_000_000)
        self.world.tokens.add("github_pat_a", permissions={"security_events": "read"})
        found = self.headers(LIST, "ghp_a")
        self.assertEqual(found["X-OAuth-Scopes"], "gist, repo")
        self.assertEqual(found["X-Accepted-OAuth-Scopes"], "repo, security_events")
        self.assertEqual(found["github-authentication-token-expiration"], "2033-05-18 03:33:20 UTC")
        self.assertNotIn("X-Accepted-GitHub-Permissions", found)
        found = self.headers(LIST, "github_pat_a")
        self.assertEqual(found["X-Accepted-GitHub-Permissions"], "security_events=read")
        self.assertNotIn("X-OAuth-Scopes", found)

    def test_too_little_is_refused(self) -> None:
        add = self.world.tokens.add
        add("ghp_gist", scopes=frozenset({"gist"}))
        add("ghp_read", role="read")
        add("github_pat_none", permissions={"metadata": "read"})
        add("github_pat_read", permissions={"security_events": "read"})
        add("ghs_other", repositories=frozenset({"acme/site"}), owner="acme")
        add("ghs_elsewhere", owner="evil")
        dismissal = {"state": "dismissed", "dismissed_reason": "mitigated"}
        for token, method, path, status in (
            ("ghp_gist", "GET", LIST, 404), ("ghp_read", "GET", LIST, 200),
            ("ghp_read", "PATCH", f"{LIST}/1", 403), ("github_pat_none", "GET", LIST, 403),
            ("github_pat_none", "GET", REPOSITORY, 200), ("github_pat_read", "GET", LIST, 200),
            ("github_pat_read", "PATCH", f"{LIST}/1", 403), ("ghs_other", "GET", LIST, 404),
            ("ghs_other", "GET", "/repos/acme/site/code-scanning/alerts", 200),
            ("ghs_elsewhere", "GET", "/orgs/acme/code-scanning/alerts", 404),
        ):
            with self.subTest(token, path=path):
                body = dismissal if method == "PATCH" else None
                self.assertEqual(self.ask(method, path, token, body)[0], status)

    def test_public_repositories_need_less(self) -> None:
        self.world.tokens.add("ghp_gist", scopes=frozenset({"gist"}))
        self.world.tokens.add("ghp_public", scopes=frozenset({"public_repo"}))
        self.world.public.add("acme/shop")
        self.assertEqual(self.ask("GET", REPOSITORY, "ghp_gist")[1]["visibility"], "public")
        self.assertEqual(self.ask("GET", LIST, "ghp_gist")[0], 404)
        self.assertEqual(self.ask("GET", LIST, "ghp_public")[0], 200)

    def test_what_a_person_may_do_in_a_repository(self) -> None:
        self.world.tokens.add("ghp_a", role="write")
        self.world.tokens.add("ghs_a")
        found = self.ask("GET", REPOSITORY, "ghp_a")[1]["permissions"]
        self.assertEqual([name for name, has in found.items() if has], ["push", "triage", "pull"])
        found = self.ask("GET", REPOSITORY, "ghs_a")[1]["permissions"]
        self.assertFalse(any(found.values()))

    def test_time_ends_tokens(self) -> None:
        self.world.tokens.add("ghp_a", expires=time.time() + 60)
        self.assertEqual(self.ask("GET", "/user", "ghp_a")[0], 200)
        self.world.clock_skew = 61
        self.assertEqual(self.ask("GET", "/user", "ghp_a")[0], 401)

    def test_tokens_are_revoked_by_whoever_knows_them(self) -> None:
        body = {"credentials": ["ghp_a", "ghr_of_b", "ghp_unknown"]}
        self.world.tokens.add("ghp_a")
        self.world.tokens.add("ghu_b", refresh="ghr_of_b")
        self.assertEqual(self.ask("POST", "/credentials/revoke", None, body)[0], 404)
        self.world.installed_version = None
        self.assertEqual(self.ask("POST", "/credentials/revoke", "ghp_a", body)[0], 403)
        for wrong in ({}, {"credentials": []}, {"credentials": ["x"]}, {"credentials": ["ghs_a"]}):
            self.assertEqual(self.ask("POST", "/credentials/revoke", None, wrong)[0], 422, wrong)
        self.assertEqual(self.ask("POST", "/credentials/revoke", None, body)[0], 202)
        self.assertEqual(self.world.tokens.revoked, ["ghp_a", "ghu_b"])
        self.assertEqual(self.ask("GET", "/user", "ghp_a")[0], 401)


class Keys(unittest.TestCase):
    def test_both_forms_are_the_same_key(self) -> None:
        key = shared_key()
        self.assertTrue(key.pem.startswith("-----BEGIN RSA PRIVATE KEY-----"))
        self.assertTrue(key.pkcs8.startswith("-----BEGIN PRIVATE KEY-----"))
        numbers = key.numbers
        self.assertEqual(numbers["prime1"] * numbers["prime2"], numbers["modulus"])
        self.assertEqual(numbers["modulus"].bit_length(), 2048)

    def test_signatures(self) -> None:
        key, other = shared_key(), shared_key("other")
        signature = key.sign(b"data")
        self.assertTrue(key.verifies(b"data", signature))
        self.assertFalse(key.verifies(b"date", signature))
        self.assertFalse(other.verifies(b"data", signature))
        self.assertFalse(key.verifies(b"data", signature[:-1]))


class AppTestCase(IdentityTestCase):
    key: AppKey

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.key = shared_key()

    def setUp(self) -> None:
        super().setUp()
        self.app = self.world.apps.add(self.key)
        self.installation = self.world.apps.install(self.app, "acme")

    def jwt(self, key: AppKey | None = None, algorithm: str = "RS256", **changes: Any) -> str:
        now = int(time.time())
        claims = {"iat": now - 60, "exp": now + 300, "iss": self.app.client_id, **changes}
        return make_jwt(key or self.key, {k: v for k, v in claims.items() if v is not None}, algorithm)

    def mint(self, **wishes: Any) -> tuple[int, Any]:
        return self.ask("POST", f"/app/installations/{self.installation.number}/access_tokens",
                        self.jwt(), wishes or None)

    def token(self, **wishes: Any) -> str:
        status, made = self.mint(**wishes)
        self.assertEqual(status, 201, made)
        return str(made["token"])


class Jwt(AppTestCase):
    def test_is_believed_for_each_name_of_the_app(self) -> None:
        for issuer in (self.app.number, str(self.app.number), self.app.client_id):
            status, found = self.ask("GET", "/app", self.jwt(iss=issuer))
            self.assertEqual((status, found["slug"]), (200, "ghward-app"))

    def test_is_refused_as_github_does(self) -> None:
        now = int(time.time())
        for jwt, status, says in (
            (self.jwt(iat=now + 30), 401, "'iat'"), (self.jwt(iat=None), 401, "'iat'"),
            (self.jwt(exp=now - 1), 401, "'exp'"), (self.jwt(exp=None), 401, "'exp'"),
            (self.jwt(exp=now + 700), 401, "too far"), (self.jwt(iss="Iv1.unknown"), 404, "Integration"),
            (self.jwt(shared_key("other")), 401, "decoded"), (self.jwt(algorithm="HS256"), 401, "decoded"),
            (self.jwt()[:-8], 401, "decoded"), ("ghp_token", 401, "decoded"), ("a.b.c", 401, "decoded"),
        ):
            with self.subTest(says, jwt=jwt[-20:]):
                found = self.ask("GET", "/app", jwt)
                self.assertEqual(found[0], status)
                self.assertIn(says, found[1]["message"])
        self.assertEqual(self.ask("GET", LIST, self.jwt())[0], 403)

    def test_by_the_clock_of_the_server(self) -> None:
        for skew, says in ((-120, "'iat'"), (400, "'exp'")):
            self.world.clock_skew = skew
            self.assertIn(says, self.ask("GET", "/app", self.jwt())[1]["message"])


class Installations(AppTestCase):
    def test_are_found_by_repository_and_account(self) -> None:
        for path in (f"{REPOSITORY}/installation", "/orgs/ACME/installation"):
            status, found = self.ask("GET", path, self.jwt())
            self.assertEqual((status, found["id"]), (200, self.installation.number))
            self.assertEqual(found["account"]["login"], "acme")
        for path in ("/repos/acme/nothing/installation", "/orgs/evil/installation"):
            self.assertEqual(self.ask("GET", path, self.jwt())[0], 404)
        self.installation.repositories = ["site"]
        self.assertEqual(self.ask("GET", f"{REPOSITORY}/installation", self.jwt())[0], 404)

    def test_tokens_work_and_are_counted(self) -> None:
        token = self.token()
        self.assertGreaterEqual(len(token), 520)
        self.assertTrue(token.startswith("ghs_123456_") and set("._-") <= set(token))
        self.assertEqual(self.ask("GET", LIST, token)[0], 200)
        self.assertEqual(self.ask("GET", "/user", token)[0], 403)
        self.world.apps.stateless = False
        self.assertEqual(len(self.token()), 40)
        self.assertEqual(self.installation.mints, 2)

    def test_tokens_are_narrowed(self) -> None:
        _, made = self.mint(repositories=["site"], permissions={"security_events": "read"})
        self.assertEqual(made["permissions"], {"metadata": "read", "security_events": "read"})
        self.assertEqual([one["name"] for one in made["repositories"]], ["site"])
        self.assertEqual(self.ask("GET", LIST, made["token"])[0], 404)
        site = "/repos/acme/site/code-scanning/alerts"
        self.assertEqual(self.ask("GET", site, made["token"])[0], 200)
        change = {"state": "open"}
        self.assertEqual(self.ask("PATCH", f"{site}/1", made["token"], change)[0], 403)
        number = made["repositories"][0]["id"]
        _, again = self.mint(repository_ids=[number])
        self.assertEqual([one["name"] for one in again["repositories"]], ["site"])

    def test_wishes_beyond_the_installation_are_refused(self) -> None:
        self.installation.repositories = ["shop"]
        cases: list[dict[str, Any]] = [
            {"repositories": ["site"]}, {"repositories": ["nothing"]},
            {"repositories": []}, {"repository_ids": [1]}, {"permissions": {"issues": "read"}},
            {"permissions": {"security_events": "admin"}}, {"permissions": ["x"]},
        ]
        for wishes in cases:
            with self.subTest(wishes):
                self.assertEqual(self.mint(**wishes)[0], 422)
        self.assertEqual(self.installation.mints, 0)
        self.assertEqual(self.ask("GET", "/repos/acme/site/code-scanning/alerts", self.token())[0], 404)

    def test_tokens_end(self) -> None:
        self.world.apps.lifetime = 60
        first, second = self.token(), self.token()
        self.assertEqual(self.ask("DELETE", "/installation/token", first)[0], 204)
        self.assertEqual(self.ask("DELETE", "/installation/token", first)[0], 401)
        self.assertEqual(self.world.tokens.revoked, [first])
        self.assertEqual(self.ask("GET", LIST, second)[0], 200)
        self.world.clock_skew = 61
        self.assertEqual(self.ask("GET", LIST, second)[0], 401)
        self.world.tokens.add("ghp_a")
        self.assertEqual(self.ask("DELETE", "/installation/token", "ghp_a")[0], 403)

    def test_new_tokens_may_be_unknown_at_first(self) -> None:
        self.world.apps.refusals = 2
        token = self.token()
        self.assertEqual([self.ask("GET", LIST, token)[0] for _ in range(4)], [401, 401, 200, 200])

    def test_suspension(self) -> None:
        token = self.token()
        self.world.apps.suspend(self.installation)
        self.assertEqual(self.mint()[0], 403)
        self.assertEqual(self.ask("GET", LIST, token)[0], 403)
        found = self.ask("GET", f"{REPOSITORY}/installation", self.jwt())[1]
        self.assertIsNotNone(found["suspended_at"])

    def test_of_other_apps_are_out_of_reach(self) -> None:
        other = self.world.apps.add(shared_key("other"), 7, slug="other")
        self.assertEqual(self.ask("GET", f"{REPOSITORY}/installation",
                                  self.jwt(shared_key("other"), iss=other.client_id))[0], 404)

    def test_claims_can_be_read_from_what_was_sent(self) -> None:
        self.ask("GET", "/app", self.jwt())
        claims, _, _ = read_jwt(str(self.fake.requests[-1].token))
        self.assertEqual(claims["exp"] - claims["iat"], 360)


class LoginTestCase(IdentityTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.client = self.world.logins.add(CLIENT, secret="s3cret")
        self.expiring = self.world.logins.add(APP_CLIENT, is_app=True, lifetime=28800)

    def start(self, client: str = CLIENT, scope: str = "repo gist") -> Any:
        status, made = self.ask("POST", "/login/device/code", None,
                                {"client_id": client, "scope": scope})
        self.assertEqual(status, 200, made)
        return made

    def exchange(self, **fields: str) -> Any:
        status, made = self.ask("POST", "/login/oauth/access_token", None,
                                {"client_id": CLIENT, **fields})
        self.assertEqual(status, 200, made)
        return made

    def poll(self, started: Any, client: str = CLIENT) -> Any:
        return self.exchange(client_id=client, grant_type=DEVICE_GRANT,
                             device_code=started["device_code"])


class DeviceFlow(LoginTestCase):
    def test_from_code_to_token(self) -> None:
        started = self.start()
        self.assertRegex(started["user_code"], "^[A-Z0-9]{4}-[A-Z0-9]{4}$")
        self.assertEqual(started["verification_uri"], f"{self.fake.url}/login/device")
        made = self.poll(started)
        self.assertEqual((made["scope"], made["token_type"]), ("gist,repo", "bearer"))
        self.assertNotIn("refresh_token", made)
        self.assertEqual(self.ask("GET", "/user", made["access_token"])[0], 200)
        self.assertEqual(self.poll(started)["error"], "incorrect_device_code")

    def test_waiting_and_haste(self) -> None:
        self.world.logins.pending = 1
        self.world.logins.interval = 0
        started = self.start()
        self.assertEqual(self.poll(started)["error"], "authorization_pending")
        self.assertIn("access_token", self.poll(started))
        self.world.logins.interval = 5
        started = self.start()
        self.assertEqual(self.poll(started)["error"], "authorization_pending")
        refused = self.poll(started)
        self.assertEqual((refused["error"], refused["interval"]), ("slow_down", 10))
        self.world.logins.busy = 1
        started = self.start()
        self.assertEqual(self.poll(started)["error"], "slow_down")

    def test_denial_and_expiry(self) -> None:
        self.world.logins.verdict = "access_denied"
        self.assertEqual(self.poll(self.start())["error"], "access_denied")
        self.world.logins.device_lifetime = 0
        self.assertEqual(self.poll(self.start())["error"], "expired_token")

    def test_a_person_decides_in_between(self) -> None:
        self.world.logins.pending = 100
        self.world.logins.interval = 0
        started = self.start()
        self.assertEqual(self.poll(started)["error"], "authorization_pending")
        self.world.logins.decide(self.world.logins.devices[-1], "approved")
        self.assertIn("access_token", self.poll(started))

    def test_clients(self) -> None:
        body = {"client_id": "unknown"}
        for path in ("/login/device/code", "/login/oauth/access_token"):
            self.assertEqual(self.ask("POST", path, None, body)[0], 404)
        self.assertEqual(self.ask("POST", "/api/v3/login/device/code", None, {"client_id": CLIENT})[0], 404)
        self.client.device_flow = False
        status, made = self.ask("POST", "/login/device/code", None, {"client_id": CLIENT})
        self.assertEqual((status, made["error"]), (400, "device_flow_disabled"))
        self.assertEqual(self.poll(self.start(APP_CLIENT))["error"], "incorrect_device_code")

    def test_the_form_follows_the_accept_header(self) -> None:
        answer, data = self.get("/login/device/code", "POST", f"client_id={CLIENT}&scope=repo",
                                None, Content_Type="application/x-www-form-urlencoded")
        self.assertIn("x-www-form-urlencoded", answer.headers["Content-Type"])
        found = dict(urllib.parse.parse_qsl(data.decode()))
        self.assertEqual(found["interval"], "1")
        self.assertNotIn("X-RateLimit-Limit", answer.headers)


class OtherGrants(LoginTestCase):
    def test_expiring_tokens_are_refreshed_once(self) -> None:
        made = self.poll(self.start(APP_CLIENT), APP_CLIENT)
        self.assertTrue(made["access_token"].startswith("ghu_"))
        self.assertEqual((made["expires_in"], made["scope"]), (28800, ""))
        fields = {"client_id": APP_CLIENT, "grant_type": "refresh_token",
                  "refresh_token": made["refresh_token"]}
        renewed = self.exchange(**fields)
        self.assertEqual(self.ask("GET", "/user", renewed["access_token"])[0], 200)
        self.assertEqual(self.ask("GET", "/user", made["access_token"])[0], 401)
        self.assertEqual(self.exchange(**fields)["error"], "bad_refresh_token")
        self.assertEqual(self.exchange(**{**fields, "client_id": CLIENT})["error"], "bad_refresh_token")

    def test_codes_of_the_web_flow(self) -> None:
        page = "https://localhost/callback"
        good = {"client_secret": "s3cret", "code_verifier": "v" * 43, "redirect_uri": page}
        cases: list[tuple[dict[str, str], str | None]] = [
            ({}, None), ({"code_verifier": "w" * 43}, "bad_verification_code"),
            ({"client_secret": "other"}, "incorrect_client_credentials"),
            ({"redirect_uri": "https://evil.example"}, "redirect_uri_mismatch"),
            ({"code": "unknown"}, "bad_verification_code"),
        ]
        for changes, error in cases:
            with self.subTest(changes):
                code = self.world.logins.authorize(self.client, page, "repo", challenge_of("v" * 43))
                made = self.exchange(**{"code": code, **good, **changes})
                self.assertEqual(made.get("error"), error)
                if not error:
                    self.assertEqual(made["scope"], "repo")
                    self.assertEqual(self.exchange(code=code, **good)["error"], "bad_verification_code")

    def test_other_grants_are_unknown(self) -> None:
        self.assertEqual(self.exchange(grant_type="password")["error"], "unsupported_grant_type")

    def test_credentials_have_no_place_here(self) -> None:
        self.world.tokens.add("ghp_a")
        self.assertEqual(self.ask("POST", "/login/device/code", "ghp_a", {"client_id": CLIENT})[0], 403)
