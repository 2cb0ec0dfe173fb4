"""Faults in what git's server says, soundly framed as HTTP. What breaks HTTP itself is in wire.py."""

from __future__ import annotations

from typing import Any, Callable

from fake import pktline
from fake.messages import Answer

Change = Callable[..., Answer]


def _body(make: Callable[..., bytes]) -> Change:
    """A change of the body alone."""
    def apply(answer: Answer, **options: Any) -> Answer:
        answer.body = make(answer.body, **options)
        return answer

    return apply


def _cut(body: bytes, keep: float = 1.0, less: int = 0) -> bytes:
    """A part of what should be there, as if it were all: git's own framing breaks off."""
    return body[: int(len(body) * keep) - less]


def _error(_: bytes, text: str = "upload-pack: not our ref") -> bytes:
    return pktline.error(text)


def _before(body: bytes, data: bytes) -> bytes:
    return data + body


def _overlong(body: bytes) -> bytes:
    """A line longer than any may be."""
    return b"fffe" + b"a" * 0xFFFA + body


def _no_number(body: bytes) -> bytes:
    return b"zzzz" + body


def _edit_pack(body: bytes, change: Callable[[bytes], bytes]) -> bytes:
    before, pack = pktline.pack_of(body)
    return before + pktline.band(1, change(pack)) + pktline.FLUSH


def _trailing(body: bytes, size: int = 1000) -> bytes:
    """More behind the pack than belongs to it."""
    return _edit_pack(body, lambda pack: pack + b"x" * size)


def _flipped(body: bytes) -> bytes:
    """One bit of the pack is another: its hash tells."""
    def flip(pack: bytes) -> bytes:
        at = len(pack) // 2
        return pack[:at] + bytes([pack[at] ^ 1]) + pack[at + 1 :]

    return _edit_pack(body, flip)


def _section(body: bytes, name: str, lines: list[str]) -> bytes:
    """A section before the pack's that nobody has asked for."""
    made = b"".join(pktline.line(one + "\n") for one in [name, *lines])
    return made + pktline.DELIMITER + body


def _refs(body: bytes, lines: list[bytes], keep: bool = True) -> bytes:
    """More references, as they stand in lines of ls-refs without their ends; or these alone."""
    return b"".join(pktline.line(one + b"\n") for one in lines) + (body if keep else pktline.FLUSH)


CHANGE: dict[str, Change] = {
    "git_cut": _body(_cut),
    "git_error": _body(_error),
    "git_before": _body(_before),
    "git_overlong": _body(_overlong),
    "git_no_number": _body(_no_number),
    "git_trailing": _body(_trailing),
    "git_flipped": _body(_flipped),
    "git_pack": _body(_edit_pack),
    "git_section": _body(_section),
    "git_refs": _body(_refs),
}
