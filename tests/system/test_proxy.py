"""Through an HTTP proxy: CONNECT only, each secret to the one it is for, refusals by name."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace

from fake.listener import server_context
from fake.proxy import Proxy
from system.harness import Canary, Environment, GhwardTestCase, random_secret

VIEW = ("alerts", "view", "7", "-R", "acme/shop")
LIST = ("alerts", "list", "-R", "acme/shop")


class ProxyTestCase(GhwardTestCase):
    credentials: str | None = None

    def setUp(self) -> None:
        super().setUp()
        self.proxy = self.enterContext(Proxy(self.credentials))

    def through(self, **changes: str) -> Environment:
        return {"HTTPS_PROXY": f"http://127.0.0.1:{self.proxy.port}", **changes}

    def address(self) -> str:
        return f"http://127.0.0.1:{self.proxy.port}"

    def target(self) -> str:
        return f"localhost:{self.fake.port}"


class Tunnels(ProxyTestCase):
    def test_everything_goes_through_one_tunnel(self) -> None:
        self.assertEqual(len(self.run_ok(*LIST, env=self.through()).rows), 25)
        self.assertEqual(self.proxy.targets, [self.target()])
        self.assertEqual(self.fake.requests[0].token, self.ghward.canary.token)

    def test_many_pages_go_through_several(self) -> None:
        self.fake.world.add_repository("acme", "large", 700)
        result = self.run_ok("alerts", "list", "-R", "acme/large", env=self.through())
        self.assertEqual(len(result.rows), 700)
        self.assertEqual(set(self.proxy.targets), {self.target()})
        self.assertEqual(len(self.proxy.targets), len(self.fake.connections))

    def test_the_proxy_sees_nothing_but_where_to(self) -> None:
        self.run_ok(*VIEW, env=self.through())
        token = self.ghward.canary.token.encode()
        for head in self.proxy.heads:
            self.assertTrue(head.startswith(b"CONNECT " + self.target().encode() + b" HTTP/1.1"))
            self.assertNotIn(b"authorization", head.lower())
            self.assertNotIn(token, head)
        self.assertNotIn(token, self.proxy.seen)
        self.assertGreater(len(self.proxy.seen), 500)

    def test_a_write_has_a_tunnel_of_its_own(self) -> None:
        self.run_ok("alerts", "reopen", "3", "-R", "acme/shop", "--yes", env=self.through())
        self.assertEqual(self.proxy.targets, [self.target()] * 2)

    def test_each_variable_and_the_file(self) -> None:
        address = f"http://127.0.0.1:{self.proxy.port}"
        config = self.ghward.scratch.home / "proxy.json"
        config.write_text(f'{{"proxy": "{address}"}}')
        self.ghward.scratch.settle()
        places: list[Environment] = [
            {name: address} for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
        ]
        for count, env in enumerate([*places, {"GHWARD_CONFIG": str(config)}], 1):
            self.run_ok(*VIEW, env=env)
            self.assertEqual(len(self.proxy.targets), count, env)

    def test_the_first_variable_counts(self) -> None:
        self.run_ok(*VIEW, env=self.through(ALL_PROXY="http://127.0.0.1:1"))
        self.assertEqual(self.proxy.targets, [self.target()])

    def test_the_audit_log_names_it(self) -> None:
        self.run_ok(*VIEW, env=self.through())
        intents = [one for one in self.ghward.records() if one["phase"] == "intent"]
        self.assertEqual(intents[-1]["details"]["proxy"], f"127.0.0.1:{self.proxy.port}")

    def test_a_daemon_uses_its_own(self) -> None:
        with self.daemon(env=self.through()):
            self.run_ok(*VIEW, env={"GH_ENTERPRISE_TOKEN": None, "HTTPS_PROXY": "http://127.0.0.1:1"})
        self.assertEqual(self.proxy.targets, [self.target()])


class Exemptions(ProxyTestCase):
    def test_no_proxy(self) -> None:
        for exempt in ("localhost", "*", "example.com, LOCALHOST", f"localhost:{self.fake.port}"):
            self.run_ok(*VIEW, env=self.through(NO_PROXY=exempt))
            self.assertEqual(self.proxy.targets, [], exempt)

    def test_others_are_not_exempt(self) -> None:
        for count, other in enumerate(("example.com", "host", "localhost:1", "127.0.0.1"), 1):
            self.run_ok(*VIEW, env=self.through(no_proxy=other))
            self.assertEqual(len(self.proxy.targets), count, other)


class Credentials(ProxyTestCase):
    def setUp(self) -> None:
        self.password = random_secret()
        self.credentials = f"agent:{self.password}"
        super().setUp()

    def authority(self, user: str) -> str:
        return f"http://{user}@127.0.0.1:{self.proxy.port}"

    def test_reach_the_proxy_and_nobody_else(self) -> None:
        result = self.run_ok(*VIEW, env={"HTTPS_PROXY": self.authority(self.credentials or "")})
        self.assertIn(b"proxy-authorization: basic ", self.proxy.heads[0].lower())
        for request in self.fake.requests:
            self.assertNotIn("proxy-authorization", request.headers)
        log = b"".join(path.read_bytes() for path in self.ghward.scratch.audit.iterdir())
        self.assertNotIn(self.password.encode(), log + result.out.encode() + result.err.encode())

    def test_percent_encoding(self) -> None:
        self.proxy.credentials = "agent@acme:p:ss w%rd"
        self.run_ok(*VIEW, env={"HTTPS_PROXY": self.authority("agent%40acme:p%3Ass%20w%25rd")})

    def test_missing(self) -> None:
        error = self.assert_refused(*VIEW, code=1, kind="network", status=407,
                                    says="wants a user and a password", env=self.through())
        self.assertIn("in HTTPS_PROXY", error["hint"])

    def test_wrong_and_still_secret(self) -> None:
        error = self.assert_refused(*VIEW, code=1, kind="network", says="wants another user",
                                    env={"all_proxy": self.authority(f"eve:{self.password}")})
        self.assertNotIn(self.password, str(error))
        self.assertIn("in all_proxy", error["hint"])
        self.assertEqual(len(self.proxy.targets), 2, "a wrong password is tried once per command")

    def test_are_nowhere_else(self) -> None:
        """What the harness holds every run to for the token, it does for the password here."""
        canary = Canary(self.password)
        own = self.ghward.rules.needles
        self.ghward.rules = replace(
            self.ghward.rules, needles=re.compile(own.pattern + b"|" + canary.needles.pattern))
        address = self.authority(self.credentials or "")
        encoded = base64.b64encode((self.credentials or "").encode()).decode()
        config = self.ghward.scratch.work / "proxy.json"
        self.ghward.inspected.clear()
        for env in ({"HTTPS_PROXY": address}, {"ALL_PROXY": address, "HTTP_PROXY": address},
                    {"GHWARD_CONFIG": str(config)}):
            config.write_text(json.dumps({"proxy": address}) if "GHWARD_CONFIG" in env else "{}")
            self.ghward.scratch.settle()
            result = self.ghward.run(*VIEW, env={"LOG_LEVEL": "debug", **env})
            config.unlink()
            self.assertEqual(result.code, 0, result)
            self.assertLessEqual({"broker", "net", "dial", "worker", "audit"}, self.ghward.inspected)
            for path in self.ghward.scratch.base.rglob("*"):
                if path.is_file():
                    self.assertFalse(canary.is_in(path.read_bytes()), path)
            for secret in (encoded, self.password):
                self.assertNotIn(secret, result.out + result.err)

    def test_are_not_for_gh(self) -> None:
        seen = self.ghward.scratch.work / "seen"
        tool = self.ghward.scratch.tools / "gh"
        tool.write_text(f"#!/bin/sh\n/usr/bin/env >{seen}\necho {self.ghward.canary.token}\n")
        tool.chmod(0o755)
        self.run_ok(*VIEW, env={"GH_ENTERPRISE_TOKEN": None, "NO_PROXY": "example.com",
                                "HTTPS_PROXY": self.authority(self.credentials or "")})
        self.assertIn("NO_PROXY=example.com", seen.read_text())
        self.assertNotIn("HTTPS_PROXY", seen.read_text())
        self.assertEqual(self.fake.requests[-1].token, self.ghward.canary.token)
        self.assertEqual(self.proxy.targets, [self.target()])


class Faults(ProxyTestCase):
    def refused(self, fault: str | int, **expected: object) -> None:
        self.proxy.fault = fault
        self.assert_refused(*VIEW, env=self.through(), **expected)  # type: ignore[arg-type]
        self.assertEqual(self.fake.requests, [])

    def test_refusals_are_not_repeated(self) -> None:
        self.refused(403, code=1, kind="network", status=403, says=r"proxy .* opens no way .*\(status 403\)")
        self.assertEqual(len(self.proxy.targets), 2)

    def test_its_own_failures_are(self) -> None:
        self.refused(502, code=1, kind="network", says=r"opens no way .*\(status 502\)")
        self.assertEqual(len(self.proxy.targets), 6)

    def test_ends_the_connection(self) -> None:
        self.refused("close", code=1, kind="network", says=f"the proxy {self.address()} broke before")

    def test_speaks_something_else(self) -> None:
        self.refused("garbage", code=1, kind="network", says=f"the proxy {self.address()} broke")

    def test_headers_without_end(self) -> None:
        self.refused("endless", code=1, kind="network",
                     says=f"answer of the proxy {self.address()} is not usable")

    def test_slow_is_no_fault(self) -> None:
        self.proxy.fault = "slow"
        self.run_ok(*VIEW, env=self.through())

    def test_never_answers(self) -> None:
        self.proxy.fault = "hang"
        result = self.ghward.run(*VIEW, env=self.through(GHWARD_TIMEOUT="0.5", GITHUB_MAX_RETRIES="0"))
        self.assertEqual(result.code, 1, result)
        self.assertIn(f"the proxy {self.address()} did not answer in time", result.err)

    def test_dies_in_the_middle(self) -> None:
        for cut_after in (800, 2500):  # in the handshake, and when the request is on its way
            self.proxy.fault, self.proxy.cut_after = "cut", cut_after
            self.assert_refused(*VIEW, code=1, kind="network", env=self.through(),
                                says=rf"\(through the proxy {self.address()}\) broke")

    def test_nobody_there(self) -> None:
        self.proxy.close()
        error = self.assert_refused(*VIEW, code=1, kind="network", env=self.through(),
                                    says=f"cannot connect to the proxy 127.0.0.1:{self.proxy.port}")
        self.assertIn("HTTPS_PROXY", error["hint"])

    def test_nobody_of_that_name(self) -> None:
        self.assert_refused(*VIEW, code=1, kind="network", env={"HTTPS_PROXY": "proxy.invalid:1"},
                            says="cannot find the address of the proxy proxy.invalid")
        self.assert_untouched()

    def test_link_local_is_out_of_reach(self) -> None:
        for host in ("169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]"):
            self.assert_refused(*VIEW, code=3, kind="denied", env={"HTTPS_PROXY": f"http://{host}:80"},
                                says="refused to connect to the proxy .* a link-local address")
        self.assert_untouched()

    def test_addresses_that_are_none(self) -> None:
        secret = random_secret()
        for address in (f"socks5://u:{secret}@localhost:1", "ftp://x", "http://", "http://a b:1",
                        f"http://u:{secret}@host:99999", "http://host/path", "http://u%0a:x@host"):
            result = self.ghward.run(*VIEW, env={"HTTPS_PROXY": address})
            self.assertEqual(result.code, 2, result)
            self.assertIn("HTTPS_PROXY=****: expected an address", result.err)
            self.assertNotIn(secret, result.err)
        self.assert_untouched()

    def test_the_variable_that_is_wrong_is_named(self) -> None:
        for name in ("https_proxy", "ALL_PROXY", "all_proxy"):
            result = self.ghward.run(*VIEW, env={name: "socks5h://127.0.0.1:1"})
            self.assertEqual(result.code, 2, result)
            self.assertRegex(result.err, rf"{name}=\*\*\*\*: .*not socks")

    def test_a_file_that_is_wrong_names_the_line(self) -> None:
        config = self.ghward.scratch.home / "proxy.json"
        config.write_text('{\n"proxy": "socks://x"\n}')
        self.ghward.scratch.settle()
        result = self.ghward.run(*VIEW, env={"GHWARD_CONFIG": str(config)})
        self.assertEqual(result.code, 2, result)
        self.assertRegex(result.err, r'proxy.json:2: invalid value of "proxy"')


class Secure(GhwardTestCase):
    """TLS to the proxy as well: its certificate is verified like any other."""

    def test_tls_within_tls(self) -> None:
        with Proxy("agent:secret", server_context(self.fake.pki.server)) as proxy:
            self.run_ok(*LIST, env={"HTTPS_PROXY": f"https://agent:secret@localhost:{proxy.port}"})
            self.assertEqual(proxy.targets, [f"localhost:{self.fake.port}"])

    def test_an_unknown_authority(self) -> None:
        with Proxy(None, server_context(self.fake.pki.unknown)) as proxy:
            self.assert_refused(*VIEW, code=1, kind="tls",
                                says=f"certificate of the proxy https://localhost:{proxy.port}",
                                env={"HTTPS_PROXY": f"https://localhost:{proxy.port}"})
            self.assertEqual(proxy.heads, [])
            self.assert_untouched()

    def test_plain_where_tls_is_expected(self) -> None:
        with Proxy() as proxy:
            error = self.assert_refused(*VIEW, code=1, kind="tls", says="connection to the proxy",
                                        env={"HTTPS_PROXY": f"https://localhost:{proxy.port}"})
            self.assertIn("http://", error["hint"])
            self.assert_untouched()

    def test_plain_to_one_that_wants_tls(self) -> None:
        with Proxy(None, server_context(self.fake.pki.server)) as proxy:
            self.assert_refused(*VIEW, code=1, kind="network", says="the proxy http://localhost",
                                env={"HTTPS_PROXY": f"http://localhost:{proxy.port}"})
            self.assert_untouched()
