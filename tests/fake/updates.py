"""Changes of an alert as GitHub takes them: what it refuses, what it does, and what it leaves out."""

from __future__ import annotations

from typing import Any

from fake import alerts
from fake.alerts import Json
from fake.world import World

_REASONS = ("false positive", "won't fix", "used in tests", "mitigated")
_COMMENT_MAX = 280


def wrong_field(world: World, alert: Json, change: Any) -> str | None:
    """The name of the field that GitHub would refuse."""
    if not isinstance(change, dict):
        return "state"
    state, reason = change.get("state"), change.get("dismissed_reason")
    # Enterprise Server up to 3.19 wants a state with every change, github.com something to change.
    if state is None and (world.installed_version is not None or "assignees" not in change):
        return "state"
    if state not in (None, "open", "dismissed") or (state and alert["state"] == "fixed"):
        return "state"
    if reason not in (None, *_REASONS) or (state == "dismissed" and reason is None):
        return "dismissed_reason"
    comment = change.get("dismissed_comment")
    if comment is not None and (not isinstance(comment, str) or len(comment) > _COMMENT_MAX):
        return "dismissed_comment"
    if not isinstance(change.get("create_request", False), bool):
        return "create_request"
    assignees = change.get("assignees", [])
    if not isinstance(assignees, list) or not all(isinstance(one, str) for one in assignees):
        return "assignees"
    return None


def _set_state(world: World, alert: Json, change: Json, now: str) -> None:
    dismissed = change["state"] == "dismissed"
    if dismissed and alert["state"] != "dismissed" and world.dismissals_need_approval:
        if change.get("create_request"):
            world.dismissal_requests.append({"alert": alert["number"], **change})
        return
    alert |= {
        "state": change["state"],
        "updated_at": now,
        "dismissed_at": now if dismissed else None,
        "dismissed_by": alerts.make_user(world.login) if dismissed else None,
        "dismissed_reason": change.get("dismissed_reason") if dismissed else None,
        "dismissed_comment": change.get("dismissed_comment") if dismissed else None,
    }


def apply(world: World, alert: Json, change: Json) -> None:
    """Does what `wrong_field` has nothing against."""
    with world.lock:
        now = alerts.stamp(1_000_000 + alert["number"])
        if change.get("state"):
            _set_state(world, alert, change, now)
        if "assignees" in change:
            alert["updated_at"] = now
            alert["assignees"] = [
                alerts.make_user(login) for login in change["assignees"]
                if login not in world.strangers
            ]
        world.changed()
