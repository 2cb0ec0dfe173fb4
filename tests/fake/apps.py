"""GitHub Apps: who they are, where they are installed, and the tokens that they mint."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from fake.alerts import Json, make_repository, make_user
from fake.keys import AppKey, encode, read_jwt
from fake.permissions import Permissions, covers
from fake.tokens import Token, TokenTable, random_text

_JWT_LIFETIME_MAX = 600
_REPOSITORIES_MAX = 500
_STATELESS_LENGTH = 520

_PERMISSIONS = {"metadata": "read", "security_events": "write", "contents": "read"}


class Refused(Exception):
    """GitHub's message, and the status that it comes with."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class App:
    number: int
    client_id: str
    slug: str
    owner: str
    key: AppKey
    permissions: Permissions = field(default_factory=lambda: dict(_PERMISSIONS))

    def answers_to(self, issuer: object) -> bool:
        return issuer in (self.number, str(self.number), self.client_id)

    def as_json(self, html: str) -> Json:
        return {
            "id": self.number,
            "slug": self.slug,
            "client_id": self.client_id,
            "node_id": f"A_{self.number:06d}",
            "owner": make_user(self.owner, 99),
            "name": self.slug.title(),
            "description": "",
            "external_url": "https://example.com",
            "html_url": f"{html}/apps/{self.slug}",
            "created_at": "2024-07-08T16:18:44-04:00",
            "updated_at": "2024-07-08T16:18:44-04:00",
            "permissions": self.permissions,
            "events": ["push", "code_scanning_alert"],
        }


@dataclass
class Installation:
    number: int
    app: App
    account: str
    repositories: list[str] | None
    """Names without the owner; None is all of them."""
    permissions: Permissions
    account_type: str = "Organization"
    suspended: bool = False
    tokens: list[Token] = field(default_factory=list)
    """Every one that was minted, oldest first."""

    @property
    def mints(self) -> int:
        return len(self.tokens)

    def reaches(self, repo: str) -> bool:
        return self.repositories is None or repo.lower() in self.repositories

    def as_json(self, api: str, html: str) -> Json:
        return {
            "id": self.number,
            "account": {**make_user(self.account, 99), "type": self.account_type},
            "repository_selection": "all" if self.repositories is None else "selected",
            "access_tokens_url": f"{api}/app/installations/{self.number}/access_tokens",
            "repositories_url": f"{api}/installation/repositories",
            "html_url": f"{html}/organizations/{self.account}/settings/installations/{self.number}",
            "app_id": self.app.number,
            "client_id": self.app.client_id,
            "app_slug": self.app.slug,
            "target_id": 99,
            "target_type": self.account_type,
            "permissions": self.permissions,
            "events": ["push", "code_scanning_alert"],
            "created_at": "2024-02-09T20:51:14Z",
            "updated_at": "2024-02-09T20:51:14Z",
            "single_file_name": None,
            "suspended_at": "2026-01-02T03:04:05Z" if self.suspended else None,
            "suspended_by": make_user("octocat") if self.suspended else None,
        }


def _strings(body: Json, name: str) -> list[str] | None:
    listed = body.get(name)
    if listed is None:
        return None
    if not isinstance(listed, list) or not 1 <= len(listed) <= _REPOSITORIES_MAX:
        raise Refused(422, f"Invalid request. {name} has to be a list of 1 to 500.")
    return [str(one) for one in listed]


class AppTable:
    """All Apps and their installations. Safe to use from several threads."""

    def __init__(self, tokens: TokenTable) -> None:
        self._lock = threading.Lock()
        self._tokens = tokens
        self.apps: list[App] = []
        self.installations: list[Installation] = []
        self.lifetime = 3600
        """Seconds that a token is good for."""
        self.stateless = True
        """Long tokens as github.com is moving to, or short ones."""
        self.refusals = 0
        """So many requests with a new token find a replica that has not heard of it yet."""

    # --- what tests set up ---

    def add(self, key: AppKey, number: int = 123456, **more: Any) -> App:
        app = App(number, more.pop("client_id", f"Iv23li{number:014d}"),
                  more.pop("slug", "ghward-app"), more.pop("owner", "acme"), key, **more)
        self.apps.append(app)
        return app

    def install(self, app: App, account: str, repositories: list[str] | None = None,
                permissions: Permissions | None = None) -> Installation:
        made = Installation(
            4_000_000 + len(self.installations), app, account,
            [name.lower() for name in repositories] if repositories is not None else None,
            dict(permissions if permissions is not None else app.permissions))
        self.installations.append(made)
        return made

    def suspend(self, installation: Installation) -> None:
        installation.suspended = True
        for token in installation.tokens:
            token.suspended = True

    def clear(self) -> None:
        self.apps.clear()
        self.installations.clear()
        self.lifetime, self.stateless, self.refusals = 3600, True, 0

    @property
    def minted(self) -> list[Token]:
        with self._lock:
            return [token for one in self.installations for token in one.tokens]

    # --- what routes ask ---

    def authenticate(self, jwt: str, now: float) -> App:
        """The App whose JWT it is; checked as GitHub does, and refused in its words."""
        try:
            claims, signed, signature = read_jwt(jwt)
        except ValueError:
            raise Refused(401, "A JSON web token could not be decoded") from None
        app = next((one for one in self.apps if one.answers_to(claims.get("iss"))), None)
        if app is None:
            raise Refused(404, "Integration not found")
        if not app.key.verifies(signed, signature):
            raise Refused(401, "A JSON web token could not be decoded")
        issued, expires = claims.get("iat"), claims.get("exp")
        if not isinstance(issued, int) or issued > now:
            raise Refused(401, "'Issued at' claim ('iat') must be an Integer representing the time "
                               "that the assertion was issued")
        if not isinstance(expires, int) or expires <= now:
            raise Refused(401, "'Expiration time' claim ('exp') must be a numeric value "
                               "representing the future time at which the assertion expires")
        if expires > now + _JWT_LIFETIME_MAX:
            raise Refused(401, "'Expiration time' claim ('exp') is too far in the future")
        return app

    def find(self, app: App, account: str, repo: str | None = None) -> Installation | None:
        return next((one for one in self.installations
                     if one.app is app and one.account.lower() == account.lower()
                     and (repo is None or one.reaches(repo))), None)

    def numbered(self, app: App, number: int) -> Installation | None:
        return next((one for one in self.installations
                     if one.app is app and one.number == number), None)

    def mint(self, installation: Installation, body: bytes, known: set[str], now: float) -> Json:
        """A new token as narrow as the request wants it. `known` are the account's repositories."""
        if installation.suspended:
            raise Refused(403, "This installation has been suspended")
        wishes = _wishes(body)
        names = self._narrow(installation, wishes, known)
        permissions = _granted(installation, wishes.get("permissions"))
        expires = float(int(now) + self.lifetime)
        token = self._tokens.add(
            self._value(installation.app, int(expires)), permissions=permissions, expires=expires,
            owner=installation.account, refusals=self.refusals,
            repositories=None if names is None else frozenset(
                f"{installation.account}/{name}".lower() for name in names))
        with self._lock:
            installation.tokens.append(token)
        made: Json = {
            "token": token.value,
            "expires_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(expires)),
            "permissions": permissions,
            "repository_selection": "all" if names is None else "selected",
        }
        if names is not None:
            made["repositories"] = [make_repository(installation.account, one) for one in names]
        return made

    def _narrow(self, installation: Installation, wishes: Json, known: set[str]) -> list[str] | None:
        names = _strings(wishes, "repositories")
        numbers = _strings(wishes, "repository_ids")
        if numbers is not None:
            named = {str(make_repository(installation.account, one)["id"]): one for one in known}
            names = (names or []) + [named.get(number, "") for number in numbers]
        if names is None:
            return installation.repositories
        if not all(one.lower() in known and installation.reaches(one) for one in names):
            raise Refused(422, "There is at least one repository that does not exist or is not "
                               "accessible to the parent installation.")
        return names

    def _value(self, app: App, expires: int) -> str:
        if not self.stateless:
            return "ghs_" + random_text()
        claims = json.dumps({"iss": app.client_id, "exp": expires, "jti": random_text(32)})
        parts = [encode(json.dumps({"alg": "RS256", "typ": "JWT"}).encode()), encode(claims.encode())]
        head = f"ghs_{app.number}_" + ".".join(parts) + "."
        # '-' and '_' are in every one, as they are in nearly every signature.
        return head + random_text(max(300, _STATELESS_LENGTH - len(head))) + "-_" + random_text()


def _wishes(body: bytes) -> Json:
    try:
        wishes = json.loads(body or b"{}")
    except ValueError:
        raise Refused(400, "Problems parsing JSON") from None
    if not isinstance(wishes, dict):
        raise Refused(422, "Invalid request.")
    return wishes


def _granted(installation: Installation, wanted: Any) -> Permissions:
    if wanted is None:
        return dict(installation.permissions)
    if not isinstance(wanted, dict) or not all(
        re.fullmatch("read|write|admin", str(one)) for one in wanted.values()
    ):
        raise Refused(422, "Invalid request. permissions has to name a level for each.")
    if not all(covers(installation.permissions, f"{name}:{one}") for name, one in wanted.items()):
        raise Refused(422, "The permissions requested are not granted to this installation.")
    # Every token may read what a repository is.
    return {"metadata": "read", **wanted}
