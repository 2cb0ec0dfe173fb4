"""Dismissing, reopening and assigning alerts: the exact change, and what GitHub makes of it."""

from __future__ import annotations

import json
import unicodedata

from fake.payloads import ESCAPES
from system.harness import ALWAYS
from system.writes import (
    ALERTS, DISMISS, DISMISSAL, DISMISSED, DISMISSED_AND_ASSIGNED, FIXED, OPEN, OPEN_AND_ASSIGNED,
    SHOP, WriteTestCase,
)

DISMISS_WITHOUT_COMMENT = ("alerts", "dismiss", OPEN, *SHOP, "--reason", "false positive")


class Verbs(WriteTestCase):
    def test_dismiss(self) -> None:
        result = self.changed_once(*DISMISS, expect=DISMISSAL)
        self.assertEqual(result.out, "acme/shop#1 dismissed as won't fix\n")
        self.assertEqual(self.alert(OPEN)["state"], "dismissed")
        self.assertEqual(self.alert(OPEN)["dismissed_comment"], "known")

    def test_reopen(self) -> None:
        result = self.changed_once("alerts", "reopen", DISMISSED, *SHOP, expect={"state": "open"})
        self.assertEqual(result.out, "acme/shop#3 reopened\n")
        self.assertEqual(self.alert(DISMISSED)["state"], "open")

    def test_assign_an_open_alert(self) -> None:
        result = self.changed_once(
            "alerts", "assign", OPEN_AND_ASSIGNED, *SHOP, "-a", "octocat,monalisa",
            expect={"state": "open", "assignees": ["octocat", "monalisa"]},
        )
        self.assertEqual(result.out, "acme/shop#12 assigned to octocat,monalisa; removed hubot\n")

    def test_a_dismissed_alert_keeps_reason_and_comment(self) -> None:
        before = dict(self.alert(DISMISSED_AND_ASSIGNED))
        self.changed_once(
            "alerts", "assign", DISMISSED_AND_ASSIGNED, *SHOP, "--assignee", "octocat",
            expect={"state": "dismissed", "dismissed_reason": "false positive",
                    "dismissed_comment": "Tracked as SEC-8", "assignees": ["octocat"]},
        )
        after = self.alert(DISMISSED_AND_ASSIGNED)
        for name in ("state", "dismissed_reason", "dismissed_comment"):
            self.assertEqual(after[name], before[name])

    def test_a_dismissed_alert_without_a_comment_gets_none(self) -> None:
        for nothing in (None, ""):
            self.renew()
            self.edit(DISMISSED, dismissed_comment=nothing)
            self.changed_once(
                "alerts", "assign", DISMISSED, *SHOP, "-a", "octocat",
                expect={"state": "dismissed", "dismissed_reason": "mitigated",
                        "assignees": ["octocat"]},
            )

    def test_unassign(self) -> None:
        result = self.changed_once("alerts", "unassign", OPEN_AND_ASSIGNED, *SHOP,
                                   expect={"state": "open", "assignees": []})
        self.assertEqual(result.out, "acme/shop#12 unassigned; removed hubot\n")
        self.assertEqual(self.alert(OPEN_AND_ASSIGNED)["assignees"], [])

    def test_json_is_the_alert_as_it_is_now(self) -> None:
        made = self.run_ok(*DISMISS, "--yes", "--json", "number,state,dismissed_reason").json
        self.assertEqual(made, {"number": 1, "state": "dismissed", "dismissed_reason": "won't fix"})

    def test_a_repository_from_the_environment(self) -> None:
        self.run_ok("alerts", "reopen", DISMISSED, "--yes", env={"GH_REPO": "acme/shop"})
        self.assertEqual(self.patches[0].target, f"{ALERTS}/3")


class NothingToDo(WriteTestCase):
    def needless(self, *arguments: str, says: str) -> None:
        self.fake.reset()
        for consent in ("--yes", "--dry-run"):
            result = self.run_ok(*arguments, consent)
            self.assertIn(says, result.out)
            self.assertIn("nothing was sent", result.out)
        self.assertEqual(self.patches, [])

    def test_each_verb(self) -> None:
        self.needless("alerts", "reopen", OPEN, *SHOP, says="is open already")
        self.needless("alerts", "dismiss", DISMISSED, *SHOP, "-r", "mitigated", "-c",
                      "Tracked as SEC-3", says="is dismissed as mitigated already")
        self.needless("alerts", "assign", OPEN_AND_ASSIGNED, *SHOP, "-a", "HuBot",
                      says="is assigned to HuBot already")
        self.needless("alerts", "unassign", OPEN, *SHOP, says="has no assignees")

    def test_another_reason_or_comment_is_a_change(self) -> None:
        for reason, comment in (("mitigated", "other"), ("false positive", "Tracked as SEC-3")):
            self.renew()
            self.changed_once(
                "alerts", "dismiss", DISMISSED, *SHOP, "-r", reason, "-c", comment,
                expect={**DISMISSAL, "dismissed_reason": reason, "dismissed_comment": comment},
            )


class Reasons(WriteTestCase):
    def test_every_reason_in_every_spelling(self) -> None:
        for typed, reason in {
            "false positive": "false positive", "false-positive": "false positive",
            "won't fix": "won't fix", "wont-fix": "won't fix",
            "used in tests": "used in tests", "used-in-tests": "used in tests",
            "mitigated": "mitigated",
        }.items():
            with self.subTest(typed):
                self.renew()
                self.changed_once("alerts", "dismiss", OPEN, *SHOP, "--comment", "known",
                                  f"--reason={typed}",
                                  expect={**DISMISSAL, "dismissed_reason": reason})

    def test_unknown_ones_are_refused_before_anything_is_sent(self) -> None:
        for reason in ("wontfix", "False positive", "won't-fix", "mitigated ", "fixed"):
            with self.subTest(reason):
                self.assert_usage("alerts", "dismiss", OPEN, *SHOP, "-r", reason, "-c", "known", "--yes", says="dismissed_reason")

    def test_reason_and_comment_are_required(self) -> None:
        for arguments, option in ((("--reason", "mitigated"), "--comment"),
                                  (("--comment", "known"), "--reason")):
            self.assert_usage("alerts", "dismiss", OPEN, *SHOP, *arguments, "--yes", says=option)
        self.assert_usage("alerts", "assign", OPEN, *SHOP, "--yes", says="--assignee")


class Comments(WriteTestCase):
    def dismiss_with(self, comment: str) -> None:
        self.renew()
        self.changed_once(*DISMISS_WITHOUT_COMMENT, "--comment", comment, expect={
            "state": "dismissed", "dismissed_reason": "false positive",
            "dismissed_comment": comment,
        })
        self.assertEqual(self.alert(OPEN)["dismissed_comment"], comment)

    def test_280_characters_of_every_width(self) -> None:
        for character in ("x", "é", "語", "😀", "\u0301", "\u2028", "\U000e0041"):
            with self.subTest(unicodedata.name(character, repr(character))):
                self.dismiss_with(character * 280)
                self.assert_usage(*DISMISS_WITHOUT_COMMENT, "--yes", "-c", character * 281, says="1 to 280 characters")

    def test_characters_are_counted_as_code_points(self) -> None:
        for text in ("e\u0301" * 140, "👩\u200d💻" * 93 + "x"):
            self.assertEqual(len(text), 280)
            self.dismiss_with(text)

    def test_every_text_arrives_as_it_is(self) -> None:
        for comment in (
            'say "no"', "back\\slash \\n \\u0041", "one\r\ntwo\n\tthree", "a\u2028b\u2029c", "</script>",
            "it's 100% `$HOME` $(id) ; | & > <", "\u202egnp.exe\u202c \ufeff", "{\"state\":\"open\"}",
            "\",\"state\":\"open\",\"x\":\"", "-", "--yes", " leading and trailing ", "\ufffd\uffff",
        ):
            with self.subTest(comment):
                self.dismiss_with(comment)

    def test_what_a_terminal_would_act_on_is_refused(self) -> None:
        for name in ("colour", "clear", "title", "clipboard", "c1_csi", "controls"):
            with self.subTest(name):
                self.assert_usage(*DISMISS_WITHOUT_COMMENT, "--yes", "-c", ESCAPES[name], says="dismissed_comment")

    def test_an_old_comment_that_cannot_be_sent_back_stays(self) -> None:
        for text in ("bell\x07", "x" * 281):
            self.edit(DISMISSED, dismissed_comment=text)
            self.assert_refused("alerts", "assign", DISMISSED, *SHOP, "-a", "octocat", "--yes",
                                code=1, kind="conflict", says="cannot be sent back unchanged")
        self.assertEqual(self.patches, [])

    def test_an_old_comment_with_everything_else_goes_back_exactly(self) -> None:
        comment = 'a "quoted" \\ line\r\nand\u2028another\u202e'
        self.edit(DISMISSED, dismissed_comment=comment)
        self.changed_once("alerts", "assign", DISMISSED, *SHOP, "-a", "octocat", expect={
            "state": "dismissed", "dismissed_reason": "mitigated", "dismissed_comment": comment,
            "assignees": ["octocat"],
        })


class States(WriteTestCase):
    def test_what_is_fixed_is_neither_dismissed_nor_reopened(self) -> None:
        self.assert_refused("alerts", "dismiss", FIXED, *SHOP, "-r", "mitigated", "-c", "known",
                            "--yes", code=1, kind="conflict", says="fixed and cannot be dismissed")
        self.assert_refused("alerts", "reopen", FIXED, *SHOP, "--yes", code=1, kind="conflict",
                            says="fixed and cannot be reopened")
        self.assertEqual(self.patches, [])

    def test_a_fixed_alert_is_assigned_without_a_state(self) -> None:
        self.changed_once("alerts", "assign", FIXED, *SHOP, "-a", "octocat",
                          expect={"assignees": ["octocat"]})
        self.changed_once("alerts", "unassign", FIXED, *SHOP, expect={"assignees": []})

    def test_enterprise_server_wants_the_state_that_a_fixed_alert_has_not(self) -> None:
        self.fake.world.installed_version = "3.19.1"
        self.assert_refused("alerts", "assign", FIXED, *SHOP, "-a", "octocat", "--yes", code=1,
                            kind="validation", status=422, says="field state")

    def test_an_alert_that_is_not_there(self) -> None:
        self.assert_refused("alerts", "reopen", "99", *SHOP, "--yes", code=5, kind="not_found",
                            status=404)
        self.assertEqual(self.patches, [])

    def test_numbers_and_logins_are_judged_before_anything_is_sent(self) -> None:
        for number in ("0", "1/../2", "1?x", "99999999999", "x"):
            self.assert_usage("alerts", "reopen", number, *SHOP, "--yes", says="alert_number")
        for logins in ("octo cat", "a,,b", ",", "a/b", "-a-", "x" * 40, "*"):
            self.assert_usage("alerts", "assign", OPEN, *SHOP, f"--assignee={logins}", "--yes", says="assignees")


class Refusals(WriteTestCase):
    def test_a_422_shows_message_and_field(self) -> None:
        document = {"message": "Validation Failed", "errors": [
            {"resource": "Alert", "field": "assignees", "message": "are not collaborators"}]}
        self.assert_refused(
            *DISMISS, "--yes", code=1, kind="validation", status=422,
            says="Validation Failed field assignees: are not collaborators",
            prepare=lambda: self.fake.fault(ALERTS, "body", method="PATCH", status=422,
                                            data=json.dumps(document).encode()),
        )

    def test_no_permission_names_the_one_that_is_missing(self) -> None:
        error = self.assert_refused(
            *DISMISS, "--yes", code=4, kind="permission", status=403, says="Resource not accessible",
            prepare=lambda: self.fake.fault(ALERTS, "status", method="PATCH", status=403),
        )
        self.assertIn("security_events:write", error["hint"])

    def test_people_without_access_are_left_out_and_named(self) -> None:
        self.fake.world.strangers = {"stranger"}
        error = self.assert_refused(
            "alerts", "assign", OPEN, *SHOP, "-a", "octocat,stranger", "--yes", code=1,
            kind="conflict", says="is not assigned to stranger, although GitHub took the change",
        )
        self.assertIn("write access", error["hint"])
        self.assertEqual([user["login"] for user in self.alert(OPEN)["assignees"]], ["octocat"])


class Approval(WriteTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.fake.world.dismissals_need_approval = True

    def test_without_request_the_alert_is_still_open_and_that_is_said(self) -> None:
        error = self.assert_refused(*DISMISS, "--yes", code=1, kind="conflict", says="is still open")
        self.assertIn("--request", error["hint"])
        self.assertEqual(self.fake.world.dismissal_requests, [])

    def test_with_request_one_is_recorded(self) -> None:
        result = self.changed_once(*DISMISS, "--request",
                                   expect={**DISMISSAL, "create_request": True})
        self.assertEqual(result.out, "acme/shop#1 has a request for dismissal as won't fix\n")
        self.assertEqual([one["alert"] for one in self.fake.world.dismissal_requests], [1])
        self.assertEqual(self.alert(OPEN)["state"], "open")

    def test_a_request_where_none_is_needed_dismisses(self) -> None:
        self.fake.world.dismissals_need_approval = False
        result = self.changed_once(*DISMISS, "--request",
                                   expect={**DISMISSAL, "create_request": True})
        self.assertEqual(result.out, "acme/shop#1 dismissed as won't fix\n")


class EnterpriseServer(WriteTestCase):
    def test_a_request_needs_3_19(self) -> None:
        for version in ("3.17.0", "3.18.9", "2.22.1", "nonsense", ""):
            with self.subTest(version):
                self.fake.world.installed_version = version
                self.assert_refused(*DISMISS, "--request", "--yes", code=1, kind="unsupported",
                                    says="Enterprise Server 3.19")
        self.assertEqual({request.path for request in self.fake.requests}, {"/meta"})

    def test_newer_ones_take_it(self) -> None:
        for version in ("3.19.0", "3.19.1", "3.20.0.rc1", "4.0.0"):
            with self.subTest(version):
                self.fake.world.installed_version = version
                self.renew()
                self.changed_once(*DISMISS, "--request",
                                  expect={**DISMISSAL, "create_request": True})

    def test_without_a_request_the_version_is_not_asked_for(self) -> None:
        self.fake.world.installed_version = "3.17.0"
        self.changed_once(*DISMISS, expect=DISMISSAL)
        self.changed_once("alerts", "assign", OPEN_AND_ASSIGNED, *SHOP, "-a", "octocat",
                          expect={"state": "open", "assignees": ["octocat"]})
        self.assertNotIn("/meta", [request.path for request in self.fake.requests])

    def test_a_version_that_cannot_be_read_sends_nothing(self) -> None:
        self.fake.fault("/meta", "malformed", times=ALWAYS)
        self.assert_refused(*DISMISS, "--request", "--yes", code=1, kind="malformed")
        self.assertEqual(self.patches, [])
