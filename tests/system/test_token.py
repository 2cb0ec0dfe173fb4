"""Tokens: where they come from, which are believed, and where they go."""

from __future__ import annotations

import os
import re

from system import processes
from system.harness import Canary, Environment, GhwardTestCase, random_secret

ARGUMENTS = ("alerts", "view", "7", "-R", "acme/shop")
NAMES = ("GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
NONE: Environment = {name: None for name in NAMES}


class TokenTestCase(GhwardTestCase):
    def another(self, token: str) -> str:
        """A second token that GitHub knows as well; it is a canary, too."""
        self.fake.world.tokens.add(token)
        return token

    def used(self) -> str | None:
        return self.fake.requests[-1].token


class FromTheEnvironment(TokenTestCase):
    def test_order_for_other_hosts(self) -> None:
        second = self.another("ghp_" + random_secret())
        own = self.ghward.canary.token
        for env, expected in [
            ({"GH_ENTERPRISE_TOKEN": own, "GITHUB_ENTERPRISE_TOKEN": second}, own),
            ({"GITHUB_ENTERPRISE_TOKEN": second}, second),
            ({"GH_ENTERPRISE_TOKEN": "", "GITHUB_ENTERPRISE_TOKEN": second}, second),
            ({"GH_ENTERPRISE_TOKEN": own, "GH_TOKEN": second, "GITHUB_TOKEN": second}, own),
        ]:
            with self.subTest(list(env)):
                result = self.ghward.run(*ARGUMENTS, env={**NONE, **env})
                self.assertEqual(result.code, 0, result)
                self.assertEqual(self.used(), expected)
                self.assertNotIn(second, result.err)

    def test_it_says_which_was_used_when_two_differ(self) -> None:
        second = self.another("ghp_" + random_secret())
        result = self.ghward.run(*ARGUMENTS, env={"GITHUB_ENTERPRISE_TOKEN": second})
        self.assertEqual(result.code, 0, result)
        self.assertIn("GH_ENTERPRISE_TOKEN is used", result.err)

    def test_the_token_of_github_com_is_not_for_another_host(self) -> None:
        env: Environment = {**NONE, "GH_TOKEN": self.ghward.canary.token}
        self.assert_refused(*ARGUMENTS, code=4, kind="authentication", says="no token|GH_TOKEN",
                            env=env)
        self.assert_untouched()

    def test_nor_the_other_way_round(self) -> None:
        for url in ("https://api.github.com", "https://api.acme.ghe.com"):
            with self.subTest(url):
                self.assert_refused(*ARGUMENTS, code=4, kind="authentication",
                                    says="no token|GH_ENTERPRISE_TOKEN", env={"GITHUB_API_URL": url})

    def test_none_names_the_ways_to_give_one(self) -> None:
        error = self.assert_refused(*ARGUMENTS, code=4, kind="authentication", says="no token",
                                    env=NONE)
        for way in ("GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "gh auth login"):
            self.assertIn(way, error["hint"])
        self.assert_untouched()


class Forms(TokenTestCase):
    def test_every_form_that_github_issues(self) -> None:
        long_form = "ghs_123456_" + ".".join(random_secret(160) for _ in range(3)) + "-_x"
        for token in (
            "ghp_" + random_secret(), "gho_" + random_secret(), "ghu_" + random_secret(),
            "ghs_" + random_secret(), long_form,
            "github_pat_" + random_secret(22) + "_" + random_secret(59),
            "".join(f"{byte:02x}" for byte in os.urandom(20)),
        ):
            with self.subTest(re.sub(r"(?<=_)[A-Za-z0-9]{20,}", "…", token)[:40]):
                canary = Canary(self.another(token))
                result = self.ghward.run(*ARGUMENTS, env={"GH_ENTERPRISE_TOKEN": token})
                self.assertEqual(result.code, 0, result)
                self.assertEqual(self.used(), token)
                self.assert_nowhere(canary)

    def test_malformed_ones_are_refused_before_anything_is_sent(self) -> None:
        good = "ghp_" + random_secret()
        for token in (
            "x", good[:-1], "ghp_" + random_secret(300), good + "\u00e9", good[:20] + " " + good[20:],
            good[:20] + "\n" + good[20:], "Bearer " + good, good + "\r\nX-Evil: 1", "ghx_" + good[4:],
            "G" * 40, "ghr_" + random_secret(), '"' + good + '"',
        ):
            with self.subTest(token[:12]):
                self.assert_refused(*ARGUMENTS, code=4, kind="authentication",
                                    env={"GH_ENTERPRISE_TOKEN": token})
                self.assert_untouched()
                self.assert_nowhere(Canary(good))

    def test_an_absurdly_long_one_is_refused(self) -> None:
        self.assert_refused(*ARGUMENTS, code=4, kind="authentication", says="longer than 8192",
                            env={"GH_ENTERPRISE_TOKEN": "ghs_" + random_secret(8200)}, audited=False)
        self.assert_untouched()

    def test_a_newline_at_the_end_is_forgiven(self) -> None:
        for end in ("\n", "\r\n", "\n\n"):
            with self.subTest(repr(end)):
                token = self.ghward.canary.token
                result = self.ghward.run(*ARGUMENTS, env={"GH_ENTERPRISE_TOKEN": token + end})
                self.assertEqual(result.code, 0, result)
                self.assertEqual(self.used(), token)

    def assert_nowhere(self, canary: Canary) -> None:
        for path in self.ghward.scratch.base.rglob("*"):
            if path.is_file():
                self.assertFalse(canary.is_in(path.read_bytes()), path)


class GhTool(TokenTestCase):
    def install(self, script: str) -> None:
        tool = self.ghward.scratch.tools / "gh"
        tool.write_text("#!/bin/sh\n" + script)
        tool.chmod(0o755)

    def test_is_asked_when_the_environment_has_none(self) -> None:
        asked = self.ghward.scratch.work / "asked"
        self.install(f'echo "$@" > {asked}\necho {self.ghward.canary.token}\n')
        result = self.ghward.run(*ARGUMENTS, env=NONE)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.used(), self.ghward.canary.token)
        self.assertEqual(asked.read_text().split(),
                         ["auth", "token", "--hostname", f"localhost:{self.fake.port}"])

    def test_is_not_asked_when_the_environment_has_one(self) -> None:
        asked = self.ghward.scratch.work / "asked"
        self.install(f"touch {asked}\n")
        self.run_ok(*ARGUMENTS)
        self.assertFalse(asked.exists())

    def test_that_fails_or_says_nothing_is_no_token(self) -> None:
        for script in ("echo no oauth token >&2; exit 1", "exit 0",
                       f"echo {self.ghward.canary.token}; exit 1"):
            with self.subTest(script[:20]):
                self.install(script + "\n")
                self.assert_refused(*ARGUMENTS, code=4, kind="authentication", says="no token",
                                    env=NONE)
                self.assert_untouched()

    def test_that_says_nonsense_is_refused(self) -> None:
        for script, audited in (
            ("echo not a token", True),
            ("/usr/bin/head -c 20000 /dev/zero | /usr/bin/tr '\\0' a", False),
        ):
            with self.subTest(script[:10]):
                self.install(script + "\n")
                self.assert_refused(*ARGUMENTS, code=4, kind="authentication", env=NONE,
                                    audited=audited)
                self.assert_untouched()


class InMemory(TokenTestCase):
    """The harness searches memory in every run; these stories make sure that it can find something."""

    def test_the_command_itself_forgets(self) -> None:
        held = self.fake.hold("/alerts/7")
        running = self.ghward.start(*ARGUMENTS)
        held.wait()
        command = self.ghward.find("cli")
        if os.geteuid() == 0:
            self.assertFalse(command.holds(self.ghward.canary.needles))
            self.assertFalse(self.ghward.canary.is_in(command.read("environ")))
            self.assertTrue(self.ghward.find("net").holds(self.ghward.canary.needles))
            own = processes.snapshot()[os.getpid()]
            self.assertTrue(own.holds(self.ghward.canary.needles))
        held.release()
        self.assertEqual(self.ghward.finish(running).code, 0)

    def test_a_refused_token_is_wiped_everywhere(self) -> None:
        self.fake.world.tokens.clear()
        self.assert_refused(*ARGUMENTS, code=4, status=401)
