"""Tokens: of which kind each is, what it may do, and until when."""

from __future__ import annotations

import random
import string
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Literal

from fake.messages import Answer
from fake.permissions import Needs, Permissions, covers

Kind = Literal["classic", "fine-grained", "oauth", "user", "installation", "legacy"]

_PREFIXES: dict[str, Kind] = {
    "ghp_": "classic", "github_pat_": "fine-grained", "gho_": "oauth", "ghu_": "user",
    "ghs_": "installation",
}
_WITH_SCOPES = ("classic", "oauth", "legacy")
_SCOPES = frozenset({"repo", "security_events"})
_PERMISSIONS = {"metadata": "read", "security_events": "write", "contents": "read"}


def random_text(length: int = 36) -> str:
    return "".join(random.SystemRandom().choices(string.ascii_letters + string.digits, k=length))


def kind_of(value: str) -> Kind:
    for prefix, kind in _PREFIXES.items():
        if value.startswith(prefix):
            return kind
    return "legacy"


@dataclass
class Token:
    """One token that GitHub knows. What does not fit its kind is of no meaning."""

    value: str
    kind: Kind
    login: str = "octocat"
    scopes: frozenset[str] = _SCOPES
    permissions: Permissions = field(default_factory=lambda: dict(_PERMISSIONS))
    repositories: frozenset[str] | None = None
    """"acme/shop", in lower case; None is every one of `owner`."""
    owner: str | None = None
    """None is everybody."""
    role: str = "admin"
    """Of the person, in every repository."""
    expires: float | None = None
    """By the server's clock."""
    refusals: int = 0
    """So many requests more find a replica that has not heard of it yet."""
    refresh: str | None = None
    suspended: bool = False

    @property
    def has_scopes(self) -> bool:
        return self.kind in _WITH_SCOPES

    def sees(self, owner: str, repo: str | None) -> bool:
        """Whether the owner, or one repository, is in its reach at all."""
        if self.owner is not None and owner.lower() != self.owner.lower():
            return False
        return (repo is None or self.repositories is None
                or f"{owner}/{repo}".lower() in self.repositories)

    def suffices(self, needs: Needs, is_public: bool) -> bool:
        if needs.permission is None:
            return True
        if self.has_scopes:
            return bool(self.scopes & needs.accepted_scopes(is_public))
        return covers(self.permissions, needs.permission)

    def headers(self, needs: Needs) -> dict[str, str]:
        """What GitHub's answers say of the token and of what would have sufficed."""
        made = {}
        if self.has_scopes:
            made["X-OAuth-Scopes"] = ", ".join(sorted(self.scopes))
            made["X-Accepted-OAuth-Scopes"] = ", ".join(sorted(needs.scopes))
        elif needs.permission is not None:
            name, _, level = needs.permission.partition(":")
            made["X-Accepted-GitHub-Permissions"] = f"{name}={level}"
        if self.expires is not None and self.kind in ("classic", "fine-grained"):
            made["github-authentication-token-expiration"] = time.strftime(
                "%Y-%m-%d %H:%M:%S UTC", time.gmtime(self.expires))
        return made

    def mark(self, answer: Answer, needs: Needs) -> Answer:
        answer.headers |= self.headers(needs)
        return answer


class TokenTable:
    """All tokens that are good, and those that are so no more. Safe to use from several threads."""

    def __init__(self, values: tuple[str, ...] = ()) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Token] = {}
        self.revoked: list[str] = []
        """In the order in which it happened."""
        for value in values:
            self.add(value)

    def add(self, value: str, **rights: Any) -> Token:
        """Of the kind that its form says, with rights that suffice for alerts unless told."""
        token = Token(value, kind_of(value), **rights)
        with self._lock:
            self._known[value] = token
        return token

    def revoke(self, value: str) -> bool:
        with self._lock:
            if self._known.pop(value, None) is None:
                return False
            self.revoked.append(value)
            return True

    def revoke_refresh(self, refresh: str) -> bool:
        """A refresh token goes, and with it the token it belongs to."""
        with self._lock:
            found = [one.value for one in self._known.values() if one.refresh == refresh]
        return any([self.revoke(value) for value in found])

    def clear(self) -> None:
        with self._lock:
            self._known.clear()
            self.revoked.clear()

    def find(self, value: str, now: float) -> Token | None:
        """None where GitHub would say "Bad credentials"."""
        with self._lock:
            token = self._known.get(value)
            if token is None or (token.expires is not None and token.expires <= now):
                return None
            if token.refusals > 0:
                token.refusals -= 1
                return None
            return token

    def __contains__(self, value: object) -> bool:
        with self._lock:
            return value in self._known
