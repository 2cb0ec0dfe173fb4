"""One process of ghward's without the others: the test plays all its peers, word by word.

It is started as the agent would start it: /dev/null as 0 and 1, a log pipe as 2, its channel as 3, an empty
environment. So it confines itself, and everything it says and does can be looked at.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import struct
import threading
from dataclasses import dataclass

from system import processes
from system.harness import PROGRAMS
from system.processes import Process
from system.rawclient import MESSAGES

_HEADER = struct.Struct("<HHII")
_TIMEOUT = 20.0


@dataclass
class Words:
    """One message that was heard, read field by field."""

    type: str
    identifier: int
    payload: bytes
    descriptors: list[int]
    at: int = 0

    def take(self, form: str) -> int:
        (value,) = struct.unpack_from("<" + form, self.payload, self.at)
        self.at += struct.calcsize("<" + form)
        return int(value)

    def string(self) -> str:
        length = self.take("I")
        value = self.payload[self.at : self.at + length]
        assert self.payload[self.at + length] == 0
        self.at += length + 1
        return value.decode()

    def end(self) -> None:
        assert self.at == len(self.payload), "there is more than was expected"


class Channel:
    """Our end of a process's socket."""

    def __init__(self) -> None:
        self.end, self.other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.end.settimeout(_TIMEOUT)

    def say(self, kind: str, payload: bytes = b"", identifier: int = 0, descriptors: tuple[int, ...] = ()) -> None:
        head = _HEADER.pack(MESSAGES[kind], len(descriptors), identifier, len(payload))
        socket.send_fds(self.end, [head + payload], list(descriptors))

    def hear(self) -> Words | None:
        """The next message; None once the other end is closed."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self.end, 65536, 4)
        except ConnectionResetError:
            return None
        if not data:
            return None
        number, _, identifier, length = _HEADER.unpack_from(data)
        kind = next(name for name, known in MESSAGES.items() if known == number)
        assert len(data) == _HEADER.size + length, data
        return Words(kind, identifier, data[_HEADER.size :], descriptors)

    def expect(self, kind: str) -> Words:
        words = self.hear()
        assert words is not None and words.type == kind, f"{words} instead of {kind}"
        return words


class Alone:
    """Lives for the length of a `with` block. `more` are the descriptors behind FD_CHANNEL."""

    def __init__(self, role: str, more: tuple[int, ...] = ()) -> None:
        self.channel = Channel()
        log, log_end = os.pipe()
        with open(os.devnull, "rb+", buffering=0) as null:
            wanted = [null.fileno(), null.fileno(), log_end, self.channel.other.fileno(), *more]
            # Copies out of the way of the numbers that they shall have.
            copies = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 100) for fd in wanted]
        program = str(PROGRAMS / f"ghward-{role}")
        self.pid = os.posix_spawn(program, [program], {}, file_actions=[
            (os.POSIX_SPAWN_DUP2, copy, number) for number, copy in enumerate(copies)])
        for fd in (*copies, log_end):
            os.close(fd)
        self.channel.other.close()
        self._log = log
        self._code: int | None = None

    @property
    def process(self) -> Process:
        return processes.snapshot()[self.pid]

    def wait(self) -> int:
        """The exit status; a signal is negative."""
        if self._code is None:
            ended = processes.wait_for(lambda: os.waitid(
                os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None, _TIMEOUT)
            assert ended, "it did not end"
            self._code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._code

    def log(self) -> str:
        """What it wrote to its log until its end."""
        self.wait()
        return os.read(self._log, 65536).decode()

    def __enter__(self) -> "Alone":
        self.channel.expect("HELLO")
        return self

    def __exit__(self, *_: object) -> None:
        self.channel.end.close()
        try:
            self.wait()
        finally:
            if self._code is None:
                os.kill(self.pid, 9)
                os.waitpid(self.pid, 0)
            os.close(self._log)


class Dial:
    """Plays ghward-dial: connects to a port of this machine whenever it is asked."""

    def __init__(self, port: int) -> None:
        self.channel = Channel()
        self.channel.end.settimeout(None)
        self._port = port
        self._thread = threading.Thread(target=self._serve)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while words := self.channel.hear():
                assert words.type == "CONNECT", words
                with socket.create_connection(("127.0.0.1", self._port)) as made:
                    self.channel.say("CONNECTED", identifier=words.identifier, descriptors=(made.fileno(),))

    def __enter__(self) -> "Dial":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self.channel.end.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self.channel.end.close()
