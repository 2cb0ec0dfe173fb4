"""One id leads from a command's error to the log, the audit record and GitHub's own request."""

from __future__ import annotations

import json
from typing import Any

from system.harness import ALWAYS, Environment, GhwardTestCase

LIST = "/repos/acme/shop/code-scanning/alerts$"
ARGUMENTS = ("alerts", "list", "-R", "acme/shop")
LOGGED: Environment = {"LOG_FORMAT": "json", "LOG_LEVEL": "info"}
REQUEST_ID = r"C0DE:[0-9A-F]{4}:1A2B3C:4D5E6F:67890ABC"


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


class Logs(GhwardTestCase):
    def test_a_job_s_lines_carry_its_id(self) -> None:
        self.fake.fault(LIST, "status", times=2, status=502)
        result = self.ghward.run(*ARGUMENTS, env=LOGGED)
        self.assertEqual(result.code, 0, result)
        (job,) = {one["job"] for one in self.ghward.records() if one["event"] == "alerts.list"}
        told = [one for one in lines_of(result.err) if one.get("job") == job]
        self.assertTrue(all(list(one) == ["time", "level", "process", "pid", "job", "message"]
                            for one in told), told)
        tries = [one["message"] for one in told if one["message"].startswith("attempt ")]
        self.assertEqual(len(tries), 2, result)
        for attempt, message in enumerate(tries, 1):
            self.assertRegex(message, rf"^attempt {attempt} of alerts.list failed "
                                      rf"\(status 502, request id {REQUEST_ID}\); next in \d+ ms$")
        self.assertRegex(told[-1]["message"], r"^alerts.list acme/shop for uid:\d+: done \(25 items, ")

    def test_text_has_it_too(self) -> None:
        result = self.ghward.run(*ARGUMENTS, env={"LOG_LEVEL": "info"})
        (job,) = {one["job"] for one in self.ghward.records() if one["event"] == "alerts.list"}
        self.assertRegex(result.err, rf"(?m)^ghward-broker\[\d+\]: info: {job}: alerts.list acme/shop ")

    def test_a_daemon_tells_its_jobs_apart(self) -> None:
        with self.daemon(env=LOGGED) as daemon:
            for repository in ("acme/shop", "acme/nowhere"):
                self.ghward.run("alerts", "list", "-R", repository)
        ended = {one["message"].split()[1]: one for one in lines_of(daemon.log.read_text())
                 if one.get("message", "").startswith("alerts.list")}
        self.assertNotEqual(ended["acme/shop"]["job"], ended["acme/nowhere"]["job"])
        self.assertRegex(ended["acme/nowhere"]["message"], rf"not_found .*request id {REQUEST_ID}")

    def test_nothing_unless_asked_for(self) -> None:
        self.run_ok(*ARGUMENTS)


class Errors(GhwardTestCase):
    def refused(self, kind: str, **options: Any) -> None:
        self.fake.fault(LIST, kind, times=ALWAYS, **options)
        result = self.ghward.run(*ARGUMENTS, "--json", env={"GITHUB_MAX_RETRIES": "0"})
        error = result.error
        self.assertRegex(error["request_id"] or "", f"^{REQUEST_ID}$", result)
        self.assertTrue(error["status"], result)
        records = [one for one in self.ghward.records() if one["job"] == error["job"]]
        self.assertEqual({one["request_id"] for one in records if one["phase"] == "result"},
                         {error["request_id"]}, records)
        text = self.ghward.run(*ARGUMENTS, env={"GITHUB_MAX_RETRIES": "0"}).err
        self.assertRegex(text, rf"(?m)^ghward: request id {REQUEST_ID}, job j-[0-9a-f]{{16}}$")

    def test_whatever_is_wrong_with_an_answer(self) -> None:
        for kind, options in (
            ("status", {"status": 401}), ("status", {"status": 403}), ("status", {"status": 404}),
            ("status", {"status": 500}), ("rate_limited", {}), ("html", {}), ("malformed", {}),
            ("object", {}), ("truncate", {}), ("bad_gzip", {}), ("oversized", {}),
            ("unknown_encoding", {}),
            ("link", {"value": "<https://evil.example/?page=2>; rel=\"next\""}),
            ("link", {"value": "nonsense"}),
            ("edit", {"change": lambda listed: [{"state": "open"}, *listed]}),
        ):
            with self.subTest(kind, **{k: v for k, v in options.items() if k != "change"}):
                self.refused(kind, **options)
                self.fake.reset()

    def test_an_answer_that_never_ends(self) -> None:
        self.ghward.inspects = False
        self.fake.fault(LIST, "drip", times=ALWAYS, interval=0.1)
        result = self.ghward.run(*ARGUMENTS, "--json", env={"GHWARD_TIMEOUT": "0.6"})
        self.assertEqual(result.error["kind"], "timeout", result)
        self.assertRegex(result.error["request_id"], f"^{REQUEST_ID}$")
