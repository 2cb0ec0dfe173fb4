"""What GitHub refuses, and what breaks on the way: one clear error each, with its exit code."""

from __future__ import annotations

from typing import Any

import socket

from system.harness import ALWAYS, GhwardTestCase

LIST = "/repos/acme/shop/code-scanning/alerts"
ARGUMENTS = ("alerts", "list", "-R", "acme/shop")


class Status(GhwardTestCase):
    def refuse(self, status: int, **more: Any) -> None:
        self.fake.fault(LIST, "status", times=ALWAYS, status=status, **more)

    def test_401(self) -> None:
        self.refuse(401)
        error = self.assert_refused(*ARGUMENTS, code=4, kind="authentication", status=401,
                                    says="token")
        self.assertTrue(error["hint"])
        self.assertEqual(len(self.fake.requests), 2, "a refused token must not be tried again")

    def test_a_token_that_github_does_not_know(self) -> None:
        self.fake.world.tokens.clear()
        self.assert_refused(*ARGUMENTS, code=4, kind="authentication", status=401,
                            says="Bad credentials")

    def test_403(self) -> None:
        self.refuse(403)
        error = self.assert_refused(*ARGUMENTS, code=4, kind="permission", status=403,
                                    says="Resource not accessible")
        self.assertIn("security_events", error["hint"])
        self.assertEqual(len(self.fake.requests), 2)

    def test_404(self) -> None:
        self.refuse(404)
        self.assert_refused(*ARGUMENTS, code=5, kind="not_found", status=404)

    def test_a_repository_that_is_not_there(self) -> None:
        self.assert_refused("alerts", "list", "-R", "acme/nowhere", code=5, kind="not_found",
                            status=404)

    def test_422(self) -> None:
        self.refuse(422)
        self.assert_refused(*ARGUMENTS, code=1, kind="validation", status=422)
        self.assertEqual(len(self.fake.requests), 2)

    def test_5xx_after_all_retries(self) -> None:
        for status in (500, 502, 503, 504):
            with self.subTest(status):
                self.fake.reset()
                self.refuse(status)
                self.assert_refused(*ARGUMENTS, code=1, kind="server", status=status,
                                    says=str(status))
                self.assertEqual(len(self.fake.requests), 2 * 3)

    def test_number_of_retries_is_a_setting(self) -> None:
        self.refuse(503)
        for retries in ("0", "4"):
            self.fake.recorder.clear()
            self.ghward.run(*ARGUMENTS, env={"GITHUB_MAX_RETRIES": retries})
            self.assertEqual(len(self.fake.requests), int(retries) + 1)

    def test_503_with_retry_after_beyond_patience(self) -> None:
        self.refuse(503, headers={"Retry-After": "3600"})
        result = self.ghward.run(*ARGUMENTS)
        self.assertEqual(result.code, 1, result)
        self.assertEqual(len(self.fake.requests), 1)

    def test_error_page_in_html(self) -> None:
        self.refuse(502, html=True)
        self.assert_refused(*ARGUMENTS, code=1, kind="server", status=502)

    def test_statuses_that_make_no_sense_here(self) -> None:
        for status in (202, 204, 206, 299):
            with self.subTest(status):
                self.fake.reset()
                self.refuse(status)
                result = self.ghward.run(*ARGUMENTS, "--json")
                self.assertEqual(result.code, 1, result)
                self.assert_not_whole(result)
        for status in (400, 405, 409, 418, 451):
            with self.subTest(status):
                self.fake.reset()
                self.refuse(status)
                self.assert_refused(*ARGUMENTS, code=1, status=status)

    def test_304_that_nobody_asked_for(self) -> None:
        self.fake.fault(LIST, "not_modified", times=ALWAYS)
        result = self.ghward.run(*ARGUMENTS, "--json")
        self.assertEqual(result.code, 1, result)
        self.assert_not_whole(result)

    def test_request_id_is_shown_and_recorded(self) -> None:
        self.refuse(403)
        error = self.assert_refused(*ARGUMENTS, code=4)
        self.assertRegex(error["request_id"], r"^C0DE:[0-9A-F]{4}:")
        results = [one["request_id"] for one in self.ghward.records() if one["request_id"]]
        self.assertIn(error["request_id"], results)
        self.assertIn("request id C0DE:", self.ghward.run(*ARGUMENTS).err)

    def test_message_of_github_is_bounded(self) -> None:
        self.refuse(403, message="very " * 100_000 + "long")
        result = self.ghward.run(*ARGUMENTS)
        self.assertEqual(result.code, 4, result)
        self.assertLess(len(result.err), 4096)

    def test_a_token_in_github_s_message_is_not_repeated(self) -> None:
        token = self.ghward.canary.token
        self.refuse(403, message=f"The token {token} may not do this. Authorization: Bearer {token}",
                    headers={"X-GitHub-Request-Id": f"echo-{token}"})
        self.assert_refused(*ARGUMENTS, code=4, kind="permission")


class Transport(GhwardTestCase):
    def broken(self, kind: str, expected: str = "network", attempts: int = 3, **options: Any) -> None:
        self.fake.reset()
        self.fake.fault(LIST, kind, times=ALWAYS, **options)
        self.assert_refused(*ARGUMENTS, code=1, kind=expected)
        self.assertEqual(len(self.fake.requests), 2 * attempts)

    def test_truncated(self) -> None:
        for kind in ("truncate", "truncate_chunked"):
            with self.subTest(kind):
                self.broken(kind)

    def test_reset(self) -> None:
        for after in ("nothing", "headers", "body"):
            with self.subTest(after):
                self.broken("reset", after=after)

    def test_closed_without_a_word(self) -> None:
        self.broken("close")

    def test_connection_refused(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        self.assert_refused(*ARGUMENTS, code=1, kind="network", says=f"localhost:{port}",
                            env={"GITHUB_API_URL": f"https://localhost:{port}"})

    def test_name_that_does_not_exist(self) -> None:
        self.assert_refused(*ARGUMENTS, code=1, kind="network", says="nowhere.invalid",
                            env={"GITHUB_API_URL": "https://nowhere.invalid"})


class Patience(GhwardTestCase):
    """GHWARD_TIMEOUT is the deadline of the whole request, whatever trickles in meanwhile."""

    def late(self, kind: str, **options: Any) -> None:
        self.ghward.inspects = False
        self.fake.fault(LIST, kind, times=ALWAYS, **options)
        result = self.ghward.run(*ARGUMENTS, "--json", env={"GHWARD_TIMEOUT": "0.6"})
        self.assertEqual((result.code, result.error["kind"]), (1, "timeout"), result)
        self.assertLess(result.seconds, 1.6)
        self.assertGreater(result.seconds, 0.5)
        self.assert_not_whole(result)
        self.assert_audited(result.error)

    def test_no_answer(self) -> None:
        self.late("silence")

    def test_a_byte_at_a_time(self) -> None:
        self.late("drip", interval=0.05)

    def test_headers_that_never_end(self) -> None:
        self.late("drip_headers", interval=0.05)

    def test_late_but_not_too_late(self) -> None:
        self.fake.fault(LIST, "delay", seconds=0.4)
        self.run_ok(*ARGUMENTS, env={"GHWARD_TIMEOUT": "5"})

    def test_a_server_that_accepts_and_never_speaks(self) -> None:
        silent = self.fake.silent()
        result = self.ghward.run(*ARGUMENTS, "--json", env={
            "GITHUB_API_URL": silent.origin, "GHWARD_TIMEOUT": "0.6",
        })
        self.assertEqual((result.code, result.error["kind"]), (1, "timeout"), result)
        self.assertLess(result.seconds, 1.6)
        self.assertGreaterEqual(len(silent.recorder.connections), 1)
