"""Through an HTTP proxy: CONNECT only, each secret to the one it is for, refusals by name."""

from __future__ import annotations

from fake.listener import server_context
from fake.proxy import Proxy
from system.harness import Environment, GhwardTestCase, random_secret

VIEW = ("alerts", "view", "7", "-R", "acme/shop")
LIST = ("alerts", "list", "-R", "acme/shop")


class ProxyTestCase(GhwardTestCase):
    credentials: str | None = None

    def setUp(self) -> None:
        super().setUp()
        self.proxy = self.enterContext(Proxy(self.credentials))

    def through(self, **changes: str) -> Environment:
        return {"HTTPS_PROXY": f"http://127.0.0.1:{self.proxy.port}", **changes}

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
        self.assert_refused(*VIEW, code=4, kind="authentication", says="wants a user and a password",
                            env=self.through())

    def test_wrong_and_still_secret(self) -> None:
        error = self.assert_refused(*VIEW, code=4, kind="authentication", says="wants another user",
                                    env={"HTTPS_PROXY": self.authority(f"eve:{self.password}")})
        self.assertNotIn(self.password, str(error))


class Faults(ProxyTestCase):
    def refused(self, fault: str | int, **expected: object) -> None:
        self.proxy.fault = fault
        self.assert_refused(*VIEW, env=self.through(), **expected)  # type: ignore[arg-type]
        self.assertEqual(self.fake.requests, [])

    def test_refusals_are_not_repeated(self) -> None:
        self.refused(403, code=4, kind="permission", says=r"proxy .* opens no way .*\(status 403\)")
        self.assertEqual(len(self.proxy.targets), 2)

    def test_its_own_failures_are(self) -> None:
        self.refused(502, code=1, kind="network", says=r"opens no way .*\(status 502\)")
        self.assertEqual(len(self.proxy.targets), 6)

    def test_ends_the_connection(self) -> None:
        self.refused("close", code=1, kind="network", says="proxy")

    def test_speaks_something_else(self) -> None:
        self.refused("garbage", code=1, says="proxy|not usable")

    def test_headers_without_end(self) -> None:
        self.refused("endless", code=1, says=".")

    def test_never_answers(self) -> None:
        self.proxy.fault = "hang"
        result = self.ghward.run(*VIEW, env=self.through(GHWARD_TIMEOUT="0.5", GITHUB_MAX_RETRIES="0"))
        self.assertEqual(result.code, 1, result)
        self.assertIn("on the way through the proxy", result.err)

    def test_dies_in_the_middle(self) -> None:
        self.proxy.fault, self.proxy.cut_after = "cut", 800
        result = self.ghward.run(*VIEW, env=self.through())
        self.assertEqual(result.code, 1, result)
        self.assertIn("broke", result.err)

    def test_nobody_there(self) -> None:
        self.proxy.close()
        self.assert_refused(*VIEW, code=1, kind="network", says=f"127.0.0.1:{self.proxy.port}",
                            env=self.through())

    def test_addresses_that_are_none(self) -> None:
        secret = random_secret()
        for address in (f"socks5://u:{secret}@localhost:1", "ftp://x", "http://", "http://a b:1",
                        f"http://u:{secret}@host:99999", "http://host/path", "http://u%0a:x@host"):
            result = self.ghward.run(*VIEW, env={"HTTPS_PROXY": address})
            self.assertEqual(result.code, 2, result)
            self.assertIn("HTTPS_PROXY=****: expected an address", result.err)
            self.assertNotIn(secret, result.err)
        self.assert_untouched()

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
                                env={"HTTPS_PROXY": f"https://localhost:{proxy.port}"})
            self.assertEqual(proxy.heads, [])
            self.assert_untouched()

    def test_plain_where_tls_is_expected(self) -> None:
        with Proxy() as proxy:
            self.assert_refused(*VIEW, code=1, env={"HTTPS_PROXY": f"https://localhost:{proxy.port}"})


