"""Commands on a terminal: what a person sees, and the keys they press."""

from __future__ import annotations

import fcntl
import os
import struct
import termios
import threading
from dataclasses import dataclass

from system.harness import Environment, Ghward, Result, Running

INTERRUPT = b"\x03"


@dataclass
class _Screen:
    """Collects what is written to a terminal, from a thread of its own."""

    master: int
    data: bytes = b""

    def read_all(self) -> None:
        while True:
            try:
                chunk = os.read(self.master, 65536)
            except OSError:  # EIO: the last user of the other side has gone
                return
            if not chunk:
                return
            self.data += chunk


class Terminal:
    """One command on a pseudo-terminal that is its controlling one."""

    def __init__(
        self, user: Ghward, *arguments: str, rows: int = 24, columns: int = 80,
        env: Environment | None = None,
    ) -> None:
        self.user = user
        self.master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._screen = _Screen(self.master)
        self._reader = threading.Thread(target=self._screen.read_all, daemon=True)
        self._reader.start()
        try:
            # setsid without a fork: the process keeps its number.
            self.running: Running = user.start(
                *arguments, env={"TERM": "xterm-256color", **(env or {})},
                prefix=("/usr/bin/setsid", "--ctty"), stdin=slave, stdout=slave, stderr=slave,
            )
        finally:
            os.close(slave)

    @property
    def shown(self) -> str:
        """What is on the screen so far."""
        return self._screen.data.decode(errors="surrogateescape").replace("\r\n", "\n")

    def press(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def finish(self, timeout: float = 30) -> Result:
        """Waits for the end; `out` is everything that was on the screen."""
        try:
            result = self.user.finish(self.running, timeout)
        finally:
            self._reader.join(5)
            os.close(self.master)
        result.out = self.shown
        if self.user.canary.is_in(self._screen.data):
            raise AssertionError(f"the token is on the screen: {result}")
        return result


def run_on_terminal(
    user: Ghward, *arguments: str, rows: int = 24, columns: int = 80,
    env: Environment | None = None,
) -> Result:
    return Terminal(user, *arguments, rows=rows, columns=columns, env=env).finish()
