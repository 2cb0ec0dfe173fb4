"""A verifier of audit logs and bundles that shares no line with ghward: only the format as docs/audit-format.md has it.

ECDSA is left to the openssl command; everything else is Python's standard library.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KEYS = [
    "seq", "time", "boot", "mono", "actor", "job", "event", "phase", "target", "decision", "rule",
    "outcome", "request_id", "severity", "details", "session", "prev",
]
LINE_MAX = 65536
SLOT = 86
PREFIX = "ghward-audit/"


class Broken(Exception):
    """The log is not what it claims to be."""


def check(good: object, why: str) -> None:
    if not good:
        raise Broken(why)


# --- hashes and trees (RFC 6962) ---

def leaf_hash(line: bytes) -> str:
    """RFC 6962, section 2.1: a leaf is hashed behind a zero byte."""
    return hashlib.sha256(b"\0" + line).hexdigest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass
class Tree:
    """Perfect subtrees, the largest first, as (number of leaves, root)."""

    peaks: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(size for size, _ in self.peaks)

    def add(self, leaf: bytes) -> None:
        self.peaks.append((1, leaf))
        while len(self.peaks) > 1 and self.peaks[-1][0] == self.peaks[-2][0]:
            (size, left), (_, right) = self.peaks[-2:]
            self.peaks[-2:] = [(2 * size, node_hash(left, right))]

    def root(self) -> bytes:
        if not self.peaks:
            return hashlib.sha256().digest()
        root = self.peaks[-1][1]
        for _, peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def text(self) -> str:
        return ",".join(peak.hex() for _, peak in self.peaks)

    @staticmethod
    def of(text: str, size: int) -> "Tree":
        sizes = [1 << bit for bit in range(44, -1, -1) if size >> bit & 1]
        hashes = text.split(",") if text else []
        check(len(sizes) == len(hashes), "a tree has as many peaks as its size has bits")
        check(all(re.fullmatch(r"[0-9a-f]{64}", one) for one in hashes), "a peak is a hash")
        return Tree([(one, bytes.fromhex(text)) for one, text in zip(sizes, hashes)])


def root_of_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.3.2."""
    check(index < size, "the leaf is not in the tree")
    node, last, root = index, size - 1, leaf
    for sibling in path:
        check(last, "the path is too long")
        if node & 1 or node == last:
            root = node_hash(sibling, root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        node, last = node >> 1, last >> 1
    check(last == 0, "the path is too short")
    return root


# --- keys and signatures (C2SP signed notes) ---

def unbase64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Broken(f"{text!r} is not base64") from error
    check(base64.b64encode(data).decode() == text, f"{text!r} is not canonical base64")
    return data


@dataclass(frozen=True)
class Key:
    origin: str
    id: bytes
    der: bytes

    @staticmethod
    def of(text: str) -> "Key":
        match = re.fullmatch(r"(ghward-audit/[0-9a-f]{12})\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)", text)
        if not match:
            raise Broken(f"{text!r} is not a verifier key")
        origin, identity, data = match[1], bytes.fromhex(match[2]), unbase64(match[3])
        check(data[0] == 2, "a key is of type 0x02")
        check(hashlib.sha256(data[1:]).digest()[:4] == identity, "the key id is that of the key")
        return Key(origin, identity, data[1:])

    def has_signed(self, text: str, signature: str) -> bool:
        data = unbase64(signature)
        if data[:4] != self.id:
            return False
        with tempfile.TemporaryDirectory() as scratch:
            key, message, der = (Path(scratch) / name for name in ("key", "message", "signature"))
            pem = base64.encodebytes(self.der).decode()
            key.write_text(f"-----BEGIN PUBLIC KEY-----\n{pem}-----END PUBLIC KEY-----\n")
            message.write_text(text)
            der.write_bytes(data[4:])
            done = subprocess.run(
                ["openssl", "dgst", "-sha256", "-verify", key, "-signature", der, message],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return done.returncode == 0


def epoch_text(key: str) -> str:
    return f"ghward audit epoch\n{key}\n"


def note_text(origin: str, size: int | str, root: str, seal: str) -> str:
    return f"{origin}\n{size}\n{root}\nseal {seal}\n"


# --- records ---

def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    check(len({key for key, _ in pairs}) == len(pairs), "a key occurs twice")
    return dict(pairs)


def _one_form(record: dict[str, Any]) -> bytes:
    """The one line that has this content."""
    def value(it: Any) -> str:
        if isinstance(it, dict):
            return "{" + ",".join(f"{value(key)}:{value(one)}" for key, one in it.items()) + "}"
        if isinstance(it, str):
            return '"' + it.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return str(it)

    return value(record).encode()


def parse(line: bytes) -> dict[str, Any]:
    """The record that a line, without its newline, is."""
    check(len(line) + 1 <= LINE_MAX, "a line is too long")
    try:
        record: dict[str, Any] = json.loads(line.decode(), object_pairs_hook=_refuse_twice)
    except ValueError as error:
        raise Broken(f"a line is not JSON: {error}") from error
    check(isinstance(record, dict) and list(record) == KEYS, "a record has other keys")
    check(type(record["seq"]) is int and type(record["mono"]) is int, "numbers are numbers")
    check(0 < record["seq"] < 1 << 44 and record["mono"] >= 0, "numbers are within their range")
    details = record["details"]
    check(isinstance(details, dict) and len(details) <= 12, "details are an object of at most 12")
    texts = [record[key] for key in KEYS if key not in ("seq", "mono", "details")]
    texts += [*details, *details.values()]
    check(all(isinstance(text, str) for text in texts), "the rest is text")
    check(not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for text in texts for c in text),
          "a text has a control character")
    check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", record["time"]), "time has its form")
    check(record["phase"] in ("intent", "result", "note"), "a phase is one of three")
    check(record["severity"] in ("info", "warning", "critical"), "a severity is one of three")
    check(re.fullmatch(r"[0-9a-f]{12}-[0-9a-f]{8}", record["session"]), "session has its form")
    check(re.fullmatch(r"[0-9a-f]{64}", record["prev"]), "prev is a hash")
    check(_one_form(record) == line, "a record has one form")
    return record


def read_lines(path: Path) -> list[bytes]:
    data = path.read_bytes()
    check(not data or data.endswith(b"\n"), f"{path.name} ends within a record")
    return data.split(b"\n")[:-1]


def read_slot(data: bytes) -> tuple[int, bytes]:
    match = re.fullmatch(rb"(\d{20}) ([0-9a-f]{64})\n", data)
    if not match:
        raise Broken("a slot is malformed")
    return int(match[1]), bytes.fromhex(match[2].decode())


# --- a log ---

@dataclass
class Log:
    """What is known of a log behind the records read so far."""

    first_key: Key | None = None
    key: Key | None = None
    epoch: int = 0
    tree: Tree | None = None
    previous: str | None = "0" * 64
    records: list[dict[str, Any]] = field(default_factory=list)
    checkpoint: dict[str, str] | None = None
    unchecked: bool = False
    """The last checkpoint is of this epoch, and its signature was not checked."""
    closed: bool = False
    retained: int = 0

    def new_key(self, record: dict[str, Any]) -> None:
        details = record["details"]
        check(list(details)[:7] == ["format", "origin", "epoch", "key", "signature", "peaks", "after"],
              "audit.segment has its details")
        check(details["format"] == "2", "the format is version 2")
        key = Key.of(details["key"])
        check(details["origin"] == key.origin == PREFIX + record["session"][:12],
              "origin, key and session name one log")
        check(re.fullmatch(r"[1-9]\d*", details["epoch"]), "an epoch is a number")
        epoch = int(details["epoch"])
        check((epoch == 1) == (record["seq"] == 1) == (details["signature"] == ""),
              "the first epoch begins the log")
        if self.key:
            check(epoch == self.epoch + 1, "epochs grow by one")
            check(key.origin == self.key.origin, "all keys are of one log")
            check(self.key.has_signed(epoch_text(details["key"]), details["signature"]),
                  f"key {epoch} is not vouched for")
        self.first_key = self.first_key or key
        self.key, self.epoch = key, epoch

    def begin_segment(self, record: dict[str, Any], first: bool) -> None:
        check(record["event"] == "audit.segment" and record["phase"] == "note",
              "a segment begins with audit.segment")
        self.end_epoch()
        self.new_key(record)
        details = record["details"]
        tree = Tree.of(details["peaks"], record["seq"] - 1)
        if self.tree is None:
            self.tree = tree
        check(self.tree == tree, f"record {record['seq']} has the peaks of the tree before it")
        if record["seq"] == 1:
            check(details["after"] == "", "nothing is before the first segment")
        elif first:
            check(details["after"] in ("closed", "interrupted"), "something was before")
        else:
            check(details["after"] == ("closed" if self.closed else "interrupted"),
                  f"record {record['seq']} says how the segment before ended")
        self.closed = False

    def take_checkpoint(self, record: dict[str, Any]) -> None:
        details, seq = record["details"], record["seq"]
        assert self.tree and self.key
        check(list(details)[:6] == ["size", "root", "peaks", "seal", "open", "signature"],
              "audit.checkpoint has its details")
        check(list(details)[6:] in ([], ["next"]), "audit.checkpoint has no more details")
        check(record["phase"] == "note" and details["size"] == str(seq - 1),
              "a checkpoint speaks of all records before itself")
        check(details["peaks"] == self.tree.text(), f"checkpoint {seq} has the peaks of the tree")
        check(unbase64(details["root"]) == self.tree.root(), f"checkpoint {seq} has another root")
        check(len(unbase64(details["seal"])) == 32, "a seal is a hash")
        if "next" in details:
            check(details["next"] == f"{seq + 1:020}.jsonl", "next is the next segment")
            self.closed = True
        self.checkpoint, self.unchecked = details, True

    def end_epoch(self) -> None:
        """The last checkpoint of an epoch covers those before."""
        if self.unchecked:
            assert self.checkpoint and self.key
            one = self.checkpoint
            check(self.key.has_signed(
                note_text(self.key.origin, one["size"], one["root"], one["seal"]), one["signature"]),
                f"the checkpoint of size {one['size']} is not signed")
        self.unchecked = False

    def take(self, line: bytes, number: int) -> None:
        record = parse(line)
        assert self.tree and self.key
        check(record["seq"] == number, f"record {number} is numbered {record['seq']}")
        check(self.previous in (None, record["prev"]), f"record {number} does not follow its predecessor")
        check(record["session"][:12] == self.key.origin.removeprefix(PREFIX),
              f"record {number} is of another log")
        if record["event"] == "audit.checkpoint":
            self.take_checkpoint(record)
        if record["event"] == "audit.retain":
            self.retained = max(self.retained, int(record["details"]["first"]))
        self.previous = leaf_hash(line)
        self.tree.add(bytes.fromhex(self.previous))
        self.records.append(record)


def _read_retired(directory: Path, log: Log, first: int) -> None:
    """The keys of segments that were removed, in their order."""
    path = directory / "retired"
    data = path.read_bytes() if path.exists() else b""
    # A line that a crash left unfinished is of a segment that is still there.
    for line in data.split(b"\n")[:-1]:
        record = parse(line)
        if record["seq"] >= first:
            segment = directory / f"{record['seq']:020}.jsonl"
            check(segment.exists() and segment.read_bytes().startswith(line + b"\n"),
                  "what is about to be removed is there")
        else:
            log.new_key(record)


def _read_segments(directory: Path, log: Log) -> None:
    names = sorted(path for path in directory.glob("*.jsonl") if re.fullmatch(r"\d{20}", path.stem))
    first = number = int(names[0].stem) if names else 1
    _read_retired(directory, log, first)
    if first == 1:
        log.tree = Tree()
    else:
        log.previous = None
    for path in names:
        check(int(path.stem) == number, f"{path.name} should be number {number}")
        lines = read_lines(path)
        check(lines or path == names[-1], f"{path.name} is empty")
        for at, line in enumerate(lines):
            if at == 0:
                log.begin_segment(parse(line), path == names[0])
            else:
                check(not log.closed and parse(line)["event"] != "audit.segment",
                      f"record {number} stands behind the end of its segment")
            log.take(line, number)
            number += 1
    check(first == 1 or log.retained >= first, f"records before {first} are missing")
    log.end_epoch()


def _check_head(head: tuple[int, bytes], lines: dict[int, str], last: int) -> None:
    number, digest = head
    if number == 0:
        check(digest == bytes(32), "an empty head is all zeros")
        return
    check(number <= last, f"record {number}, which head names, is not there")
    check(lines.get(number) == digest.hex(), f"head names another record {number}")


def _verify(directory: Path, first_key: str | None) -> Log:
    path = directory / "head"
    head = read_slot(path.read_bytes()) if path.exists() else None
    log = Log()
    _read_segments(directory, log)
    check(head or not log.records, "there is no head")
    if head and log.records:
        # The hash of a record is in the next one.
        hashes = {one["seq"] - 1: one["prev"] for one in log.records}
        hashes[log.records[-1]["seq"]] = str(log.previous)
        _check_head(head, hashes, log.records[-1]["seq"])
    if head and not log.records:
        check(head[0] == 0, "the log ends before its beginning")
    if log.checkpoint:
        data = (directory / "seal").read_bytes() if (directory / "seal").exists() else b""
        slots = [read_slot(data[at:at + SLOT]) for at in range(0, len(data), SLOT)]
        wanted = (int(log.checkpoint["size"]), unbase64(log.checkpoint["seal"]))
        check(wanted in [(size, hashlib.sha256(secret).digest()) for size, secret in slots],
              "the seal is not that of the last checkpoint")
    if first_key:
        check(log.first_key == Key.of(first_key.strip()), "the first key is another one")
    return log


def _state(directory: Path) -> list[tuple[str, int, int]]:
    return sorted((path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in directory.iterdir())


def verify_log(directory: Path, first_key: str | None = None) -> Log:
    """Raises Broken at the first thing that is not right, unless a writer was at work meanwhile."""
    for _ in range(20):
        before = _state(directory)
        try:
            return _verify(directory, first_key)
        except (Broken, FileNotFoundError):
            if _state(directory) == before:
                raise
            time.sleep(0.02)
    return _verify(directory, first_key)


def verify(directory: Path, first_key: str | None = None) -> list[dict[str, Any]]:
    """All records in order."""
    return verify_log(directory, first_key).records if directory.exists() else []


# --- a bundle ---

def verify_bundle(data: bytes, first_key: str) -> list[dict[str, Any]]:
    """The records of a bundle in order; raises Broken unless each is proved to be the log's."""
    check(data.endswith(b"\n"), "a bundle ends with a newline")
    lines = data.split(b"\n")[:-1]
    check(lines.pop(0) == b"ghward-audit-bundle 1", "a bundle begins with its name")
    key: Key | None = None
    while lines and lines[0].startswith(b"key "):
        words = lines.pop(0).decode().split(" ")[1:]
        if key is None:
            check(len(words) == 1 and Key.of(words[0]) == Key.of(first_key.strip()), "the first key is another one")
        else:
            check(len(words) == 2 and key.has_signed(epoch_text(words[0]), words[1]), "a key is not vouched for")
        key = Key.of(words[0])
    check(key and len(lines) > 7 and lines.pop(0) == b"note", "the keys are followed by the note")
    assert key
    origin, size, root, seal, empty, signed = (lines.pop(0).decode() for _ in range(6))
    check(origin == key.origin and empty == "" and seal.startswith("seal "), "the note has its form")
    mark, name, signature = signed.split(" ")
    check(mark == "\N{EM DASH}" and name == origin, "the note has a signature line")
    check(key.has_signed(note_text(origin, size, root, seal.removeprefix("seal ")), signature),
          "the checkpoint is not signed")
    check(re.fullmatch(r"0|[1-9]\d*", size), "a size is a number")
    records: list[dict[str, Any]] = []
    while len(lines) > 1:
        line, path = lines.pop(0), lines.pop(0).decode().split(" ")
        records.append(parse(line))
        seq = records[-1]["seq"]
        check(path[0] == "path" and (len(records) < 2 or seq > records[-2]["seq"]), "records are in order")
        check(PREFIX + records[-1]["session"][:12] == origin, f"record {seq} is of another log")
        found = root_of_path(bytes.fromhex(leaf_hash(line)), seq - 1, int(size), [unbase64(one) for one in path[1:]])
        check(found == unbase64(root), f"record {seq} is not the log's")
    check(lines == [f"end {len(records)}".encode()], "a bundle ends with its count")
    return records


def main() -> int:
    """auditcheck.py DIRECTORY [KEY], or auditcheck.py BUNDLE KEY"""
    import sys

    path, key = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None
    try:
        records = verify(path, key) if path.is_dir() else verify_bundle(path.read_bytes(), key or "")
    except Broken as broken:
        print(f"broken: {broken}")
        return 1
    print(f"whole: {len(records)} records")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
