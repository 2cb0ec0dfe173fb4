"""`FakeGitHub`: the API, its faults and its ill-behaved neighbours, as one context manager."""

from __future__ import annotations

import re
from typing import Any, Callable

from fake import effects, gitfaults, wire
from fake.certificates import Certificate, Pki, shared_pki
from fake.faults import Fault, FaultTable
from fake.handler import PREFIX, Observer, Service
from fake.listener import Listener, old_tls_context, server_context
from fake.messages import Connection, Recorder, Request
from fake.repositories import RepositoryTable
from fake.world import World

_WAITING = ("delay", "hold")
KINDS = frozenset({*_WAITING, *effects.REPLACE, *effects.CHANGE, *gitfaults.CHANGE, *wire.EFFECTS})


class FakeGitHub:
    """A server on loopback that lives as long as the `with` block.

    `elsewhere` is a second, independent server with a certificate that is just as good: whatever a
    client sends there it was lured to send.
    """

    def __init__(
        self, *tokens: str, port: int = 0, pki: Pki | None = None, alerts: int = 25
    ) -> None:
        self.pki = pki or shared_pki()
        self.world = World(tokens)
        self.faults = FaultTable()
        self.recorder = Recorder()
        self._service = Service(self.world, self.faults, self.recorder)
        self._extra: list[tuple[Listener, Service | None]] = []
        self._elsewhere: Listener | None = None
        self._listener = Listener(
            server_context(self.pki.server), self._service.serve, self.recorder, port
        )
        self.world.origin = self._listener.origin
        self.world.add_repository("acme", "shop", alerts)
        self.world.add_repository("acme", "empty", 0)
        self.world.add_repository("acme", "site", 3)
        self.world.add_enterprise("acme-corp", ["acme"])

    @property
    def repositories(self) -> RepositoryTable:
        return self.world.repositories

    # --- where it is ---

    @property
    def port(self) -> int:
        return self._listener.port

    @property
    def url(self) -> str:
        """The API's base URL, as for GITHUB_API_URL."""
        return self._listener.origin

    @property
    def ghes_url(self) -> str:
        """The same API in the form of GitHub Enterprise Server."""
        return self._listener.origin + PREFIX

    @property
    def ca_file(self) -> str:
        return str(self.pki.ca_file)

    # --- faults ---

    def fault(
        self, path: str, kind: str, *, method: str | None = None, page: int | None = None,
        times: int | None = 1, skip: int = 0, reused: bool = False, command: str | None = None,
        **options: Any
    ) -> Fault:
        """From now on requests whose path the pattern finds go wrong.

        `times` counts down; ALWAYS for ever. `skip` lets that many matching requests pass first.
        `reused` means requests on connections that have served one before, `command` those of git.
        Kinds and their options are the functions of effects.py, gitfaults.py and wire.py, and "delay" (seconds)
        and "hold" (until `release()`).
        """
        if kind not in KINDS:
            raise ValueError(f"unknown kind of fault: {kind}")
        return self.faults.add(
            Fault(re.compile(path), kind, method, page, reused, command, times, skip, options)
        )

    def hold(self, path: str, **selection: Any) -> Fault:
        """Keeps matching requests waiting for `release()`; `wait()` returns when one has come."""
        return self.fault(path, "hold", **selection)

    def cut_connections(self, count: int) -> None:
        """The next so many connections end before TLS: what was to be sent on them cannot arrive."""
        self._listener.cuts = count

    def slow_handshakes(self, seconds: float) -> None:
        """From now on TLS takes so long to begin with."""
        self._listener.handshake_delay = seconds

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Calls `observer` with each request before its answer. Returns the way to stop that."""
        self._service.observers.append(observer)
        return lambda: self._service.observers.remove(observer)

    # --- what it saw ---

    @property
    def requests(self) -> list[Request]:
        return self.recorder.requests

    @property
    def connections(self) -> list[Connection]:
        return self.recorder.connections

    def reset(self) -> None:
        """Forgets faults and records; alerts stay as they are."""
        self.faults.clear()
        self.recorder.clear()
        self._listener.cuts = 0
        self._listener.handshake_delay = 0.0

    # --- neighbours ---

    @property
    def elsewhere(self) -> Listener:
        if self._elsewhere is None:
            self._elsewhere = self._add(server_context(self.pki.server))
        return self._elsewhere

    def with_certificate(self, certificate: Certificate) -> Listener:
        """The same API behind another certificate; its recorder is its own."""
        return self._add(server_context(certificate))

    def with_old_tls(self) -> Listener:
        return self._add(old_tls_context(self.pki.server))

    def silent(self) -> Listener:
        """Accepts connections and never answers, not even a handshake."""
        listener = Listener(None, lambda *_: None, Recorder())
        self._extra.append((listener, None))
        return listener

    def _add(self, context: Any) -> Listener:
        recorder = Recorder()
        service = Service(self.world, FaultTable(), recorder)
        listener = Listener(context, service.serve, recorder)
        self._extra.append((listener, service))
        return listener

    # --- the end ---

    def close(self) -> None:
        self.faults.clear()
        self._service.stopping.set()
        for listener, service in self._extra:
            if service:
                service.stopping.set()
            listener.close()
        self._listener.close()
        self.world.repositories.clear()

    def __enter__(self) -> "FakeGitHub":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def crashes(self) -> list[str]:
        """Faults of the fake itself, which make a test worthless."""
        recorders = [self.recorder, *(listener.recorder for listener, _ in self._extra)]
        return [crash for recorder in recorders for crash in recorder.crashes]
