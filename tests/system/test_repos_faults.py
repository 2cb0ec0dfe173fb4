"""A server that fails in every way and at every moment: one repository is told, the others go on."""

from __future__ import annotations

import time
from typing import Any

from system.repos import UPLOAD_PACK, ReposTestCase

EVIL = r"/acme/evil\.git" + UPLOAD_PACK


class FaultsTestCase(ReposTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.fine = self.repositories.add("acme/fine")
        self.evil = self.repositories.add("acme/evil", {"data": b"".join(b"%d\n" % number for number in range(20_000))})

    def strike(self, kind: str, says: str, command: str | None = "fetch", env: Any = None,
             timeout: float = 60, **options: Any) -> dict[str, Any]:
        """Of a clone first, then of a fetch into what is there: it stays as it was."""
        self.fake.reset()
        self.fake.fault(EVIL, kind, command=command, times=None, **options)
        self.failed("acme/evil", says, env=env, timeout=timeout)
        self.assertFalse(self.mirror("acme/evil").exists())
        self.assert_settled()
        self.fake.faults.clear()
        self.sync()
        self.evil.push()
        self.fake.fault(EVIL, kind, command=command, times=None, **options)
        before = (self.mirror("acme/evil") / "HEAD").stat().st_ino
        line = self.failed("acme/evil", says, env=env, timeout=timeout)
        self.assert_settled()
        self.assertEqual((self.mirror("acme/evil") / "HEAD").stat().st_ino, before)
        self.fake.faults.clear()
        self.sync()
        self.assert_mirrored(self.evil, self.fine)
        self.assertEqual(self.fake.elsewhere.recorder.connections, [])
        # The next one starts from nothing.
        self.repositories.remove(self.evil)
        self.sync("--prune", "--yes")
        self.evil = self.repositories.add("acme/evil", {"data": b"".join(b"%d\n" % number for number in range(20_000))})
        return line


class Cut(FaultsTestCase):
    """The connection ends in each phase of both requests."""

    def test_before_and_in_the_headers(self) -> None:
        for command in ("ls-refs", "fetch"):
            for after in ("nothing", "headers"):
                with self.subTest(command=command, after=after):
                    self.strike("reset", "connection|network|broke|closed|reset|incomplete", command, after=after)

    def test_in_the_answer(self) -> None:
        for command in ("ls-refs", "fetch"):
            for kind in ("truncate", "truncate_chunked", "reset", "close"):
                with self.subTest(command=command, kind=kind):
                    self.strike(kind, "connection|network|broke|closed|reset|incomplete|early|hung up|cut", command)

    def test_in_gits_own_framing(self) -> None:
        for command, options in (("ls-refs", {"keep": 0.5}), ("ls-refs", {"less": 4}), ("fetch", {"keep": 0.5}), ("fetch", {"keep": 0.0})):
            with self.subTest(command=command, **options):
                self.strike("git_cut", ".", command, **options)

    def test_once_and_then_well(self) -> None:
        """What has not begun to arrive is asked for again."""
        for kind, options in (("reset", {"after": "nothing"}), ("status", {"status": 502}), ("status", {"status": 503}),
                              ("rate_limited", {"retry_after": 0})):
            for command in ("ls-refs", "fetch"):
                with self.subTest(kind, command=command):
                    self.fake.reset()
                    self.evil.push()
                    struck = self.fake.fault(EVIL, kind, command=command, **options)
                    self.sync()
                    self.assertEqual(struck.hits, 1)
                    self.assert_mirrored(self.evil)


class Refusals(FaultsTestCase):
    def test_statuses(self) -> None:
        for status, says in ((400, "400"), (401, "401|token|credential|accept"), (403, "403|may not|permission|refus"),
                             (404, "there is no repository"), (500, "500"), (503, "503")):
            with self.subTest(status):
                self.strike("status", says, command=None, status=status)

    def test_a_401_midway(self) -> None:
        self.strike("status", "401|token|credential|accept", command="fetch", status=401)

    def test_a_redirect_to_another_host(self) -> None:
        target = f"{self.fake.elsewhere.origin}/acme/evil.git/git-upload-pack"
        for status in (301, 302, 307, 308):
            for command in ("ls-refs", "fetch"):
                with self.subTest(status, command=command):
                    self.strike("redirect", "redirect|elsewhere|another|moved", command, to=target, status=status)

    def test_a_redirect_on_the_same_host_is_not_followed_blindly(self) -> None:
        """Exactly the repository of the order: not another one that the server would like."""
        self.repositories.add("acme/secret")
        self.fake.fault(EVIL, "redirect", times=None, to="/acme/secret.git/git-upload-pack", status=301)
        result = self.ghward.run(*self.arguments("--include", "evil"))
        self.assertIn(result.code, (1, 7), result)
        self.assertEqual(self.asked("fetch"), [])

    def test_disabled(self) -> None:
        self.evil.change(disabled=True)
        result = self.ghward.run(*self.arguments())
        self.assertIn(result.code, (0, 7), result)
        done = self.read(result)
        self.assertIn(done.actions["acme/evil"], ("skipped", "failed"))
        self.assertRegex(str(done.of("acme/evil")), "disabled")
        self.assertEqual(done.actions["acme/fine"], "cloned")

    def test_gone_mid_run(self) -> None:
        held = self.fake.hold(EVIL, command="ls-refs")
        self.ghward.inspects = False
        running = self.ghward.start(*self.arguments())
        held.wait()
        self.repositories.remove(self.evil)
        held.release()
        result = self.ghward.finish(running)
        done = self.read(result)
        self.assertIn(done.actions["acme/evil"], ("failed", "skipped"), result)
        self.assertEqual(done.actions["acme/fine"], "cloned")
        self.assert_settled()

    def test_rate_limits(self) -> None:
        self.strike("rate_limited", "limit", command=None, retry_after=3600)

    def test_what_is_not_gits(self) -> None:
        for kind, options in (("header", {"name": "Content-Type", "value": "text/html"}), ("html", {}), ("object", {}), ("empty", {}),
                              ("git_overlong", {}), ("git_no_number", {}), ("garbage", {}), ("header_bomb", {}), ("long_header", {}),
                              ("duplicate_length", {}), ("length_and_chunks", {}), ("bad_chunk", {})):
            for command in ("ls-refs", "fetch"):
                with self.subTest(kind, command=command):
                    self.strike(kind, ".", command, **options)

    def test_an_error_of_gits(self) -> None:
        for command in ("ls-refs", "fetch"):
            with self.subTest(command):
                line = self.strike("git_error", "access denied", command, text="access denied \x1b[31mor not")
                self.assertNotIn("\x1b", str(line["error"]))


class Time(FaultsTestCase):
    def test_a_server_that_says_nothing(self) -> None:
        for command in ("ls-refs", "fetch"):
            with self.subTest(command):
                started = time.monotonic()
                self.fake.reset()
                self.fake.fault(EVIL, "silence", command=command, times=None)
                self.failed("acme/evil", "silent|time|seconds", env={"GHWARD_TIMEOUT": "1", "GHWARD_GIT_TIMEOUT": "4", "GITHUB_MAX_RETRIES": "0"})
                self.assertLess(time.monotonic() - started, 15)
                self.assert_settled()

    def test_a_byte_at_a_time(self) -> None:
        started = time.monotonic()
        self.fake.fault(EVIL, "drip", command="fetch", times=None, interval=0.05)
        self.failed("acme/evil", "silent|time|seconds", env={"GHWARD_GIT_TIMEOUT": "3", "GITHUB_MAX_RETRIES": "0"})
        self.assertLess(time.monotonic() - started, 15)
        self.assert_settled()

    def test_slow_but_steady_is_fine(self) -> None:
        self.fake.fault(EVIL, "delay", seconds=0.5, times=None)
        self.sync()
        self.assert_mirrored(self.evil)


class Listing(FaultsTestCase):
    def test_an_answer_that_fails_is_no_empty_organisation(self) -> None:
        self.sync()
        for kind, options in (("status", {"status": 500}), ("malformed", {}), ("reset", {"after": "body"}), ("html", {})):
            with self.subTest(kind):
                self.fake.reset()
                self.fake.fault("/orgs/acme/repos", kind, times=None, **options)
                result = self.ghward.run(*self.arguments("--prune", "--yes"))
                self.assertNotEqual(result.code, 0, result)
                self.assertEqual(self.kept, ["acme/evil", "acme/fine"])

    def test_an_organisation_that_is_not_there(self) -> None:
        result = self.ghward.run(*self.arguments(of=("--org", "nobody")))
        self.assertEqual(result.code, 5, result)
        self.assertEqual(result.error["kind"], "not_found")

    def test_there_is_no_sum_of_what_was_not_begun(self) -> None:
        result = self.ghward.run("repos", "sync", "--org", "nobody", "--dest", str(self.dest))
        self.assertEqual((result.code, result.out), (5, ""), result)

    def test_a_token_that_is_none(self) -> None:
        self.fake.world.tokens.clear()
        result = self.ghward.run(*self.arguments())
        self.assertEqual(result.code, 4, result)
        self.assertEqual(self.git_requests, [])
