"""Makes an audit log from the format as docs/audit-format.md has it, without a line of ghward's."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

from system import auditcheck

_LOG = "0011223344ff"
_ORIGIN = auditcheck.PREFIX + _LOG


class _Signer:
    """A P-256 key that openssl makes and uses."""

    def __init__(self, directory: Path, name: str) -> None:
        self._path = directory / name
        self._run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self._path)
        der = self._run("pkey", "-in", self._path, "-pubout", "-outform", "DER")
        self.id = hashlib.sha256(der).digest()[:4]
        self.verifier = f"{_ORIGIN}+{self.id.hex()}+{base64.b64encode(bytes([2]) + der).decode()}"

    @staticmethod
    def _run(*arguments: object, data: bytes = b"") -> bytes:
        command = ["openssl", *map(str, arguments)]
        return subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout

    def sign(self, text: str) -> str:
        der = self._run("dgst", "-sha256", "-sign", self._path, data=text.encode())
        return base64.b64encode(self.id + der).decode()


class _Writer:
    def __init__(self, directory: Path) -> None:
        self.directory, self.seq, self.hash, self.tree = directory, 0, "0" * 64, auditcheck.Tree()
        self.lines: list[bytes] = []
        self.secret, self.sealed = b"", 0

    def put(self, event: str, phase: str, actor: str, details: dict[str, str]) -> None:
        self.seq += 1
        inside = ",".join(f'"{key}":"{value}"' for key, value in details.items())
        line = (f'{{"seq":{self.seq},"time":"2026-01-02T03:04:05.{self.seq % 1000000:06}Z","boot":"b",'
                f'"mono":{self.seq % 1000000},"actor":"{actor}","job":"","event":"{event}","phase":"{phase}",'
                '"target":"acme/shop","decision":"","rule":"","outcome":"","request_id":"","severity":"info",'
                f'"details":{{{inside}}},"session":"{_LOG}-00000001","prev":"{self.hash}"}}').encode()
        self.hash = auditcheck.leaf_hash(line)
        self.tree.add(bytes.fromhex(self.hash))
        self.lines.append(line + b"\n")

    def begin(self, epoch: int, signer: _Signer, before: _Signer | None) -> None:
        self.lines = []
        self.first = self.seq + 1
        self.put("audit.segment", "note", "audit", {
            "format": "2", "origin": _ORIGIN, "epoch": str(epoch), "key": signer.verifier,
            "signature": before.sign(auditcheck.epoch_text(signer.verifier)) if before else "",
            "peaks": self.tree.text(), "after": "closed" if before else "",
        })

    def checkpoint(self, signer: _Signer, closes: bool) -> None:
        self.secret, self.sealed = os.urandom(32), self.seq
        root = base64.b64encode(self.tree.root()).decode()
        seal = base64.b64encode(hashlib.sha256(self.secret).digest()).decode()
        details = {"size": str(self.seq), "root": root, "peaks": self.tree.text(), "seal": seal, "open": "",
                   "signature": signer.sign(auditcheck.note_text(_ORIGIN, self.seq, root, seal))}
        if closes:
            details["next"] = f"{self.seq + 2:020}.jsonl"
        self.put("audit.checkpoint", "note", "audit", details)

    def flush(self) -> None:
        (self.directory / f"{self.first:020}.jsonl").write_bytes(b"".join(self.lines))


def make(directory: Path, segments: int, records: int) -> str:
    """A log of segments with so many records each; returns its first public key."""
    directory.mkdir(mode=0o700)
    writer, before, first = _Writer(directory), None, ""
    with tempfile.TemporaryDirectory() as scratch:
        for epoch in range(1, segments + 1):
            signer = _Signer(Path(scratch), f"key{epoch}")
            first = first or signer.verifier
            writer.begin(epoch, signer, before)
            for number in range(records - 2):
                writer.put("alerts.list", "note", "uid:1000", {"n": str(number)})
            writer.checkpoint(signer, epoch < segments)
            writer.flush()
            before = signer
    (directory / "head").write_text(f"{writer.seq:020} {writer.hash}\n")
    (directory / "seal").write_text(f"{writer.sealed:020} {writer.secret.hex()}\n{0:020} {'0' * 64}\n")
    return first
