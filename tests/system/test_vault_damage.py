"""Vaults that were changed, cut, exchanged, rolled back or laid open: each is noticed and left alone."""

from __future__ import annotations

import os
import unittest
from collections.abc import Callable
from typing import Any

from system import lockdown
from system.vaults import VIEW, VaultTestCase


class DamageTestCase(VaultTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.make_vault()
        self.add("work", "--owner", "acme")
        self.add("other", token=self.new_token())
        self.sound = self.files

    def noticed(self, says: str = ".", code: int = 8, kind: str = "integrity") -> dict[str, Any]:
        """By a command that needs the vault, and by one that is about it; nothing is changed."""
        before = self.files
        error = self.assert_refused(*VIEW, code=code, kind=kind, says=says)
        self.assert_refused("vault", "add", "x", "--host", self.host, code=code, kind=kind,
                            says=says, secret=self.token.encode())
        self.assertEqual(self.files, before)
        self.assert_untouched()
        return error

    def noticed_by_verify(self) -> None:
        self.assert_refused("vault", "verify", code=8, kind="integrity")

    def heal(self) -> None:
        self.restore(self.sound)
        self.run_ok("vault", "verify")


class Damaged(DamageTestCase):
    def test_any_flipped_byte(self) -> None:
        content = self.sound[self.vault.name]
        for at in sorted({0, 9, len(content) - 1, *range(16, len(content), len(content) // 16)}):
            with self.subTest(at=at, of=len(content)):
                flipped = bytearray(content)
                flipped[at] ^= 0x40
                self.put(self.vault, bytes(flipped))
                result = self.ghward.run(*VIEW, "--json")
                # What opens a stanza cannot be told from a key that does not.
                self.assertIn((result.code, result.error["kind"]),
                              ((8, "integrity"), (4, "authentication")), result)
                self.assert_audited(result.error)
                self.assertEqual(self.files[self.vault.name], bytes(flipped))
        self.assert_untouched()
        self.heal()

    def test_any_length(self) -> None:
        content = self.sound[self.vault.name]
        for length in (0, 1, 15, 64, len(content) // 2, len(content) - 1):
            with self.subTest(length):
                self.put(self.vault, content[:length])
                self.noticed()
        self.put(self.vault, content + b"\0")
        self.noticed()
        self.noticed_by_verify()
        self.heal()

    def test_other_files(self) -> None:
        for content in (b"x" * 4096, b"{}", b"\0" * 4096, os.urandom(4096)):
            self.put(self.vault, content)
            self.noticed(says="not a vault|vault")
        self.heal()

    def test_an_older_one(self) -> None:
        self.run_ok("vault", "remove", "other")
        current = self.files
        self.put(self.vault, self.sound[self.vault.name])
        error = self.noticed(says="older|rolled back")
        self.assertIn("--accept", error["hint"])
        self.noticed_by_verify()
        self.restore(current)
        self.assertEqual(self.names(), ["work"])

    def test_an_older_one_is_accepted_on_request_only(self) -> None:
        self.run_ok("vault", "remove", "other")
        self.put(self.vault, self.sound[self.vault.name])
        self.noticed_by_verify()
        self.run_ok("vault", "verify", "--accept")
        self.assertEqual(sorted(self.names()), ["other", "work"])
        self.run_ok(*VIEW)
        (record,) = [one for one in self.records_of("vault.verify") if one["outcome"] == "done"]
        self.assertEqual(record["phase"], "result")

    def test_a_seal_that_is_damaged_or_missing(self) -> None:
        seal = self.vault.with_name(self.vault.name + ".seal")
        content = seal.read_bytes()
        for damaged in (b"", content[:-1], content + b"x", content[:-1] + bytes([content[-1] ^ 1])):
            self.put(seal, damaged)
            self.noticed(says="seal")
        seal.unlink()
        error = self.noticed(says="seal")
        self.assertIn("--accept", error["hint"])
        self.run_ok("vault", "verify", "--accept")
        self.run_ok(*VIEW)

    def test_one_of_another_vault(self) -> None:
        """Same key, other vault: neither file goes with the other's seal."""
        elsewhere = self.ghward.scratch.work / "second"
        self.run_ok("vault", "init", "--vault", str(elsewhere), "--key-file", str(self.key_file))
        self.add("work", "--vault", str(elsewhere))
        self.put(self.vault, elsewhere.read_bytes())
        self.noticed()
        self.heal()

    def test_another_key(self) -> None:
        other = self.ghward.scratch.work / "second"
        key = self.ghward.scratch.work / "second.key"
        self.run_ok("vault", "init", "--vault", str(other), "--key-file", str(key))
        self.ghward.environment["GHWARD_KEY_FILE"] = str(key)
        error = self.noticed(says="key", code=4, kind="authentication")
        self.assertTrue(error["hint"])
        self.ghward.environment["GHWARD_KEY_FILE"] = str(self.key_file)
        self.heal()


class LaidOpen(DamageTestCase):
    """The file is sound, but others could have read or replaced it."""

    def with_path(self, change: Callable[[], None], says: str) -> None:
        change()
        self.noticed(says=says)
        self.noticed_by_verify()

    def test_modes(self) -> None:
        for mode in (0o640, 0o604, 0o620, 0o602):
            with self.subTest(oct(mode)):
                self.with_path(lambda: self.vault.chmod(mode), says="chmod|others|mode")
        self.vault.chmod(0o600)
        self.run_ok(*VIEW)

    def test_a_link_a_directory_and_a_pipe(self) -> None:
        real = self.vault.with_name("real")
        self.vault.rename(real)
        ways: list[Callable[[], object]] = [
            lambda: self.vault.symlink_to(real), lambda: self.vault.mkdir(mode=0o700),
            lambda: os.mkfifo(self.vault, 0o600),
        ]
        for make in ways:
            make()
            self.ghward.scratch.settle()
            result = self.ghward.run(*VIEW, "--json")
            self.assertEqual((result.code, result.error["kind"]), (8, "integrity"), result)
            self.assert_audited(result.error)
            if self.vault.is_dir() and not self.vault.is_symlink():
                self.vault.rmdir()
            else:
                self.vault.unlink()
        real.rename(self.vault)
        self.run_ok(*VIEW)
        self.fake.reset()

    @unittest.skipIf(os.geteuid() != 0, "only root can give files away")
    def test_of_another_user(self) -> None:
        own = self.vault.stat()
        os.chown(self.vault, 61004, 61004)
        if lockdown.is_wanted():
            self.vault.chmod(0o606)  # its user may read nothing else of others
        result = self.ghward.run(*VIEW, "--json")
        self.assertEqual((result.code, result.error["kind"]), (8, "integrity"), result)
        self.assertRegex(result.error["message"], "belongs|owner")
        os.chown(self.vault, own.st_uid, own.st_gid)
        self.vault.chmod(0o600)
        self.run_ok(*VIEW)
