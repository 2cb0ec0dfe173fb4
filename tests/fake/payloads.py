"""Bodies that no client should swallow, and text that no terminal should see."""

from __future__ import annotations

import functools
import gzip
import json
from typing import Any

from fake.alerts import Json

MIB = 1 << 20

# Each would act on a terminal, hide or reorder text, or break a line or column of the output.
ESCAPES: dict[str, str] = {
    "colour": "\x1b[31mred\x1b[0m",
    "clear": "\x1b[2J\x1b[H",
    "title": "\x1b]0;owned\x07",
    "clipboard": "\x1b]52;c;cm0gLXJmIH4K\x07",
    "link": "\x1b]8;;https://evil.example/\x1b\\click\x1b]8;;\x1b\\",
    "c1_csi": "\x9b31mred",
    "c1_osc": "\x9d0;owned\x9c",
    "bidi": "\u202egnp.exe\u202c",
    "isolate": "\u2066hidden\u2069",
    "zero_width": "a\u200bb\ufeffc",
    "tag": "a\U000e0041b",
    "separator": "one\u2028two\u2029three\x85four",
    "controls": "bell\x07 back\x08 delete\x7f shift\x0e",
    "lines": "first\nsecond\r\nthird\tcolumn",
}

ALL_ESCAPES = " ".join(ESCAPES.values())

# What stands in for a whole document of each kind.
FIXED: dict[str, bytes] = {
    "malformed": b'[{"number": 1, "state": "open",]',
    "trailing": b'[{"number": 1}] [{"number": 2}]',
    "duplicate_keys": b'[{"number": 1, "state": "open", "number": 2, "state": "fixed"}]',
    "not_utf8": b'[{"number": 1, "state": "open", "rule": {"id": "caf\xe9\xff\xfe"}}]',
    "lone_surrogate": b'[{"number": 1, "state": "open", "rule": {"id": "\\ud800"}}]',
    "raw_control": b'[{"number": 1, "state": "op\x01en"}]',
    "nul_escape": b'[{"number": 1, "state": "op\\u0000en"}]',
    "leading_zero": b'[{"number": 01, "state": "open"}]',
    "huge_number": b'[{"number": 1e999, "state": "open"}]',
    "not_alerts": b'[1, "two", null, [3]]',
    "no_number": b'[{"state": "open"}]',
    "wrong_types": b'[{"number": "1", "state": 5, "rule": [], "tool": "x"}]',
    "object": b'{"alerts": [{"number": 1, "state": "open"}]}',
    "array": b'[{"number": 1, "state": "open"}]',
    "scalar": b"true",
    "empty": b"",
    "bom": b'\xef\xbb\xbf[{"number": 1, "state": "open"}]',
    "nested": b"[" * 100_000 + b"]" * 100_000,
    "nested_objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "html": b"<!DOCTYPE html><html><head><title>Sign in</title></head>"
            b"<body>Please sign in \x1b]0;owned\x07</body></html>",
}


@functools.lru_cache(maxsize=4)
def oversized(mebibytes: int) -> bytes:
    """Valid JSON all the same, so that only a limit on its size can refuse it."""
    return b"[" + b" " * (mebibytes * MIB) + b"]"


@functools.lru_cache(maxsize=4)
def gzip_bomb(mebibytes: int) -> bytes:
    """A few kilobytes that unpack to valid JSON of that size."""
    return gzip.compress(oversized(mebibytes), 9)


def with_nulls(document: Any) -> Any:
    """Every field that GitHub's schema calls nullable, or that older servers leave out, is null."""
    for alert in document if isinstance(document, list) else [document]:
        alert |= {
            "state": None, "fixed_at": None, "dismissed_by": None, "dismissed_at": None,
            "dismissed_reason": None, "dismissed_comment": None, "dismissal_approved_by": None,
            "updated_at": None, "assignees": None,
            "tool": {"name": None, "guid": None, "version": None},
        }
        for name in alert["rule"]:
            alert["rule"][name] = None
        for name in alert["most_recent_instance"]:
            alert["most_recent_instance"][name] = None
    return document


def with_bare_alerts(document: Any) -> Any:
    """Objects that have a number and nothing else but nulls where objects should be."""
    def bare(alert: Json) -> Json:
        return {"number": alert["number"], "rule": None, "tool": None, "most_recent_instance": None}

    return [bare(alert) for alert in document] if isinstance(document, list) else bare(document)


def with_escapes(document: Any, text: str = ALL_ESCAPES) -> Any:
    """Hostile text in every string that a person may get to see."""
    for alert in document if isinstance(document, list) else [document]:
        rule, instance = alert["rule"], alert["most_recent_instance"]
        alert["html_url"] += text
        alert["dismissed_comment"] = text
        alert["dismissed_reason"] = text
        alert["state"] = "open" + text
        alert["created_at"] += text
        alert["updated_at"] += text
        rule |= {"id": rule["id"] + text, "description": text, "name": text, "help": text,
                 "full_description": text, "tags": [text]}
        alert["tool"]["name"] += text
        alert["tool"]["version"] = text
        instance["message"]["text"] = text
        instance["ref"] += text
        instance["category"] = text
        instance["location"]["path"] += text
    return document


def edit(body: bytes, change: Any, **options: Any) -> bytes:
    """Applies one of the functions above to a JSON body."""
    return json.dumps(change(json.loads(body), **options)).encode()
