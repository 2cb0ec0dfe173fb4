"""Where secrets are while ghward works: searched for as root in every process, and in all it leaves."""

from __future__ import annotations

import base64
import os
import re
import unittest
from collections.abc import Iterable

from fake.apps import App
from fake.keys import AppKey, shared_key
from fake.messages import Request
from system import processes
from system.harness import Canary
from system.processes import Process
from system.vaults import VIEW, VaultTestCase

_WINDOW = 16
_TOKEN_ROLES = {"broker", "net", "mint"}


def windows(secret: bytes, size: int = _WINDOW) -> list[bytes]:
    """Beginning, middle and end: a secret that was cut is found as well."""
    middle = (len(secret) - size) // 2
    return [secret[:size], secret[middle : middle + size], secret[-size:]]


def pattern(parts: Iterable[bytes]) -> "re.Pattern[bytes]":
    return re.compile(b"|".join(re.escape(part) for part in parts))


def key_needles(key: AppKey) -> "re.Pattern[bytes]":
    """A private key in each form that it takes: text, DER, and numbers in the machine's own order."""
    parts: list[bytes] = []
    for number in key.secrets.values():
        data = number.to_bytes((number.bit_length() + 7) // 8, "big")
        parts += windows(data) + windows(data[::-1])
    # The first lines say no more than the public half does.
    for line in key.pem.splitlines()[len(key.pem.splitlines()) // 2 : -1]:
        parts.append(line.encode()[:24])
    return pattern(parts)


def key_file_needles(text: bytes) -> "re.Pattern[bytes]":
    raw = base64.b64decode(text)
    return pattern([*windows(text.strip()), *windows(raw)])


@unittest.skipIf(os.geteuid() != 0, "only root can read the memory of others")
class SecretsTestCase(VaultTestCase):
    """Two secrets of each kind; `searched` collects where each was found."""

    def setUp(self) -> None:
        super().setUp()
        self.make_vault()
        self.add("work")
        self.found: dict[str, set[str]] = {}
        self.looks = 0

    def search(self, needles: dict[str, "re.Pattern[bytes]"]) -> None:
        """Every process of ghward that is there now: memory, arguments and environment."""
        self.looks += 1
        for process in self.ghward.processes():
            for name, needle in needles.items():
                if self.is_held(process, needle):
                    self.found.setdefault(name, set()).add(process.role)

    def is_held(self, process: Process, needle: "re.Pattern[bytes]") -> bool:
        try:
            return any(needle.search(process.read(name)) for name in ("cmdline", "environ")) \
                or process.holds(needle)
        except processes.GONE:
            return False

    def watch(self, needles: dict[str, "re.Pattern[bytes]"], times: int) -> None:
        """Searches while GitHub is being asked, so many times."""
        self.ghward.inspects = False

        def look(_: Request) -> None:
            if self.looks < times:
                self.search(needles)

        self.addCleanup(self.fake.observe(look))

    def assert_files_have_none_of(self, needles: dict[str, "re.Pattern[bytes]"]) -> None:
        for path in self.ghward.scratch.base.rglob("*"):
            if path.is_file() and path != self.key_file:
                content = path.read_bytes()
                for name, needle in needles.items():
                    self.assertIsNone(needle.search(content), f"{name} is in {path}")


class OfAVault(SecretsTestCase):
    def test_while_a_daemon_works_and_after(self) -> None:
        key = key_file_needles(self.key_file.read_bytes())
        needles = {"token": self.ghward.canary.needles, "key": key}
        with self.daemon():
            self.watch(needles, 12)
            for _ in range(6):
                for result in self.ghward.together(4, *VIEW):
                    self.assertEqual(result.code, 0, result)
            self.assertGreaterEqual(self.looks, 12)
            # The search has to find what is there, or it proves nothing.
            self.assertIn("net", self.found["token"])
            self.assertLessEqual(self.found["token"], {"broker", "net"})
            self.assertNotIn("key", self.found)
            self.found.clear()
            self.search(needles)
            self.assertLessEqual(self.found.get("token", set()), {"net"})
            self.assertNotIn("key", self.found)
        self.assert_files_have_none_of(needles)

    def test_the_search_finds_a_key_that_is_there(self) -> None:
        text = self.key_file.read_bytes()
        own = processes.snapshot()[os.getpid()]
        self.assertTrue(own.holds(key_file_needles(text)))
        self.assertTrue(own.holds(key_needles(shared_key())))

    def test_while_the_vault_is_changed(self) -> None:
        """Searched for as fast as the search is, from the beginning to the end."""
        needles = {"key": key_file_needles(self.key_file.read_bytes())}
        self.ghward.inspects = False
        for command in (("vault", "rotate"), ("vault", "verify"), ("vault", "list")):
            running = self.ghward.start(*command)
            while running.process.poll() is None:
                self.search(needles)
            self.assertEqual(self.ghward.finish(running).code, 0)
        # The command has read the file, and hands the key on: for moments, no longer.
        self.assertLessEqual(self.found.get("key", set()), {"cli", "broker"})
        self.assert_files_have_none_of(needles)


class OfALogin(SecretsTestCase):
    def test_codes_and_tokens(self) -> None:
        client = "Iv23liAbCdEf"
        logins = self.fake.world.logins
        logins.add(client, is_app=True, lifetime=28800)
        self.ghward.inspects = False
        result = self.ghward.run("auth", "login", "--host", self.host, "--client-id", client,
                                 "--name", "login")
        self.assertEqual(result.code, 0, result)
        issued = logins.issued[0]
        assert issued.refresh
        needles = {"token": Canary(issued.value).needles, "refresh": Canary(issued.refresh).needles,
                   "device code": pattern([logins.devices[0].device_code.encode()])}
        with self.daemon():
            self.watch(needles, 3)
            for _ in range(3):
                self.run_ok(*VIEW, "--credential", "login")
            self.assertIn("net", self.found["token"])
            self.assertLessEqual(self.found["token"], {"broker", "net"})
            self.assertNotIn("refresh", self.found)
            self.assertNotIn("device code", self.found)
        self.assert_files_have_none_of(needles)
        for needle in needles.values():
            self.assertIsNone(needle.search((result.out + result.err).encode()))


class OfAnApp(SecretsTestCase):
    key: AppKey
    app: App

    def setUp(self) -> None:
        super().setUp()
        self.key = shared_key()
        apps = self.fake.world.apps
        self.app = apps.add(self.key)
        apps.install(self.app, "acme")
        self.run_ok("vault", "add", "app", "--host", self.host, "--app-id", self.app.client_id,
                    secret=self.key.pem.encode())

    def test_key_and_minted_tokens_while_a_thousand_requests_run_and_after(self) -> None:
        self.fake.world.add_generated("acme", "huge", 100_000)
        needles = {"app key": key_needles(self.key), "key": key_file_needles(self.key_file.read_bytes())}
        self.ghward.inspects = False

        def look(request: Request) -> None:
            if request.path.endswith(("/installation", "/access_tokens")):
                self.search(needles)
            elif request.page % 100 == 1 and request.token:
                self.search({**needles, "token": Canary(request.token).needles})

        self.addCleanup(self.fake.observe(look))
        with self.daemon():
            listed = self.run_ok("alerts", "list", "-R", "acme/huge", "--credential", "app", "--json", "number")
            self.assertEqual(len(listed.json), 100_000)
            self.assertGreaterEqual(len(self.fake.requests), 1_000)
            self.assertGreaterEqual(self.looks, 10)
            (token,) = self.fake.world.apps.minted
            self.assertIn("net", self.found["token"])
            self.assertLessEqual(self.found["token"], _TOKEN_ROLES)
            needles["token"] = Canary(token.value).needles
            self.found.pop("token")
            self.search(needles)
            self.assertLessEqual(self.found.get("token", set()), {"net"})
            self.assertNotIn("app key", self.found)
            self.assertNotIn("key", self.found)
        self.assert_files_have_none_of(needles)


class OfACommand(SecretsTestCase):
    """What a person types, pipes or exports passes the command, and does not stay there."""

    def test_that_adds_a_token(self) -> None:
        second = "ghp_" + "Z" * 18 + os.urandom(9).hex()
        needles = {"token": Canary(second).needles}
        self.ghward.inspects = False
        reading, writing = os.pipe()
        running = self.ghward.start("vault", "add", "typed", "--host", self.host, stdin=reading)
        os.close(reading)
        os.write(writing, second[:20].encode())
        self.assertTrue(processes.wait_for(
            lambda: any(one.role == "broker" for one in self.ghward.processes())))
        processes.wait_for(lambda: False, 0.1)
        self.search(needles)
        os.write(writing, second[20:].encode())
        os.close(writing)
        result = self.ghward.finish(running)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.found.get("token", set()) - {"broker"}, set())
        self.assert_files_have_none_of(needles)
