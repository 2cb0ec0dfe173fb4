"""Faults on order: which request goes wrong, how, and how often."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Any

from fake.messages import Request

ALWAYS: int | None = None
"""For `times`: the fault never wears off."""


@dataclass
class Fault:
    """One order. `hits` counts how often it was carried out."""

    pattern: "re.Pattern[str]"
    kind: str
    method: str | None = None
    page: int | None = None
    reused: bool = False
    """Only on a connection that was used before."""
    command: str | None = None
    """Only git's "ls-refs" or "fetch"."""
    times: int | None = 1
    skip: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    hits: int = 0
    seen: int = 0
    """Requests that matched, carried out or not."""

    arrived: threading.Event = field(default_factory=threading.Event)
    """Set when the fault strikes; a held request waits for `released`."""
    released: threading.Event = field(default_factory=threading.Event)

    def matches(self, request: Request) -> bool:
        if not self.pattern.search(request.path):
            return False
        if self.method is not None and request.method != self.method:
            return False
        if self.reused and request.nth < 2:
            return False
        if self.command is not None and request.git_command != self.command:
            return False
        return self.page is None or request.page == self.page

    def wait(self, timeout: float = 10) -> None:
        """Returns once the fault has struck."""
        if not self.arrived.wait(timeout):
            raise TimeoutError(f"no request for {self.pattern.pattern} within {timeout} s")

    def release(self) -> None:
        """Lets held requests go on, now and later."""
        self.released.set()


class FaultTable:
    """The orders in force, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def take(self, request: Request) -> list[Fault]:
        """The faults of one request, each counted down."""
        struck = []
        with self._lock:
            for fault in self._faults:
                if not fault.matches(request):
                    continue
                fault.seen += 1
                if fault.seen <= fault.skip:
                    continue
                if fault.times is not None and fault.hits >= fault.times:
                    continue
                fault.hits += 1
                struck.append(fault)
        for fault in struck:
            fault.arrived.set()
        return struck

    def clear(self) -> None:
        """Forgets all orders and lets everything held go."""
        with self._lock:
            for fault in self._faults:
                fault.released.set()
            self._faults.clear()
