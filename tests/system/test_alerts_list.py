"""Listing alerts, with filters and over several pages."""

from __future__ import annotations

from system.harness import ALWAYS, GhwardTestCase

LIST = "/repos/acme/shop/code-scanning/alerts"


class List(GhwardTestCase):
    def test_smoke(self) -> None:
        result = self.run_ok("alerts", "list", "-R", "acme/shop")
        print(result)
        print(self.ghward.inspected)
