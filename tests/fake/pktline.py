"""pkt-lines, the framing of git's protocol, and what an answer consists of."""

from __future__ import annotations

from collections.abc import Iterator

FLUSH, DELIMITER, END = b"0000", b"0001", b"0002"
LINE_MAX = 65516
_BAND_MAX = 65515


def line(data: bytes | str) -> bytes:
    data = data.encode() if isinstance(data, str) else data
    assert len(data) <= LINE_MAX
    return b"%04x" % (len(data) + 4) + data


def band(number: int, data: bytes) -> bytes:
    """Data in a sideband, as many lines as it takes: 1 pack, 2 progress, 3 error."""
    return b"".join(line(bytes([number]) + data[at : at + _BAND_MAX]) for at in range(0, len(data), _BAND_MAX))


def split(data: bytes) -> Iterator[bytes]:
    """The lines as they stand, headers and special ones included."""
    at = 0
    while at < len(data):
        size = int(data[at : at + 4], 16)
        end = at + max(size, 4)
        yield data[at:end]
        at = end


def refs_answer(refs: list[tuple[str, bytes]]) -> bytes:
    """Of ls-refs: ids and names."""
    return b"".join(line(oid.encode() + b" " + name + b"\n") for oid, name in refs) + FLUSH


def error(text: str) -> bytes:
    return line(f"ERR {text}\n")


def pack_of(answer: bytes) -> tuple[bytes, bytes]:
    """What stands before the pack in an answer to fetch, and the pack."""
    before, pack, inside = b"", b"", False
    for one in split(answer):
        if inside and one[4:5] == b"\x01":
            pack += one[5:]
        elif not inside:
            before += one
            inside = one[4:] == b"packfile\n"
    return before, pack
