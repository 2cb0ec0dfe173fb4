"""Checkpoints that are kept elsewhere: printed, appended to a file, posted to a webhook; and what they show later."""

from __future__ import annotations

import json
import shutil

from fake import webhook
from system.harness import GhwardTestCase

LIST = ("alerts", "list", "-R", "acme/shop")
SECRET_PATH = "/services/T0SECRET/B0CANARY/" + "x" * 24


class Checkpoints(GhwardTestCase):
    def test_is_that_of_the_log(self) -> None:
        self.run_ok(*LIST)
        note = self.run_ok("audit", "checkpoint").out
        origin, size, root, seal, empty, signature, end = note.split("\n")
        self.assertTrue(origin.startswith("ghward-audit/") and seal.startswith("seal "), note)
        self.assertTrue(signature.startswith(f"\u2014 {origin} "), note)
        self.assertEqual((empty, end), ("", ""))
        self.assertGreater(int(size), 3)
        found = json.loads(self.run_ok("audit", "verify", "--json").out)
        self.assertEqual((found["origin"], found["ok"]), (origin, True))
        self.assertEqual(json.loads(self.run_ok("audit", "checkpoint", "--json").out)["note"].split("\n")[0], origin)

    def test_the_file_is_appended_to_and_its_last_note_counts(self) -> None:
        kept, key = self.ghward.scratch.work / "checkpoints", self.ghward.scratch.work / "key"
        notes = [self.run_ok("audit", "checkpoint", "--output", str(kept)).out for _ in range(40)]
        self.assertEqual(kept.read_text(), "".join(notes))
        key.write_text(self.run_ok("audit", "pubkey").out)
        self.ghward.scratch.settle()
        self.run_ok("audit", "verify", "--from-key", str(key), "--checkpoint", str(kept))

    def test_shows_a_directory_that_was_put_back(self) -> None:
        """All of it, so that nothing in it is wrong."""
        kept = self.ghward.scratch.work / "checkpoints"
        self.run_ok(*LIST)
        before = self.ghward.scratch.work / "before"
        shutil.copytree(self.ghward.scratch.audit, before)
        self.ghward.scratch.settle()
        self.run_ok(*LIST)
        self.run_ok("audit", "checkpoint", "-o", str(kept))
        self.run_ok("audit", "verify", "--dir", str(before))
        result = self.ghward.run("audit", "verify", "--dir", str(before), "--checkpoint", str(kept), "--json")
        self.assertEqual((result.code, result.json["first_bad"]["kind"]), (8, "cut tail"), result)

    def test_is_posted_and_the_address_told_to_nobody(self) -> None:
        with webhook.Webhook() as hook:
            self.configure(audit={"webhook": hook.origin + SECRET_PATH})
            note = self.run_ok("audit", "checkpoint", "--push").out
            (post,) = hook.posts
            self.assertEqual(post.json, {"text": note})
            self.assertIn(SECRET_PATH, post.line)
            hook.answers = [500]
            result = self.ghward.run("audit", "checkpoint", "--push", "--json")
        self.assertEqual((result.code, result.error["kind"]), (1, "server"), result)
        self.assertNotIn("T0SECRET", result.out + result.err)
        for path in self.ghward.scratch.audit.iterdir():
            self.assertNotIn(b"T0SECRET", path.read_bytes(), path)

    def test_without_a_place_to_push_to(self) -> None:
        self.assert_refused("audit", "checkpoint", "--push", code=2, kind="usage", says="no address", audited=False)

    def test_a_file_that_cannot_be_written(self) -> None:
        self.assert_refused("audit", "checkpoint", "-o", "/nonexistent/file", code=2, kind="usage",
                            says="/nonexistent/file", audited=False)
