"""Routes of Apps, logins and what belongs to a token itself."""

from __future__ import annotations

import json
import re
import urllib.parse
from typing import Callable

from fake import alerts, listing
from fake.alerts import Json
from fake.apps import App, Installation, Refused
from fake.logins import Denied
from fake.messages import Answer, Request
from fake.repositories import Repository
from fake.tokens import Token
from fake.world import World

_REVOCABLE = ("ghp_", "github_pat_", "gho_", "ghu_", "ghr_")
_REVOKED_MAX = 1000


def _caller_token(request: Request) -> Token:
    assert isinstance(request.caller, Token)
    return request.caller


def _caller_app(request: Request) -> App:
    assert isinstance(request.caller, App)
    return request.caller


# --- what a token is, and the end of it ---


def user(world: World, request: Request, _: "re.Match[str]") -> Answer:
    token = _caller_token(request)
    if token.kind == "installation":
        return world.error(403, "Resource not accessible by integration")
    return world.json_answer(200, alerts.make_user(world.login, 583231))


def repository(world: World, request: Request, match: "re.Match[str]") -> Answer:
    owner, repo = match["owner"], match["repo"]
    token = _caller_token(request)
    listed = world.repositories.find(owner, repo)
    if listed is not None:
        return world.json_answer(200, {**listing.render_one(world, request, listed), "permissions": _roles(token)})
    moved = world.repositories.moved(owner, repo)
    if moved is not None:
        return _moved(world, request, moved)
    if world.repository(owner, repo) is None:
        return world.error(404, "Not Found")
    made = alerts.make_repository(owner, repo)
    made["private"] = f"{owner}/{repo}".lower() not in world.public
    made["visibility"] = "private" if made["private"] else "public"
    made["permissions"] = _roles(token)
    return world.json_answer(200, made)


def _moved(world: World, request: Request, repository: Repository) -> Answer:
    target = f"{world.urls(request)[0]}/repositories/{repository.number}"
    return world.json_answer(301, {"message": "Moved Permanently", "url": target}, Location=target)


def _roles(token: Token) -> dict[str, bool]:
    """Of an installation GitHub says that it has none: it is nobody's collaborator."""
    order = ["read", "triage", "write", "maintain", "admin"]
    rank = -1 if token.kind == "installation" else order.index(token.role)
    names = {"admin": 4, "maintain": 3, "push": 2, "triage": 1, "pull": 0}
    return {name: rank >= needed for name, needed in names.items()}


def revoke_own(world: World, request: Request, _: "re.Match[str]") -> Answer:
    token = _caller_token(request)
    if token.kind != "installation":
        return world.error(403, "You must authenticate with an installation access token in order "
                                "to revoke it.")
    world.tokens.revoke(token.value)
    return Answer(204, world.common_headers())


def revoke(world: World, request: Request, _: "re.Match[str]") -> Answer:
    """Whoever knows a token may end it; GitHub Enterprise Server does not have this."""
    if world.installed_version is not None:
        return world.error(404, "Not Found")
    listed = _fields(request).get("credentials")
    if not isinstance(listed, list) or not 1 <= len(listed) <= _REVOKED_MAX:
        return world.error(422, "Validation Failed")
    if not all(isinstance(one, str) and one.startswith(_REVOCABLE) for one in listed):
        return world.error(422, "Validation Failed")
    for one in listed:
        if not world.tokens.revoke(one):
            world.tokens.revoke_refresh(one)
    return world.json_answer(202, {})


# --- Apps ---


def app(world: World, request: Request, _: "re.Match[str]") -> Answer:
    return world.json_answer(200, _caller_app(request).as_json(world.origin))


def _installation(world: World, request: Request, account: str, repo: str | None) -> Answer:
    if repo is not None and world.repository(account, repo) is None:
        return world.error(404, "Not Found")
    found = world.apps.find(_caller_app(request), account, repo)
    if found is None:
        return world.error(404, "Not Found")
    return world.json_answer(200, found.as_json(*world.urls(request)))


def installation_of_repository(world: World, request: Request, match: "re.Match[str]") -> Answer:
    return _installation(world, request, match["owner"], match["repo"])


def installation_of_account(world: World, request: Request, match: "re.Match[str]") -> Answer:
    return _installation(world, request, match["account"], None)


def mint(world: World, request: Request, match: "re.Match[str]") -> Answer:
    found = world.apps.numbered(_caller_app(request), int(match["installation"]))
    if found is None:
        return world.error(404, "Not Found")
    try:
        return world.json_answer(201, _mint(world, found, request))
    except Refused as refusal:
        return world.error(refusal.status, str(refusal))


def _mint(world: World, installation: Installation, request: Request) -> Json:
    known = world.names_of(installation.account)
    return world.apps.mint(installation, request.body, known, world.now())


# --- OAuth; these are pages of the web site, not of the API ---


def _fields(request: Request) -> Json:
    if "json" in request.headers.get("content-type", ""):
        try:
            known = json.loads(request.body)
        except ValueError:
            return {}
        return known if isinstance(known, dict) else {}
    return {**request.query, **dict(urllib.parse.parse_qsl(request.body.decode("utf-8", "replace")))}


def _page(world: World, request: Request, status: int, fields: Json) -> Answer:
    """In the form that the client asked for; as a browser's form unless it did."""
    if "json" in request.headers.get("accept", ""):
        made = world.json_answer(status, fields)
    else:
        made = world.json_answer(status, {})
        made.headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
        made.body = urllib.parse.urlencode(fields).encode()
    # The web site has neither the API's limits nor its media types.
    for name in [one for one in made.headers if one.startswith("X-RateLimit") or "Media" in one]:
        del made.headers[name]
    return made


def _login(world: World, request: Request, make: Callable[[Json], Json], refused: int) -> Answer:
    form = _fields(request)
    if request.prefix or str(form.get("client_id")) not in world.logins.clients:
        return _page(world, request, 404, {"error": "Not Found"})
    try:
        return _page(world, request, 200, make(form))
    except Denied as denial:
        return _page(world, request, refused, denial.answer)


def device_code(world: World, request: Request, _: "re.Match[str]") -> Answer:
    return _login(world, request, lambda form: world.logins.start(form, world.origin), 400)


def access_token(world: World, request: Request, _: "re.Match[str]") -> Answer:
    return _login(world, request, world.logins.exchange, 200)
