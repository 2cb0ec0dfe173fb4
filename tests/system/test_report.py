"""The compliance report, through the real processes: what it says, what its page may do, and what it says of a damaged log."""

from __future__ import annotations

import base64
import hashlib
import html.parser
import json
import re
import shutil
from pathlib import Path
from typing import Any

from system.writes import DISMISS, OPEN, SHOP, WriteTestCase

REPORT = ("audit", "report")

HOSTILE = "</td><script>alert(1)</script> =1+1 \"' &lt; \u202egnp"


class Page(html.parser.HTMLParser):
    """What a browser would make of it, as far as it matters here."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


class ReportTestCase(WriteTestCase):
    def report(self, *arguments: str) -> Any:
        return self.run_ok(*REPORT, *arguments).json

    def page(self, *arguments: str) -> str:
        path = self.ghward.scratch.work / "report.html"
        path.unlink(missing_ok=True)
        self.run_ok(*REPORT, "--format", "html", "-o", str(path), *arguments)
        return path.read_text()


class Contents(ReportTestCase):
    def test_who_asked_and_who_approved(self) -> None:
        self.run_ok(*DISMISS, "--yes")
        found = self.report()
        self.assertEqual(found["verification"]["verdict"], "whole")
        self.assertEqual(found["totals"]["writes"], 1)
        (write,) = found["writes"]["listed"]
        (intent,) = [one for one in self.ghward.records() if one["event"] == "alerts.update" and one["phase"] == "intent"]
        self.assertEqual({key: write[key] for key in ("seq", "actor", "job", "target")},
                         {key: intent[key] for key in ("seq", "actor", "job", "target")})
        self.assertEqual((write["consent"], write["approved_by_rule"]), ("given", "write.requested"))
        self.assertEqual((write["outcome"], write["status"]), ("answered", "200"))
        self.assertEqual(write["body"], intent["details"]["body"])

    def test_what_failed(self) -> None:
        self.ghward.run("alerts", "view", "7000", *SHOP)
        found = self.report()
        self.assertEqual({one["name"] for one in found["failures"]["listed"]}, {"refused", "not_found"})
        self.assertEqual(found["totals"]["failures"], 2)

    def test_the_period(self) -> None:
        self.run_ok("alerts", "list", *SHOP)
        self.assertGreater(self.report()["summary"]["records"], 3)
        empty = self.report("--since", "2020-01-01", "--until", "2020-01-31")
        self.assertEqual(empty["summary"]["records"], 0)
        self.assertEqual(empty["period"], {"since": "2020-01-01T00:00:00Z", "until": "2020-02-01T00:00:00Z"})
        self.assertEqual(empty["verification"]["verdict"], "whole")

    def test_is_on_record(self) -> None:
        self.report()
        events = [(one["event"], one["phase"], one["outcome"]) for one in self.ghward.records()]
        self.assertIn(("audit.report", "intent", ""), events)
        self.assertIn(("audit.report", "result", "done"), events)


class Html(ReportTestCase):
    def test_needs_nothing_and_may_nothing(self) -> None:
        self.run_ok("alerts", "list", *SHOP)
        text = self.page()
        page = Page(text)
        self.assertFalse(page.elements & {"script", "img", "link", "iframe", "object", "form", "base"})
        for name, value in page.attributes:
            self.assertFalse(name.startswith("on") or name in ("src", "style"), name)
            self.assertTrue(name != "href" or value.startswith("#"), value)
        self.assertNotIn("url(", text)
        self.assertNotIn("@import", text)
        (style,) = re.findall(r"<style>(.*?)</style>", text, re.S)
        allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        (policy,) = [value for name, value in page.attributes if name == "content" and "default-src" in value]
        self.assertEqual(policy, f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'")

    def test_hostile_texts_are_texts(self) -> None:
        self.run_ok("alerts", "dismiss", OPEN, *SHOP, "--reason", "wont-fix", "--comment", HOSTILE, "--yes")
        text = self.page()
        page = Page(text)
        self.assertNotIn("script", page.elements)
        self.assertIn("alert(1)", "".join(page.texts))
        self.assertNotIn("\u202e", text)


class Damaged(ReportTestCase):
    def copy(self) -> Path:
        copied = self.ghward.scratch.work / "evidence"
        shutil.copytree(self.ghward.scratch.audit, copied)
        self.ghward.scratch.settle()
        return copied

    def test_is_said_on_top_and_by_the_exit_status(self) -> None:
        self.run_ok("alerts", "list", *SHOP)
        copied = self.copy()
        (segment,) = copied.glob("*.jsonl")
        segment.write_text(segment.read_text().replace('"status":"200"', '"status":"201"', 1))
        result = self.ghward.run(*REPORT, "--dir", str(copied))
        self.assertEqual(result.code, 8, result)
        found = json.loads(result.out)["verification"]
        self.assertEqual((found["verdict"], found["first_bad"]["kind"]), ("damaged", "changed"))
        self.assertIn("the audit log is damaged: changed at record", result.err)
        path = self.ghward.scratch.work / "damaged.html"
        result = self.ghward.run(*REPORT, "--dir", str(copied), "--format", "html", "-o", str(path))
        self.assertEqual(result.code, 8, result)
        self.assertNotIn("not complete", result.err)
        self.assertIn("The log is damaged", path.read_text())
