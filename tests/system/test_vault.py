"""`ghward vault`: making one, filling it, working from it, and changing its keys."""

from __future__ import annotations

import array
import base64
import contextlib
import datetime
import fcntl
import os
import signal
import stat
import termios
import unittest
from typing import Any

from fake.keys import openssl, shared_key
from system import lockdown, processes
from system.harness import Canary, Daemon, random_secret
from system.terminal import Terminal
from system.vaults import LIST, VIEW, VaultTestCase

FIELDS = ["name", "kind", "host", "origin", "owner", "account", "scopes", "created", "expires",
          "last_used", "fingerprint", "state"]


def in_days(days: int) -> str:
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Init(VaultTestCase):
    def test_makes_vault_and_key_file(self) -> None:
        made = self.make_vault()
        self.assertIn("key file", made.out)
        self.assertEqual(stat.S_IMODE(self.key_file.stat().st_mode), 0o400)
        self.assertEqual(stat.S_IMODE(self.vault.stat().st_mode), 0o600)
        key = self.key_file.read_bytes()
        self.assertEqual(key, base64.b64encode(base64.b64decode(key)) + b"\n")
        self.assertEqual(len(base64.b64decode(key)), 32)
        self.assertEqual(self.entries(), [])
        self.assert_untouched()
        self.assertEqual([one["phase"] for one in self.records_of("vault.init")],
                         ["intent", "result"])

    def test_takes_a_key_file_that_is_there(self) -> None:
        key = base64.b64encode(os.urandom(32)) + b"\n"
        self.put(self.key_file, key)
        self.make_vault()
        self.assertEqual(self.key_file.read_bytes(), key)
        self.assertEqual(self.entries(), [])

    def test_never_makes_a_second_one_in_its_place(self) -> None:
        self.make_vault()
        self.add("work")
        before = self.files
        other = self.ghward.scratch.home / "other.key"
        self.assert_usage("vault", "init", "--key-file", str(other), says="already")
        self.assertEqual(self.files, before)

    def test_without_a_key_names_the_ways(self) -> None:
        error = self.assert_refused("vault", "init", code=2, kind="usage", audited=False)
        for way in ("--key-file", "--keyring", "--passphrase"):
            self.assertIn(way, error["hint"])
        self.assertFalse(self.vault.exists())

    def test_elsewhere(self) -> None:
        elsewhere = self.ghward.scratch.work / "other-vault"
        ways: list[tuple[tuple[str, ...], dict[str, str]]] = [
            (("--vault", str(elsewhere)), {}), ((), {"GHWARD_VAULT": str(elsewhere)}),
        ]
        for options, env in ways:
            with self.subTest(env):
                elsewhere.unlink(missing_ok=True)
                (elsewhere.parent / "other-vault.seal").unlink(missing_ok=True)
                environment = {"GHWARD_KEY_FILE": str(self.key_file), **env}
                self.run_ok("vault", "init", "--key-file", str(self.key_file), *options, env=env)
                self.add("work", *options, env=environment)
                self.assertTrue(elsewhere.exists())
                self.assertFalse(self.vault.exists())
                self.assertEqual([one["name"] for one in self.entries(*options, env=environment)],
                                 ["work"])


def _unread(pipe: int) -> int:
    """How many bytes nobody has taken out of a pipe yet."""
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


class Entries(VaultTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.make_vault()

    def test_the_list_shows_everything_but_the_token(self) -> None:
        self.add("work", "--owner", "acme", "--scopes", "repo,security_events",
                 "--expires", in_days(90))
        (entry,) = self.entries()
        self.assertEqual(list(entry), FIELDS)
        expected = {"name": "work", "kind": "classic", "host": self.host, "origin": self.fake.url,
                    "owner": "acme", "scopes": ["repo", "security_events"], "last_used": None,
                    "state": "usable"}
        self.assertEqual({name: entry[name] for name in expected}, expected)
        self.assertLess(entry["created"], entry["expires"])
        self.assertRegex(entry["fingerprint"], "^[0-9a-f]{16}$")
        self.assertEqual(self.entries("name,state"), [{"name": "work", "state": "usable"}])
        row = self.run_ok("vault", "list").out
        for shown in ("work", "classic", self.host, "acme", entry["fingerprint"]):
            self.assertIn(shown, row)
        self.assert_untouched()

    def test_dates(self) -> None:
        for name, date, state in (
            ("none", None, "usable"), ("far", in_days(15), "usable"), ("near", in_days(13), "expiring"),
            ("day", "2001-02-03", "expired"), ("past", "2001-02-03T04:05:06Z", "expired"),
        ):
            self.add(name, *(("--expires", date) if date else ()), token=self.new_token())
            (entry,) = [one for one in self.entries() if one["name"] == name]
            self.assertEqual(entry["state"], state, entry)
            self.assertEqual((entry["expires"] or "")[:10], (date or "")[:10])
        for date in ("tomorrow", "2026-13-01", "2026-02-30", "01.02.2027"):
            self.assert_usage("vault", "add", "x", "--host", self.host, "--expires", date,
                              says="date")

    def test_fingerprints_tell_tokens_apart(self) -> None:
        other = self.new_token()
        for name, token in (("one", self.token), ("same", self.token), ("other", other)):
            self.add(name, token=token)
        prints = {entry["name"]: entry["fingerprint"] for entry in self.entries()}
        self.assertEqual(prints["one"], prints["same"])
        self.assertNotEqual(prints["one"], prints["other"])

    def test_every_kind_of_token(self) -> None:
        for kind, token in (
            ("classic", "ghp_" + random_secret()), ("oauth", "gho_" + random_secret()),
            ("user-to-server", "ghu_" + random_secret()), ("installation", "ghs_" + random_secret()),
            ("installation", "ghs_123456_" + ".".join(random_secret(170) for _ in range(3)) + "-_"),
            ("fine-grained", f"github_pat_{random_secret(22)}_{random_secret(59)}"),
            ("legacy", os.urandom(20).hex()),
        ):
            with self.subTest(kind, length=len(token)):
                self.fake.world.tokens.add(token)
                self.add("some", token=token)
                (entry,) = self.entries()
                self.assertEqual(entry["kind"], kind)
                self.run_ok(*VIEW)
                self.assertEqual(self.used(), token)
                for content in self.files.values():
                    self.assertFalse(Canary(token).is_in(content))
                self.run_ok("vault", "remove", "some")

    def test_names_are_taken_once(self) -> None:
        self.add("work")
        before = self.files
        self.assert_refused("vault", "add", "work", "--host", self.host, code=2, says="work",
                            secret=self.token.encode())
        for name in ("-x", ".x", "a b", "a/b", "x" * 65, "", "env"):
            with self.subTest(name):
                result = self.ghward.run("vault", "add", "--host", self.host, "--", name,
                                         secret=self.token.encode())
                self.assertEqual(result.code, 2, result)
                self.assertTrue(result.err.startswith("ghward: "), result)
        self.assertEqual(self.files, before)

    def test_removed_ones_are_gone(self) -> None:
        self.add("work")
        self.add("home", token=self.new_token())
        self.run_ok("vault", "remove", "work")
        self.assertEqual(self.names(), ["home"])
        before = self.files
        self.assert_refused("vault", "remove", "work", code=5, kind="not_found", says="work")
        self.assertEqual(self.files, before)

    def test_from_a_file_or_a_variable(self) -> None:
        kept = self.ghward.scratch.keep("token.txt", self.token + "\n")
        self.run_ok("vault", "add", "file", "--host", self.host, "--from-file", str(kept))
        self.run_ok("vault", "add", "variable", "--host", self.host, "--from-env", "CI_TOKEN",
                    env={"CI_TOKEN": self.token})
        found = self.entries()
        self.assertEqual(len({entry["fingerprint"] for entry in found}), 1, found)
        for options, says in ((("--from-file", "/nonexistent"), "nonexistent"),
                              (("--from-env", "NO_SUCH"), "NO_SUCH"),
                              (("--from-env", "HOME", "--from-file", "x"), "from")):
            self.assert_usage("vault", "add", "x", "--host", self.host, *options, says=says)

    def test_a_variable_is_overwritten(self) -> None:
        """A command that goes on for long shows it to nobody."""
        key = base64.b64encode(os.urandom(32))
        held = self.fake.hold("/login/device/code")
        self.fake.world.logins.add("Ov23liClient")
        running = self.ghward.start("auth", "login", "--host", self.host, "--client-id",
                                    "Ov23liClient", env={"GH_ENTERPRISE_TOKEN": self.token,
                                                         "TOKEN_ENCRYPTION_KEY": key.decode()})
        held.wait()
        environment = self.ghward.find("cli").read("environ")
        running.process.kill()
        held.release()
        self.ghward.finish(running)
        self.assertFalse(self.ghward.canary.is_in(environment))
        self.assertNotIn(key[:12], environment)

    def test_bad_tokens(self) -> None:
        before = self.files
        for token in ("", "\n", "x", "ghx_" + random_secret(), "ghp_" + random_secret(8),
                      "ghr_" + random_secret(), "ghp_" + random_secret() + " x",
                      "ghs_" + random_secret(9000), "-----BEGIN RSA PRIVATE KEY-----"):
            with self.subTest(token[:12], length=len(token)):
                self.assert_refused("vault", "add", "x", "--host", self.host, code=2,
                                    secret=token.encode())
        self.assertEqual(self.files, before)
        self.assert_untouched()

    def test_what_ctrl_c_cuts_short_is_no_secret(self) -> None:
        """It is neither judged nor stored, whether or not the part that came has the form of a whole one."""
        for part in (self.token, "ghp_cut"):
            source, sink = os.pipe()
            records = len(self.ghward.records())
            running = self.ghward.start("vault", "add", "cut", "--host", self.host, stdin=source)
            os.close(source)
            os.write(sink, part.encode())
            self.assertTrue(processes.wait_for(lambda: len(self.ghward.records()) > records))
            running.process.send_signal(signal.SIGINT)
            result = self.ghward.finish(running)
            os.close(sink)
            self.assertEqual(result.code, 130, result)
            self.assertNotIn("whole token", result.err)
            self.assertEqual(self.entries(), [])

    def test_a_command_that_is_killed_has_said_no_whole_secret(self) -> None:
        with self.daemon():
            for attempt in range(5):
                source, sink = os.pipe()
                running = self.ghward.start("vault", "add", "cut", "--host", self.host, stdin=source)
                os.close(source)
                os.write(sink, self.token.encode())
                self.assertTrue(processes.wait_for(lambda: not _unread(sink)))
                running.process.kill()
                self.ghward.finish(running)
                os.close(sink)
                self.assertEqual(self.entries(), [], attempt)
            self.add("whole")
            self.assertEqual(self.names(), ["whole"])

    def test_on_a_terminal_it_is_asked_for_and_not_shown(self) -> None:
        terminal = Terminal(self.ghward, "vault", "add", "typed", "--host", self.host)
        self.assertTrue(processes.wait_for(lambda: ":" in terminal.shown), terminal.shown)
        terminal.press(self.token.encode() + b"\n")
        result = terminal.finish()
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.names(), ["typed"])


class AppKeys(VaultTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.make_vault()

    def add_key(self, name: str, pem: str) -> None:
        self.run_ok("vault", "add", name, "--host", self.host, "--app-id", "123456",
                    secret=pem.encode())

    def test_in_each_form(self) -> None:
        key = shared_key()
        for number, pem in enumerate((key.pem, key.pkcs8, key.pem.replace("\n", "\\n"),
                                      key.pkcs8.replace("\n", "\r\n"), "\n" + key.pem + "\n")):
            self.add_key(f"app{number}", pem)
        found = self.entries()
        self.assertEqual(len({entry["fingerprint"] for entry in found}), 1, found)
        self.assertEqual({(entry["kind"], entry["account"]) for entry in found},
                         {("app", "123456")})

    def test_bad_ones_are_each_their_own_error(self) -> None:
        key = shared_key()
        encrypted = openssl("rsa", "-aes128", "-passout", "pass:x", "-traditional",
                            data=key.pem.encode()).decode()
        encrypted8 = openssl("pkcs8", "-topk8", "-passout", "pass:x", data=key.pem.encode()).decode()
        curve = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256").decode()
        small = openssl("genrsa", "1024").decode()
        public = openssl("rsa", "-pubout", data=key.pem.encode()).decode()
        lines = key.pem.splitlines(keepends=True)
        before = self.files
        messages = set()
        for name, pem, says in (
            ("encrypted", encrypted, "encrypted|passphrase"), ("encrypted8", encrypted8, "encrypted|passphrase"),
            ("curve", curve, "RSA"), ("small", small, "1024|2048|small"), ("public", public, "PEM|private"),
            ("token", self.token, "PEM"), ("damaged", "".join(lines[:5] + lines[6:]), "damaged|broken"),
            ("cut", "".join(lines[:8]), "PEM|damaged|END"), ("empty", "", "PEM|empty"),
        ):
            with self.subTest(name):
                error = self.assert_refused("vault", "add", "x", "--host", self.host, "--app-id", "1",
                                            code=2, says=says, secret=pem.encode())
                messages.add(error["message"])
        self.assertEqual(self.files, before)
        self.assertGreaterEqual(len(messages), 5, messages)


class Use(VaultTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.make_vault()

    def test_alerts_need_no_token_in_the_environment(self) -> None:
        self.add("work")
        self.assertEqual(len(self.run_ok(*LIST).rows), 25)
        self.assertEqual({request.token for request in self.fake.requests}, {self.token})
        (entry,) = self.entries()
        self.assertIsNotNone(entry["last_used"])

    def test_without_its_key_it_is_of_no_use(self) -> None:
        self.add("work")
        self.assert_refused(*VIEW, code=4, kind="authentication", env={"GHWARD_KEY_FILE": None})
        self.assert_untouched()

    def test_tokens_of_other_hosts_are_not_sent(self) -> None:
        self.run_ok("vault", "add", "other", "--host", "ghe.example.com", secret=self.token.encode())
        self.run_ok("vault", "add", "public", "--host", "github.com", secret=self.token.encode())
        self.assert_refused(*VIEW, code=4, kind="authentication", says="no token|no credential")
        for name in ("other", "public"):
            self.assert_refused(*VIEW, "--credential", name, code=3, kind="denied")
        self.assert_untouched()

    def test_the_vault_comes_before_the_environment_and_a_name_before_all(self) -> None:
        second, third = self.new_token(), self.new_token()
        self.add("work")
        env = {"GH_ENTERPRISE_TOKEN": second}
        for options, expected in (((), self.token), (("--credential", "env"), second),
                                  (("--credential", "work"), self.token)):
            self.run_ok(*VIEW, *options, env=env)
            self.assertEqual(self.used(), expected, options)
        self.add("other", "--owner", "nobody", token=third)
        self.run_ok(*VIEW, env=env)
        self.assertEqual(self.used(), self.token)
        self.run_ok(*VIEW, "--credential", "other", env=env)
        self.assertEqual(self.used(), third)
        self.assert_refused(*VIEW, "--credential", "none", code=5, kind="not_found", says="none",
                            env=env)

    def test_the_one_for_the_owner_is_better_than_one_for_all(self) -> None:
        mine = self.new_token()
        self.add("everything")
        self.add("acme", "--owner", "acme", token=mine)
        self.run_ok(*VIEW)
        self.assertEqual(self.used(), mine)

    def test_an_expired_one_is_not_sent(self) -> None:
        self.add("old", "--expires", "2001-02-03")
        self.assert_refused(*VIEW, code=4, kind="authentication", says="expired")
        self.assert_untouched()

    def test_rotation_changes_everything_and_nothing(self) -> None:
        for number in range(5):
            self.add(f"entry{number}", token=self.new_token())
        self.add("work", "--owner", "acme")
        shown = "name,kind,origin,owner,account,scopes,created,expires,last_used,state"
        known, before = self.entries(shown), self.files
        self.run_ok("vault", "rotate")
        self.assertNotEqual(self.files[self.vault.name], before[self.vault.name])
        self.assertEqual(self.entries(shown), known)
        self.run_ok(*VIEW)
        self.assertEqual(self.used(), self.token)
        self.run_ok("vault", "verify")

    def test_rekeying_locks_the_old_key_out(self) -> None:
        self.add("work")
        fresh = self.ghward.scratch.home / "fresh.key"
        self.run_ok("vault", "rekey", "--key-file", str(fresh))
        self.assertEqual(stat.S_IMODE(fresh.stat().st_mode), 0o400)
        self.assert_refused("vault", "list", code=4, kind="authentication", says="key")
        self.ghward.environment["GHWARD_KEY_FILE"] = str(fresh)
        self.run_ok(*VIEW)
        self.assertEqual(self.used(), self.token)

    def test_every_command_is_on_record_and_the_token_is_not(self) -> None:
        self.add("work")
        self.entries()
        self.run_ok(*VIEW)
        self.run_ok("vault", "rotate")
        self.run_ok("vault", "verify")
        self.run_ok("vault", "remove", "work")
        for event in ("vault.init", "vault.add", "vault.list", "vault.rotate", "vault.verify",
                      "vault.remove", "alerts.view"):
            found = self.records_of(event)
            self.assertEqual([found[0]["phase"], found[-1]["phase"]], ["intent", "result"], event)
            self.assertEqual(found[-1]["outcome"], "done")
        self.assertIn("work", str(self.records_of("vault.add")))
        self.assertIn(self.host, self.records_of("vault.add")[0]["details"]["api"])
        self.assertIn("work", str(self.records_of("alerts.view")))


class Writers(VaultTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.make_vault()

    def test_at_once_lose_nothing(self) -> None:
        names = [f"entry{number}" for number in range(8)]
        started = [self.ghward.start("vault", "add", name, "--host", self.host,
                                     secret=self.token.encode()) for name in names]
        for running in started:
            result = self.ghward.finish(running)
            self.assertEqual(result.code, 0, result)
        self.assertEqual(sorted(self.names()), names)
        self.run_ok("vault", "verify")

    def killed(self, seconds: float, *arguments: str, secret: bytes | None = None) -> None:
        """Broker and command are killed so long after the beginning, unless it has ended."""
        running = self.ghward.start("vault", *arguments, secret=secret)
        processes.wait_for(lambda: running.process.poll() is not None, seconds, 0.001)
        for one in self.ghward.processes():
            if one.role in ("broker", "cli"):
                with contextlib.suppress(ProcessLookupError):
                    one.kill()
        self.ghward.finish(running)

    def test_killed_at_any_moment_leave_a_vault(self) -> None:
        self.add("first")
        for step in range(12):
            self.killed(0.008 * step, "add", f"entry{step}", "--host", self.host,
                        secret=self.token.encode())
            self.assertIn("first", self.names())
        self.run_ok("vault", "verify")
        self.run_ok(*VIEW, "--credential", "first")

    def test_new_keys_can_be_interrupted_and_continued(self) -> None:
        names = [f"entry{number}" for number in range(6)]
        for name in names:
            self.add(name)
        fresh = self.ghward.scratch.home / "fresh.key"
        for step in range(8):
            self.killed(0.006 * step, "rotate")
            self.assertEqual(sorted(self.names()), names)
            self.killed(0.006 * step, "rekey", "--key-file", str(fresh))
            if self.ghward.run("vault", "list").code == 4:
                self.ghward.environment["GHWARD_KEY_FILE"] = str(fresh)
            self.assertEqual(sorted(self.names()), names)
        self.run_ok("vault", "rekey", "--key-file", str(fresh))
        self.ghward.environment["GHWARD_KEY_FILE"] = str(fresh)
        self.run_ok("vault", "rotate")
        self.run_ok("vault", "verify")
        self.run_ok(*VIEW, "--credential", names[-1])


class Daemons(VaultTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.make_vault()

    def test_fill_and_use_it_for_their_clients(self) -> None:
        with self.daemon():
            self.assert_refused(*VIEW, code=4, kind="authentication")
            self.add("work")
            self.run_ok(*VIEW)
            self.assertEqual(self.used(), self.token)
            self.assertEqual(self.names(), ["work"])

    def test_clients_need_no_key(self) -> None:
        self.add("work")
        with self.daemon():
            del self.ghward.environment["GHWARD_KEY_FILE"]
            self.run_ok(*VIEW)
            self.assertEqual(self.names(), ["work"])
            self.ghward.environment["GHWARD_KEY_FILE"] = str(self.key_file)

    def test_notice_what_others_change(self) -> None:
        second = self.new_token()
        with self.daemon():
            self.add("work", "--private")
            self.run_ok(*VIEW)
            self.assertEqual(self.used(), self.token)
            self.run_ok("vault", "remove", "work", "--private")
            self.add("work", "--private", token=second)
            self.run_ok(*VIEW)
            self.assertEqual(self.used(), second)
            self.run_ok("vault", "rotate")
            self.run_ok(*VIEW)
            self.run_ok("vault", "remove", "work", "--private")
            self.assert_refused(*VIEW, code=4, kind="authentication")
        self.run_ok("vault", "verify")

    def test_send_no_secret_to_the_server_of_another_of_its_name(self) -> None:
        """A job that goes on under the old name's server must not take the new entry's token there."""
        self.fake.world.add_repository("acme", "shop", 250)
        self.add("work")
        other = self.new_token()
        with self.daemon():
            self.fake.fault("/alerts", "delay", seconds=2)
            running = self.ghward.start(*LIST)
            self.assertTrue(processes.wait_for(lambda: self.fake.requests))
            self.run_ok("vault", "remove", "work", "--private")
            self.run_ok("vault", "add", "work", "--host", "ghe.example.com", "--private", secret=other.encode())
            result = self.ghward.finish(running)
        self.assertEqual(result.code, 5, result)
        self.assertNotIn(other, [request.token for request in self.fake.requests])

    def test_keep_to_it_while_somebody_else_rekeys(self) -> None:
        self.add("work")
        with self.daemon():
            self.run_ok(*VIEW)
            fresh = self.ghward.scratch.home / "fresh.key"
            self.run_ok("vault", "rekey", "--key-file", str(fresh))
            self.assert_refused(*VIEW, code=4, kind="authentication", says="key")
            self.run_ok("vault", "list", "--private", env={"GHWARD_KEY_FILE": str(fresh)})


@unittest.skipIf(os.geteuid() != 0 or lockdown.is_wanted(), "only root can be several users")
class SeveralUsers(VaultTestCase):
    """One daemon, two users: each sees and uses entries of their own."""

    FIRST, SECOND = 61001, 61002

    def setUp(self) -> None:
        super().setUp()
        self.make_vault()
        self.sockets = self.ghward.scratch.base.parent / "run" / "ghward"
        self.sockets.mkdir(mode=0o755, parents=True)
        self.ghward.environment["GHWARD_SOCKET_DIRECTORY"] = str(self.sockets)

    def as_user(self, uid: int) -> dict[str, Any]:
        """How a command runs as somebody else, with nothing but the daemon's socket."""
        home = self.ghward.scratch.work / f"home-{uid}"
        home.mkdir(exist_ok=True)
        os.chown(home, uid, uid)
        for path in (self.ghward.scratch.base, self.ghward.scratch.work):
            path.chmod(0o755)
        return {
            "prefix": lockdown.as_user(uid),
            "env": {"HOME": str(home), "XDG_STATE_HOME": str(home / "state"),
                    "XDG_RUNTIME_DIR": None, "GHWARD_KEY_FILE": None},
        }

    def test_one_cannot_keep_the_place_for_secrets_from_another(self) -> None:
        """Each of the secrets that do not come to an end would take eight of its kilobytes."""
        (first, second) = (self.as_user(self.FIRST), self.as_user(self.SECOND))
        (source, sink) = os.pipe()
        os.write(sink, b"ghp_")
        with Daemon(self.ghward, None, "--shared"):
            records = len(self.ghward.records())
            endless = [self.ghward.start("vault", "add", f"n{i}", "--host", self.host, stdin=source, **first)
                       for i in range(12)]
            self.assertTrue(processes.wait_for(lambda: len(self.ghward.records()) >= records + len(endless)))
            self.run_ok("vault", "add", "mine", "--host", self.host, secret=self.token.encode(), **second)
            self.run_ok(*VIEW, **second)
            self.assertEqual(self.used(), self.token)
            for running in endless:
                running.process.send_signal(signal.SIGINT)
                self.assertEqual(self.ghward.finish(running).code, 130)
        os.close(source)
        os.close(sink)

    def test_one_cannot_fill_the_vault(self) -> None:
        how = self.as_user(self.FIRST)
        with Daemon(self.ghward, None, "--shared"):
            for i in range(256):
                self.run_ok("vault", "add", f"n{i}", "--host", self.host, secret=self.token.encode(), **how)
            self.assert_refused("vault", "add", "more", "--host", self.host, secret=self.token.encode(),
                                code=2, kind="usage", says="256", **how)
            self.run_ok("vault", "remove", "n7", **how)
            self.run_ok("vault", "add", "more", "--host", self.host, secret=self.token.encode(), **how)

    def test_are_told_apart(self) -> None:
        second = self.new_token()
        with Daemon(self.ghward, None, "--shared"):
            for uid, token in ((self.FIRST, self.token), (self.SECOND, second)):
                how = self.as_user(uid)
                self.assertEqual(self.run_ok("vault", "list", "--json", **how).json, [])
                self.assert_refused(*VIEW, code=4, kind="authentication", says=f"uid:{uid}", **how)
                self.run_ok("vault", "add", f"of-{uid}", "--host", self.host, secret=token.encode(), **how)
            for uid, token, other in ((self.FIRST, self.token, self.SECOND), (self.SECOND, second, self.FIRST)):
                how = self.as_user(uid)
                found = self.run_ok("vault", "list", "--json", **how).json
                self.assertEqual([one["name"] for one in found], [f"of-{uid}"])
                self.run_ok(*VIEW, **how)
                self.assertEqual(self.used(), token)
                self.assert_refused(*VIEW, "--credential", f"of-{other}", code=5, kind="not_found", **how)
                self.assert_refused("vault", "remove", f"of-{other}", code=5, kind="not_found", **how)
            self.assertEqual(self.entries(), [])
