"""What stories about changes of alerts have in common."""

from __future__ import annotations

import json
from typing import Any

from fake import Request
from system.harness import Environment, GhwardTestCase, Result

ALERTS = "/repos/acme/shop/code-scanning/alerts"
SHOP = ("-R", "acme/shop")

# The fake's alerts follow from their numbers.
OPEN, DISMISSED, FIXED = "1", "3", "4"
DISMISSED_AND_ASSIGNED, OPEN_AND_ASSIGNED = "8", "12"

DISMISS = ("alerts", "dismiss", OPEN, *SHOP, "--reason", "wont-fix", "--comment", "known")
DISMISSAL = {"state": "dismissed", "dismissed_reason": "won't fix", "dismissed_comment": "known"}

MAY_HAVE = "may have been made"


class WriteTestCase(GhwardTestCase):
    """Each story begins with the alerts as they were made, on github.com."""

    def setUp(self) -> None:
        super().setUp()
        world = self.fake.world
        self.renew()
        for name, value in (("installed_version", None), ("dismissals_need_approval", False),
                            ("dismissal_requests", []), ("strangers", set())):
            self.addCleanup(setattr, world, name, getattr(world, name))
            setattr(world, name, value)

    def renew(self) -> None:
        """The alerts as they were made."""
        self.fake.world.add_repository("acme", "shop", self.alerts)

    def alert(self, number: str) -> dict[str, Any]:
        listed = self.fake.world.repository("acme", "shop")
        assert listed is not None
        return listed[int(number) - 1]

    def edit(self, number: str, **changes: Any) -> None:
        self.alert(number).update(changes)
        self.fake.world.changed()

    def assert_usage(self, *arguments: str, says: str, env: Environment | None = None) -> None:
        """Refused before anything is sent, as something that was typed wrong."""
        self.fake.reset()
        result = self.ghward.run(*arguments, env=env)
        self.assertEqual((result.code, result.out), (2, ""), result)
        self.assertIn(says, result.err)
        self.assert_untouched()

    @property
    def patches(self) -> list[Request]:
        return [request for request in self.fake.requests if request.method == "PATCH"]

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.body) for request in self.patches]

    def changed_once(self, *arguments: str, expect: dict[str, Any]) -> Result:
        """One PATCH with exactly this body, to the alert that was named."""
        self.fake.reset()
        result = self.run_ok(*arguments, "--yes")
        self.assertEqual(self.bodies, [expect])
        self.assertEqual(self.patches[0].target, f"{ALERTS}/{arguments[2]}")
        self.assertEqual(self.patches[0].headers["content-type"], "application/json")
        return result

    def records_of(self, event: str, phase: str | None = None) -> list[dict[str, Any]]:
        return [one for one in self.ghward.records()
                if one["event"] == event and phase in (None, one["phase"])]
