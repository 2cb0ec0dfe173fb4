"""Packs made by hand, among them those that nobody should unpack without limits."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from fake.bare import commit_data, object_id, tree_data

_KINDS = {"commit": 1, "tree": 2, "blob": 3, "tag": 4, "ofs-delta": 6, "ref-delta": 7}
MIB = 1 << 20
STORED = b"\0\xff\xff\0\0" + bytes(0xFFFF)
"""A block of zlib that is not compressed and not the last one."""


def _varint(number: int) -> bytes:
    """The size of a delta's base or result: little-endian, seven bits each."""
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def header(kind: str, size: int) -> bytes:
    """Of one object: its kind and how long it says it is."""
    first = _KINDS[kind] << 4 | size & 15
    rest = size >> 4
    return bytes([first | 0x80]) + _varint(rest) if rest else bytes([first])


def _offset(distance: int) -> bytes:
    out = [distance & 0x7F]
    while distance := distance >> 7:
        distance -= 1
        out.insert(0, distance & 0x7F | 0x80)
    return bytes(out)


def delta(base_size: int, copies: int) -> tuple[bytes, int]:
    """One that repeats its whole base so many times; and the size of what comes out."""
    out, at = b"", 0
    while at < base_size:
        size = min(base_size - at, 0xFFFFFF)
        out += bytes([0xFF]) + struct.pack("<I", at) + struct.pack("<I", size)[:3]
        at += size
    return _varint(base_size) + _varint(base_size * copies) + out * copies, base_size * copies


def finish(body: bytes, count: int) -> bytes:
    """The whole pack around its objects."""
    pack = b"PACK" + struct.pack(">II", 2, count) + body
    return pack + hashlib.sha1(pack).digest()


def whole(kind: str, data: bytes) -> bytes:
    return header(kind, len(data)) + zlib.compress(data)


@dataclass
class History:
    """One commit of one file, as its objects."""

    blob: bytes
    name: bytes = b"file"

    @property
    def tree(self) -> bytes:
        return tree_data([(self.name, "100644", object_id("blob", self.blob))])

    @property
    def commit(self) -> bytes:
        return commit_data(object_id("tree", self.tree), [], "One")

    @property
    def tip(self) -> str:
        return object_id("commit", self.commit)

    def pack(self, *, without: str = "") -> bytes:
        """All objects but those of one kind."""
        parts = [whole(kind, data) for kind, data in (
            ("commit", self.commit), ("tree", self.tree), ("blob", self.blob)) if kind != without]
        return finish(b"".join(parts), len(parts))


def zeros(size: int) -> Iterator[bytes]:
    """A zlib stream of so many MiB of zeros, about a thousandth of that long."""
    packer = zlib.compressobj(9)
    yield packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    # Behind a full flush every further block is packed into the same bytes.
    block = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(size - 1):
        yield block
    # Adler-32 of zeros: the first sum stays 1, the second counts.
    yield b"\x03\x00" + struct.pack(">HH", size * MIB % 65521, 1)


def blob_bomb(history: History, mebibytes: int) -> Iterator[bytes]:
    """A commit, and a blob that is huge once it is unpacked."""
    body = b"PACK" + struct.pack(">II", 2, 3) + whole("commit", history.commit) + whole("tree", history.tree)
    body += header("blob", mebibytes * MIB)
    digest = hashlib.sha1(body)
    yield body
    for data in zeros(mebibytes):
        digest.update(data)
        yield data
    yield digest.digest()


def delta_bomb(history: History, depth: int) -> bytes:
    """Deltas upon deltas, each of which doubles what the one before it makes."""
    parts = [whole("commit", history.commit), whole("tree", history.tree), whole("blob", history.blob)]
    size = len(history.blob)
    for _ in range(depth):
        data, result = delta(size, 2)
        parts.append(header("ofs-delta", len(data)) + _offset(len(parts[-1])) + zlib.compress(data))
        size = result
    return finish(b"".join(parts), len(parts))
