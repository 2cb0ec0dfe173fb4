"""Looking at one alert."""

from __future__ import annotations

from fake.alerts import make_alert, with_urls
from system.harness import ALWAYS, GhwardTestCase
from system.test_alerts_list import FIELDS, severity_of

VIEW = "/repos/acme/shop/code-scanning/alerts/7"


class View(GhwardTestCase):
    def test_json_is_one_object_with_every_field(self) -> None:
        seen = self.run_ok("alerts", "view", "7", "-R", "acme/shop", "--json").json
        self.assertEqual(list(seen), FIELDS)
        alert = with_urls(make_alert(7), self.fake.url, self.fake.url, "acme", "shop")
        for name in alert:
            self.assertEqual(seen[name], alert[name], name)
        self.assertEqual((seen["severity"], seen["repository"]), (severity_of(alert), None))

    def test_chosen_fields(self) -> None:
        seen = self.run_ok("alerts", "view", "7", "-R", "acme/shop", "--json", "number,rule").json
        self.assertEqual(seen, {"number": 7, "rule": make_alert(7)["rule"]})

    def test_text_says_what_matters(self) -> None:
        alert = make_alert(8)
        text = self.run_ok("alerts", "view", "8", "-R", "acme/shop").out
        location = alert["most_recent_instance"]["location"]
        for expected in (
            "8", alert["state"], alert["rule"]["id"], alert["rule"]["description"],
            alert["tool"]["name"], f"{location['path']}:{location['start_line']}",
            alert["dismissed_reason"], alert["dismissed_comment"], "octocat",
            alert["most_recent_instance"]["message"]["text"],
        ):
            self.assertIn(expected, text)

    def test_asks_for_exactly_one_thing_once(self) -> None:
        self.run_ok("alerts", "view", "7", "-R", "acme/shop")
        (request,) = self.fake.requests
        self.assertEqual((request.method, request.target), ("GET", VIEW))

    def test_options_may_stand_before_the_number(self) -> None:
        result = self.run_ok("alerts", "view", "--repo", "acme/shop", "7", "--json=number")
        self.assertEqual(result.json, {"number": 7})

    def test_one_that_is_not_there(self) -> None:
        error = self.assert_refused("alerts", "view", "4711", "-R", "acme/shop", code=5,
                                    kind="not_found", status=404)
        self.assertTrue(error["request_id"].startswith("C0DE:"))

    def test_every_nullable_field_null(self) -> None:
        for kind in ("nulls", "bare"):
            with self.subTest(kind):
                self.fake.fault(VIEW, kind, times=2)
                seen = self.run_ok("alerts", "view", "7", "-R", "acme/shop", "--json").json
                self.assertEqual(list(seen), FIELDS)
                self.assertEqual((seen["number"], seen["state"]), (7, None))
                self.assertIn("7", self.run_ok("alerts", "view", "7", "-R", "acme/shop").out)

    def test_what_was_changed_on_github_shows(self) -> None:
        alerts = self.fake.world.repository("acme", "site")
        assert alerts is not None
        alerts[0] |= {"state": "dismissed", "dismissed_comment": "seen by somebody else"}
        self.fake.world.changed()
        self.assertIn("seen by somebody else", self.run_ok("alerts", "view", "1", "-R", "acme/site").out)

    def test_a_list_is_no_alert(self) -> None:
        self.fake.fault(VIEW, "array", times=ALWAYS)
        self.assert_refused("alerts", "view", "7", "-R", "acme/shop", code=1, kind="malformed")

    def test_is_on_record(self) -> None:
        self.run_ok("alerts", "view", "7", "-R", "acme/shop")
        records = self.ghward.records()
        self.assertEqual([(one["event"], one["phase"]) for one in records if one["job"]], [
            ("alerts.view", "intent"), ("alerts.get", "result"), ("alerts.view", "result"),
        ])
        self.assertIn("acme/shop", records[-1]["target"])
        self.assertEqual(records[-1]["outcome"], "done")
