"""The API's routes: what a well-behaved GitHub answers."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Callable

from fake import access, alerts, githttp, identity, listing, updates
from fake.alerts import Json
from fake.messages import Answer, Request
from fake.pages import link_header, page_size, positions
from fake.permissions import (
    ALERTS_READ, ALERTS_WRITE, ANYBODY, ANY_TOKEN, APP, NOBODY, REPOSITORY, Needs,
)
from fake.tokens import Token
from fake.world import World, cursor_of, offset_of

Handler = Callable[[World, Request, "re.Match[str]"], Answer]

_REPOSITORY = r"/repos/(?P<owner>[^/]+)/(?P<repo>[^/]+)"
_ALERTS = _REPOSITORY + "/code-scanning/alerts"
_PAGING = {"page", "per_page", "after", "before"}
_STATES = ("open", "closed", "dismissed", "fixed")
_SEVERITIES = ("critical", "high", "medium", "low", "warning", "note", "error", "none")


def answer(world: World, request: Request) -> Answer:
    """The answer without any fault."""
    git = githttp.answer(world, request)
    if git:
        return git
    refusal = access.check_form(world, request)
    if refusal:
        return refusal
    for method, pattern, needs, handler in _ROUTES:
        match = pattern.fullmatch(request.path)
        if match and method == request.method:
            return _serve(world, request, match, needs, handler)
    caller = access.identify(world, request, ANY_TOKEN)
    return caller if isinstance(caller, Answer) else world.error(404, "Not Found")


def _serve(world: World, request: Request, match: "re.Match[str]", needs: Needs,
           handler: Handler) -> Answer:
    caller = access.identify(world, request, needs)
    if isinstance(caller, Answer):
        return caller
    request.caller = caller
    if not isinstance(caller, Token):
        return handler(world, request, match)
    refusal = access.authorize(world, caller, needs, match)
    return caller.mark(refusal or handler(world, request, match), needs)


# --- lists ---


def _invalid(world: World, field: str, value: str) -> Answer:
    return world.error(422, "Validation Failed", errors=[
        {"resource": "Alert", "field": field, "code": "invalid", "value": value}
    ])


def _check_filters(world: World, request: Request) -> Answer | None:
    closed_sets = {
        "state": _STATES,
        "severity": _SEVERITIES,
        "sort": ("created", "updated"),
        "direction": ("asc", "desc"),
    }
    for name, allowed in closed_sets.items():
        value = request.query.get(name)
        if value is not None and value not in allowed:
            return _invalid(world, name, value)
    if "tool_name" in request.query and "tool_guid" in request.query:
        return _invalid(world, "tool_guid", request.query["tool_guid"])
    return None


def _cursor_positions(offset: int, size: int, total: int) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    if offset + size < total:
        found["next"] = {"after": cursor_of(offset + size)}
    if offset > 0:
        found["prev"] = {"before": cursor_of(offset)}
    return found


Item = tuple[str, str, Json]


class _NewestFirst(Sequence[Item]):
    """A repository's generated alerts in the order of a list without filters."""

    def __init__(self, owner: str, repo: str, found: alerts.Generated) -> None:
        self._owner, self._repo, self._found = owner, repo, found

    def __len__(self) -> int:
        return len(self._found)

    def __getitem__(self, index: Any) -> Any:
        at = range(len(self._found) - 1, -1, -1)[index]
        if isinstance(at, int):
            return self._owner, self._repo, self._found[at]
        return [(self._owner, self._repo, self._found[one]) for one in at]


def _choose(world: World, query: dict[str, str], items: Sequence[Item]) -> Sequence[Item]:
    """What matches, in the order that was asked for."""
    if isinstance(items, _NewestFirst) and query.keys() <= _PAGING:
        return items
    with world.lock:
        chosen = [item for item in items if alerts.matches(item[2], query)]
    by_update = query.get("sort") == "updated"
    chosen.sort(
        key=lambda item: (item[2]["updated_at" if by_update else "created_at"], item[2]["number"]),
        reverse=query.get("direction", "desc") == "desc",
    )
    return chosen


def _list(world: World, request: Request, items: Sequence[Item], scope: str) -> Answer:
    refusal = _check_filters(world, request)
    if refusal:
        return refusal
    query, size = request.query, page_size(request)
    chosen = _choose(world, query, items)
    if world.paging == "cursor" or "after" in query:
        found = offset_of(query["after"]) if "after" in query else 0
        if found is None:
            return _invalid(world, "after", query["after"])
        offset = found
        linked = _cursor_positions(offset, size, len(chosen))
    else:
        offset = (request.page - 1) * size
        linked = positions(world, request.page, size, len(chosen))
    api, html = world.urls(request)

    def render() -> list[Json]:
        rendered = []
        for owner, repo, alert in chosen[offset : offset + size]:
            full = alerts.with_urls(alert, api, html, owner, repo)
            if scope != "repository":
                full["repository"] = alerts.make_repository(owner, repo)
            rendered.append(full)
        return rendered

    key = (request.path, tuple(sorted(query.items())), world.paging)
    made = world.cached_answer(request, key, render)
    if linked:
        made.headers["Link"] = link_header(world, request, linked)
    return made


def _list_repository(world: World, request: Request, match: "re.Match[str]") -> Answer:
    owner, repo = match["owner"], match["repo"]
    found = world.repository(owner, repo)
    if found is None:
        return world.error(404, "Not Found")
    items: Sequence[Item] = (
        _NewestFirst(owner, repo, found) if isinstance(found, alerts.Generated)
        else [(owner, repo, alert) for alert in found]
    )
    return _list(world, request, items, "repository")


def _list_organisation(world: World, request: Request, match: "re.Match[str]") -> Answer:
    found = world.owned_by([match["org"].lower()])
    if found is None:
        return world.error(404, "Not Found")
    return _list(world, request, found, "organisation")


def _list_enterprise(world: World, request: Request, match: "re.Match[str]") -> Answer:
    owners = world.enterprise(match["enterprise"])
    if owners is None:
        return world.error(404, "Not Found")
    return _list(world, request, world.owned_by(owners) or [], "enterprise")


# --- one alert ---


def _find(world: World, match: "re.Match[str]") -> Json | None:
    wanted = int(match["number"])
    found = world.repository(match["owner"], match["repo"]) or []
    if isinstance(found, alerts.Generated):
        return found[wanted - 1] if 1 <= wanted <= len(found) else None
    return next((alert for alert in found if alert["number"] == wanted), None)


def _get(world: World, request: Request, match: "re.Match[str]") -> Answer:
    alert = _find(world, match)
    if alert is None:
        return world.error(404, "No alert found for alert number " + match["number"])
    api, html = world.urls(request)
    full = alerts.with_urls(alert, api, html, match["owner"], match["repo"])
    return world.cached_answer(request, (request.path,), lambda: full)


def _instances(world: World, request: Request, match: "re.Match[str]") -> Answer:
    alert = _find(world, match)
    if alert is None:
        return world.error(404, "No alert found for alert number " + match["number"])
    recent = alert["most_recent_instance"]
    older = {**recent, "ref": "refs/heads/release", "state": "fixed"}
    known = [recent, older, *alert.get("more_instances", [])]
    wanted = alerts.ref_of(request.query)
    chosen = [one for one in known if not wanted or one["ref"] == wanted]
    size = page_size(request)
    offset = (request.page - 1) * size
    made = world.cached_answer(
        request, (request.path, tuple(sorted(request.query.items()))),
        lambda: chosen[offset : offset + size],
    )
    linked = positions(world, request.page, size, len(chosen))
    if linked:
        made.headers["Link"] = link_header(world, request, linked)
    return made


def _update(world: World, request: Request, match: "re.Match[str]") -> Answer:
    alert = _find(world, match)
    if alert is None:
        return world.error(404, "No alert found for alert number " + match["number"])
    try:
        change = json.loads(request.body)
    except ValueError:
        return world.error(400, "Problems parsing JSON")
    wrong = updates.wrong_field(world, alert, change)
    if wrong:
        return _invalid(world, wrong, str(change))
    updates.apply(world, alert, change)
    return _get(world, request, match)


# --- others ---


def _rate_limit(world: World, request: Request, _: "re.Match[str]") -> Answer:
    if not world.rate_headers:
        return world.error(404, "Rate limiting is not enabled.")
    reset = world.rate.reset + world.clock_skew
    core = {**world.rate.as_json(), "reset": reset}
    other = {
        "search": {"limit": 30, "used": 0, "remaining": 30, "reset": reset},
        "graphql": {"limit": 5000, "used": 7, "remaining": 4993, "reset": reset},
        "code_scanning_upload": {"limit": 1000, "used": 0, "remaining": 1000, "reset": reset},
        "code_scanning_autofix": {"limit": 10, "used": 3, "remaining": 7, "reset": reset},
    }
    return world.json_answer(200, {"resources": {"core": core, **other}, "rate": core})


def _meta(world: World, request: Request, _: "re.Match[str]") -> Answer:
    known: Json = {"verifiable_password_authentication": True}
    if world.installed_version is not None:
        known["installed_version"] = world.installed_version
    return world.json_answer(200, known)


_ROUTES: list[tuple[str, "re.Pattern[str]", Needs, Handler]] = [
    (method, re.compile(pattern), needs, handler)
    for method, pattern, needs, handler in [
        ("GET", _ALERTS, ALERTS_READ, _list_repository),
        ("GET", r"/orgs/(?P<org>[^/]+)/code-scanning/alerts", ALERTS_READ, _list_organisation),
        ("GET", r"/enterprises/(?P<enterprise>[^/]+)/code-scanning/alerts", ALERTS_READ,
         _list_enterprise),
        ("GET", _ALERTS + r"/(?P<number>[0-9]+)", ALERTS_READ, _get),
        ("PATCH", _ALERTS + r"/(?P<number>[0-9]+)", ALERTS_WRITE, _update),
        ("GET", _ALERTS + r"/(?P<number>[0-9]+)/instances", ALERTS_READ, _instances),
        ("GET", r"/rate_limit", ANYBODY, _rate_limit),
        ("GET", r"/meta", ANYBODY, _meta),
        ("GET", r"/user", ANY_TOKEN, identity.user),
        ("GET", _REPOSITORY, REPOSITORY, identity.repository),
        ("GET", r"/orgs/(?P<org>[^/]+)/repos", ANYBODY, listing.of_organisation),
        ("GET", r"/users/(?P<account>[^/]+)/repos", ANYBODY, listing.of_user),
        ("GET", r"/user/repos", ANY_TOKEN, listing.own),
        ("GET", r"/repositories/(?P<number>[0-9]+)", ANYBODY, listing.numbered),
        ("POST", r"/graphql", ANYBODY, listing.graphql),
        ("DELETE", r"/installation/token", ANY_TOKEN, identity.revoke_own),
        ("POST", r"/credentials/revoke", NOBODY, identity.revoke),
        ("GET", r"/app", APP, identity.app),
        ("GET", _REPOSITORY + "/installation", APP, identity.installation_of_repository),
        ("GET", r"/(?:orgs|users|enterprises)/(?P<account>[^/]+)/installation", APP,
         identity.installation_of_account),
        ("POST", r"/app/installations/(?P<installation>[0-9]+)/access_tokens", APP, identity.mint),
        ("POST", r"/login/device/code", NOBODY, identity.device_code),
        ("POST", r"/login/oauth/access_token", NOBODY, identity.access_token),
    ]
]
