"""Faults that show in an answer's content: other statuses, headers and bodies, soundly framed.

`REPLACE` makes an answer instead of the right one; `CHANGE` alters the right one. What breaks the
framing itself is in wire.py.
"""

from __future__ import annotations

import gzip
import json
from typing import Any, Callable

from fake import payloads
from fake.messages import Answer, Request
from fake.world import World

_MESSAGES = {
    400: "Problems parsing JSON",
    401: "Bad credentials",
    403: "Resource not accessible by personal access token",
    404: "Not Found",
    410: "This API is gone",
    422: "Validation Failed",
    500: "Server Error",
    502: "Server Error",
    503: "No server is currently available to service your request. Sorry about that.",
}
_SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
)
_PRIMARY = "API rate limit exceeded for user ID 583231."


def _status(world: World, request: Request, status: int, message: str | None = None,
            headers: dict[str, str] | None = None, html: bool = False) -> Answer:
    """Any status, with GitHub's usual message."""
    if message is None:
        message = _MESSAGES.get(status, "Unexpected")
    made = world.error(status, message)
    if html:
        made.headers["Content-Type"] = "text/html; charset=utf-8"
        made.body = payloads.FIXED["html"]
    made.headers |= headers or {}
    return made


def _with_waiting(world: World, made: Answer, retry_after: int | None, remaining: int | None,
                  reset_in: int | None) -> Answer:
    if retry_after is not None:
        made.headers["Retry-After"] = str(retry_after)
    if remaining is not None:
        made.headers["X-RateLimit-Remaining"] = str(remaining)
    if reset_in is not None:
        made.headers["X-RateLimit-Reset"] = str(int(world.now()) + reset_in)
    return made


def _rate_limited(world: World, request: Request, status: int = 429, secondary: bool = False,
                  retry_after: int | None = None, remaining: int | None = None,
                  reset_in: int | None = None) -> Answer:
    """429, or 403 as GitHub also uses it, for the primary or a secondary limit."""
    made = world.error(status, _SECONDARY if secondary else _PRIMARY)
    if secondary:
        return _with_waiting(world, made, retry_after, remaining, reset_in)
    return _with_waiting(
        world, made, retry_after, 0 if remaining is None else remaining,
        1800 if reset_in is None else reset_in,
    )


def _redirect(world: World, request: Request, to: str, status: int = 301) -> Answer:
    """`to` is a whole URL, or a path on this server."""
    target = to if "://" in to else world.origin + request.prefix + to
    made = world.json_answer(status, {"message": "Moved Permanently", "url": target})
    made.headers["Location"] = target
    return made


def _body(world: World, request: Request, data: bytes, status: int = 200,
          content_type: str = "application/json; charset=utf-8",
          encoding: str | None = None) -> Answer:
    """Exactly these bytes."""
    made = Answer(status, {**world.common_headers(), "Content-Type": content_type}, data)
    if encoding:
        made.headers["Content-Encoding"] = encoding
    return made


def _html(world: World, request: Request) -> Answer:
    return _body(world, request, payloads.FIXED["html"], content_type="text/html; charset=utf-8")


def _oversized(world: World, request: Request, mebibytes: int = 40) -> Answer:
    return _body(world, request, payloads.oversized(mebibytes))


def _gzip_bomb(world: World, request: Request, mebibytes: int = 80) -> Answer:
    return _body(world, request, payloads.gzip_bomb(mebibytes), encoding="gzip")


def _bad_gzip(world: World, request: Request) -> Answer:
    """Compressed data that breaks off in the middle."""
    whole = gzip.compress(json.dumps([{"number": n} for n in range(2000)]).encode())
    return _body(world, request, whole[: len(whole) // 2], encoding="gzip")


def _not_gzip(world: World, request: Request) -> Answer:
    return _body(world, request, payloads.FIXED["array"], encoding="gzip")


def _unknown_encoding(world: World, request: Request) -> Answer:
    return _body(world, request, payloads.FIXED["array"], encoding="br")


def _not_modified(world: World, request: Request) -> Answer:
    """304 to a request that was not conditional."""
    return Answer(304, world.common_headers())


Replace = Callable[..., Answer]


def refuses(kind: str, options: dict[str, Any]) -> bool:
    """Whether the answer means that nothing was changed; with the others the change is made."""
    return kind in ("status", "rate_limited", "redirect") or options.get("status", 200) >= 400


REPLACE: dict[str, Replace] = {
    "status": _status,
    "rate_limited": _rate_limited,
    "redirect": _redirect,
    "body": _body,
    "html": _html,
    "oversized": _oversized,
    "gzip_bomb": _gzip_bomb,
    "bad_gzip": _bad_gzip,
    "not_gzip": _not_gzip,
    "unknown_encoding": _unknown_encoding,
    "not_modified": _not_modified,
}


def _fixed(data: bytes) -> Replace:
    return lambda world, request: _body(world, request, data)


REPLACE |= {
    kind: _fixed(data) for kind, data in payloads.FIXED.items() if kind not in REPLACE
}


# --- changes ---


def _plain(answer: Answer) -> bytes:
    """Takes the compression off, so that the body can be edited."""
    if answer.headers.pop("Content-Encoding", None) == "gzip":
        return gzip.decompress(answer.body)
    return answer.body


def _edit(change: Callable[..., Any]) -> Callable[..., Answer]:
    def apply(answer: Answer, **options: Any) -> Answer:
        answer.body = payloads.edit(_plain(answer), change, **options)
        return answer

    return apply


def _header(answer: Answer, name: str, value: str | None) -> Answer:
    """Sets a header, or removes it."""
    known = {key.lower(): key for key in answer.headers}
    answer.headers.pop(known.get(name.lower(), ""), None)
    if value is not None:
        answer.headers[name] = value
    return answer


def _link(answer: Answer, value: str | None) -> Answer:
    return _header(answer, "Link", value)


def _custom(answer: Answer, change: Callable[[Any], Any]) -> Answer:
    """`change` gets the parsed body and returns the new one; in-process only."""
    return _edit(change)(answer)


CHANGE: dict[str, Callable[..., Answer]] = {
    "nulls": _edit(payloads.with_nulls),
    "bare": _edit(payloads.with_bare_alerts),
    "escapes": _edit(payloads.with_escapes),
    "header": _header,
    "link": _link,
    "edit": _custom,
}
