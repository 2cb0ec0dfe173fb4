"""ghward-net alone: what it sends with a request, where a secret answer goes, and what it forgets."""

from __future__ import annotations

import ctypes
import fcntl
import os
import re
import socket
import ssl
import struct
import threading
import unittest
from collections.abc import Callable
from dataclasses import dataclass

from fake.certificates import Pki, shared_pki
from fake.front import Front
from system import lockdown, processes
from system.alone import Alone, Dial, Words
from system.basics import Canary, random_secret
from system.rawclient import text
from system.test_mint import failure_of

GET, POST = 0, 1
OPEN, SECRET = 0, 1
RETRY_ALWAYS, RETRY_NEVER = 0, 1
ANSWER_MAX = 65536
# Pages of a pipe are not all full where the pieces of an answer meet.
PIPE_SIZE = 2 * ANSWER_MAX
_F_SETPIPE_SZ = 1031
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW


def answered(body: bytes, *headers: str) -> bytes:
    head = ["HTTP/1.1 200 OK", "Content-Type: application/json", *headers]
    if not any(line.startswith("Transfer-Encoding") for line in headers):
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode() + body


def chunked(body: bytes, size: int) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in [*parts, b""])


class Server:
    """Keeps what it is sent to the byte, and answers each request on a connection with the next text, or
    has the next function do it."""

    def __init__(self, pki: Pki) -> None:
        self.requests: list[bytes] = []
        self.answers: list[bytes | Callable[[ssl.SSLSocket], None]] = []
        self.connections = 0
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pki.server.chain, pki.server.key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen)]

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with self._context.wrap_socket(connection, server_side=True) as secure:
                self.connections += 1
                while request := self.read(secure):
                    self.requests.append(request)
                    answer = self.answers.pop(0)
                    if callable(answer):
                        answer(secure)
                    else:
                        secure.sendall(answer)
        except (OSError, ssl.SSLError):
            return

    def read(self, secure: ssl.SSLSocket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            more = secure.recv(65536)
            if not more:
                return b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                while len(body) < int(line.split(b":")[1]):
                    body += secure.recv(65536)
        return head + b"\r\n\r\n" + body

    def __enter__(self) -> "Server":
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()


@dataclass
class Order:
    """A MESSAGE_REQUEST."""

    answer: int = SECRET
    token: bytes = b""
    body: bytes = b""
    method: int = GET
    retry: int = RETRY_ALWAYS
    path: str = "/app"
    cap: int = ANSWER_MAX
    deadline_ms: int = 10000
    idle_ms: int = 0

    def payload(self, url: str) -> bytes:
        return (bytes([self.method, self.retry, self.answer]) + text(url + self.path)
                + struct.pack("<I", len(self.body)) + self.body
                + struct.pack("<I", len(self.token)) + self.token
                + struct.pack("<IIQ", self.deadline_ms, self.idle_ms, self.cap))


class NetTestCase(unittest.TestCase):
    def setUp(self) -> None:
        if lockdown.is_wanted():
            self.skipTest("it has no parent here that could be locked down")
        self.pki = shared_pki()
        self.server = self.enterContext(Server(self.pki))
        self.url = self.server.url
        self.start(self.server.port)

    def start(self, port: int) -> None:
        self.dial = self.enterContext(Dial(port))
        with open(self.pki.ca_file, "rb") as roots:
            self.net = self.enterContext(Alone("net", (self.dial.channel.other.fileno(), roots.fileno())))
        self.dial.channel.other.close()
        self.net.channel.say("SERVER", text(self.url) + text("2022-11-28") + 4 * text(""))

    def pipe(self, size: int = PIPE_SIZE) -> tuple[int, int]:
        """As the broker makes it."""
        reading, writing = os.pipe()
        fcntl.fcntl(writing, _F_SETPIPE_SZ, size)
        os.set_blocking(writing, False)
        return reading, writing

    def memfd(self, size: int) -> int:
        fd = os.memfd_create("body", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
        os.ftruncate(fd, size)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)
        return fd

    def send(self, order: Order, descriptor: int, identifier: int = 1) -> None:
        self.net.channel.say("REQUEST", order.payload(self.url), identifier, (descriptor,))
        os.close(descriptor)

    def ask(self, order: Order, answer: bytes, pipe_size: int = PIPE_SIZE) -> tuple[Words, bytes]:
        """Sends the order; returns what net says in the end, and what came through the pipe or memfd."""
        self.server.answers.append(answer)
        if order.answer == OPEN:
            fd = self.memfd(order.cap)
            kept = os.dup(fd)
            self.send(order, fd)
            words = self.net.channel.hear()
            data = os.pread(kept, order.cap, 0)
            os.close(kept)
        else:
            reading, writing = self.pipe(pipe_size)
            self.send(order, writing)
            words = self.net.channel.hear()
            # To end of file: by now nobody else holds the other end.
            with open(reading, "rb") as file:
                data = file.read()
        assert words is not None
        return words, data

    def assert_failed(self, words: Words, kind: str, says: str) -> None:
        self.assertEqual(words.type, "REQUEST_FAILED")
        words.take("B")
        words.take("Q")
        failure, message = failure_of(words)
        self.assertEqual((failure, says in message), (kind, True), message)

    def headers(self) -> list[tuple[str, str]]:
        """Of the last request, names in lower case."""
        lines = self.server.requests[-1].partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        return [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]

    def values(self, name: str) -> list[str]:
        return [value for known, value in self.headers() if known == name]


class Headers(NetTestCase):
    def test_of_an_open_answer(self) -> None:
        token = "ghp_" + random_secret()
        words, data = self.ask(Order(OPEN, token.encode(), cap=4096), answered(b"[]"))
        self.assertEqual(words.type, "RESPONSE")
        self.assertEqual(data[:2], b"[]")
        self.assertEqual(self.values("authorization"), [f"Bearer {token}"])
        self.assertEqual(self.values("accept"), ["application/vnd.github+json"])
        self.assertEqual(self.values("accept-encoding"), ["gzip"])
        self.assertEqual(self.values("x-github-api-version"), ["2022-11-28"])
        self.assertEqual(self.values("content-type"), [])

    def test_of_a_secret_answer(self) -> None:
        """GitHub's pages for people answer JSON to this name only; nobody inflates."""
        token, body = "ghs_1_" + ".".join(random_secret(2700) for _ in range(3)), b'{"permissions":{}}'
        words, data = self.ask(Order(SECRET, token.encode(), body, POST, RETRY_NEVER), answered(b"{}"))
        self.assertEqual((words.type, data), ("RESPONSE", b"{}"))
        self.assertEqual(self.values("authorization"), [f"Bearer {token}"])
        self.assertEqual(self.values("accept"), ["application/json"])
        self.assertEqual(self.values("accept-encoding"), [])
        self.assertEqual(self.values("content-type"), ["application/json"])
        self.assertTrue(self.server.requests[-1].endswith(b"\r\n\r\n" + body))

    def test_each_request_has_its_own_token_or_none(self) -> None:
        """On one connection, where one before had another."""
        tokens = ["ghp_" + random_secret(), "", "gho_" + random_secret(), ""]
        for token in tokens:
            for answer in (OPEN, SECRET):
                self.ask(Order(answer, token.encode(), cap=4096), answered(b"{}"))
                self.assertEqual(self.values("authorization"), [f"Bearer {token}"] if token else [])
                self.assertNotIn("cookie", dict(self.headers()))

    def test_two_at_once_do_not_mix(self) -> None:
        """They wait for connections together."""
        tokens = {identifier: "ghp_" + random_secret() for identifier in range(1, 9)}
        self.server.answers += [answered(b"{}")] * len(tokens)
        for identifier, token in tokens.items():
            order = Order(OPEN, token.encode(), path=f"/n/{identifier}", cap=64)
            self.send(order, self.memfd(64), identifier)
        for _ in tokens:
            self.net.channel.expect("RESPONSE")
        for request in self.server.requests:
            path = request.split()[1].decode()
            token = tokens[int(path.removeprefix("/n/"))]
            self.assertEqual(request.count(b"Bearer"), 1)
            self.assertIn(f"Bearer {token}\r\n".encode(), request)


class Refused(NetTestCase):
    """What the broker never says ends the process before anything is sent."""

    def assert_ends(self, order: Order, descriptor: int) -> None:
        self.send(order, descriptor)
        self.assertIsNone(self.net.channel.hear())
        self.assertEqual(self.net.wait(), 0)
        self.assertIn("ghward-net ends: its broker sent", self.net.log())
        self.assertEqual(self.server.requests, [])

    def another(self) -> None:
        """A process for the next case."""
        self.doCleanups()
        self.setUp()

    def test_tokens_that_would_end_a_header(self) -> None:
        good = b"ghp_" + random_secret().encode()
        for token in (good + b"\r\nX-Evil: 1", good + b"\n", good + b" x", good + b"\x00", good + b"\x7f",
                      good + "é".encode(), b" " + good, b"\t", b"g" * 8193):
            with self.subTest(token[-12:]):
                self.assert_ends(Order(OPEN, token, cap=64), self.memfd(64))
                self.another()

    def test_a_descriptor_that_is_not_for_this_answer(self) -> None:
        self.assert_ends(Order(SECRET), self.memfd(64))
        self.another()
        reading, writing = self.pipe()
        self.assert_ends(Order(OPEN), writing)
        self.another()
        self.assert_ends(Order(SECRET), reading)


class SecretAnswers(NetTestCase):
    def test_arrive_as_they_are(self) -> None:
        body = os.urandom(ANSWER_MAX)
        for answer in (answered(body), answered(chunked(body, 8192), "Transfer-Encoding: chunked")):
            words, data = self.ask(Order(), answer)
            self.assertEqual(words.type, "RESPONSE")
            self.assertEqual((words.take("H"), words.take("B"), words.take("B"), words.take("Q")),
                             (200, 0, 0, ANSWER_MAX))
            self.assertEqual(data, body)

    def test_larger_than_allowed(self) -> None:
        for body, headers in ((b"x" * 101, ()), (chunked(b"x" * 101, 50), ("Transfer-Encoding: chunked",))):
            words, data = self.ask(Order(cap=100), answered(body, *headers))
            self.assert_failed(words, "MALFORMED", "the answer is larger than 100 bytes")
            self.assertLessEqual(len(data), 100)

    def test_larger_than_the_pipe(self) -> None:
        words, _ = self.ask(Order(), answered(b"x" * ANSWER_MAX), pipe_size=4096)
        self.assert_failed(words, "MALFORMED", "the answer is larger than the pipe of its reader")

    def test_without_a_reader(self) -> None:
        reading, writing = self.pipe()
        os.close(reading)
        self.server.answers.append(answered(b"{}"))
        self.send(Order(), writing)
        self.assert_failed(self.net.channel.expect("REQUEST_FAILED"), "INTERNAL",
                           "the process that reads secret answers has ended")

    def test_compressed_unasked(self) -> None:
        words, data = self.ask(Order(), answered(b"\x1f\x8b", "Content-Encoding: gzip"))
        self.assert_failed(words, "MALFORMED", "the answer is compressed, which was not asked for")
        self.assertEqual(data, b"")

    def test_a_failure_is_that_of_one_request(self) -> None:
        self.test_larger_than_the_pipe()
        self.test_without_a_reader()
        words, data = self.ask(Order(), answered(b"{}"))
        self.assertEqual((words.type, data), ("RESPONSE", b"{}"))


def compressed(token: str) -> bytes:
    """The middle of an Authorization header as HTTP/2 writes it (HPACK)."""
    library = ctypes.CDLL("libnghttp2.so.14")
    library.nghttp2_hd_deflate_hd.restype = ctypes.c_ssize_t

    class Pair(ctypes.Structure):
        _fields_ = [("name", ctypes.c_char_p), ("value", ctypes.c_char_p), ("name_length", ctypes.c_size_t),
                    ("value_length", ctypes.c_size_t), ("flags", ctypes.c_uint8)]

    deflater, value, written = ctypes.c_void_p(), f"Bearer {token}".encode(), ctypes.create_string_buffer(512)
    library.nghttp2_hd_deflate_new(ctypes.byref(deflater), ctypes.c_size_t(4096))
    pair = Pair(b"authorization", value, 13, len(value), 0)
    length = library.nghttp2_hd_deflate_hd(deflater, written, ctypes.c_size_t(512), ctypes.byref(pair), ctypes.c_size_t(1))
    library.nghttp2_hd_deflate_del(deflater)
    return written.raw[12 : length - 4]


class MemoryTestCase(NetTestCase):
    """What was in a request or a secret answer is in no memory of a process that lives on."""

    def setUp(self) -> None:
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("only root sees another process's memory")
        self.token, self.code, self.minted = (prefix + random_secret() for prefix in ("ghp_", "", "ghs_"))
        self.needles = {name: Canary(getattr(self, name)).needles for name in ("token", "code", "minted")}
        self.needles["compressed token"] = re.compile(re.escape(compressed(self.token)))

    def order(self, **changes: int) -> Order:
        return Order(SECRET, self.token.encode(), f'{{"device_code":"{self.code}"}}'.encode(), POST, **changes)

    @property
    def answer(self) -> bytes:
        return f'{{"token":"{self.minted}","padding":"{"x" * 3000}"}}'.encode()

    def remembered(self) -> set[str]:
        return {name for name, needles in self.needles.items() if self.net.process.holds(needles)}

    def assert_forgotten(self) -> None:
        """The message to the broker comes a moment before the end of the transfer."""
        self.assertTrue(processes.wait_for(lambda: not self.remembered(), 1), self.remembered())
        self.assertTrue(self.net.process.is_alive())

    def check(self, order: Order, answer: bytes, *, says: str = "RESPONSE") -> None:
        words, _ = self.ask(order, answer)
        self.assertEqual(words.type, says)
        self.assert_forgotten()

    def hold(self) -> threading.Event:
        """The next request is not answered until the event."""
        held, read = threading.Event(), self.server.read
        self.addCleanup(held.set)
        self.server.read = lambda secure: (read(secure), held.wait(10))[0]  # type: ignore[method-assign]
        return held


class Forgotten(MemoryTestCase):
    sent = {"token"}
    """How the token shows while it is sent."""

    def test_while_it_is_sent_it_is_there(self) -> None:
        """So the others could fail."""
        reading, writing = self.pipe()
        held = self.hold()
        self.server.answers.append(answered(self.answer))
        self.send(self.order(), writing)
        self.assertTrue(processes.wait_for(lambda: self.sent <= self.remembered()), self.remembered())
        held.set()
        self.net.channel.expect("RESPONSE")
        os.close(reading)
        self.assert_forgotten()

    def test_after_an_answer(self) -> None:
        self.check(self.order(), answered(self.answer))

    def test_after_an_answer_in_chunks(self) -> None:
        self.check(self.order(), answered(chunked(self.answer, 17), "Transfer-Encoding: chunked"))

    def test_after_a_request_that_is_sent_once(self) -> None:
        self.check(self.order(retry=RETRY_NEVER), answered(self.answer))

    def test_after_an_answer_that_is_refused(self) -> None:
        for answer in (answered(self.answer), answered(chunked(self.answer, 900), "Transfer-Encoding: chunked")):
            self.check(self.order(cap=1000), answer, says="REQUEST_FAILED")

    def test_after_many(self) -> None:
        for _ in range(50):
            self.ask(self.order(), answered(self.answer))
        self.assert_forgotten()

    def test_a_token_after_an_open_answer(self) -> None:
        """Here the connection stays."""
        for _ in range(3):
            self.ask(Order(OPEN, self.token.encode(), cap=64), answered(b"{}"))
        self.assert_forgotten()


class ForgottenMidway(MemoryTestCase):
    def test_after_an_answer_that_breaks_off(self) -> None:
        self.server.answers.append(answered(self.answer)[:-1])
        reading, writing = self.pipe()
        self.send(self.order(deadline_ms=300), writing)
        self.assert_failed(self.net.channel.expect("REQUEST_FAILED"), "TIMEOUT", "did not answer in time")
        os.close(reading)
        self.assert_forgotten()

    def test_after_a_cancellation(self) -> None:
        self.server.answers.append(answered(self.answer)[:-1])
        reading, writing = self.pipe()
        self.send(self.order(), writing)
        self.assertEqual(os.read(reading, 1), b"{")
        self.net.channel.say("CANCEL_REQUEST", identifier=1)
        os.close(reading)
        self.assert_forgotten()


class ForgottenByHttp2(Forgotten):
    """The same by way of nginx, over HTTP/2, which is what GitHub speaks."""

    sent = {"compressed token"}

    def start(self, port: int) -> None:
        self.front = self.enterContext(Front(self.url, self.pki))
        self.url = self.front.url
        super().start(self.front.port)

    def test_a_token_after_an_open_answer(self) -> None:
        """The buffers of the connection, which stays, keep what was sent last; never in plain."""
        for _ in range(3):
            self.ask(Order(OPEN, self.token.encode(), cap=64), answered(b"{}"))
        left = {"compressed token"}
        self.assertTrue(processes.wait_for(lambda: self.remembered() <= left, 1), self.remembered())

    def tearDown(self) -> None:
        super().tearDown()
        self.assertEqual({line.split()[0] for line in self.front.log}, {"HTTP/2.0"})


if __name__ == "__main__":
    unittest.main()
