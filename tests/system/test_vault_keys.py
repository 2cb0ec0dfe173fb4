"""What opens a vault: every source of a key, several at once, and what is no key."""

from __future__ import annotations

import base64
import ctypes
import json
import os
import platform
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from system import lockdown, processes
from system.harness import random_secret
from system.terminal import Terminal
from system.vaults import VIEW, VaultTestCase

_KEYCTL = {"x86_64": 250, "aarch64": 219}.get(platform.machine(), 0)
_CLEAR, _USER_KEYRING = 7, -4


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@contextmanager
def passphrases(*lines: str) -> Iterator[dict[str, Any]]:
    """A descriptor that has them, as arguments of `run`."""
    reading, writing = os.pipe()
    os.write(writing, "".join(line + "\n" for line in lines).encode())
    os.close(writing)
    try:
        yield {"pass_fds": (reading,), "env": {"GHWARD_PASSPHRASE_FD": str(reading)}}
    finally:
        os.close(reading)


class Sources(VaultTestCase):
    def works(self, **how: Any) -> None:
        """Fills the vault and works from it."""
        self.run_ok("vault", "add", "work", "--host", self.host, secret=self.token.encode(), **how)
        self.run_ok(*VIEW, **how)
        self.assertEqual(self.used(), self.token)

    def test_a_variable(self) -> None:
        key = new_key()
        self.run_ok("vault", "init", env={"TOKEN_ENCRYPTION_KEY": key})
        self.works(env={"TOKEN_ENCRYPTION_KEY": key})
        self.assert_refused(*VIEW, code=4, kind="authentication", says="key",
                            env={"TOKEN_ENCRYPTION_KEY": new_key()})

    def test_a_credential_of_systemd(self) -> None:
        directory = self.ghward.scratch.work / "credentials"
        directory.mkdir()
        self.put(directory / "ghward-vault-key", new_key().encode())
        env = {"CREDENTIALS_DIRECTORY": str(directory)}
        self.run_ok("vault", "init", env=env)
        self.works(env=env)

    def test_a_key_file_named_by_the_configuration(self) -> None:
        self.make_vault()
        del self.ghward.environment["GHWARD_KEY_FILE"]
        config = self.ghward.scratch.home / ".config" / "ghward"
        config.mkdir(parents=True)
        (config / "config.json").write_text(json.dumps({"key_file": str(self.key_file)}))
        self.ghward.scratch.settle()
        self.works()

    def test_a_passphrase_from_a_descriptor(self) -> None:
        with passphrases("correct horse") as how:
            self.run_ok("vault", "init", "--passphrase", **how)
        with passphrases("correct horse") as how:
            self.run_ok("vault", "add", "work", "--host", self.host, secret=self.token.encode(), **how)
        with passphrases("correct horse") as how:
            self.run_ok(*VIEW, **how)
        with passphrases("incorrect horse") as how:
            result = self.ghward.run(*VIEW, "--json", **how)
        self.assertEqual((result.code, result.error["kind"]), (4, "authentication"), result)

    def test_a_passphrase_from_the_terminal(self) -> None:
        phrase = "pass " + random_secret(12)
        terminal = Terminal(self.ghward, "vault", "init", "--passphrase")
        for count in (1, 2):
            self.assertTrue(processes.wait_for(lambda: terminal.shown.count(":") >= count), terminal.shown)
            terminal.press(phrase.encode() + b"\n")
        result = terminal.finish()
        self.assertEqual(result.code, 0, result)
        self.assertNotIn(phrase, result.out)
        terminal = Terminal(self.ghward, "vault", "list")
        self.assertTrue(processes.wait_for(lambda: "Passphrase of the vault: " in terminal.shown))
        terminal.press(phrase.encode() + b"\n")
        result = terminal.finish()
        self.assertEqual(result.code, 0, result)
        self.assertNotIn(phrase, result.out)

    def test_typed_passphrases_that_differ(self) -> None:
        terminal = Terminal(self.ghward, "vault", "init", "--passphrase")
        for count, phrase in ((1, b"one"), (2, b"other")):
            self.assertTrue(processes.wait_for(lambda: terminal.shown.count(":") >= count))
            terminal.press(phrase + b"\n")
        result = terminal.finish()
        self.assertEqual(result.code, 2, result)
        self.assertIn("differ", result.out)
        self.assertFalse(self.vault.exists())

    def test_several_each_open_it(self) -> None:
        key = new_key()
        with passphrases("correct horse") as how:
            how["env"] |= {"TOKEN_ENCRYPTION_KEY": key}
            self.run_ok("vault", "init", "--passphrase", "--key-file", str(self.key_file), **how)
        self.works(env={"GHWARD_KEY_FILE": str(self.key_file)})
        with passphrases("correct horse") as how:
            self.run_ok(*VIEW, **how)
        wrong = {"TOKEN_ENCRYPTION_KEY": new_key()}
        self.run_ok(*VIEW, env={**wrong, "GHWARD_KEY_FILE": str(self.key_file)})
        self.assert_refused(*VIEW, code=4, kind="authentication", env=wrong)

    def test_rekeying_from_one_kind_to_another(self) -> None:
        self.make_vault()
        self.add("work")
        with passphrases("correct horse") as how:
            self.run_ok("vault", "rekey", "--passphrase", **how)
        self.assert_refused(*VIEW, code=4, kind="authentication")
        with passphrases("correct horse") as how:
            self.run_ok(*VIEW, **how)
        with passphrases("correct horse", "better horse") as how:
            self.run_ok("vault", "rekey", "--passphrase", **how)
        with passphrases("better horse") as how:
            self.run_ok(*VIEW, **how)

    def test_none_at_all(self) -> None:
        self.make_vault()
        self.add("work")
        error = self.assert_refused(*VIEW, code=4, kind="authentication",
                                    env={"GHWARD_KEY_FILE": None})
        self.assertIn("GHWARD_KEY_FILE", error["message"] + error["hint"])


@unittest.skipIf(os.geteuid() != 0 or lockdown.is_wanted(), "the keyring is that of a user of its own")
class Keyring(VaultTestCase):
    UID = 61003

    def as_user(self) -> dict[str, Any]:
        for path in (self.ghward.scratch.base, *self.ghward.scratch.base.rglob("*")):
            os.chown(path, self.UID, self.UID)
        return {"prefix": lockdown.as_user(self.UID)}

    def keyctl(self, *arguments: int) -> int:
        """As that user, in a process of its own."""
        child = os.fork()
        if child == 0:
            os.setresgid(self.UID, self.UID, self.UID)
            os.setresuid(self.UID, self.UID, self.UID)
            done = ctypes.CDLL(None, use_errno=True).syscall(_KEYCTL, *arguments)
            os._exit(ctypes.get_errno() if done < 0 else 0)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def setUp(self) -> None:
        super().setUp()
        if self.keyctl(_CLEAR, _USER_KEYRING) != 0:
            self.skipTest("keyrings are forbidden here")
        self.addCleanup(self.keyctl, _CLEAR, _USER_KEYRING)

    def test_opens_it_until_it_is_cleared(self) -> None:
        self.run_ok("vault", "init", "--keyring", **self.as_user())
        how = self.as_user()
        self.run_ok("vault", "add", "work", "--host", self.host, secret=self.token.encode(), **how)
        self.run_ok(*VIEW, **how)
        self.assertEqual(self.used(), self.token)
        self.assertEqual(self.keyctl(_CLEAR, _USER_KEYRING), 0)
        self.assert_refused(*VIEW, code=4, kind="authentication", **how)


class NoKeys(VaultTestCase):
    """Each is refused for a reason of its own, on record, with the vault as it was."""

    def setUp(self) -> None:
        super().setUp()
        self.make_vault()
        self.add("work")
        del self.ghward.environment["GHWARD_KEY_FILE"]
        self.before = self.files

    def assert_as_before(self) -> None:
        self.assertEqual(self.files, self.before)
        self.assert_untouched()

    def test_variables_that_are_none(self) -> None:
        key = new_key()
        for value, says in (
            (base64.b64encode(os.urandom(31)).decode(), "32|length|long|short"),
            (base64.b64encode(os.urandom(33)).decode(), "32|length|long|short"),
            (key[:-1], "base64|32"), (key[:-2] + "B=", "base64|canonical"), (key + "=", "base64|32"),
            (key[:20] + "\n" + key[20:], "base64|32"), (" " + key, "base64|32"),
            ("-" + key[1:], "base64"), ("x", "base64|32"),
        ):
            with self.subTest(repr(value[-8:])):
                error = self.assert_refused(*VIEW, code=2, kind="usage", says=says,
                                            env={"TOKEN_ENCRYPTION_KEY": value})
                self.assertIn("TOKEN_ENCRYPTION_KEY", error["message"])
                self.assertNotIn(key[4:16], json.dumps(error))
        self.assert_as_before()

    def test_files_that_are_none(self) -> None:
        bad = self.ghward.scratch.home / "bad.key"
        for content in (b"", b"\n", os.urandom(32).hex().encode(), new_key().encode() + b"\n\n",
                        new_key().encode() + b"\r\n", b"x" * 5000, os.urandom(32)):
            with self.subTest(content[:12]):
                self.put(bad, content)
                self.assert_refused(*VIEW, code=2, kind="usage", says="key file", audited=False,
                                    env={"GHWARD_KEY_FILE": str(bad)})
        self.assert_as_before()

    def test_files_that_others_could_read(self) -> None:
        env = {"GHWARD_KEY_FILE": str(self.key_file)}
        for mode in (0o440, 0o404, 0o460, 0o602):
            with self.subTest(oct(mode)):
                self.key_file.chmod(mode)
                self.assert_refused(*VIEW, code=8, kind="integrity", says="open to others", env=env,
                                    audited=False)
        self.key_file.chmod(0o400)
        link = self.ghward.scratch.home / "link.key"
        link.symlink_to(self.key_file)
        self.assert_refused(*VIEW, code=8, kind="integrity", says="symbolic link", audited=False,
                            env={"GHWARD_KEY_FILE": str(link)})
        self.assert_refused(*VIEW, code=2, kind="usage", says="nonexistent", audited=False,
                            env={"GHWARD_KEY_FILE": "/nonexistent"})
        self.assert_refused(*VIEW, code=2, kind="usage", says="regular file", audited=False,
                            env={"GHWARD_KEY_FILE": "/dev/zero"})
        self.assert_as_before()
        self.run_ok(*VIEW, env=env)

    @unittest.skipIf(os.geteuid() != 0, "only root can give files away")
    def test_a_file_of_another_user(self) -> None:
        if not lockdown.is_wanted():
            self.skipTest("root may be given a key by nobody but itself: see the locked-down run")
        self.key_file.chmod(0o400)
        os.chown(self.key_file, 61004, 61004)
        result = self.ghward.run(*VIEW, env={"GHWARD_KEY_FILE": str(self.key_file)})
        self.assertIn(result.code, (2, 8), result)
        self.assert_as_before()

    def test_descriptors_that_are_none(self) -> None:
        for value in ("x", "-1", "9999", "1e3", "99999999999"):
            self.assert_refused(*VIEW, code=2, kind="usage", says="GHWARD_PASSPHRASE_FD",
                                env={"GHWARD_PASSPHRASE_FD": value}, audited=False)
        for lines in ((), ("",), ("x" * 1025,), ("a", "b", "c")):
            with passphrases(*lines) as how:
                result = self.ghward.run(*VIEW, "--json", **how)
            self.assertEqual((result.code, result.error["kind"]), (2, "usage"), result)
        self.assert_as_before()
