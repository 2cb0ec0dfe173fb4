"""The state behind the API: repositories with alerts, organisations, and rate limits."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Callable, Literal

from fake import alerts
from fake.alerts import Json
from fake.apps import AppTable
from fake.logins import LoginTable
from fake.messages import Answer, Request
from fake.repositories import RepositoryTable
from fake.tokens import TokenTable

API_VERSIONS = ("2022-11-28", "2026-03-10")

_CACHE_MAX = 256
"""Answers that are kept: enough for what is measured, little enough for a hundred thousand alerts."""

Paging = Literal["pages", "no-last", "cursor"]


@dataclass
class Rate:
    """One bucket of GitHub's primary rate limit."""

    limit: int = 5000
    used: int = 0
    reset: int = field(default_factory=lambda: int(time.time()) + 3600)

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    def as_json(self) -> Json:
        return {
            "limit": self.limit,
            "used": self.used,
            "remaining": self.remaining,
            "reset": self.reset,
        }


class World:
    """Everything that requests read and change. Methods are safe to call from several threads."""

    def __init__(self, tokens: tuple[str, ...] = ()) -> None:
        self.lock = threading.RLock()
        self.tokens = TokenTable(tokens)
        self.apps = AppTable(self.tokens)
        self.logins = LoginTable(self.tokens)
        self.public: set[str] = set()
        """Repositories that everybody may look at, as "acme/shop"."""
        self.origin = ""
        """"https://localhost:PORT", known once the listener is bound."""
        self.login = "octocat"
        self.installed_version: str | None = "3.19.1"
        """What /meta says; None for github.com, which says nothing."""
        self.dismissals_need_approval = False
        """Delegated dismissal: without `create_request` the alert stays open, with it a request is
        recorded."""
        self.dismissal_requests: list[Json] = []
        self.strangers: set[str] = set()
        """Logins without access, whom GitHub leaves out of the assignees without a word."""
        self.rate = Rate()
        self.rate_headers = True
        """False is a server without rate limits, the default of GitHub Enterprise Server."""
        self.paging: Paging = "pages"
        self.latency = 0.0
        self.clock_skew = 0
        """Seconds by which the server's clock is fast."""
        self._repositories: dict[tuple[str, str], Any] = {}
        self._enterprises: dict[str, list[str]] = {}
        self._version = 0
        self.repositories = RepositoryTable(self.changed)
        self._request_number = 0
        self._cache: dict[tuple[Any, ...], tuple[bytes, bytes, str]] = {}

    # --- what tests set up ---

    def add_repository(self, owner: str, repo: str, count: int) -> list[Json]:
        """Makes a repository with alerts 1 to count; returns the live list, newest last."""
        with self.lock:
            made = [alerts.make_alert(number) for number in range(1, count + 1)]
            self._repositories[owner.lower(), repo.lower()] = made
            self.changed()
            return made

    def add_generated(self, owner: str, repo: str, count: int) -> None:
        """Makes a repository of so many alerts that they must not all be kept; they cannot change."""
        with self.lock:
            self._repositories[owner.lower(), repo.lower()] = alerts.Generated(count)
            self.changed()

    def add_enterprise(self, name: str, owners: list[str]) -> None:
        with self.lock:
            self._enterprises[name.lower()] = [owner.lower() for owner in owners]

    def forget_credentials(self) -> None:
        self.tokens.clear()
        self.apps.clear()
        self.logins.clear()
        self.public.clear()

    def changed(self) -> None:
        """To be called after alerts were edited from outside: rendered answers are kept."""
        with self.lock:
            self._version += 1
            self._cache.clear()

    # --- what routes ask ---

    def repository(self, owner: str, repo: str) -> list[Json] | None:
        with self.lock:
            return self._repositories.get((owner.lower(), repo.lower()))

    def owned_by(self, owners: list[str]) -> list[tuple[str, str, Json]] | None:
        """Owner, repository and alert; None where no such owner exists."""
        with self.lock:
            found = [
                (owner, repo, alert)
                for (owner, repo), listed in self._repositories.items()
                if owner in owners
                for alert in listed
            ]
            known = any(owner in owners for owner, _ in self._repositories)
            return found if known else None

    def is_public(self, owner: str, repo: str) -> bool:
        listed = self.repositories.find(owner, repo)
        return f"{owner}/{repo}".lower() in self.public if listed is None else not listed.private

    def names_of(self, owner: str) -> set[str]:
        """The owner's repositories, in lower case."""
        with self.lock:
            return {repo for account, repo in self._repositories if account == owner.lower()}

    def enterprise(self, name: str) -> list[str] | None:
        with self.lock:
            return self._enterprises.get(name.lower())

    def urls(self, request: Request) -> tuple[str, str]:
        """The API's and the web pages' addresses as this client sees them."""
        return self.origin + request.prefix, self.origin

    # --- answers ---

    def now(self) -> float:
        """By the server's clock."""
        return time.time() + self.clock_skew

    def common_headers(self) -> dict[str, str]:
        """What every answer of GitHub carries; counts the request."""
        with self.lock:
            self._request_number += 1
            headers = {
                "Server": "github.com",
                "Date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(self.now())),
                "X-GitHub-Media-Type": "github.v3; format=json",
                "X-GitHub-Request-Id": f"C0DE:{self._request_number:04X}:1A2B3C:4D5E6F:67890ABC",
            }
            if self.rate_headers:
                headers |= {
                    "X-RateLimit-Limit": str(self.rate.limit),
                    "X-RateLimit-Remaining": str(self.rate.remaining),
                    "X-RateLimit-Reset": str(self.rate.reset + self.clock_skew),
                    "X-RateLimit-Used": str(self.rate.used),
                    "X-RateLimit-Resource": "core",
                }
            return headers

    def json_answer(self, status: int, value: Any, **headers: str) -> Answer:
        """A small answer, framed without compression."""
        return Answer(
            status,
            {
                **self.common_headers(),
                "Content-Type": "application/json; charset=utf-8",
                **{name.replace("_", "-"): text for name, text in headers.items()},
            },
            json.dumps(value).encode(),
        )

    def error(self, status: int, message: str, **more: Any) -> Answer:
        return self.json_answer(
            status,
            {
                "message": message,
                "documentation_url": "https://docs.github.com/rest/code-scanning/code-scanning",
                "status": str(status),
                **more,
            },
        )

    def cached_answer(
        self, request: Request, key: tuple[Any, ...], make: Callable[[], Any]
    ) -> Answer:
        """An answer with ETag and compression; rendered once as long as nothing changes."""
        with self.lock:
            full_key = (self._version, request.prefix, *key)
            rendered = self._cache.get(full_key)
        if rendered is None:
            plain = json.dumps(make()).encode()
            packed = gzip.compress(plain, 1)
            rendered = (plain, packed, hashlib.sha256(plain).hexdigest())
            with self.lock:
                if len(self._cache) < _CACHE_MAX:
                    self._cache[full_key] = rendered
        plain, packed, digest = rendered
        etag = f'W/"{digest}"'
        headers = {
            **self.common_headers(),
            "Content-Type": "application/json; charset=utf-8",
            "ETag": etag,
            "Cache-Control": "private, max-age=60, s-maxage=60",
            "Vary": "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding",
        }
        if request.headers.get("if-none-match") == etag:
            return Answer(304, headers)
        with self.lock:
            self.rate.used += 1
        if request.accepts_gzip():
            return Answer(200, {**headers, "Content-Encoding": "gzip"}, packed)
        return Answer(200, headers, plain)


def cursor_of(offset: int) -> str:
    """An opaque position; clients must hand it back as it is."""
    return base64.urlsafe_b64encode(f"cursor:{offset}".encode()).decode()


def offset_of(cursor: str) -> int | None:
    try:
        text = base64.urlsafe_b64decode(cursor).decode()
        return int(text.removeprefix("cursor:"))
    except ValueError:
        return None
