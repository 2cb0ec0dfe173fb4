"""A webhook as Slack's: takes JSON by POST, and answers as it was told."""

from __future__ import annotations

import json
import ssl
import threading
from dataclasses import dataclass
from typing import Any

from fake.certificates import Pki, shared_pki
from fake.listener import Listener, server_context
from fake.messages import Connection, Recorder

_BODY_MAX = 1 << 20


@dataclass
class Post:
    """One request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Webhook:
    """Answers 200 unless `answers` has something else: numbers are a status each, in order; bytes are sent as
    they are; None is silence until the listener is closed."""

    def __init__(self, pki: Pki | None = None) -> None:
        self.posts: list[Post] = []
        self.answers: list[int | bytes | None] = []
        self.delay = 0.0
        self._lock = threading.Condition()
        self.recorder = Recorder()
        self._listener = Listener(server_context((pki or shared_pki()).server), self._serve, self.recorder)

    @property
    def origin(self) -> str:
        return self._listener.origin

    def wait_for(self, count: int, timeout: float = 10) -> bool:
        """True once that many posts have come."""
        with self._lock:
            return self._lock.wait_for(lambda: len(self.posts) >= count, timeout)

    def _serve(self, tls: ssl.SSLSocket, _: Connection) -> None:
        stream = tls.makefile("rb")
        line = stream.readline().decode("latin-1").strip()
        headers: dict[str, str] = {}
        while (header := stream.readline().decode("latin-1").strip()):
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(min(int(headers.get("content-length", "0")), _BODY_MAX))
        with self._lock:
            self.posts.append(Post(line, headers, body))
            answer = self.answers.pop(0) if self.answers else 200
            self._lock.notify_all()
        self._listener.stopping.wait(3600 if answer is None else self.delay)
        if isinstance(answer, bytes):
            tls.sendall(answer)
        elif answer is not None:
            tls.sendall(b"HTTP/1.1 %d X\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n"
                        b"Connection: close\r\n\r\nok" % answer)

    def close(self) -> None:
        self._listener.close()

    def __enter__(self) -> "Webhook":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
