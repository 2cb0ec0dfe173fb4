"""Who may do what: what GitHub checks before it does anything."""

from __future__ import annotations

import re

from fake.apps import App, Refused
from fake.messages import Answer, Request
from fake.permissions import Needs
from fake.tokens import Token
from fake.world import API_VERSIONS, World

_BAD_CREDENTIALS = "Bad credentials"
_INACCESSIBLE = {
    "fine-grained": "Resource not accessible by personal access token",
    "user": "Resource not accessible by integration",
    "installation": "Resource not accessible by integration",
}
_WRITERS = ("admin", "maintain", "write")

Caller = Token | App | None


def check_form(world: World, request: Request) -> Answer | None:
    """What holds for every request to the API."""
    if not request.headers.get("user-agent"):
        return world.error(403, "Request forbidden by administrative rules. Please make sure your "
                                "request has a User-Agent header")
    version = request.headers.get("x-github-api-version")
    if version is not None and version not in API_VERSIONS:
        return world.error(400, f"Version {version} is not supported")
    return None


def identify(world: World, request: Request, needs: Needs) -> Caller | Answer:
    """Who is asking, or the refusal."""
    value = request.bearer
    if needs.authority == "nobody":
        if "authorization" in request.headers:
            return world.error(403, "This endpoint does not take credentials")
        return None
    if value is None:
        return None if needs.authority == "anybody" else world.error(
            401, "Requires authentication")
    if needs.authority == "app":
        try:
            return world.apps.authenticate(value, world.now())
        except Refused as refusal:
            return world.error(refusal.status, str(refusal))
    token = world.tokens.find(value, world.now())
    if token is not None:
        return token
    if value.count(".") == 2 and not value.startswith("ghs_"):
        return world.error(403, _INACCESSIBLE["installation"])
    return world.error(401, _BAD_CREDENTIALS)


def authorize(world: World, token: Token, needs: Needs, match: "re.Match[str]") -> Answer | None:
    """Whether the token suffices for this operation on this target."""
    target = match.groupdict()
    owner, repo = target.get("owner") or target.get("org"), target.get("repo")
    if token.suspended:
        return world.error(403, "This installation has been suspended")
    if owner and not token.sees(owner, repo):
        return world.error(404, "Not Found")
    is_public = world.is_public(owner or "", repo or "")
    if is_public and needs.permission == "metadata:read":
        return None
    if not token.suffices(needs, is_public):
        if token.has_scopes:
            return world.error(404, "Not Found")
        return world.error(403, _INACCESSIBLE[token.kind])
    if needs.permission == "security_events:write" and token.role not in _WRITERS:
        return world.error(403, "You are not authorized to write code scanning alerts.")
    return None
