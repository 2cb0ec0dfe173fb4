"""Numbered pages of a list, and the Link header that names them."""

from __future__ import annotations

import urllib.parse

from fake.messages import Request
from fake.world import World


def page_size(request: Request) -> int:
    asked = request.query.get("per_page", "30")
    return min(100, max(1, int(asked))) if asked.isdigit() else 30


def link_header(world: World, request: Request, found: dict[str, dict[str, str]]) -> str:
    api, _ = world.urls(request)
    kept = {k: v for k, v in request.query.items() if k not in ("page", "after", "before")}
    parts = []
    for relation, position in found.items():
        query = urllib.parse.urlencode({**kept, **position})
        parts.append(f'<{api}{request.path}?{query}>; rel="{relation}"')
    return ", ".join(parts)


def positions(world: World, page: int, size: int, total: int) -> dict[str, dict[str, str]]:
    """GitHub's relations of a numbered page, in GitHub's order."""
    last = max(1, -(-total // size))
    found: dict[str, dict[str, str]] = {}
    if page > 1:
        found["prev"] = {"page": str(min(page - 1, last))}
    if page < last:
        found["next"] = {"page": str(page + 1)}
        if world.paging == "pages":
            found["last"] = {"page": str(last)}
    if page > 1:
        found["first"] = {"page": "1"}
    return found
