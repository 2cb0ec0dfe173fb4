"""From bytes to a `Request`, through the faults, to bytes again."""

from __future__ import annotations

import contextlib
import http.server
import ssl
import threading
import time
import urllib.parse
from typing import Callable

from fake import effects, gitfaults, routes, wire
from fake.faults import Fault, FaultTable
from fake.listener import IDLE_TIMEOUT
from fake.messages import Answer, Connection, Recorder, Request
from fake.world import World

PREFIX = "/api/v3"
_BODY_MAX = 16 << 20

Observer = Callable[[Request], None]


class Service:
    """What all connections of one listener share."""

    def __init__(self, world: World, faults: FaultTable, recorder: Recorder) -> None:
        self.world = world
        self.faults = faults
        self.recorder = recorder
        self.stopping = threading.Event()
        self.observers: list[Observer] = []
        """Called in the connection's thread before the answer: the client is waiting meanwhile."""

    def serve(self, tls: ssl.SSLSocket, connection: Connection) -> None:
        _Handler(self, tls, connection).run()

    def respond(self, line: wire.Wire, request: Request) -> bool:
        """Answers one request. Returns False when the connection has to end."""
        for observer in self.observers:
            observer(request)
        if self.world.latency:
            self.stopping.wait(self.world.latency)
        struck = self.faults.take(request)
        request.faults = [fault.kind for fault in struck]
        refused = any(effects.refuses(fault.kind, fault.options) for fault in struck)
        answer = Answer(500, {}) if refused else routes.answer(self.world, request)
        for fault in struck:
            if fault.kind in ("delay", "hold"):
                self._wait(fault)
            elif fault.kind in effects.REPLACE:
                answer.close()
                answer = effects.REPLACE[fault.kind](self.world, request, **fault.options)
            elif fault.kind in effects.CHANGE:
                answer = effects.CHANGE[fault.kind](answer.collect(), **fault.options)
            elif fault.kind in gitfaults.CHANGE:
                answer = gitfaults.CHANGE[fault.kind](answer.collect(), **fault.options)
        request.status = answer.status
        for fault in struck:
            if fault.kind in wire.EFFECTS:
                return wire.EFFECTS[fault.kind](line, answer.collect(), **fault.options)
        _send(line, answer)
        return True

    def _wait(self, fault: Fault) -> None:
        if fault.kind == "delay":
            self.stopping.wait(fault.options["seconds"])
        else:
            while not fault.released.wait(0.2) and not self.stopping.is_set():
                pass


def _send(line: wire.Wire, answer: Answer) -> None:
    if answer.stream is None:
        line.send(_framed(answer))
        return
    with contextlib.closing(answer.stream):
        line.send(wire.chunked_head(answer))
        for data in filter(None, answer.stream):
            line.send(wire.chunk(data))
        line.send(wire.chunk(b""))


def _framed(answer: Answer) -> bytes:
    # One write: head and body in two would cost a delayed acknowledgement.
    if answer.status in (204, 304):
        return answer.head(None)
    return answer.head(len(answer.body)) + answer.body


class _Handler(http.server.BaseHTTPRequestHandler):
    """Used for its parser only; the connection is driven from outside."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, service: Service, tls: ssl.SSLSocket, connection: Connection) -> None:
        self.service = service
        self.tls = tls
        self.number = connection.number
        self.rfile = tls.makefile("rb", -1)
        self.wfile = tls.makefile("wb")
        self.client_address = ("127.0.0.1", 0)
        self.close_connection = True
        self.served = 0

    def run(self) -> None:
        self.tls.settimeout(IDLE_TIMEOUT)
        try:
            while self._one():
                pass
        finally:
            self.rfile.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """The recorder keeps what matters."""

    def _one(self) -> bool:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            return False
        request = self._read_request()
        recorder = self.service.recorder
        recorder.begin(request)
        try:
            line = wire.Wire(self.tls, self.service.stopping)
            return self.service.respond(line, request) and not self.close_connection
        finally:
            recorder.end(request)

    def _read_request(self) -> Request:
        length = min(int(self.headers.get("Content-Length") or 0), _BODY_MAX)
        body = self.rfile.read(length) if length else b""
        self.served += 1
        path, _, query = self.path.partition("?")
        prefix = PREFIX if path.startswith(PREFIX + "/") else ""
        return Request(
            connection=self.number,
            method=self.command,
            target=self.path,
            prefix=prefix,
            path=urllib.parse.unquote(path.removeprefix(prefix)),
            query=dict(urllib.parse.parse_qsl(query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            received=time.monotonic(),
            nth=self.served,
        )
