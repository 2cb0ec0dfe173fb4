"""ghward-net alone, asked what git asks: the way of a request's body, and of an answer into a pipe."""

from __future__ import annotations

import base64
import fcntl
import os
import random
import ssl
import threading
import time
import unittest

from system import processes
from system.alone import Words
from system.basics import random_secret
from system.test_net import OPEN, POST, MemoryTestCase, NetTestCase, Order, chunked

GIT, STREAM = 2, 3
RESULT_TYPE = "application/x-git-upload-pack-result"
MANY = 1 << 40
_FIONREAD = 0x541B
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL


def packed(body: bytes, *headers: str, status: str = "200 OK", kind: str = RESULT_TYPE) -> bytes:
    """An answer of git's."""
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", *headers]
    if not any(line.startswith(("Transfer-Encoding", "Content-Length", "Connection")) for line in headers):
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode() + body


def upload(answer: int = STREAM, **changes: object) -> Order:
    fields = {"method": POST, "path": "/acme/shop.git/git-upload-pack", "cap": MANY if answer == STREAM else 65536}
    return Order(answer, **{**fields, **changes})  # type: ignore[arg-type]


class GitTestCase(NetTestCase):
    def sealed(self, body: bytes) -> int:
        fd = os.memfd_create("request", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
        os.write(fd, body)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)
        return fd

    def start_stream(self, order: Order, request: bytes = b"0000", identifier: int = 1, size: int = 65536) -> int:
        """Returns the end of the pipe that is read."""
        reading, writing = self.pipe(size)
        memfd = self.sealed(request)
        self.net.channel.say("REQUEST", order.payload(self.url), identifier, (memfd, writing))
        os.close(memfd)
        os.close(writing)
        return reading

    def stream(self, order: Order, answer: object, request: bytes = b"0000") -> tuple[Words, bytes]:
        """Reads as it comes. Returns what net says in the end, and what it passed on."""
        self.server.answers.append(answer)  # type: ignore[arg-type]
        with open(self.start_stream(order, request), "rb") as pipe:
            data = pipe.read()
        words = self.net.channel.hear()
        assert words is not None
        return words, data

    def assert_answered(self, words: Words, status: int, size: int) -> None:
        self.assertEqual(words.type, "RESPONSE", words)
        self.assertEqual((words.take("H"), words.take("B"), words.take("B"), words.take("Q")), (status, 0, 0, size))

    def assert_broken(self, words: Words, kind: str, says: str, passed: int) -> None:
        """Also how much of the answer the reader has got, since nothing may be repeated then."""
        self.assertEqual(words.type, "REQUEST_FAILED")
        self.assertEqual(int.from_bytes(words.payload[1:9], "little"), passed)
        self.assert_failed(words, kind, says)


class Asked(GitTestCase):
    def test_headers_of_both(self) -> None:
        token = "ghs_" + random_secret()
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        for answer in (GIT, STREAM):
            with self.subTest(answer):
                if answer == STREAM:
                    self.stream(upload(STREAM, token=token.encode()), packed(b"0000"), b"0014command=fetch0000")
                else:
                    self.server.answers.append(packed(b"0000"))
                    order = upload(GIT, token=token.encode(), body=b"0014command=fetch0000")
                    self.send(order, self.memfd(order.cap))
                    self.net.channel.expect("RESPONSE")
                self.assertTrue(self.server.requests[-1].startswith(
                    b"POST /acme/shop.git/git-upload-pack HTTP/1.1\r\n"))
                self.assertTrue(self.server.requests[-1].endswith(b"\r\n\r\n0014command=fetch0000"))
                self.assertEqual(self.values("authorization"), [f"Basic {basic}"])
                self.assertEqual(self.values("content-type"), ["application/x-git-upload-pack-request"])
                self.assertEqual(self.values("accept"), [RESULT_TYPE])
                self.assertEqual(self.values("git-protocol"), ["version=2"])
                self.assertRegex(self.values("user-agent")[0], "^ghward/")
                for name in ("x-github-api-version", "accept-encoding", "expect", "transfer-encoding"):
                    self.assertEqual(self.values(name), [], name)

    def test_the_longest_token(self) -> None:
        token = b"ghs_" + b"x" * 8188
        self.stream(upload(token=token), packed(b"0000"))
        self.assertEqual(self.values("authorization"),
                         ["Basic " + base64.b64encode(b"x-access-token:" + token).decode()])

    def test_nobody(self) -> None:
        self.stream(upload(), packed(b"0000"))
        self.assertEqual(self.values("authorization"), [])

    def test_a_large_request(self) -> None:
        request = random.Random(1).randbytes(5 << 20)
        words, data = self.stream(upload(), packed(b"0000"), request)
        self.assert_answered(words, 200, 4)
        self.assertEqual(data, b"0000")
        self.assertTrue(self.server.requests[-1].partition(b"\r\n\r\n")[2] == request, "the body differs")

    def test_an_empty_request(self) -> None:
        words, _ = self.stream(upload(), packed(b"0000"), b"")
        self.assert_answered(words, 200, 4)

    def test_connections_are_used_again(self) -> None:
        """A handshake per small repository would cost more than its objects."""
        for _ in range(20):
            words, _ = self.stream(upload(), packed(b"0000"))
            self.assert_answered(words, 200, 4)
        self.assertEqual(self.server.connections, 1)

    def test_a_dead_connection_is_not_noticed(self) -> None:
        """The server has closed it, or closes it as soon as it is used again: libcurl takes another one and sends the
        whole request once more."""
        request = random.Random(2).randbytes(300000)
        self.stream(upload(), packed(b"0000"))
        self.server.answers.append(lambda secure: secure.unwrap().close())
        words, data = self.stream(upload(), packed(b"0008abcd"), request)
        self.assert_answered(words, 200, 8)
        self.assertEqual(data, b"0008abcd")
        self.assertTrue(self.server.requests[-1].partition(b"\r\n\r\n")[2] == request)
        self.assertEqual(self.server.connections, 2)

    def test_many_at_once_get_their_own(self) -> None:
        """Also before the first of them is answered."""
        everybody = threading.Barrier(8)

        def answer(secure: ssl.SSLSocket) -> None:
            everybody.wait(10)
            secure.sendall(packed(b"0000"))

        self.server.answers += [answer] * 8
        pipes = [self.start_stream(upload(), identifier=number) for number in range(1, 9)]
        for _ in pipes:
            self.assert_answered(self.net.channel.expect("RESPONSE"), 200, 4)
        for pipe in pipes:
            self.assertEqual(os.read(pipe, 99), b"0000")
            os.close(pipe)


class Passed(GitTestCase):
    def memory(self) -> int:
        """KiB."""
        return int(self.net.process.status()["VmRSS"].split()[0])

    def setUp(self) -> None:
        super().setUp()
        self.pack = random.Random(3).randbytes(3 << 20)

    def test_as_it_is(self) -> None:
        for headers in ([], ["Transfer-Encoding: chunked"], ["Connection: close"]):
            with self.subTest(headers):
                body = chunked(self.pack, 60007) if headers[:1] == ["Transfer-Encoding: chunked"] else self.pack

                def answer(secure: ssl.SSLSocket, body: bytes = body, headers: list[str] = headers) -> None:
                    secure.sendall(packed(body, *headers))
                    if headers == ["Connection: close"]:
                        secure.unwrap().close()

                words, data = self.stream(upload(), answer)
                self.assert_answered(words, 200, len(self.pack))
                self.assertTrue(data == self.pack, "what was passed on differs")

    def test_while_it_comes(self) -> None:
        """Nobody waits for the end."""
        read = threading.Event()

        def answer(secure: ssl.SSLSocket) -> None:
            secure.sendall(packed(b"0008abcd", "Content-Length: 16"))
            read.wait(10)
            secure.sendall(b"0008efgh")

        self.server.answers.append(answer)
        with open(self.start_stream(upload()), "rb", buffering=0) as pipe:
            self.assertEqual(pipe.read(8), b"0008abcd")
            read.set()
            self.assertEqual(pipe.read(8), b"0008efgh")
        self.assert_answered(self.net.channel.expect("RESPONSE"), 200, 16)

    def test_no_faster_than_it_is_read(self) -> None:
        """And what is not read yet stays in the network: memory does not grow."""
        size = 64 << 20
        sent = threading.Event()

        def answer(secure: ssl.SSLSocket) -> None:
            secure.sendall(packed(b"", f"Content-Length: {size}"))
            for _ in range(size >> 20):
                secure.sendall(self.pack[: 1 << 20])
            sent.set()

        for chunks in (False, True):
            with self.subTest(chunked=chunks):
                sent.clear()
                self.server.answers.append(answer)
                before = self.memory()
                with open(self.start_stream(upload(idle_ms=300)), "rb", buffering=0) as pipe:
                    # Longer than it may be idle, which a stream is not that waits for its reader.
                    self.assertFalse(sent.wait(1))
                    self.assertLess(self.memory() - before, 1024)
                    received = 0
                    while data := pipe.read(50000):
                        received += len(data)
                        if received < 400000:
                            time.sleep(0.002)
                self.assertEqual(received, size)
                self.assert_answered(self.net.channel.expect("RESPONSE"), 200, size)
                self.assertLess(self.memory() - before, 1024)

    def test_one_that_is_held_holds_nobody_else(self) -> None:
        self.server.answers += [packed(self.pack), packed(b"0000")]
        held = self.start_stream(upload(), identifier=1)
        self.assertTrue(processes.wait_for(lambda: len(self.server.requests) == 1))
        other = self.start_stream(upload(), identifier=2)
        answered = self.net.channel.expect("RESPONSE")
        self.assertEqual(answered.identifier, 2)
        self.assert_answered(answered, 200, 4)
        os.close(other)
        with open(held, "rb") as pipe:
            self.assertTrue(pipe.read() == self.pack)
        self.assert_answered(self.net.channel.expect("RESPONSE"), 200, len(self.pack))

    def test_at_the_cap(self) -> None:
        words, data = self.stream(upload(cap=len(self.pack)), packed(self.pack))
        self.assert_answered(words, 200, len(self.pack))
        self.assertTrue(data == self.pack)


class Broken(GitTestCase):
    def test_over_the_cap(self) -> None:
        words, data = self.stream(upload(cap=1000), packed(b"x" * 1001))
        self.assert_broken(words, "MALFORMED", "the answer is larger than 1000 bytes", 0)
        words, data = self.stream(upload(cap=1000), packed(chunked(b"x" * 5000, 600), "Transfer-Encoding: chunked"))
        self.assert_broken(words, "MALFORMED", "the answer is larger than 1000 bytes", len(data))
        self.assertLessEqual(len(data), 1000)

    def test_an_endless_one(self) -> None:
        def answer(secure: ssl.SSLSocket) -> None:
            secure.sendall(packed(b"", "Transfer-Encoding: chunked"))
            while True:
                secure.sendall(b"10000\r\n" + bytes(65536) + b"\r\n")

        words, data = self.stream(upload(cap=5 << 20), answer)
        self.assert_broken(words, "MALFORMED", "is larger than", len(data))
        self.assertLessEqual(len(data), 5 << 20)

    def test_cut(self) -> None:
        def answer(secure: ssl.SSLSocket) -> None:
            secure.sendall(packed(b"0008abcd", "Content-Length: 100"))
            secure.unwrap().close()

        words, data = self.stream(upload(), answer)
        self.assert_broken(words, "NETWORK", "cut off after 8 bytes", 8)
        self.assertEqual(data, b"0008abcd")

    def test_cut_without_a_word(self) -> None:
        """Nor may the end of an answer of unknown length be forged: TLS says when it is over."""
        for headers in (["Content-Length: 100"], ["Transfer-Encoding: chunked"], ["Connection: close"]):
            with self.subTest(headers):
                def answer(secure: ssl.SSLSocket, headers: list[str] = headers) -> None:
                    body = chunked(b"0008abcd", 8)[:-5] if "chunked" in headers[0] else b"0008abcd"
                    secure.sendall(packed(body, *headers))
                    os.close(secure.detach())

                words, data = self.stream(upload(), answer)
                self.assertEqual(data, b"0008abcd")
                self.assertEqual(words.type, "REQUEST_FAILED")
                self.assertEqual(int.from_bytes(words.payload[1:9], "little"), 8)

    def test_cut_before_the_answer(self) -> None:
        """Which may be repeated: nothing was passed on."""
        self.server.answers += [lambda secure: os.close(secure.detach())] * 3
        with open(self.start_stream(upload()), "rb") as pipe:
            self.assertEqual(pipe.read(), b"")
        self.assert_broken(self.net.channel.expect("REQUEST_FAILED"), "NETWORK", "localhost", 0)

    def test_more_than_it_says(self) -> None:
        words, data = self.stream(upload(), packed(b"0008abcdwhat follows", "Content-Length: 8"))
        self.assert_answered(words, 200, 8)
        self.assertEqual(data, b"0008abcd")

    def test_without_a_reader(self) -> None:
        self.server.answers.append(packed(b"0000"))
        os.close(self.start_stream(upload()))
        self.assert_broken(self.net.channel.expect("REQUEST_FAILED"), "INTERNAL",
                           "the process that runs git has ended", 0)

    def test_a_reader_that_goes_while_it_is_waited_for(self) -> None:
        self.server.answers.append(packed(bytes(3 << 20)))
        pipe = self.start_stream(upload())
        full = self.wait_until_full(pipe)
        os.close(pipe)
        words = self.net.channel.expect("REQUEST_FAILED")
        self.assert_broken(words, "INTERNAL", "the process that runs git has ended", full)
        # It is the failure of one request.
        words, data = self.stream(upload(), packed(b"0000"))
        self.assert_answered(words, 200, 4)

    def wait_until_full(self, pipe: int) -> int:
        """Returns the bytes that can be read then. Pages are not all full where the pieces of an answer meet."""
        seen = [0, 1]

        def is_full() -> bool:
            seen[:] = seen[1], int.from_bytes(fcntl.ioctl(pipe, _FIONREAD, bytes(4)), "little")
            return seen[0] == seen[1] > 32768

        self.assertTrue(processes.wait_for(is_full, interval=0.1), seen)
        return seen[1]

    def test_silence(self) -> None:
        """At any point; one byte now and then is not silence, but there is the deadline."""
        for words_before, passed in ((b"", 0), (b"HTTP/1.1 200 OK\r\n", 0),
                                     (packed(b"0008ab", "Content-Length: 100"), 6)):
            with self.subTest(words_before):
                quiet = threading.Event()
                self.addCleanup(quiet.set)

                def answer(secure: ssl.SSLSocket, said: bytes = words_before,
                           quiet: threading.Event = quiet) -> None:
                    secure.sendall(said)
                    quiet.wait(10)

                began = time.monotonic()
                words, data = self.stream(upload(idle_ms=300), answer)
                self.assert_broken(words, "TIMEOUT", "did not go on in time: nothing moved for 0.300 s", passed)
                self.assertLess(time.monotonic() - began, 3)
                quiet.set()

    def test_a_trickle_has_a_deadline(self) -> None:
        def answer(secure: ssl.SSLSocket) -> None:
            secure.sendall(packed(b"", "Content-Length: 1000"))
            for _ in range(100):
                secure.sendall(b"x")
                time.sleep(0.05)

        words, data = self.stream(upload(idle_ms=300, deadline_ms=1000), answer)
        self.assert_broken(words, "TIMEOUT", "did not answer in time", len(data))
        self.assertGreater(len(data), 5)

    def test_cancelled(self) -> None:
        self.server.answers += [packed(bytes(3 << 20)), packed(b"0000")]
        pipe = self.start_stream(upload())
        full = self.wait_until_full(pipe)
        self.net.channel.say("CANCEL_REQUEST", identifier=1)
        with open(pipe, "rb") as file:
            self.assertIn(len(file.read()), range(full, 1 << 20))
        words, _ = self.stream(upload(), packed(b"0000"))
        self.assert_answered(words, 200, 4)


class NotGit(GitTestCase):
    """What is not an answer of git's is told, and never passed on."""

    def test_a_status(self) -> None:
        for status in ("401 Unauthorized", "403 Forbidden", "404 Not Found", "429 Too Many", "500 Oops", "503 Busy",
                       "204 No Content", "201 Created"):
            for kind in ("text/plain", RESULT_TYPE):
                with self.subTest(status):
                    body = b"" if status.startswith("204") else b"Repository not found."
                    words, data = self.stream(upload(), packed(body, status=status, kind=kind))
                    self.assert_answered(words, int(status[:3]), 0)
                    self.assertEqual(data, b"")
        self.assertEqual(self.server.connections, 1)

    def test_a_long_page(self) -> None:
        words, data = self.stream(upload(), packed(bytes(1 << 20), status="404 Not Found", kind="text/html"))
        self.assert_answered(words, 404, 0)
        words, data = self.stream(upload(cap=100), packed(bytes(1 << 20), status="502 Bad Gateway", kind="text/html"))
        self.assert_answered(words, 502, 0)
        self.assertEqual(data, b"")

    def test_a_redirect_is_not_followed(self) -> None:
        for to in ("https://evil.example/acme/shop.git/git-upload-pack", "/acme/store.git/git-upload-pack"):
            token = "ghp_" + random_secret()
            words, data = self.stream(upload(token=token.encode()),
                                      packed(b"moved", f"Location: {to}", status="301 Moved Permanently"))
            self.assert_answered(words, 301, 0)
            self.assertIn(to.encode(), words.payload)
            self.assertEqual(data, b"")
        self.assertEqual(len(self.server.requests), 2)

    def test_another_type(self) -> None:
        for kind in ("text/html", "application/x-git-upload-pack-advertisement", RESULT_TYPE + "x", "", "\"<script>"):
            words, data = self.stream(upload(), packed(b"0000", kind=kind))
            self.assert_broken(words, "MALFORMED", "the answer is not of git's protocol", 0)
            self.assertEqual(data, b"")

    def test_another_type_where_it_is_kept(self) -> None:
        self.server.answers.append(packed(b"0000", kind="text/html"))
        order = upload(GIT)
        self.send(order, self.memfd(order.cap))
        self.assert_broken(self.net.channel.expect("REQUEST_FAILED"), "MALFORMED", "not of git's protocol", 0)

    def test_compressed_unasked(self) -> None:
        words, data = self.stream(upload(), packed(b"\x1f\x8b", "Content-Encoding: gzip"))
        self.assert_broken(words, "MALFORMED", "the answer is compressed, which was not asked for", 0)
        self.assertEqual(data, b"")

    def test_kept_with_what_it_says(self) -> None:
        """Why a list of refs was refused, its worker reads."""
        self.server.answers.append(packed(b"no", status="403 Forbidden", kind="text/plain"))
        order = upload(GIT)
        memfd = self.memfd(order.cap)
        kept = os.dup(memfd)
        self.send(order, memfd)
        self.assert_answered(self.net.channel.expect("RESPONSE"), 403, 2)
        self.assertEqual(os.pread(kept, 2, 0), b"no")
        os.close(kept)


class Refused(GitTestCase):
    """What the broker never says ends the process before anything is sent."""

    def assert_ends(self, order: Order, *descriptors: int) -> None:
        self.net.channel.say("REQUEST", order.payload(self.url), 1, descriptors)
        for fd in descriptors:
            os.close(fd)
        self.assertIsNone(self.net.channel.hear())
        self.assertIn("ghward-net ends: its broker sent", self.net.log())
        self.assertEqual(self.server.requests, [])
        self.doCleanups()
        self.setUp()

    def test_descriptors_that_do_not_belong(self) -> None:
        self.assert_ends(upload(), self.memfd(64))
        self.assert_ends(upload(GIT), self.sealed(b"0000"), self.pipe()[1])
        self.assert_ends(Order(OPEN, cap=64), self.sealed(b"0000"), self.pipe()[1])
        self.assert_ends(upload(), self.pipe()[1], self.sealed(b"0000"))
        self.assert_ends(upload(), self.pipe()[1])
        self.assert_ends(upload(GIT), self.pipe()[1])
        unsealed = os.memfd_create("request", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
        self.assert_ends(upload(), unsealed, self.pipe()[1])

    def test_two_bodies(self) -> None:
        self.assert_ends(upload(body=b"0000"), self.sealed(b"0000"), self.pipe()[1])


class Forgotten(MemoryTestCase, GitTestCase):
    def test_while_it_is_sent_it_is_there(self) -> None:
        """So the others could fail."""
        held = self.hold()
        self.server.answers.append(packed(b"0000"))
        pipe = self.start_stream(upload(token=self.token.encode()))
        self.assertTrue(processes.wait_for(lambda: self.remembered() == {"token"}), self.remembered())
        held.set()
        self.net.channel.expect("RESPONSE")
        os.close(pipe)
        self.assert_forgotten()

    def test_the_token_of_a_stream(self) -> None:
        """Neither as it is, nor as it was sent; the connection stays."""
        for _ in range(3):
            words, _ = self.stream(upload(token=self.token.encode()), packed(b"0000"))
            self.assert_answered(words, 200, 4)
        self.assert_forgotten()

    def test_after_a_failure(self) -> None:
        self.stream(upload(token=self.token.encode(), cap=3), packed(b"0000"))
        self.assert_forgotten()


if __name__ == "__main__":
    unittest.main()
