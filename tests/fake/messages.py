"""What goes over the wire, and the record of it that tests assert on."""

from __future__ import annotations

import base64
import binascii
import gzip
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any


@dataclass
class Request:
    """One request as it was received. Times are of time.monotonic()."""

    connection: int
    method: str
    target: str
    prefix: str
    """"/api/v3" or ""."""
    path: str
    """Without prefix and query."""
    query: dict[str, str]
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    received: float
    nth: int = 1
    """Of its connection: above 1 on one that was used before."""
    answered: float | None = None
    status: int | None = None
    faults: list[str] = field(default_factory=list)
    caller: Any = field(default=None, repr=False)
    """The `Token` or `App` that GitHub took the client for."""

    @property
    def page(self) -> int:
        page = self.query.get("page", "1")
        return int(page) if page.isdigit() else 1

    @property
    def _authorization(self) -> tuple[str, str]:
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        return scheme.lower(), value.strip()

    @property
    def bearer(self) -> str | None:
        """The API's token, in either of the two forms that GitHub accepts."""
        scheme, value = self._authorization
        return value if scheme in ("bearer", "token") and value else None

    @property
    def basic(self) -> tuple[str, str] | None:
        """git's name and token."""
        scheme, value = self._authorization
        try:
            name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return None
        return (name, password) if scheme == "basic" else None

    @property
    def token(self) -> str | None:
        """In whichever form it came."""
        return self.bearer or (self.basic[1] if self.basic else None)

    @property
    def plain_body(self) -> bytes:
        """As it was before compression: git compresses what it sends."""
        packed = self.headers.get("content-encoding") == "gzip"
        return gzip.decompress(self.body) if packed else self.body

    @property
    def git_command(self) -> str | None:
        """"ls-refs" or "fetch", of a request in git's protocol version 2."""
        if not self.path.endswith("/git-upload-pack"):
            return None
        body = self.plain_body
        first = body[4 : int(body[:4] or b"0", 16)].rstrip(b"\n")
        return first.removeprefix(b"command=").decode("latin-1") if first.startswith(b"command=") else None

    def accepts_gzip(self) -> bool:
        return "gzip" in self.headers.get("accept-encoding", "")


@dataclass
class Answer:
    """A whole HTTP answer before it is framed."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    stream: Generator[bytes, None, None] | None = None
    """Sent in chunks instead of the body as it comes."""

    def copy(self) -> "Answer":
        return Answer(self.status, dict(self.headers), self.body)

    def collect(self) -> "Answer":
        """With all of it in the body, for what changes or frames it."""
        if self.stream is not None:
            self.body, self.stream = b"".join(self.stream), None
        return self

    def close(self) -> None:
        """It will not be sent."""
        if self.stream is not None:
            self.stream.close()

    def head(self, content_length: int | None) -> bytes:
        """Status line and headers up to and with the empty line."""
        try:
            reason = HTTPStatus(self.status).phrase
        except ValueError:
            reason = "Unknown"
        lines = [f"HTTP/1.1 {self.status} {reason}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if content_length is not None:
            lines.append(f"Content-Length: {content_length}")
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


@dataclass
class Connection:
    """One accepted TCP connection, useful or not."""

    number: int
    opened: float
    tls: str | None = None
    """"TLSv1.3"; None while or where the handshake did not end well."""
    error: str | None = None


class Recorder:
    """Everything that reached one listener. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._connections: list[Connection] = []
        self._requests: list[Request] = []
        self._in_flight = 0
        self._max_in_flight = 0
        self._numbered = 0
        self.crashes: list[str] = []
        """Faults of the fake itself; a test that sees one is not to be believed."""

    def open(self) -> Connection:
        with self._lock:
            self._numbered += 1
            connection = Connection(self._numbered, time.monotonic())
            self._connections.append(connection)
            return connection

    def begin(self, request: Request) -> None:
        with self._lock:
            self._requests.append(request)
            self._in_flight += 1
            self._max_in_flight = max(self._max_in_flight, self._in_flight)
            self._lock.notify_all()

    def end(self, request: Request) -> None:
        with self._lock:
            request.answered = time.monotonic()
            self._in_flight -= 1
            self._lock.notify_all()

    @property
    def in_flight(self) -> int:
        with self._lock:
            return self._in_flight

    @property
    def connections(self) -> list[Connection]:
        with self._lock:
            return list(self._connections)

    @property
    def requests(self) -> list[Request]:
        with self._lock:
            return list(self._requests)

    @property
    def max_in_flight(self) -> int:
        with self._lock:
            return self._max_in_flight

    def wait_for(self, count: int, timeout: float = 10) -> bool:
        """True once that many requests have arrived."""
        with self._lock:
            return self._lock.wait_for(lambda: len(self._requests) >= count, timeout)

    def clear(self) -> None:
        with self._lock:
            self._connections.clear()
            self._requests.clear()
            self._max_in_flight = self._in_flight
