"""A verifier of audit logs that shares no line with ghward: only the format as it is documented."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

FIRST_KEY, LAST_KEY = "seq", "prev"
KEYS = [
    "seq", "time", "boot", "mono", "actor", "job", "event", "phase", "target", "decision", "rule",
    "outcome", "request_id", "severity", "details", "session", "prev",
]
LINE_MAX = 65536


class Broken(Exception):
    """The log is not what it claims to be."""


def leaf_hash(line: bytes) -> str:
    """RFC 6962, section 2.1: a leaf is hashed behind a zero byte."""
    return hashlib.sha256(b"\0" + line).hexdigest()


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise Broken("a key occurs twice")
    return dict(pairs)


def _check_record(line: bytes, sequence: int, previous: str) -> dict[str, Any]:
    if len(line) + 1 > LINE_MAX:
        raise Broken(f"record {sequence} is too long")
    try:
        record = json.loads(line.decode(), object_pairs_hook=_refuse_twice)
    except ValueError as error:
        raise Broken(f"record {sequence} is not JSON: {error}") from error
    if list(record) != KEYS:
        raise Broken(f"record {sequence} has the keys {list(record)}")
    if record["seq"] != sequence:
        raise Broken(f"record {sequence} is numbered {record['seq']}")
    if record["prev"] != previous:
        raise Broken(f"record {sequence} does not follow its predecessor")
    if any(isinstance(value, float) for value in record.values()):
        raise Broken(f"record {sequence} has a number that is not whole")
    if any(byte < 0x20 or byte == 0x7F for byte in line):
        raise Broken(f"record {sequence} has a control character")
    return record  # type: ignore[no-any-return]


def verify(directory: Path) -> list[dict[str, Any]]:
    """All records in order; raises Broken at the first that is not right."""
    records: list[dict[str, Any]] = []
    previous = "0" * 64
    for segment in sorted(directory.glob("*.jsonl")):
        data = segment.read_bytes()
        if data and not data.endswith(b"\n"):
            raise Broken(f"{segment.name} ends within a record")
        for line in data.split(b"\n")[:-1]:
            records.append(_check_record(line, len(records) + 1, previous))
            previous = leaf_hash(line)
    return records
