"""What an operation asks of a token, in the two vocabularies that GitHub has for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Permissions = dict[str, str]
"""Of an App or a fine-grained token: {"security_events": "read"}."""

Authority = Literal["token", "app", "anybody", "nobody"]
"""Who may ask: a token, an App by its JWT, everybody, or only somebody without credentials."""

_LEVELS = {"read": 1, "write": 2, "admin": 3}


def level(name: str | None) -> int:
    return _LEVELS.get(name or "", 0)


def covers(held: Permissions, wanted: str) -> bool:
    """`wanted` is "security_events:read"."""
    name, _, needed = wanted.partition(":")
    return level(held.get(name)) >= level(needed)


@dataclass(frozen=True)
class Needs:
    authority: Authority = "token"
    permission: str | None = None
    """"security_events:read"; None: any token will do."""
    scopes: frozenset[str] = frozenset()
    """Any of these suffices."""
    public_scopes: frozenset[str] = frozenset()
    """So do these, where the repository is public."""

    def accepted_scopes(self, is_public: bool) -> frozenset[str]:
        return self.scopes | self.public_scopes if is_public else self.scopes


ANY_TOKEN = Needs()
ALERTS_READ = Needs("token", "security_events:read", frozenset({"repo", "security_events"}),
                    frozenset({"public_repo"}))
ALERTS_WRITE = Needs("token", "security_events:write", ALERTS_READ.scopes,
                     ALERTS_READ.public_scopes)
REPOSITORY = Needs("token", "metadata:read", frozenset({"repo"}))
CONTENTS_READ = Needs("token", "contents:read", frozenset({"repo"}))
APP = Needs("app")
ANYBODY = Needs("anybody")
NOBODY = Needs("nobody")
