"""What is wrong before anything is sent: exit 2, one clear sentence, nothing on the wire."""

from __future__ import annotations

from system.harness import Environment, GhwardTestCase

LIST = ("alerts", "list", "-R", "acme/shop")


class Wrong(GhwardTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.tolerate_wrong_values()

    def wrong(
        self, *arguments: str, says: str = ".", env: Environment | None = None,
        audited: bool = False,
    ) -> None:
        """`audited`: the value is judged by the broker, which puts the refusal on record."""
        result = self.ghward.run(*arguments, env=env)
        with self.subTest(arguments):
            self.assertEqual(result.code, 2, result)
            self.assertEqual(result.out, "")
            if any(word.startswith("--json") for word in arguments):
                self.assertRegex(result.error["message"], says)
            else:
                self.assertRegex(result.err, r"^ghward: .*" + says)
            self.assertLessEqual(len(result.err.splitlines()), 3, result)
            self.assert_untouched()
            if audited:
                *_, intent, ended = self.ghward.records()
                self.assertEqual((intent["decision"], ended["outcome"]), ("deny", "usage"))
                self.assertIn(ended["job"], result.err)

    def test_repositories(self) -> None:
        for repo in (
            "", "acme", "acme/", "/shop", "acme/shop/", "a/b/c/d", "acme/" + "r" * 101,
            "o" * 61 + "/shop", "https://localhost/acme/shop", "acme/shop.git/../..",
        ):
            self.wrong("alerts", "list", "-R", repo, says="OWNER/REPO")
        for repo in (
            "../shop", "acme/..", "acme/.",
            "acme/shop?x=1", "acme/shop#1", "acme/sh op", "acme/shop%2e", "-acme/shop", "acme-/shop",
            "ac--me/shop", "acme/shop\n", "acme/shöp", "acme/shop;id", "$(id)/shop", "acme/\x1b[2J",
            "@/shop",
        ):
            self.wrong("alerts", "list", "-R", repo, audited=True)
        self.wrong("alerts", "list", says="repository")
        self.wrong("alerts", "list", env={"GH_REPO": "nonsense"}, says="GH_REPO")

    def test_organisations_and_enterprises(self) -> None:
        for name in ("", "-acme", "ac/me", "ac me", "..", "a" * 100, "acme?x"):
            self.wrong("alerts", "list", "--org", name, audited=bool(name))
            self.wrong("alerts", "list", "--enterprise", name, audited=bool(name))
        self.wrong(*LIST, "--org", "acme", says="exclude")
        self.wrong("alerts", "list", "--org", "acme", "--enterprise", "acme", says="exclude")

    def test_numbers(self) -> None:
        for number in ("0", "-1", "+1", "1.0", "007", "1e3", "0x10", "", " 1", "1 ", "seven",
                       "99999999999999999999", "4294967296", "1/../2", "1?x=1", "１"):
            self.wrong("alerts", "view", "-R", "acme/shop", "--", number, audited=True)
        for limit in ("0", "-1", "many", "1e3", "", "01", "99999999999"):
            self.wrong(*LIST, f"--limit={limit}")

    def test_closed_sets(self) -> None:
        for state in ("OPEN", "opened", "", "open,fixed", "all"):
            self.wrong(*LIST, f"--state={state}", audited=bool(state))
        for severity in ("Critical", "severe", "", "high,low"):
            self.wrong(*LIST, f"--severity={severity}", audited=bool(severity))
        self.wrong("alerts", "list", "--enterprise", "acme-corp", "--severity", "high",
                   says="severity")

    def test_fields(self) -> None:
        self.wrong(*LIST, "--json", "number,nonsense", says='unknown field "nonsense"')
        self.wrong(*LIST, "--json", "number,", says="comma")
        self.wrong(*LIST, "--json=", says="empty")
        self.wrong(*LIST, "--json", ",number")
        self.wrong(*LIST, "--json", "numbr", says='did you mean "number"')

    def test_commands_and_options(self) -> None:
        for arguments in (
            ("alert", "list"), ("alerts",), ("alerts", "delete"), ("lerts",), ("alerts", "list", "x"),
            (*LIST, "--nonsense"), (*LIST, "-x"), (*LIST, "--state"), ("alerts", "view", "-R", "a/b"),
            ("alerts", "view", "1", "2", "-R", "a/b"), ("audit",), ("audit", "verify", "x"),
            ("doctor", "--state", "open"), ("operations", "-R", "acme/shop"), ("",), ("--nonsense",),
            ("rate-limit", "--limit", "1"), ("serve", "--private"), (*LIST, "--limit", "1", "--limit"),
        ):
            self.wrong(*arguments)
        self.wrong("alerts", "lst", says='did you mean "alerts list"')
        self.wrong(*LIST, "--stat", "open", says="did you mean --state")

    def test_settings(self) -> None:
        for name, values in {
            "GITHUB_API_URL": ("http://localhost", "localhost", "https://", "https://a b", "ftp://x",
                               "https://user:pass@localhost", "https://localhost?x=1",
                               "https://localhost#x", "https://localhost:0", "https://localhost:70000",
                               "https://localhost/../x", "https://" + "a" * 300),
            "GITHUB_MAX_RETRIES": ("-1", "many", "1.5", "21", "1e1"),
            "GITHUB_BACKOFF_BASE": ("-1", "soon", "1.", "1e3", "99999", "0x1"),
            "GITHUB_MAX_BACKOFF": ("-1", "never"),
            "GHWARD_TIMEOUT": ("-1", "never"),
            "GHWARD_IN_FLIGHT": ("0", "65", "many"),
        }.items():
            for value in values:
                result = self.ghward.run(*LIST, env={name: value})
                with self.subTest(name, value=value):
                    self.assertEqual(result.code, 2, result)
                    self.assertIn(name, result.err)
                    self.assert_untouched()

    def test_which_repositories(self) -> None:
        sync = ("repos", "sync", "--dest", "/nowhere/at/all")
        self.wrong("repos", "sync", "--org", "acme", says="needs --dest")
        self.wrong("repos", "status", says="needs --dest")
        self.wrong("repos", "list", says="which repositories")
        self.wrong(*sync, says="which repositories")
        for one in (("--org", "acme"), ("--user", "octocat"), ("-R", "acme/shop"), ("--file", "/dev/null")):
            for other in (("--org", "acme"), ("--user", "octocat"), ("-R", "acme/shop"), ("--file", "/dev/null")):
                if one != other:
                    self.wrong("repos", "list", *one, *other, says="exclude")
        for repo in ("acme", "acme/", "/shop", "a/b,", ",a/b", "a/b,,c/d", "acme/" + "r" * 101):
            self.wrong("repos", "list", "-R", repo, says="OWNER/REPO")
        self.wrong("repos", "list", "-R", "ghe.example.com/acme/shop", says="ghe.example.com")
        self.wrong("repos", "list", "-R", "localhost/acme/a,ghe.example.com/acme/b", says="two hosts")
        self.wrong("repos", "list", *("-R", "acme/shop") * 1001, says="too often")

    def test_how_repositories_are_kept(self) -> None:
        for arguments, says in (
            (("--archived", "maybe"), "yes, no or only"), (("--forks", "2"), "yes, no or only"),
            (("--visibility", "public,secret"), "public, private or internal"), (("--visibility", "public,"), "private"),
            (("--min-size", "5"), "500K"), (("--max-size", "-1G"), "500K"), (("--min-size", "2G", "--max-size", "1G"), "below"),
            (("--include", "x" * 1024), "longer"), (("--workers", "0"), "1 to 20"), (("--workers", "21"), "1 to 20"),
            (("--depth", "0"), "from 1"), (("--partial", "blob:none"), "blobless or treeless"),
            (("--partial", "blobless", "--worktree"), "every file"), (("--prune",), "--yes"), (("--limit", "1"), "unknown option"),
        ):
            self.wrong("repos", "sync", "--org", "acme", "--dest", "/nowhere/at/all", *arguments, says=says)

    def test_lists_of_repositories(self) -> None:
        listed = self.ghward.scratch.home / "repos.txt"
        for line, says in (
            ("acme", "OWNER/REPO"), ("acme/..", "repository name"), ("-acme/shop", "login"), ("http://localhost/a/b", "https://"),
            ("file:///etc/passwd", "https://"), ("ext::sh -c id", "https://"), ("https://x:hunter2@localhost/a/b", "no user"),
            ("ssh://root@localhost/a/b", "no user"), ("https://localhost/a/b?x=1", "query"), ("https://localhost/a/b/tree/main", "OWNER/REPO"),
            ("git@github.com:acme/shop.git", "github.com is not where"), ("a/b\ngit@localhost:a/b\ngit@x.example:a/b", "another host"),
        ):
            listed.write_text(f"# ours\n\n{line}\n")
            self.ghward.scratch.settle()
            number = 3 + line.count("\n")
            self.wrong("repos", "list", "--file", str(listed), says=rf"repos\.txt:{number}: .*" + says)
            self.assertNotIn("hunter2", self.ghward.run("repos", "list", "--file", str(listed)).err)
        listed.write_text("# none\n")
        self.wrong("repos", "list", "--file", str(listed), says="names no repository")
        self.wrong("repos", "list", "--file", str(listed.with_name("none")), says="No such file")
        self.wrong("repos", "list", "--file", "/", says="Is a directory")
        self.wrong("repos", "list", "--file", "/dev/zero", says="longer than")
        self.wrong("repos", "list", "--file", "-", says="names no repository")

    def test_destinations(self) -> None:
        home = self.ghward.scratch.home
        (home / "file").write_text("")
        self.ghward.scratch.settle()
        for place, says in ((home / "a" / "b", "No such file"), (home / "file", "Not a directory"), (home / "file" / "x", "Not a directory"),
                            (home / ("x" * 300), "too long")):
            self.wrong("repos", "sync", "--org", "acme", "--dest", str(place), says=says)
        self.assertFalse((home / "a").exists())
        result = self.ghward.run("repos", "status", "--dest", str(home / "none"))
        self.assertEqual(result.code, 5, result)
        self.assertFalse((home / "none").exists())

    def test_hosts_that_contradict_each_other(self) -> None:
        self.wrong("alerts", "list", "-R", "ghe.example.com/acme/shop", says="ghe.example.com")
        self.wrong(*LIST, env={"GITHUB_HOSTNAME": "ghe.example.com"}, says="GITHUB_HOSTNAME")

    def test_in_json(self) -> None:
        result = self.ghward.run("alerts", "list", "-R", "nonsense", "--json")
        self.assertEqual((result.code, result.error["kind"]), (2, "usage"), result)
        self.assertIn("nonsense", result.error["message"])
        self.assertEqual(result.out, "")

    def test_a_token_on_the_command_line_by_mistake_is_not_repeated(self) -> None:
        """People do paste them; the harness looks for the canary in all that is printed."""
        token = self.ghward.canary.token
        for arguments in ((*LIST, "--token", token), (*LIST, token), (token,),
                          ("alerts", "list", "-R", f"{token}/shop"), (*LIST, f"--state={token}")):
            result = self.ghward.run(*arguments)
            self.assertEqual(result.code, 2, result)

    def test_configuration(self) -> None:
        config = self.ghward.scratch.home / "config.json"
        for text, says in (
            ('{"nonsense": 1}', "nonsense"), ('{"max_retries": -1}', "max_retries"), ("{", r":1: "),
            ('{"max_retries": 1, "max_retries": 2}', "."), ("[]", "."), ('{"timeout": "\\u0000"}', "."),
        ):
            config.write_text(text)
            config.chmod(0o600)
            self.ghward.scratch.settle()
            self.wrong(*LIST, env={"GHWARD_CONFIG": str(config)}, says=says)
        config.write_text("{}")
        config.chmod(0o666)
        self.ghward.scratch.settle()
        self.wrong(*LIST, env={"GHWARD_CONFIG": str(config)}, says="changed by others")
        self.wrong(*LIST, env={"GHWARD_CONFIG": "/nonexistent"}, says="/nonexistent")


class Right(GhwardTestCase):
    def test_help_and_version_need_nothing(self) -> None:
        bare: dict[str, str | None] = dict.fromkeys(self.ghward.environment)
        for arguments in (("--help",), ("--version",), ("alerts", "--help"), ("help",),
                          ("alerts", "list", "--help"), ("help", "alerts", "view"), ()):
            with self.subTest(arguments):
                self.assertTrue(self.run_ok(*arguments, env=bare).out)
        self.assert_untouched()

    def test_configuration_file(self) -> None:
        config = self.ghward.scratch.home / ".config" / "ghward" / "config.json"
        config.parent.mkdir(parents=True, mode=0o700)
        config.write_text('{\n  // retries are for the patient\n  "max_retries": 0\n}\n')
        config.chmod(0o600)
        self.ghward.scratch.settle()
        self.fake.fault("/alerts", "status", status=503, times=3)
        result = self.ghward.run(*LIST, env={"GITHUB_MAX_RETRIES": None})
        self.assertEqual(result.code, 1, result)
        self.assertEqual(len(self.fake.requests), 1)
        self.assertEqual(self.ghward.run(*LIST).code, 0, "the environment wins over the file")

    def test_closed_standard_descriptors(self) -> None:
        for which in ("<&-", "2>&-", "<&- 2>&-"):
            running = self.ghward.start(*LIST, prefix=("/bin/sh", "-c", f'exec "$@" {which}', "sh"))
            result = self.ghward.finish(running)
            self.assertEqual((result.code, len(result.rows)), (0, 25), result)
