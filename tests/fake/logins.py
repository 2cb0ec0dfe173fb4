"""OAuth as GitHub speaks it: the device flow, the web flow with PKCE, and refreshed tokens."""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from fake.alerts import Json
from fake.keys import encode
from fake.tokens import Token, TokenTable, random_text

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_SLOWER = 5
_PUNCTUALITY = 0.1
"""Seconds that a poll may come early: clocks are not that good."""

_WORDS = {
    "authorization_pending": "The authorization request is still pending.",
    "slow_down": "Too many requests have been made in the same timeframe.",
    "expired_token": "The device_code has expired.",
    "access_denied": "The authorization request was denied.",
    "incorrect_device_code": "The device_code provided is not valid.",
    "incorrect_client_credentials": "The client_id and/or client_secret passed are incorrect.",
    "bad_verification_code": "The code passed is incorrect or expired.",
    "bad_refresh_token": "The refresh token passed is incorrect or expired.",
    "redirect_uri_mismatch": "The redirect_uri MUST match the registered callback URL for this "
                             "application.",
    "unsupported_grant_type": "The grant_type must be one that is documented.",
    "device_flow_disabled": "Device Flow must be explicitly enabled for this App.",
}


class Denied(Exception):
    """An OAuth error, which GitHub sends with status 200."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.answer: Json = {
            "error": error,
            "error_description": _WORDS[error],
            "error_uri": "https://docs.github.com/developers/apps/authorizing-oauth-apps",
            **more,
        }


@dataclass
class Client:
    """An OAuth app, or the half of a GitHub App that people log in to."""

    client_id: str
    secret: str | None = None
    is_app: bool = False
    """Its tokens are ghu_ and have no scopes."""
    lifetime: int | None = None
    """Seconds until its tokens expire; None: never, and there is nothing to refresh."""
    refresh_lifetime: int = 15_897_600
    device_flow: bool = True


@dataclass
class Device:
    """One login by device flow."""

    client: Client
    scopes: str
    device_code: str
    user_code: str
    interval: int
    expires: float
    verdict: str = "authorization_pending"
    """Or "approved", "access_denied", "used"."""
    polls: list[float] = field(default_factory=list)
    """When each came, by time.monotonic()."""


@dataclass
class _Code:
    """What a browser brings back from GitHub's page."""

    client: Client
    scopes: str
    challenge: str | None
    redirect_uri: str
    expires: float


class LoginTable:
    """Clients and the logins under way. Safe to use from several threads."""

    def __init__(self, tokens: TokenTable) -> None:
        self._lock = threading.RLock()
        self._tokens = tokens
        self.clear()

    def clear(self) -> None:
        with self._lock:
            self.clients: dict[str, Client] = {}
            self.devices: list[Device] = []
            self._codes: dict[str, _Code] = {}
            self._refresh: dict[str, tuple[Client, float, str, bool]] = {}
            """Whose, until when, for what, and whether by the web flow: that wants the client's secret."""
            self.issued: list[Token] = []
            self.interval = 1
            """Seconds between polls that a new device is told."""
            self.device_lifetime = 899
            self.code_lifetime = 600
            self.pending = 0
            """So many polls of a new device find nothing decided."""
            self.verdict = "approved"
            """What the person says then."""
            self.busy = 0
            """So many polls, of whatever device, come too often for the server."""

    # --- what tests set up, and what a person does ---

    def add(self, client_id: str, **more: Any) -> Client:
        made = Client(client_id, **more)
        self.clients[client_id] = made
        return made

    def decide(self, device: Device, verdict: str) -> None:
        with self._lock:
            device.verdict = verdict

    def authorize(self, client: Client, redirect_uri: str, scopes: str = "",
                  challenge: str | None = None) -> str:
        """The person agrees on GitHub's page; returns the code that the browser is sent back with."""
        with self._lock:
            code = random_text(20)
            self._codes[code] = _Code(client, scopes, challenge, redirect_uri,
                                      time.monotonic() + self.code_lifetime)
            return code

    def visit(self, url: str, **instead: str) -> str:
        """A browser opens GitHub's page and the person agrees; returns where GitHub sends it.

        `instead` has parameters of that address that differ from what GitHub would say.
        """
        parts = urlsplit(url)
        asked = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}
        if parts.path != "/login/oauth/authorize" or asked["code_challenge_method"] != "S256":
            raise ValueError(url)
        code = self.authorize(self.clients[asked["client_id"]], asked["redirect_uri"], asked.get("scope", ""),
                              asked["code_challenge"])
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']} | instead)}"

    # --- what routes ask ---

    def start(self, form: Json, origin: str) -> Json:
        """POST /login/device/code."""
        client = self._client(form)
        if not client.device_flow:
            raise Denied("device_flow_disabled")
        letters = random_text(8).upper()
        with self._lock:
            device = Device(client, str(form.get("scope") or ""), random_text(40).lower(),
                            f"{letters[:4]}-{letters[4:]}", self.interval,
                            time.monotonic() + self.device_lifetime)
            self.devices.append(device)
        return {
            "device_code": device.device_code,
            "user_code": device.user_code,
            "verification_uri": f"{origin}/login/device",
            "expires_in": self.device_lifetime,
            "interval": device.interval,
        }

    def exchange(self, form: Json) -> Json:
        """POST /login/oauth/access_token, in any of its three uses."""
        grants = {
            DEVICE_GRANT: self._poll, "refresh_token": self._renew,
            "authorization_code": self._redeem, "": self._redeem,
        }
        grant = grants.get(str(form.get("grant_type") or ""))
        if grant is None:
            raise Denied("unsupported_grant_type")
        return grant(form)

    def _client(self, form: Json) -> Client:
        client = self.clients.get(str(form.get("client_id")))
        if client is None:
            raise Denied("incorrect_client_credentials")
        return client

    def _poll(self, form: Json) -> Json:
        client = self._client(form)
        now = time.monotonic()
        with self._lock:
            device = next((one for one in self.devices
                           if one.device_code == form.get("device_code")), None)
            if device is None or device.client is not client or device.verdict == "used":
                raise Denied("incorrect_device_code")
            self.busy -= 1
            early = self.busy >= 0 or any(now < poll + device.interval - _PUNCTUALITY for poll in device.polls[-1:])
            device.polls.append(now)
            if now >= device.expires:
                raise Denied("expired_token")
            if early:
                device.interval += _SLOWER
                raise Denied("slow_down", interval=device.interval)
            if device.verdict == "authorization_pending" and len(device.polls) > self.pending:
                device.verdict = self.verdict
            if device.verdict != "approved":
                raise Denied(device.verdict)
            device.verdict = "used"
            return self._issue(client, device.scopes)

    def _redeem(self, form: Json) -> Json:
        client = self._client(form)
        if client.secret is None or form.get("client_secret") != client.secret:
            raise Denied("incorrect_client_credentials")
        with self._lock:
            code = self._codes.pop(str(form.get("code")), None)
        if code is None or code.client is not client or time.monotonic() >= code.expires:
            raise Denied("bad_verification_code")
        if form.get("redirect_uri", code.redirect_uri) != code.redirect_uri:
            raise Denied("redirect_uri_mismatch")
        verifier = str(form.get("code_verifier") or "")
        if code.challenge is not None and challenge_of(verifier) != code.challenge:
            raise Denied("bad_verification_code")
        return self._issue(client, code.scopes, by_web=True)

    def _renew(self, form: Json) -> Json:
        client = self._client(form)
        given = form.get("client_secret")
        refresh = str(form.get("refresh_token"))
        with self._lock:
            owner, expires, scopes, by_web = self._refresh.get(refresh, (None, 0.0, "", False))
            if owner is not client or expires <= time.time():
                raise Denied("bad_refresh_token")
            if given != client.secret and (by_web or given is not None):
                raise Denied("incorrect_client_credentials")
            del self._refresh[refresh]
            # Both of the old pair are void from now on.
            self._tokens.revoke_refresh(refresh)
            return self._issue(client, scopes, by_web)

    def _issue(self, client: Client, scopes: str, by_web: bool = False) -> Json:
        listed = frozenset() if client.is_app else frozenset(scopes.split())
        token = self._tokens.add(("ghu_" if client.is_app else "gho_") + random_text(), scopes=listed)
        self.issued.append(token)
        made: Json = {
            "access_token": token.value,
            "token_type": "bearer",
            "scope": ",".join(sorted(listed)),
        }
        if client.lifetime is not None:
            token.expires = time.time() + client.lifetime
            token.refresh = "ghr_" + random_text(76)
            self._refresh[token.refresh] = (client, time.time() + client.refresh_lifetime, scopes, by_web)
            made |= {
                "expires_in": client.lifetime,
                "refresh_token": token.refresh,
                "refresh_token_expires_in": client.refresh_lifetime,
            }
        return made


def challenge_of(verifier: str) -> str:
    """RFC 7636, section 4.2, method S256."""
    return encode(hashlib.sha256(verifier.encode()).digest())
