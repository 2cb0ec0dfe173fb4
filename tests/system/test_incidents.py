"""Security incidents: found over many commands, acted on before a token is used, told, and let go by a person."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from pathlib import Path
from typing import Any

from fake import webhook
from fake.proxy import Proxy
from system import lockdown
from system.harness import Daemon, GhwardTestCase, Result

LIST = ("alerts", "list", "-R", "acme/shop")
INCIDENTS = ("audit", "incidents")
REASON = "The token was rotated, ticket SEC-7"
SECRET_PATH = "/services/T0SECRET/B0CANARY/" + "x" * 24


class IncidentTestCase(GhwardTestCase):
    def configure_audit(self, **audit: Any) -> None:
        self.configure(audit=audit)

    def revoke(self) -> None:
        """From now on GitHub does not know the token."""
        self.fake.world.tokens.revoke(self.ghward.canary.token)

    def fail_times(self, times: int) -> list[Result]:
        results = [self.ghward.run(*LIST) for _ in range(times)]
        for result in results:
            self.assertEqual(result.code, 4, result)
        return results

    def incidents(self) -> list[dict[str, Any]]:
        return json.loads(self.run_ok(*INCIDENTS, "--json").out)  # type: ignore[no-any-return]

    def only(self) -> dict[str, Any]:
        (one,) = self.incidents()
        return one

    def close(self, identifier: str) -> None:
        self.run_ok(*INCIDENTS, "close", identifier, "--reason", REASON)

    def events(self, event: str) -> list[dict[str, Any]]:
        return [one for one in self.ghward.records() if one["event"] == event]

    @property
    def uid(self) -> str:
        return f"uid:{lockdown.UID if lockdown.is_wanted() else os.getuid()}"

    @property
    def cache(self) -> Path:
        return self.ghward.scratch.audit / "incidents"


class TokenCompromise(IncidentTestCase):
    def open(self) -> str:
        self.revoke()
        results = self.fail_times(5)
        for result in results[:-1]:
            self.assertNotIn("SEC-", result.err)
        self.assertRegex(results[-1].err, r"note: security incident SEC-\d{8}-[0-9a-f]{8}: token_compromise")
        return str(self.only()["id"])

    def test_refusals_over_several_commands_quarantine_the_credential(self) -> None:
        identifier = self.open()
        one = self.only()
        self.assertEqual(one["subject"], "GH_ENTERPRISE_TOKEN")
        self.assertEqual((one["type"], one["rule"], one["per"]), ("token_compromise",) * 2 + ("credential",))
        self.assertEqual((one["count"], one["severity"], one["state"]), (5, "critical", "open"))
        numbers = [record["seq"] for record in self.ghward.records()
                   if record["outcome"] == "authentication" and record["phase"] == "result"]
        self.assertEqual(one["records"], numbers)
        before = len(self.fake.requests)
        self.assert_refused(*LIST, code=3, kind="denied",
                            says=f"credential GH_ENTERPRISE_TOKEN is quarantined by the security incident {identifier}")
        self.assertEqual(len(self.fake.requests), before)
        self.fake.world.tokens.add(self.ghward.canary.token)
        self.assertEqual(self.ghward.run("rate-limit").code, 3)

    def test_what_is_on_record(self) -> None:
        identifier = self.open()
        (opened,) = self.events("incident.open")
        self.assertEqual((opened["actor"], opened["phase"], opened["severity"]), ("audit", "note", "critical"))
        self.assertEqual(list(opened["details"]), ["id", "type", "rule", "per", "subject", "count", "window",
                                                   "actions", "records"])
        self.assertEqual(opened["details"]["id"], identifier)
        self.assertEqual(opened["details"]["actions"], "alert,quarantine")
        responses = {one["details"]["action"]: one["outcome"] for one in self.events("incident.respond")}
        self.assertEqual(responses, {"quarantine": "done", "alert": "unsent"})
        self.ghward.run(*LIST)
        denied = [one for one in self.ghward.records() if one["decision"] == "deny"][-1]
        self.assertEqual(denied["rule"], "incident.quarantine")
        self.assertEqual(denied["details"]["credential"], "GH_ENTERPRISE_TOKEN")

    def test_it_is_opened_once(self) -> None:
        self.open()
        for _ in range(6):
            self.ghward.run(*LIST)
        self.assertEqual(len(self.events("incident.open")), 1)
        self.assertEqual(len(self.incidents()), 1)

    def test_closing_releases_and_says_who_and_why(self) -> None:
        identifier = self.open()
        self.fake.world.tokens.add(self.ghward.canary.token)
        result = self.run_ok(*INCIDENTS, "close", identifier, "--reason", REASON)
        self.assertEqual(result.out, f"closed {identifier}\n")
        self.assertEqual(self.incidents(), [])
        self.run_ok(*LIST)
        (closed,) = self.events("incident.close")
        self.assertEqual((closed["actor"], closed["details"]["reason"]), (self.uid, REASON))
        intent = [one for one in self.ghward.records() if one["event"] == "audit.incidents.close"][0]
        self.assertEqual((intent["phase"], intent["target"]), ("intent", identifier))

    def test_after_closing_it_takes_as_many_again(self) -> None:
        identifier = self.open()
        self.close(identifier)
        self.fail_times(4)
        self.assertEqual(self.incidents(), [])
        self.fail_times(1)
        self.assertNotEqual(self.only()["id"], identifier)

    def test_show(self) -> None:
        identifier = self.open()
        result = self.run_ok(*INCIDENTS, "show", identifier)
        for part in (identifier, "token_compromise", "critical", "GH_ENTERPRISE_TOKEN", "5 within 600 s",
                     "quarantine: done", "alert: unsent, there is no audit.webhook", "look with"):
            self.assertIn(part, result.out)
        shown = json.loads(self.run_ok(*INCIDENTS, "show", identifier, "--json").out)
        self.assertEqual((shown["id"], shown["state"], shown["closed"]), (identifier, "open", None))
        self.close(identifier)
        shown = json.loads(self.run_ok(*INCIDENTS, "show", identifier, "--json").out)
        self.assertEqual((shown["state"], shown["closed_by"], shown["reason"]), ("closed", self.uid, REASON))
        self.assertIn(REASON, self.run_ok(*INCIDENTS, "show", identifier).out)

    def test_list_by_state(self) -> None:
        first = self.open()
        self.close(first)
        self.fail_times(5)
        second = self.only()["id"]
        rows = {state: [row[0] for row in self.run_ok(*INCIDENTS, "list", "--state", state).rows]
                for state in ("open", "closed", "all")}
        self.assertEqual(rows, {"open": [second], "closed": [first], "all": [first, second]})
        evidence = ("--dir", str(self.ghward.scratch.audit))
        self.assertEqual(self.run_ok(*INCIDENTS, "list", "--state", "closed", *evidence).rows[0][0], first)
        self.assertEqual(self.ghward.run(*INCIDENTS, "close", second, "--reason", REASON, *evidence).code, 2)
        self.assertEqual(self.ghward.run(*INCIDENTS, "show", second, "--state", "all").code, 2)

    def test_what_is_no_incident_or_no_reason_is_refused(self) -> None:
        identifier = self.open()
        other = "SEC-20260102-0123abcd"
        self.assert_refused(*INCIDENTS, "show", other, code=5, kind="not_found", says=other)
        self.assert_refused(*INCIDENTS, "close", other, "--reason", REASON, code=5, kind="not_found", says=other)
        self.assert_refused(*INCIDENTS, "show", "../x", code=2, kind="usage", says="no id of an incident")
        self.assert_refused(*INCIDENTS, "close", identifier, "--reason", "short", code=2, kind="usage",
                            says="expected 10 to 1000")
        self.assert_refused(*INCIDENTS, "close", identifier, "--reason", "x" * 1001, code=2, kind="usage",
                            says="expected 10 to 1000")
        for words in (("close", identifier), ("show",), ("list", identifier), ("open",)):
            self.assertEqual(self.ghward.run(*INCIDENTS, *words).code, 2, words)
        self.assertEqual(self.only()["id"], identifier)

    def test_another_credential_goes_on(self) -> None:
        self.open()
        other = "ghp_" + "z" * 36
        self.fake.world.tokens.add(other)
        env = {"GH_ENTERPRISE_TOKEN": None, "GITHUB_ENTERPRISE_TOKEN": other}
        self.run_ok(*LIST, env=env)

    def test_in_a_daemon(self) -> None:
        with self.daemon():
            self.revoke()
            self.fail_times(5)
            identifier = self.only()["id"]
            self.assertEqual(self.ghward.run(*LIST).code, 3)
            self.fake.world.tokens.add(self.ghward.canary.token)
            self.close(identifier)
            self.assertEqual(self.ghward.run(*LIST).code, 0)

    def test_a_daemon_hears_what_a_command_of_its_own_agent_has_found(self) -> None:
        with self.daemon():
            self.assertEqual(self.ghward.run(*LIST).code, 0)
            self.revoke()
            for _ in range(5):
                self.assertEqual(self.ghward.run(*LIST, "--private").code, 4)
            self.fake.world.tokens.add(self.ghward.canary.token)
            # It learns of it with its own record of what it is about to do, and does not do it.
            before = len(self.fake.requests)
            self.assertEqual(self.ghward.run(*LIST).code, 3)
            self.assertEqual(len(self.fake.requests), before)
            self.ghward.run(*INCIDENTS, "close", self.only()["id"], "--reason", REASON, "--private")
            self.ghward.run(*LIST)
            self.assertEqual(self.ghward.run(*LIST).code, 0)

    def test_a_running_job_ends(self) -> None:
        with self.daemon():
            held = self.fake.hold("alerts")
            running = self.ghward.start(*LIST)
            held.wait()
            self.revoke()
            for _ in range(5):
                self.assertEqual(self.ghward.run("rate-limit").code, 4)
            result = self.ghward.finish(running)
            held.release()
            self.assertEqual(result.code, 3, result)
            self.assertIn("quarantined", result.err)

    def test_the_cache_is_only_a_cache(self) -> None:
        identifier = self.open()
        whole = self.cache.read_bytes()
        for text in (b"", b"\n", b"ghward incidents 1\n", whole[:-1], whole[:-5], whole.replace(b"open", b"opem"),
                     whole.replace(identifier.encode(), b"SEC-20200101-00000000"), b"\0" * 3_000_000):
            self.cache.write_bytes(text)
            self.ghward.scratch.settle()
            if b"SEC-2020" in text:
                continue  # of this directory's owner: it can say what it likes
            self.assertEqual(self.only()["id"], identifier, text[:80])
        self.cache.unlink()
        self.assertEqual(self.only()["id"], identifier)
        self.cache.unlink()
        self.assertEqual(self.ghward.run(*LIST).code, 3)

    def test_counting_survives_the_loss_of_the_cache(self) -> None:
        self.revoke()
        for _ in range(5):
            self.fail_times(1)
            self.cache.unlink(missing_ok=True)
        self.assertEqual(self.only()["type"], "token_compromise")

    def test_a_killed_writer_loses_none(self) -> None:
        daemon = Daemon(self.ghward)
        self.revoke()
        self.fail_times(5)
        self.ghward.find("audit").kill()
        self.assertEqual(daemon.wait().code, 1)
        (opened,) = self.events("incident.open")
        self.assertEqual(self.only()["id"], opened["details"]["id"])


class Principals(IncidentTestCase):
    def refuse(self, *values: str) -> None:
        for value in values:
            self.assertEqual(self.ghward.run("alerts", "list", "-R", value).code, 2, value)

    def test_climbing_names_block_who_types_them(self) -> None:
        self.refuse("../shop", "acme/..", "..%2f/shop", "acme/..%2Fshop", "../..")
        one = self.only()
        self.assertEqual((one["type"], one["per"], one["subject"]), ("path_traversal", "actor", self.uid))
        self.assert_refused(*LIST, code=3, kind="denied", says=f"{self.uid} is blocked by the security incident")
        self.assert_refused("vault", "list", code=3, kind="denied", says="is blocked")
        self.assert_untouched()
        self.assertEqual(self.ghward.run("doctor").code, 0)
        self.close(one["id"])
        self.run_ok(*LIST)

    def test_commands_in_names_block_too(self) -> None:
        self.refuse("acme/$(id)", "acme/`id`", "-rf/shop", "acme;id/shop", "acme/a|b")
        self.assertEqual(self.only()["type"], "command_injection")
        noted = self.events("input.refused")
        self.assertEqual({one["outcome"] for one in noted}, {"injection"})
        self.assertEqual(noted[0]["details"], {"parameter": "repo", "value": "$(id)"})
        self.assertEqual(self.ghward.run(*LIST).code, 3)

    def test_mistakes_do_not_count(self) -> None:
        self.refuse(*["acme/sh op"] * 6, *["ac me/shop"] * 6)
        self.assertEqual(self.events("input.refused"), [])
        self.run_ok(*LIST)

    def test_hostile_values_stay_data(self) -> None:
        self.refuse("acme/\x1b]0;x\x07", "acme/" + ";" * 5000)
        for one in self.events("input.refused"):
            self.assertLess(len(one["details"]["value"]), 300)
            self.assertNotIn("\x1b", one["details"]["value"])

    def test_rate_limits_that_are_run_into_are_told(self) -> None:
        self.configure_audit(rules=[{"name": "rate_limit_abuse", "threshold": 2}])
        for _ in range(2):
            self.fake.fault("alerts", "rate_limited", status=429, reset_in=1800)
            self.assertEqual(self.ghward.run(*LIST).code, 6)
        self.assertEqual(self.only()["type"], "rate_limit_abuse")
        self.run_ok(*LIST)


class Rules(IncidentTestCase):
    def test_a_rule_of_ones_own_about_a_target(self) -> None:
        self.configure_audit(rules=[{"name": "gone", "event": "alerts.*", "phase": "result", "outcome": "not_found",
                               "per": "target", "threshold": 2, "window": 60, "severity": "warning",
                               "actions": ["block"]}])
        for _ in range(2):
            self.assertEqual(self.ghward.run("alerts", "view", "999", "-R", "acme/shop").code, 5)
        self.assertEqual(self.only()["subject"], "acme/shop")
        self.assert_refused(*LIST, code=3, kind="denied", says="acme/shop is blocked")
        self.run_ok("alerts", "list", "-R", "acme/site")

    def test_a_built_in_rule_that_is_disabled(self) -> None:
        self.configure_audit(rules=[{"name": "token_compromise", "enabled": False}])
        self.revoke()
        self.fail_times(6)
        self.assertEqual(self.incidents(), [])

    def test_a_wrong_rule_is_refused_with_its_line(self) -> None:
        self.configure_audit(rules=[{"name": "x", "event": "*"}])
        result = self.ghward.run(*LIST)
        self.assertEqual(result.code, 2)
        self.assertRegex(result.err, r'config\.json:1: invalid value of "audit\.rules\[0\]"')

    def test_the_audit_directory_of_the_configuration(self) -> None:
        place = self.ghward.scratch.work / "elsewhere"
        self.ghward.rules = dataclasses.replace(self.ghward.rules, audit_directory=str(place))
        self.configure_audit(dir=str(place))
        self.run_ok(*LIST)
        self.assertTrue(list(place.glob("*.jsonl")))
        self.assertFalse(self.ghward.scratch.audit.exists())
        other = self.ghward.scratch.work / "variable"
        self.ghward.rules = dataclasses.replace(self.ghward.rules, audit_directory=str(other))
        self.run_ok(*LIST, env={"GHWARD_AUDIT_DIR": str(other)})
        self.assertTrue(list(other.glob("*.jsonl")))


class Alerts(IncidentTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.webhook = self.enterContext(webhook.Webhook())
        self.configure_audit(webhook=self.webhook.origin + SECRET_PATH,
                       rules=[{"name": "token_compromise", "threshold": 2}])

    def assert_secret(self, *results: Result) -> None:
        """The webhook's path is nowhere but in the request."""
        for result in results:
            self.assertNotIn("T0SECRET", result.out + result.err)
        for path in self.ghward.scratch.state.rglob("*"):
            if path.is_file():
                self.assertNotIn(b"T0SECRET", path.read_bytes(), path)

    def alert_outcomes(self) -> list[str]:
        return [one["outcome"] for one in self.events("incident.respond") if one["details"]["action"] == "alert"]

    def test_an_alert_is_delivered_before_the_command_ends(self) -> None:
        self.revoke()
        results = self.fail_times(2)
        (post,) = self.webhook.posts
        self.assertEqual(post.line, f"POST {SECRET_PATH} HTTP/1.1")
        self.assertEqual(post.headers["content-type"], "application/json")
        self.assertNotIn("authorization", post.headers)
        identifier = self.only()["id"]
        self.assertIn(identifier, post.json["text"])
        (attachment,) = post.json["attachments"]
        self.assertEqual(attachment["color"], "danger")
        fields = {one["title"]: one["value"] for one in attachment["fields"]}
        self.assertEqual(fields["credential"], "GH_ENTERPRISE_TOKEN")
        self.assertFalse(self.ghward.canary.is_in(post.body))
        self.assertEqual(self.alert_outcomes(), ["done"])
        self.assertEqual({one["action"]: one["outcome"] for one in self.only()["responses"]},
                         {"quarantine": "done", "alert": "done"})
        self.assert_secret(*results)

    def test_it_goes_through_the_proxy(self) -> None:
        proxy = self.enterContext(Proxy(None))
        self.revoke()
        for _ in range(2):
            self.ghward.run(*LIST, env={"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}"})
        self.assertEqual(len(self.webhook.posts), 1)
        self.assertIn(self.webhook.origin.removeprefix("https://"), proxy.targets)
        self.assertNotIn(b"T0SECRET", proxy.seen)

    def test_once_is_enough(self) -> None:
        self.revoke()
        self.fail_times(2)
        for _ in range(3):
            self.ghward.run(*LIST)
        self.assertEqual(len(self.webhook.posts), 1)

    def test_failing_twice_and_then_fine(self) -> None:
        self.webhook.answers = [500, b""]
        self.revoke()
        self.fail_times(2)
        self.assertEqual(len(self.webhook.posts), 3)
        self.assertEqual(self.alert_outcomes(), ["done"])

    def test_what_was_not_delivered_is_tried_again_by_the_next_command(self) -> None:
        self.webhook.answers = [404]
        self.revoke()
        results = self.fail_times(2)
        self.assertRegex(results[-1].err, r"the alert about SEC-\S+ could not be sent to https://localhost:\d+ "
                                          r"\(status 404\); the next agent tries again")
        self.assertEqual(self.alert_outcomes(), ["refused"])
        self.ghward.run(*LIST)
        self.assertEqual(self.alert_outcomes(), ["refused", "done"])
        self.assertEqual(len(self.webhook.posts), 2)
        self.assert_secret(*results)

    def test_five_tries_and_no_more(self) -> None:
        self.webhook.answers = [500] * 9
        self.revoke()
        self.fail_times(2)
        self.assertEqual(len(self.webhook.posts), 5)

    def test_silence_is_waited_for_five_seconds(self) -> None:
        self.webhook.answers = [None]
        self.revoke()
        self.fail_times(1)
        started = time.monotonic()
        (result,) = self.fail_times(1)
        self.assertTrue(4.5 < time.monotonic() - started < 7.5, result)
        self.assertIn("could not be sent", result.err)
        self.assertEqual(self.alert_outcomes(), ["timeout"])

    def test_a_slow_one_is_waited_for(self) -> None:
        self.webhook.delay = 1.0
        self.revoke()
        self.fail_times(2)
        self.assertEqual(self.alert_outcomes(), ["done"])

    def test_a_lying_one(self) -> None:
        self.webhook.answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", b"\0" * 5000,
                                b"HTTP/1.1 302 Found\r\nLocation: " + self.fake.url.encode() + b"/x\r\n"
                                b"Content-Length: 0\r\n\r\n"]
        self.revoke()
        self.fail_times(2)
        self.assertEqual(len(self.webhook.posts), 3)
        self.assertEqual(self.alert_outcomes(), ["refused"])
        self.assertEqual([one.path for one in self.fake.requests if one.path == "/x"], [])

    def test_nobody_there(self) -> None:
        self.webhook.close()
        self.revoke()
        result = self.fail_times(2)[-1]
        self.assertIn("could not be sent", result.err)
        self.assertEqual(self.alert_outcomes(), ["network"])
        self.assert_secret(result)

    def test_a_daemon_does_not_wait(self) -> None:
        self.webhook.delay = 2.0
        with self.daemon():
            self.revoke()
            started = time.monotonic()
            self.fail_times(2)
            self.assertLess(time.monotonic() - started, 2)
            self.assertTrue(self.webhook.wait_for(1))
        # But ends only when it was sent.
        self.assertEqual(self.alert_outcomes(), ["done"])

    def test_hostile_subjects_are_no_orders_to_slack(self) -> None:
        self.configure_audit(webhook=self.webhook.origin + SECRET_PATH,
                             rules=[{"name": "mine", "event": "vault.written", "per": "target", "threshold": 1,
                                     "window": 60, "actions": ["alert"]}])
        place = self.ghward.scratch.work / "<!channel>&amp;"
        place.mkdir(mode=0o700)
        self.ghward.scratch.settle()
        key = self.ghward.scratch.work / "vault.key"
        result = self.ghward.run("vault", "init", "--vault", str(place / "vault"), "--key-file", str(key))
        self.assertEqual(result.code, 0, result)
        (post,) = self.webhook.posts
        self.assertNotRegex(post.body, rb"[<>]")
        self.assertIn("&lt;!channel&gt;&amp;amp;/vault", post.json["text"])

    def test_a_wrong_webhook_is_not_repeated(self) -> None:
        self.configure_audit(webhook="http://hooks.example.com" + SECRET_PATH)
        result = self.ghward.run(*LIST)
        self.assertEqual(result.code, 2, result)
        self.assertIn("audit.webhook", result.err)
        self.assert_secret(result)
        result = self.ghward.run(*LIST, env={"GHWARD_CONFIG": None, "GHWARD_AUDIT_WEBHOOK": "ftp:" + SECRET_PATH})
        self.assertEqual(result.code, 2, result)
        self.assert_secret(result)


if __name__ == "__main__":
    import unittest

    unittest.main()
