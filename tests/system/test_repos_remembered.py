"""What is remembered between two runs: it may be damaged or missing, and nothing is lost for that."""

from __future__ import annotations

import shutil
from pathlib import Path

from system.repos import ReposTestCase


class Remembered(ReposTestCase):
    @property
    def store(self) -> Path:
        return self.ghward.scratch.audit.parent / "store"

    @property
    def record(self) -> Path:
        (found,) = self.store.glob("sync-*.db")
        return found

    def test_a_record_that_was_damaged(self) -> None:
        made = self.repositories.add_many("acme", 3)
        self.sync()
        for offset in (100, 5000, 9000):
            with self.subTest(offset):
                data = bytearray(self.record.read_bytes())
                data[offset] ^= 0xFF
                self.record.write_bytes(data)
                done = self.sync()
                self.assertIn("the record of what was synchronised was damaged and is made anew", done.result.err)
                self.assertNotIn("failed", done.actions.values(), done.result)
                self.assert_mirrored(*made)
                self.fake.reset()
                again = self.sync()
                self.assertEqual((again.result.err, self.git_requests), ("", []))

    def test_nowhere_to_remember(self) -> None:
        made = self.repositories.add_many("acme", 3)
        self.assertEqual(self.ghward.run("rate-limit").code, 0)
        shutil.rmtree(self.store, ignore_errors=True)
        self.store.write_text("no directory")
        done = self.sync()
        self.assertIn("what is synchronised is not remembered, and looked at anew next time", done.result.err)
        self.assert_mirrored(*made)
        self.assertNotIn("failed", self.sync().actions.values())
        self.store.unlink()
