"""The fake has to be right before anything is measured against it: Python's own client tells."""

from __future__ import annotations

import email.utils
import gzip
import http.client
import json
import socket
import ssl
import threading
import time
import unittest
from collections.abc import Callable
from typing import Any

from fake import ALWAYS, FakeGitHub, RemoteFake, payloads
from fake.github import KINDS

TOKEN = "ghp_" + "F" * 36
LIST = "/repos/acme/shop/code-scanning/alerts"


def context_for(fake: FakeGitHub) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=fake.ca_file)


class FakeTestCase(unittest.TestCase):
    fake: FakeGitHub

    @classmethod
    def setUpClass(cls) -> None:
        cls.fake = FakeGitHub(TOKEN, alerts=25)
        cls.addClassCleanup(cls.fake.close)

    def setUp(self) -> None:
        self.fake.reset()

    def tearDown(self) -> None:
        self.assertEqual(self.fake.crashes, [])

    def connect(self, port: int | None = None) -> http.client.HTTPSConnection:
        connection = http.client.HTTPSConnection(
            "localhost", port or self.fake.port, timeout=5, context=context_for(self.fake)
        )
        self.addCleanup(connection.close)
        return connection

    def get(
        self, path: str, method: str = "GET", body: str | None = None, token: str | None = TOKEN,
        connection: http.client.HTTPSConnection | None = None, **headers: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = connection or self.connect()
        sent = {"User-Agent": "test", **{k.replace("_", "-"): v for k, v in headers.items()}}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        return answer, answer.read()

    def get_json(self, path: str, **more: Any) -> Any:
        answer, body = self.get(path, **more)
        self.assertEqual(answer.status, 200, body)
        return json.loads(body)


class Routes(FakeTestCase):
    def test_pages_are_linked_to_completion(self) -> None:
        seen, path = [], LIST + "?per_page=10"
        while path:
            answer, body = self.get(path)
            seen += [alert["number"] for alert in json.loads(body)]
            links = dict(
                (part.split('rel="')[1].rstrip('"'), part.split(">")[0].lstrip(" <"))
                for part in (answer.headers["Link"] or "").split(",") if part
            )
            path = links.get("next", "").removeprefix(self.fake.url)
        self.assertEqual(sorted(seen), list(range(1, 26)))
        self.assertEqual(len(self.fake.requests), 3)
        self.assertNotIn("last", links)
        self.assertIn("prev", links)

    def test_first_page_names_the_last(self) -> None:
        answer, _ = self.get("/api/v3" + LIST + "?per_page=10&state=open")
        self.assertIn(f"<{self.fake.ghes_url}{LIST}?per_page=10&state=open&page=2>; rel=\"last\"",
                      answer.headers["Link"])

    def test_cursor_paging_names_no_last(self) -> None:
        self.fake.world.paging = "cursor"
        self.addCleanup(setattr, self.fake.world, "paging", "pages")
        answer, _ = self.get(LIST + "?per_page=10")
        self.assertIn("after=", answer.headers["Link"])
        self.assertNotIn("last", answer.headers["Link"])

    def test_a_hundred_thousand_alerts_cost_nothing_until_looked_at(self) -> None:
        self.fake.world.add_generated("huge", "shop", 100_000)
        huge = "/repos/huge/shop/code-scanning/alerts"
        answer, body = self.get(huge + "?per_page=100")
        self.assertIn('page=1000>; rel="last"', answer.headers["Link"])
        self.assertEqual([one["number"] for one in json.loads(body)], list(range(100_000, 99_900, -1)))
        last = self.get_json(huge + "?per_page=100&page=1000")
        self.assertEqual([one["number"] for one in last], list(range(100, 0, -1)))
        self.assertEqual(self.get_json(huge + "?per_page=100&page=1001"), [])
        self.assertEqual(self.get_json(huge + "/77777")["number"], 77777)

    def test_filters(self) -> None:
        filters: dict[str, Callable[[Any], Any]] = {
            "state=open": lambda a: a["state"] == "open",
            "state=closed": lambda a: a["state"] in ("fixed", "dismissed"),
            "severity=critical": lambda a: a["rule"]["security_severity_level"] == "critical",
            "severity=error": lambda a: a["rule"]["severity"] == "error",
            "tool_name=gosec": lambda a: a["tool"]["name"] == "gosec",
        }
        for query, wanted in filters.items():
            with self.subTest(query):
                every = self.get_json(LIST + "?per_page=100")
                self.assertEqual(self.get_json(f"{LIST}?per_page=100&{query}"),
                                 [alert for alert in every if wanted(alert)])
        self.assertEqual(self.get_json(LIST + "?ref=refs/heads/none"), [])
        self.assertEqual(self.get(LIST + "?state=bogus")[0].status, 422)

    def test_order(self) -> None:
        numbers = [a["number"] for a in self.get_json(LIST + "?direction=asc&sort=created")]
        self.assertEqual(numbers, sorted(numbers))
        numbers = [a["number"] for a in self.get_json(LIST)]
        self.assertEqual(numbers, sorted(numbers, reverse=True))

    def test_organisation_and_enterprise_lists_name_the_repository(self) -> None:
        for scope in ("/orgs/acme", "/enterprises/acme-corp"):
            listed = self.get_json(f"{scope}/code-scanning/alerts?per_page=100")
            self.assertEqual(len(listed), 28)
            self.assertEqual({alert["repository"]["full_name"] for alert in listed},
                             {"acme/shop", "acme/site"})
        self.assertEqual(self.get("/orgs/nobody/code-scanning/alerts")[0].status, 404)

    def test_update_is_remembered_and_checked(self) -> None:
        path = "/repos/acme/site/code-scanning/alerts/1"
        change = {"state": "dismissed", "dismissed_reason": "won't fix", "dismissed_comment": "no"}
        self.assertEqual(self.get(path, "PATCH", json.dumps(change))[0].status, 200)
        self.assertEqual(self.get_json(path)["dismissed_reason"], "won't fix")
        for wrong in ({"state": "fixed"}, {"state": "dismissed"}, {},
                      {**change, "dismissed_comment": "x" * 281}):
            self.assertEqual(self.get(path, "PATCH", json.dumps(wrong))[0].status, 422, wrong)

    def test_token_is_checked(self) -> None:
        self.assertEqual(self.get("/user", token="ghp_wrong")[0].status, 401)
        self.assertEqual(self.get("/user", token=None)[0].status, 401)
        self.assertEqual(self.get("/meta", token=None)[0].status, 200)

    def test_compression_and_conditional_requests(self) -> None:
        answer, body = self.get(LIST, Accept_Encoding="gzip")
        self.assertEqual(answer.headers["Content-Encoding"], "gzip")
        self.assertEqual(gzip.decompress(body), self.get(LIST)[1])
        answer, body = self.get(LIST, If_None_Match=answer.headers["ETag"])
        self.assertEqual((answer.status, body), (304, b""))

    def test_rate_is_counted(self) -> None:
        before = self.get_json("/rate_limit")["rate"]["used"]
        self.get(LIST)
        self.assertEqual(self.get_json("/rate_limit")["rate"]["used"], before + 1)

    def test_parallel_connections_and_reuse(self) -> None:
        self.fake.fault(LIST, "delay", times=ALWAYS, seconds=0.2)
        started = time.monotonic()
        threads = [threading.Thread(target=self.get, args=(LIST,)) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.fake.recorder.max_in_flight, 16)
        self.assertLess(time.monotonic() - started, 2)
        self.fake.reset()
        connection = self.connect()
        for _ in range(3):
            self.get(LIST, connection=connection)
        self.assertEqual(len({request.connection for request in self.fake.requests}), 1)


class Faults(FakeTestCase):
    def test_counted_by_page_and_times(self) -> None:
        fault = self.fake.fault(LIST, "status", page=2, times=2, status=503)
        statuses = [self.get(f"{LIST}?per_page=5&page={page}")[0].status for page in (1, 2, 2, 2)]
        self.assertEqual(statuses, [200, 503, 503, 200])
        self.assertEqual(fault.hits, 2)

    def test_limits(self) -> None:
        self.fake.fault(LIST, "rate_limited", retry_after=7)
        answer, _ = self.get(LIST)
        self.assertEqual((answer.status, answer.headers["Retry-After"]), (429, "7"))
        self.assertEqual(answer.headers["X-RateLimit-Remaining"], "0")
        self.fake.fault(LIST, "rate_limited", status=403, secondary=True)
        answer, body = self.get(LIST)
        self.assertEqual(answer.status, 403)
        self.assertIn(b"secondary rate limit", body)
        self.assertNotEqual(answer.headers["X-RateLimit-Remaining"], "0")

    def test_bodies(self) -> None:
        for kind, data in payloads.FIXED.items():
            with self.subTest(kind):
                self.fake.fault(LIST, kind)
                self.assertEqual(self.get(LIST)[1], data)
        self.fake.fault(LIST, "gzip_bomb")
        answer, packed = self.get(LIST)
        self.assertEqual(answer.headers["Content-Encoding"], "gzip")
        self.assertLess(len(packed), 1 << 20)
        self.assertGreater(len(gzip.decompress(packed)), 64 << 20)
        self.fake.fault(LIST, "oversized", mebibytes=33)
        self.assertEqual(json.loads(self.get(LIST)[1]), [])

    def test_changes(self) -> None:
        self.fake.fault(LIST, "escapes")
        self.assertIn("\x1b]52;", self.get_json(LIST)[0]["rule"]["description"])
        self.fake.fault(LIST, "nulls")
        self.assertIsNone(self.get_json(LIST)[0]["rule"]["tags"])
        self.fake.fault(LIST, "link", value=None)
        self.assertIsNone(self.get(LIST + "?per_page=5")[0].headers["Link"])
        self.fake.fault(LIST, "edit", change=lambda alerts: alerts[:1])
        self.assertEqual(len(self.get_json(LIST)), 1)

    def test_redirects(self) -> None:
        self.fake.fault(LIST, "redirect", to=self.fake.elsewhere.origin + LIST, status=302)
        answer, _ = self.get(LIST)
        self.assertEqual(answer.headers["Location"], self.fake.elsewhere.origin + LIST)
        self.get(LIST, connection=self.connect(self.fake.elsewhere.port))
        self.assertEqual(self.fake.elsewhere.recorder.requests[0].token, TOKEN)

    def test_broken_off(self) -> None:
        self.fake.fault(LIST, "truncate")
        with self.assertRaises(http.client.IncompleteRead):
            self.get(LIST)
        for after in ("nothing", "headers", "body"):
            with self.subTest(after), self.assertRaises(ConnectionResetError):
                self.fake.fault(LIST, "reset", after=after)
                self.read_raw()
        self.fake.fault(LIST, "close")
        with self.assertRaises(http.client.RemoteDisconnected):
            self.get(LIST)
        self.fake.fault(LIST, "garbage")
        with self.assertRaises(http.client.BadStatusLine):
            self.get(LIST)
        self.fake.fault(LIST, "header_bomb")
        with self.assertRaises(http.client.HTTPException):
            self.get(LIST)

    def read_raw(self) -> None:
        """Reads to the end below TLS: Python's TLS layer hides a reset as an end."""
        with socket.create_connection(("127.0.0.1", self.fake.port), 5) as plain:
            with context_for(self.fake).wrap_socket(plain, server_hostname="localhost") as tls:
                tls.sendall(f"GET {LIST} HTTP/1.1\r\nUser-Agent: test\r\n"
                            f"Authorization: Bearer {TOKEN}\r\n\r\n".encode())
                while socket.socket.recv(tls, 65536):
                    pass

    def test_never_ending(self) -> None:
        for kind in ("endless", "endless_gzip"):
            self.fake.fault(LIST, kind)
            connection = self.connect()
            connection.request("GET", LIST, headers={"Authorization": f"Bearer {TOKEN}",
                                                     "User-Agent": "test"})
            self.assertEqual(len(connection.getresponse().read(1 << 20)), 1 << 20)
            connection.close()

    def test_slow(self) -> None:
        self.fake.fault(LIST, "drip", interval=0.05, size=4096)
        started = time.monotonic()
        self.get_json(LIST)
        self.assertGreater(time.monotonic() - started, 0.2)

    def test_held_until_released(self) -> None:
        held = self.fake.hold(LIST)
        thread = threading.Thread(target=self.get, args=(LIST,))
        thread.start()
        held.wait()
        time.sleep(0.2)
        self.assertTrue(thread.is_alive())
        held.release()
        thread.join(5)
        self.assertFalse(thread.is_alive())

    def test_unknown_kind_is_refused(self) -> None:
        with self.assertRaises(ValueError):
            self.fake.fault(LIST, "no such kind")
        self.assertGreater(len(KINDS), 40)


    def test_only_on_a_connection_that_was_used(self) -> None:
        fault = self.fake.fault("alerts", "status", status=500, reused=True)
        kept = self.connect()
        self.assertEqual(self.get(LIST)[0].status, 200)
        self.assertEqual(self.get(LIST, connection=kept)[0].status, 200)
        self.assertEqual(self.get(LIST, connection=kept)[0].status, 500)
        self.assertEqual((fault.hits, self.fake.requests[-1].nth), (1, 2))

    def test_slow_handshakes(self) -> None:
        self.fake.slow_handshakes(0.3)
        started = time.monotonic()
        self.get(LIST)
        self.assertGreater(time.monotonic() - started, 0.29)
        self.fake.reset()
        self.assertEqual(self.fake._listener.handshake_delay, 0)

    def test_another_clock(self) -> None:
        self.fake.world.clock_skew = -900
        self.addCleanup(setattr, self.fake.world, "clock_skew", 0)
        self.fake.fault("alerts", "rate_limited", reset_in=30)
        answer, _ = self.get(LIST)
        date = email.utils.parsedate_to_datetime(answer.headers["Date"]).timestamp()
        self.assertAlmostEqual(date, time.time() - 900, delta=30)
        self.assertAlmostEqual(int(answer.headers["X-RateLimit-Reset"]), date + 30, delta=2)


class Certificates(FakeTestCase):
    def refused(self, port: int) -> str:
        with self.assertRaises(ssl.SSLError) as caught:
            with socket.create_connection(("127.0.0.1", port), 5) as plain:
                context_for(self.fake).wrap_socket(plain, server_hostname="localhost")
        return str(caught.exception)

    def test_each_is_bad_in_its_own_way(self) -> None:
        pki = self.fake.pki
        for certificate, reason in [
            (pki.wrong_host, "Hostname mismatch"),
            (pki.common_name_only, "Hostname mismatch"),
            (pki.expired, "expired"),
            (pki.future, "not yet valid"),
            (pki.unknown, "unable to get local issuer"),
        ]:
            with self.subTest(certificate.chain.name):
                self.assertIn(reason, self.refused(self.fake.with_certificate(certificate).port))

    def test_old_tls_is_spoken_only_by_old_clients(self) -> None:
        listener = self.fake.with_old_tls()
        self.refused(listener.port)
        deadline = time.monotonic() + 2
        while not listener.recorder.connections[0].error and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertIsNotNone(listener.recorder.connections[0].error)
        context = context_for(self.fake)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        with socket.create_connection(("127.0.0.1", listener.port), 5) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as tls:
                self.assertEqual(tls.version(), "TLSv1.1")

    def test_silence(self) -> None:
        with socket.create_connection(("127.0.0.1", self.fake.silent().port), 5) as plain:
            plain.settimeout(0.2)
            plain.sendall(b"hello")
            with self.assertRaises(TimeoutError):
                plain.recv(1)


class Program(unittest.TestCase):
    def test_as_a_process_of_its_own(self) -> None:
        with RemoteFake("--token", TOKEN, "--alerts", "5") as fake:
            fake.fault(LIST, "status", status=502)
            context = ssl.create_default_context(cafile=fake.ca_file)
            for expected in (502, 200):
                connection = http.client.HTTPSConnection("localhost", fake.port, context=context)
                connection.request("GET", LIST, headers={"Authorization": f"token {TOKEN}",
                                                         "User-Agent": "test"})
                self.assertEqual(connection.getresponse().status, expected)
                connection.close()
            seen = fake.seen()
            self.assertEqual([r["status"] for r in seen["requests"]], [502, 200])
            self.assertNotIn(TOKEN, json.dumps(seen))
            with self.assertRaises(RuntimeError):
                fake.fault(LIST, "no such kind")
