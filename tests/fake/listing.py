"""Routes of the API that list repositories."""

from __future__ import annotations

import re
from collections.abc import Callable

from fake.alerts import Json
from fake.messages import Answer, Request
from fake.pages import link_header, page_size, positions
from fake.permissions import REPOSITORY
from fake.repositories import Repository
from fake.tokens import Token
from fake.world import World

_Key = Callable[[Repository], object]
_SORTS: dict[str, _Key] = {
    "created": lambda one: one.number,
    "updated": lambda one: (one.pushed, one.number),
    "pushed": lambda one: (one.pushed, one.number),
    "full_name": lambda one: one.full_name.lower(),
}


def _sees(token: Token | None, one: Repository) -> bool:
    if not one.private:
        return True
    return token is not None and token.sees(one.owner, one.name) and token.suffices(REPOSITORY, False)


def _answer(world: World, request: Request, chosen: list[Repository], sort: str) -> Answer:
    query, size = request.query, page_size(request)
    sort = query.get("sort", sort)
    if sort not in _SORTS:
        return world.error(422, "Validation Failed")
    direction = query.get("direction", "asc" if sort == "full_name" else "desc")
    chosen = sorted(chosen, key=_SORTS[sort], reverse=direction == "desc")  # type: ignore[arg-type,return-value]
    offset = (request.page - 1) * size

    def render() -> list[Json]:
        return [render_one(world, request, one) for one in chosen[offset : offset + size]]

    caller = request.caller.value if isinstance(request.caller, Token) else None
    key = (request.path, tuple(sorted(query.items())), caller)
    made = world.cached_answer(request, key, render)
    found = positions(world, request.page, size, len(chosen))
    if found:
        made.headers["Link"] = link_header(world, request, found)
    return made


def render_one(world: World, request: Request, one: Repository) -> Json:
    api, html = world.urls(request)
    return one.as_json(api, html, world.repositories.is_organisation(one.owner))


def _token(request: Request) -> Token | None:
    return request.caller if isinstance(request.caller, Token) else None


def _is_known(world: World, owner: str) -> bool:
    return bool(world.repositories.of(owner) or world.names_of(owner)) or owner.lower() in world.repositories.users


def of_organisation(world: World, request: Request, match: "re.Match[str]") -> Answer:
    owner = match["org"]
    if not _is_known(world, owner) or not world.repositories.is_organisation(owner):
        return world.error(404, "Not Found")
    wanted = request.query.get("type", "all")
    chosen = [one for one in world.repositories.of(owner)
              if _sees(_token(request), one) and wanted in ("all", one.visibility)]
    return _answer(world, request, chosen, "created")


def of_user(world: World, request: Request, match: "re.Match[str]") -> Answer:
    """Public ones only, whoever asks."""
    if not _is_known(world, match["account"]):
        return world.error(404, "Not Found")
    return _answer(world, request, [one for one in world.repositories.of(match["account"]) if not one.private], "full_name")


def own(world: World, request: Request, _: "re.Match[str]") -> Answer:
    """Of the person whose token it is, and with other affiliations everything that it sees."""
    token = _token(request)
    assert token is not None
    if token.kind == "installation":
        return world.error(403, "Resource not accessible by integration")
    affiliations = request.query.get("affiliation", "owner,collaborator,organization_member").split(",")
    others = "collaborator" in affiliations or "organization_member" in affiliations
    chosen = [one for one in world.repositories.all() if _sees(token, one)
              and (one.owner.lower() == world.login.lower() and "owner" in affiliations
                   or one.owner.lower() != world.login.lower() and others)]
    return _answer(world, request, chosen, "full_name")


def numbered(world: World, request: Request, match: "re.Match[str]") -> Answer:
    found = world.repositories.numbered(int(match["number"]))
    if found is None or not _sees(_token(request), found):
        return world.error(404, "Not Found")
    return world.json_answer(200, render_one(world, request, found))


def graphql(world: World, request: Request, _: "re.Match[str]") -> Answer:
    """A server without it."""
    return world.error(404, "Not Found")
