"""TLS: verification that nobody can turn off."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from fake.listener import Listener
from system.harness import Environment, GhwardTestCase

ARGUMENTS = ("alerts", "view", "7", "-R", "acme/shop")

# What other programs take as a way around verification.
_TRICKS: Environment = {
    "SSL_CERT_FILE": None,
    "CURL_CA_BUNDLE": "/dev/null",
    "SSL_CERT_DIR": "/dev/null",
    "GIT_SSL_NO_VERIFY": "1",
    "NODE_TLS_REJECT_UNAUTHORIZED": "0",
    "PYTHONHTTPSVERIFY": "0",
    "CURL_INSECURE": "1",
    "GH_INSECURE": "1",
    "GHWARD_INSECURE": "1",
    "SSLKEYLOGFILE": "keys.log",
}


class Refused(GhwardTestCase):
    def refused(self, listener: Listener, says: str) -> None:
        env: Environment = {**_TRICKS, "GITHUB_API_URL": listener.origin}
        error = self.assert_refused(*ARGUMENTS, code=1, kind="tls", says=says, env=env)
        self.assertTrue(error["hint"])
        self.assertEqual(listener.recorder.requests, [], "the token must not be sent")
        self.assertEqual(self.fake.requests, [])
        # What is refused today is refused tomorrow: two runs, no retries.
        self.assertEqual(len(listener.recorder.connections), 2)

    def test_expired(self) -> None:
        self.refused(self.fake.with_certificate(self.fake.pki.expired), "expired")

    def test_not_valid_yet(self) -> None:
        self.refused(self.fake.with_certificate(self.fake.pki.future), "not valid yet")

    def test_for_another_host(self) -> None:
        self.refused(self.fake.with_certificate(self.fake.pki.wrong_host), "another name")

    def test_a_common_name_is_not_enough(self) -> None:
        self.refused(self.fake.with_certificate(self.fake.pki.common_name_only), "another name")

    def test_of_an_unknown_authority(self) -> None:
        self.refused(self.fake.with_certificate(self.fake.pki.unknown), "trusted authority")

    def test_tls_1_1(self) -> None:
        self.refused(self.fake.with_old_tls(), "secure connection")


class Roots(GhwardTestCase):
    def test_the_system_s_bundle_does_not_know_our_authority(self) -> None:
        self.assert_refused(*ARGUMENTS, code=1, kind="tls", env={"GHWARD_CA_FILE": None})
        self.assertEqual(self.fake.requests, [])

    def test_a_bundle_of_somebody_else(self) -> None:
        other = self.fake.pki.unknown.chain.parent / "ca.pem"
        self.assert_refused(*ARGUMENTS, code=1, kind="tls", env={"GHWARD_CA_FILE": str(other)})

    def test_one_good_certificate_among_many(self) -> None:
        bundle = self.ghward.scratch.tools / "bundle.pem"
        other = self.fake.pki.unknown.chain.parent / "ca.pem"
        bundle.write_text("# comment\n" + other.read_text() + Path(self.fake.ca_file).read_text())
        self.ghward.rules = dataclasses.replace(self.ghward.rules, ca_file=str(bundle))
        self.run_ok(*ARGUMENTS, env={"GHWARD_CA_FILE": str(bundle)})

    def test_unusable_bundles(self) -> None:
        tools = self.ghward.scratch.tools
        (tools / "empty.pem").write_text("")
        (tools / "garbage.pem").write_bytes(b"\x00\xff" * 1000)
        (tools / "torn.pem").write_text(Path(self.fake.ca_file).read_text()[:200])
        for name in ("missing.pem", "empty.pem", "garbage.pem", "torn.pem", "."):
            with self.subTest(name):
                result = self.ghward.run(*ARGUMENTS, "--json",
                                         env={"GHWARD_CA_FILE": str(tools / name)})
                self.assertIn(result.code, (1, 2), result)
                self.assertTrue(result.error["message"])
                self.assert_untouched()


class Accepted(GhwardTestCase):
    def test_tls_1_3_is_spoken(self) -> None:
        self.run_ok(*ARGUMENTS)
        self.assertEqual([one.tls for one in self.fake.connections], ["TLSv1.3"])

    def test_a_literal_address(self) -> None:
        self.run_ok(*ARGUMENTS, env={"GITHUB_API_URL": f"https://127.0.0.1:{self.fake.port}"})
