"""A server that says what it was told instead of what is stored: references and a pack of any kind."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass

from fake import pktline


@dataclass
class Script:
    """Answers ls-refs with `refs` and fetch with `pack`, in pieces or whole, whatever was asked for."""

    refs: list[tuple[str, bytes]]
    """Ids and names; the names need not be names."""
    pack: bytes | Iterable[bytes] = b""
    sections: bytes = b""
    """Before the pack's."""

    def answer(self, body: bytes) -> Generator[bytes, None, None]:
        if b"command=ls-refs" in body:
            yield pktline.refs_answer(self.refs)
            return
        if b"done\n" not in body and b"done" not in [one[4:] for one in pktline.split(body)]:
            yield pktline.line("acknowledgments\n") + pktline.line("NAK\n") + pktline.FLUSH
            return
        yield self.sections + pktline.line("packfile\n")
        for data in [self.pack] if isinstance(self.pack, bytes) else self.pack:
            yield pktline.band(1, data)
        yield pktline.FLUSH
