"""GitHub Apps: JWTs, installations, and tokens that are minted, narrowed, renewed and revoked."""

from __future__ import annotations

import contextlib
import time
import unittest
from typing import Any

from fake.apps import App, Installation
from fake.keys import AppKey, read_jwt, shared_key
from fake.messages import Request
from system import lockdown, processes
from system.harness import ALWAYS, Canary
from system.rawclient import RawClient, failure_of, job
from system.vaults import LIST, VIEW, VaultTestCase
from system.writes import DISMISS

MINT = "/access_tokens"
ALERTS = "/code-scanning/alerts"


class AppTestCase(VaultTestCase):
    """An App that is installed on acme; its key is in the vault and nowhere else."""

    key: AppKey
    app: App
    installation: Installation

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.key = shared_key()

    def setUp(self) -> None:
        super().setUp()
        self.make_vault()
        self.apps = self.fake.world.apps
        self.app = self.apps.add(self.key)
        self.installation = self.apps.install(self.app, "acme")
        self.add_app(self.app)
        self.addCleanup(setattr, self.fake.world, "clock_skew", 0)

    def add_app(self, app: App, name: str = "app") -> None:
        self.run_ok("vault", "add", name, "--host", self.host, "--app-id", app.client_id,
                    secret=app.key.pem.encode())

    def sent(self, path: str, method: str | None = None) -> list[Request]:
        return [one for one in self.fake.requests
                if one.path.endswith(path) and method in (None, one.method)]

    def assert_nowhere(self) -> None:
        """No minted token is in any file."""
        for token in self.apps.minted:
            canary = Canary(token.value)
            for path in self.ghward.scratch.base.rglob("*"):
                if path.is_file():
                    self.assertFalse(canary.is_in(path.read_bytes()), path)


class Minting(AppTestCase):
    def test_from_key_to_alerts(self) -> None:
        result = self.run_ok(*LIST)
        self.assertEqual(len(result.rows), 25)
        (token,) = self.apps.minted
        self.assertGreaterEqual(len(token.value), 520)
        self.assertEqual({one.token for one in self.sent(ALERTS)}, {token.value})
        self.assert_nowhere()

    def test_short_tokens_as_well(self) -> None:
        self.apps.stateless = False
        self.run_ok(*VIEW)
        self.assertEqual(len(self.apps.minted[0].value), 40)

    def test_the_jwt_is_short_lived_and_for_nothing_else(self) -> None:
        self.run_ok(*VIEW)
        now = time.time()
        (jwts, others) = ([], [])  # type: tuple[list[Any], list[str]]
        for request in self.fake.requests:
            assert request.token
            if request.path.endswith(("/installation", MINT)):
                jwts.append(read_jwt(request.token)[0])
            else:
                others.append(request.token)
        self.assertTrue(jwts and others)
        for claims in jwts:
            self.assertEqual(set(claims), {"iat", "exp", "iss"})
            self.assertEqual(claims["iss"], self.app.client_id)
            self.assertAlmostEqual(claims["iat"], now - 60, delta=5)
            self.assertAlmostEqual(claims["exp"], now + 60, delta=5)
        self.assertTrue(all(one.startswith("ghs_") for one in others))

    def test_by_its_number_too_and_from_every_form_of_key(self) -> None:
        for pem in (self.key.pkcs8, self.key.pem.replace("\n", "\\n")):
            self.run_ok("vault", "remove", "app")
            self.run_ok("vault", "add", "app", "--host", self.host, "--app-id", str(self.app.number),
                        secret=pem.encode())
            self.run_ok(*VIEW)
        self.assertEqual(self.installation.mints, 2)

    def test_keys_of_4096_bits(self) -> None:
        big = self.apps.add(shared_key("big", 4096), 7, slug="big", owner="acme")
        self.apps.install(big, "acme")
        self.run_ok("vault", "remove", "app")
        self.add_app(big)
        self.run_ok(*VIEW)

    def test_narrowed_to_what_the_job_needs(self) -> None:
        self.run_ok(*VIEW)
        (token,) = self.apps.minted
        self.assertEqual(token.repositories, frozenset({"acme/shop"}))
        self.assertEqual(token.permissions["security_events"], "read")
        self.assertNotIn("contents", token.permissions)
        self.run_ok(*DISMISS, "--yes")
        self.assertEqual(self.apps.minted[-1].permissions["security_events"], "write")
        self.fake.world.add_repository("acme", "shop", self.alerts)
        self.run_ok("alerts", "list", "--org", "acme")
        self.assertIsNone(self.apps.minted[-1].repositories)

    def test_is_on_record_with_its_target_and_without_its_token(self) -> None:
        self.run_ok(*VIEW)
        found = self.records_of("app.token.create")
        self.assertEqual([one["phase"] for one in found], ["intent", "result"])
        self.assertEqual({one["target"] for one in found}, {"acme/shop"})
        self.assert_nowhere()


class Repeated(AppTestCase):
    """A server that says a token back: nothing of it is shown or recorded."""

    def repeat(self, request: Request) -> None:
        if request.path.endswith("/alerts/7"):
            self.fake.fault("/alerts/7", "status", status=403,
                            message=f"Not with {request.token}, my friend")

    def test_in_an_error(self) -> None:
        for stateless in (True, False):
            with self.subTest(stateless=stateless):
                self.apps.stateless = stateless
                stop = self.fake.observe(self.repeat)
                result = self.ghward.run(*VIEW, "--json", env={"LOG_LEVEL": "debug"})
                stop()
                self.assertEqual(result.code, 4, result)
                self.assertIn("Not with ghs_****", result.err)
                self.assertFalse(Canary(self.apps.minted[-1].value).is_in(result.err.encode()))
                self.assert_nowhere()


class Sharing(AppTestCase):
    def test_one_mint_for_everybody_who_waits(self) -> None:
        held = self.fake.hold(MINT)
        with self.daemon():
            started = [self.ghward.start(*VIEW) for _ in range(12)]
            held.wait()
            processes.wait_for(lambda: False, 0.5)
            held.release()
            for running in started:
                result = self.ghward.finish(running)
                self.assertEqual(result.code, 0, result)
            self.run_ok(*VIEW)
        self.assertEqual(self.installation.mints, 1)

    @unittest.skipIf(lockdown.is_wanted(), "the agent serves its own user only")
    def test_two_hundred_jobs_over_twenty_installations(self) -> None:
        owners = [f"owner{number}" for number in range(20)]
        installations = []
        for owner in owners:
            self.fake.world.add_repository(owner, "code", 2)
            installations.append(self.apps.install(self.app, owner))
        held = self.fake.hold(MINT, times=ALWAYS)
        with self.daemon(), contextlib.ExitStack() as open_clients:
            clients = []
            for owner in owners * 10:
                client = open_clients.enter_context(RawClient(self.ghward.scratch.socket))
                client.say("JOB", job("ALERTS_LIST", "GIVEN", OWNER=owner, REPO="code"))
                clients.append(client)
            held.wait()
            held.release()
            for client in clients:
                done = client.hear_until("JOB_DONE")
                assert done
                self.assertEqual(failure_of(done)[0], 0, failure_of(done))
        self.assertEqual([one.mints for one in installations], [1] * 20)
        self.assertEqual(len(self.sent(ALERTS)), 200)
        self.assertEqual(len(self.fake.world.tokens.revoked), 20)

    def test_of_two_apps_each_has_its_own(self) -> None:
        other = self.apps.add(shared_key("other"), 7, slug="other")
        second = self.apps.install(other, "acme")
        self.add_app(other, "other")
        for name in ("app", "other"):
            self.run_ok(*VIEW, "--credential", name)
        self.assertEqual((self.installation.mints, second.mints), (1, 1))


class Ageing(AppTestCase):
    def test_renewed_before_the_end(self) -> None:
        self.apps.lifetime = 301  # a second, and the five minutes before the end
        with self.daemon():
            self.run_ok(*VIEW)
            self.assertEqual(self.installation.mints, 1)
            processes.wait_for(lambda: False, 1.1)
            self.run_ok(*VIEW)
        self.assertEqual(self.installation.mints, 2)

    def test_shorter_lived_than_the_margin(self) -> None:
        """There is no newer one to wait for: it is used as it is."""
        self.apps.lifetime = 60
        self.run_ok(*VIEW)
        self.assertEqual([one.status for one in self.sent("/alerts/7")], [200])
        self.assertLessEqual(self.installation.mints, 2)

    def test_revoked_by_somebody_else(self) -> None:
        """Right after its minting that looks like a replica's delay; the next job has a new one."""
        with self.daemon():
            self.run_ok(*VIEW)
            self.fake.world.tokens.revoke(self.apps.minted[0].value)
            self.assertIn(self.ghward.run(*VIEW).code, (0, 4))
            self.run_ok(*VIEW)
        self.assertEqual(self.installation.mints, 2)

    def test_not_known_everywhere_at_first(self) -> None:
        self.apps.refusals = 1
        self.run_ok(*VIEW)
        self.assertEqual(self.installation.mints, 1)
        self.assertEqual([one.status for one in self.sent("/alerts/7")], [401, 200])

    def test_known_nowhere(self) -> None:
        self.apps.refusals = 1000
        result = self.ghward.run(*VIEW, "--json")
        self.assertEqual((result.code, result.error["kind"]), (4, "authentication"), result)
        self.assertTrue(result.error["hint"])
        self.assertLessEqual(self.installation.mints, 2)

    def test_revoked_at_the_end(self) -> None:
        self.run_ok(*VIEW)
        self.assertEqual(self.fake.world.tokens.revoked, [self.apps.minted[0].value])
        self.assertTrue(self.records_of("app.token.revoke"))
        with self.daemon():
            self.run_ok(*VIEW)
            self.assertEqual(len(self.fake.world.tokens.revoked), 1)
        self.assertEqual(self.fake.world.tokens.revoked, [one.value for one in self.apps.minted])

    def test_revoked_with_the_entry(self) -> None:
        """What takes its name over has an App, and tokens, of its own."""
        other = self.apps.add(shared_key("other"), 7, slug="other", owner="acme")
        installation = self.apps.install(other, "acme")
        with self.daemon():
            self.run_ok(*VIEW)
            self.run_ok("vault", "remove", "app")
            self.assertTrue(processes.wait_for(lambda: len(self.fake.world.tokens.revoked) == 1))
            self.add_app(other)
            self.run_ok(*VIEW)
            self.assertEqual((self.installation.mints, installation.mints), (1, 1))
            self.assertEqual(self.ghward.run("auth", "logout", "app").code, 0)
            self.assertTrue(processes.wait_for(lambda: len(self.fake.world.tokens.revoked) == 2))

    def test_an_end_that_github_does_not_hear_of(self) -> None:
        self.fake.fault("/installation/token", "silence", times=ALWAYS)
        started = time.monotonic()
        self.run_ok(*VIEW)
        self.assertLess(time.monotonic() - started, 4)


class Clocks(AppTestCase):
    def test_of_a_server_that_differs(self) -> None:
        for skew in (-180, 180):
            with self.subTest(skew):
                self.fake.reset()
                self.fake.world.clock_skew = skew
                self.run_ok(*VIEW)
                (note,) = [one for one in self.records_of("app.clock")
                           if one["details"]["seconds"][:1] == ("-" if skew < 0 else "1")]
                self.assertAlmostEqual(int(note["details"]["seconds"]), skew, delta=3)

    def test_of_a_server_that_differs_too_much(self) -> None:
        for skew in (-900, 900):
            self.fake.world.clock_skew = skew
            error = self.assert_refused(*VIEW, code=4, kind="authentication", status=401)
            self.assertIn("clock", error["hint"])
        self.assertEqual(self.installation.mints, 0)


class Refusals(AppTestCase):
    def test_where_it_is_not_installed(self) -> None:
        self.fake.world.add_repository("other", "code", 1)
        self.assert_refused("alerts", "list", "-R", "other/code", code=5, kind="not_found",
                            says="not installed")
        self.assert_refused("alerts", "list", "--org", "nobody", code=5, kind="not_found",
                            says="not installed")

    def test_a_repository_that_it_may_not_see(self) -> None:
        self.installation.repositories = ["site"]
        self.assert_refused(*VIEW, code=5, kind="not_found", says="not installed")
        self.run_ok("alerts", "list", "-R", "acme/site")

    def test_permissions_that_it_has_not(self) -> None:
        self.installation.permissions = {"metadata": "read", "security_events": "read"}
        self.run_ok(*VIEW)
        error = self.assert_refused(*DISMISS, "--yes", code=4, kind="permission",
                                    says="security_events:write")
        self.assertIn("App", error["hint"])
        self.assertEqual(self.installation.mints, 1)

    def test_permissions_that_are_accepted_later(self) -> None:
        self.installation.permissions = {"metadata": "read", "security_events": "read"}
        with self.daemon():
            self.assert_refused(*DISMISS, "--yes", code=4, kind="permission")
            self.installation.permissions = dict(self.app.permissions)
            self.run_ok(*DISMISS, "--yes")

    def test_none_of_the_permissions_is_not_all_of_them(self) -> None:
        """GitHub gives all that there are where a request names none."""
        self.installation.permissions = {"members": "write"}
        self.assert_refused("auth", "status", "--org", "acme", code=4, kind="permission",
                            says="metadata:read")
        self.assertEqual(self.installation.mints, 0)

    def test_suspended(self) -> None:
        self.apps.suspend(self.installation)
        self.assert_refused(*VIEW, code=4, kind="permission", says="suspended")

    def test_suspended_later(self) -> None:
        with self.daemon():
            self.run_ok(*VIEW)
            self.apps.suspend(self.installation)
            self.assert_refused(*VIEW, code=4, kind="permission", says="suspended")

    def test_of_a_key_that_is_not_the_apps(self) -> None:
        self.run_ok("vault", "remove", "app")
        self.run_ok("vault", "add", "app", "--host", self.host, "--app-id", self.app.client_id,
                    secret=shared_key("other").pem.encode())
        error = self.assert_refused(*VIEW, code=4, kind="authentication", status=401)
        self.assertIn("key", error["hint"])

    def test_of_an_app_that_is_gone(self) -> None:
        self.apps.clear()
        self.assert_refused(*VIEW, code=5, kind="not_found")

    def test_without_an_owner_there_is_no_installation(self) -> None:
        self.assert_refused("rate-limit", code=2, kind="usage", says="one owner")
        self.run_ok("rate-limit", "--credential", "env", env={"GH_ENTERPRISE_TOKEN": self.new_token()})

    def test_answers_that_are_none(self) -> None:
        for path in ("/installation", MINT):
            for kind in ("html", "malformed", "array", "empty", "nested", "truncate", "endless"):
                with self.subTest(path, kind=kind):
                    self.fake.reset()
                    self.fake.fault(path, kind, times=ALWAYS)
                    result = self.ghward.run(*VIEW, "--json")
                    self.assertEqual(result.code, 1, result)
                    self.assertIn(result.error["kind"], ("malformed", "network", "timeout"))
                    self.assert_audited(result.error)
                    self.assertEqual(self.sent("/alerts/7"), [])

    def test_tokens_that_are_none(self) -> None:
        for change in ({"token": "ghp_" + "x" * 36}, {"token": "ghs_x y"}, {"token": None},
                       {"token": "ghs_" + "x" * 9000}, {"expires_at": "tomorrow"}, {"expires_at": 5}):
            with self.subTest(change):
                self.fake.reset()
                self.fake.fault(MINT, "edit", change=lambda body: body | change)
                result = self.ghward.run(*VIEW, "--json")
                self.assertEqual((result.code, result.error["kind"]), (1, "malformed"), result)
                self.assertEqual(self.sent("/alerts/7"), [])

    def test_a_server_that_stumbles(self) -> None:
        self.fake.fault(MINT, "status", status=502)
        self.run_ok(*VIEW)
        self.fake.reset()
        self.fake.fault(MINT, "status", status=503, times=ALWAYS)
        self.assert_refused(*VIEW, code=1, kind="server", status=503)
