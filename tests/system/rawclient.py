"""A client that speaks ghward's own protocol, word by word, so that it can also say what none may.

Numbers and their order are read from the sources: there is one specification.
"""

from __future__ import annotations

import os
import re
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

from system.harness import ROOT

_HEADER = struct.Struct("<HHII")
_PROTOCOL = (ROOT / "src/lib/ipc/protocol.h").read_text()
_OPERATIONS = (ROOT / "src/lib/operations/operations.def").read_text()


def _enumerators(name: str) -> list[str]:
    match = re.search(rf"enum {name} {{(.*?)}};", _PROTOCOL, re.DOTALL)
    assert match, name
    plain = re.sub(r"/\*.*?\*/", "", match[1], flags=re.DOTALL)
    return re.findall(r"\b[A-Z][A-Z_]+\b", plain)


MESSAGES = {name.removeprefix("MESSAGE_"): number
            for number, name in enumerate(_enumerators("message_type"), 1)}
JOBS = {name.removeprefix("JOB_"): number for number, name in enumerate(_enumerators("job_kind"))}
CONSENTS = {name.removeprefix("CONSENT_"): number
            for number, name in enumerate(_enumerators("consent"))}
PARAMETERS = {name: number for number, name in
              enumerate(re.findall(r"^PARAMETER\((\w+)", _OPERATIONS, re.MULTILINE))}


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<I", len(data)) + data + b"\0"


# What other kinds of jobs say at the end of a MESSAGE_JOB.
NO_REVIEW = struct.pack("<QQ", 0, 0) + 6 * text("") + bytes(4) + 3 * text("")
NO_REPOSITORIES = struct.pack("<BBIBBBBI", 0, 0, 0, 0, 0, 0, 0, 0) + 5 * text("") + struct.pack("<BBBII", 0, 0, 0, 0, 0)


def job(kind: str, consent: str, **arguments: str) -> bytes:
    """The payload of a MESSAGE_JOB for a pipe. Arguments by the names of operations.def."""
    listed = b"".join(bytes([PARAMETERS[name]]) + text(value)
                      for name, value in sorted(arguments.items(), key=lambda at: PARAMETERS[at[0]]))
    lines = 1
    no_entry = 4 * text("") + struct.pack("<QB", 0, 0)
    return (bytes([JOBS[kind]]) + 2 * text("") + no_entry + text("")
            + bytes([len(arguments)]) + listed
            + struct.pack("<IBBBBHBB", 0, 0, CONSENTS[consent], 0, lines, 80, 0, 0) + text("") + NO_REVIEW + NO_REPOSITORIES)


@dataclass
class Message:
    type: str
    payload: bytes

    @property
    def strings(self) -> list[str]:
        """Of a payload that is nothing else."""
        found, rest = [], self.payload
        while rest:
            (length,) = struct.unpack_from("<I", rest)
            found.append(rest[4 : 4 + length].decode())
            rest = rest[4 + length + 1 :]
        return found


class RawClient:
    """One connection to a running agent for the length of a `with` block."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.connect(str(path))  # waits where there is no room, as it would not with a timeout
        self._socket.settimeout(20)
        self._descriptors: list[int] = []
        """What was received: a pipe that is closed would end its job."""

    def say(self, kind: str, payload: bytes = b"", identifier: int = 1) -> None:
        head = _HEADER.pack(MESSAGES[kind], 0, identifier, len(payload))
        self._socket.send(head + payload)

    def hear(self) -> Message | None:
        """The next message; None once the agent has hung up."""
        try:
            data, fds, _, _ = socket.recv_fds(self._socket, 65536, 4)
        except ConnectionResetError:
            return None
        self._descriptors += fds
        if not data:
            return None
        number, _, _, length = _HEADER.unpack_from(data)
        names = [name for name, known in MESSAGES.items() if known == number]
        assert names and len(data) == _HEADER.size + length, data
        return Message(names[0], data[_HEADER.size :])

    def hear_until(self, kind: str) -> Message | None:
        """Skips what comes before; None if the agent hangs up first."""
        while message := self.hear():
            if message.type == kind:
                return message
        return None

    def close(self) -> None:
        self._socket.close()
        while self._descriptors:
            os.close(self._descriptors.pop())

    def __enter__(self) -> "RawClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def failure_of(done: Message) -> tuple[int, str]:
    """Kind and message of a MESSAGE_JOB_DONE."""
    (length,) = struct.unpack_from("<I", done.payload)
    at = 4 + length + 1
    kind, _, size = struct.unpack_from("<BHI", done.payload, at)
    return kind, done.payload[at + 7 : at + 7 + size].decode()
