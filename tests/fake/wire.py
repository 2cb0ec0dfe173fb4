"""Faults below HTTP: answers that break off, never end, or were never HTTP.

Each function writes to the connection itself and says whether the connection is still of use.
Whatever may last long looks at `Wire.stopping`, so that a test never waits for the end of an
endless answer.
"""

from __future__ import annotations

import os
import socket
import ssl
import struct
import threading
import time
import zlib
from dataclasses import dataclass
from typing import Callable

from fake import packs, pktline
from fake.messages import Answer

Effect = Callable[..., bool]


@dataclass
class Wire:
    """One connection as faults see it."""

    tls: ssl.SSLSocket
    stopping: threading.Event

    def send(self, data: bytes) -> None:
        self.tls.sendall(data)

    def reset(self) -> None:
        """Ends with RST instead of FIN, and without TLS's good-bye."""
        self.tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # close() would wait for the files made of the socket, and say good-bye first.
        os.close(self.tls.detach())


def chunk(data: bytes) -> bytes:
    """Without data: the last one."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def chunked_head(answer: Answer) -> bytes:
    copy = answer.copy()
    copy.headers["Transfer-Encoding"] = "chunked"
    return copy.head(None)


def truncate(wire: Wire, answer: Answer, keep: float = 0.5) -> bool:
    """Promises the whole body, sends a part, and closes properly."""
    length = len(answer.body)
    wire.send(answer.head(length) + answer.body[: int(length * keep)])
    return False


def truncate_chunked(wire: Wire, answer: Answer) -> bool:
    """The same without a Content-Length: the last chunk is missing."""
    wire.send(chunked_head(answer) + chunk(answer.body[: len(answer.body) // 2]))
    return False


def reset(wire: Wire, answer: Answer, after: str = "body") -> bool:
    """RST, after "nothing", the "headers", or half of the "body" was sent."""
    if after in ("headers", "body"):
        wire.send(answer.head(len(answer.body)))
    if after == "body":
        wire.send(answer.body[: len(answer.body) // 2])
    if after != "nothing":
        time.sleep(0.05)  # RST discards what the peer has not read yet
    wire.reset()
    return False


def close(wire: Wire, answer: Answer) -> bool:
    """Closes without a word."""
    return False


def endless(wire: Wire, answer: Answer, block: int = 65536) -> bool:
    """JSON that goes on as fast as the client reads."""
    wire.send(chunked_head(answer) + chunk(b"["))
    filler = chunk(b" " * block)
    while not wire.stopping.is_set():
        wire.send(filler)
    return False


def endless_progress(wire: Wire, answer: Answer) -> bool:
    """What git's server tells people while it works, as fast as the client reads."""
    return _endless_fetch(wire, answer, b"", pktline.band(2, b"Counting objects\r" * 100))


def endless_pack(wire: Wire, answer: Answer) -> bool:
    """A pack with one sound object that goes on, uncompressed, as fast as the client reads."""
    begin = b"PACK" + struct.pack(">II", 2, 1) + packs.header("blob", 1 << 40) + b"\x78\x01"
    return _endless_fetch(wire, answer, pktline.band(1, begin), pktline.band(1, packs.STORED))


def _endless_fetch(wire: Wire, answer: Answer, begin: bytes, block: bytes) -> bool:
    wire.send(chunked_head(answer) + chunk(pktline.line("packfile\n") + begin))
    filler = chunk(block)
    while not wire.stopping.is_set():
        wire.send(filler)
    return False


def endless_gzip(wire: Wire, answer: Answer) -> bool:
    """A gzip stream that goes on: little on the wire, much when unpacked."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)

    def pack(data: bytes) -> bytes:
        return packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)

    copy = answer.copy()
    copy.headers["Content-Encoding"] = "gzip"
    spaces = b" " * (1 << 20)
    wire.send(chunked_head(copy) + chunk(pack(b"[") + pack(spaces)))
    # Behind a window full of spaces every further block is packed into the same bytes.
    filler = chunk(pack(spaces))
    while not wire.stopping.is_set():
        wire.send(filler)
    return False


def drip(wire: Wire, answer: Answer, interval: float = 0.1, size: int = 1) -> bool:
    """The right answer, a byte at a time."""
    wire.send(answer.head(len(answer.body)))
    for at in range(0, len(answer.body), size):
        if wire.stopping.wait(interval):
            return False
        wire.send(answer.body[at : at + size])
    return True


def drip_headers(wire: Wire, answer: Answer, interval: float = 0.1) -> bool:
    """Never gets to the end of the headers."""
    wire.send(b"HTTP/1.1 200 OK\r\n")
    while not wire.stopping.wait(interval):
        wire.send(b"X-Padding: a\r\n")
    return False


def silence(wire: Wire, answer: Answer) -> bool:
    """Takes the request and never answers."""
    wire.stopping.wait()
    return False


def header_bomb(wire: Wire, answer: Answer, lines: int = 4096, size: int = 4096) -> bool:
    """Megabytes of headers."""
    wire.send(b"HTTP/1.1 200 OK\r\n")
    for number in range(lines):
        wire.send(b"X-Bomb-%d: %s\r\n" % (number, b"a" * size))
    wire.send(b"Content-Length: 2\r\n\r\n[]")
    return False


def long_header(wire: Wire, answer: Answer, size: int = 1 << 20) -> bool:
    """One header line that is longer than any buffer should be."""
    wire.send(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * size + b"\r\nContent-Length: 2\r\n\r\n[]")
    return False


def duplicate_length(wire: Wire, answer: Answer) -> bool:
    """Two lengths that contradict each other."""
    head = answer.head(len(answer.body))
    wire.send(head[:-2] + b"Content-Length: %d\r\n\r\n" % (len(answer.body) // 2) + answer.body)
    return False


def length_and_chunks(wire: Wire, answer: Answer) -> bool:
    """Content-Length beside Transfer-Encoding, the stuff that smuggling is made of."""
    copy = answer.copy()
    copy.headers["Transfer-Encoding"] = "chunked"
    wire.send(copy.head(3) + chunk(answer.body) + b"0\r\n\r\n")
    return False


def bad_chunk(wire: Wire, answer: Answer) -> bool:
    """A chunk size that is no number."""
    wire.send(chunked_head(answer) + b"zz\r\n" + answer.body + b"\r\n0\r\n\r\n")
    return False


def garbage(wire: Wire, answer: Answer) -> bool:
    """Not HTTP at all."""
    wire.send(b"\x00\x01\x02SSH-2.0-OpenSSH_9.2\r\n" * 8)
    return False


def early_hints(wire: Wire, answer: Answer, count: int = 3) -> bool:
    """Informational answers before the real one: legal, and to be skipped."""
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: <https://evil.example/>; rel=\"next\"\r\n\r\n"
    wire.send(hint * count + answer.head(len(answer.body)) + answer.body)
    return True


def unframed(wire: Wire, answer: Answer) -> bool:
    """The old way: the body ends where the connection ends."""
    copy = answer.copy()
    copy.headers["Connection"] = "close"
    wire.send(copy.head(None) + answer.body)
    return False


_ALL: tuple[Effect, ...] = (
    truncate, truncate_chunked, reset, close, endless, endless_gzip, endless_pack, endless_progress, drip, drip_headers, silence,
    header_bomb, long_header, duplicate_length, length_and_chunks, bad_chunk, garbage, early_hints,
    unframed,
)

EFFECTS: dict[str, Effect] = {effect.__name__: effect for effect in _ALL}
