"""`repos list`, and which repositories the filters choose."""

from __future__ import annotations

from system.harness import ALWAYS
from system.repos import ReposTestCase

_FILTERS: dict[tuple[str, ...], set[str]] = {
    (): {"api", "web", "old", "fork", "site", "shared"},
    ("--include", "a*,w*"): {"api", "web"},
    ("--include", "acme/*"): {"api", "web", "old", "fork", "site", "shared"},
    ("--include", "other/*"): set(),
    ("--exclude", "*e*"): {"api", "old", "fork"},
    ("--include", "*i*", "--exclude", "acme/api"): {"site"},
    ("--topic", "payments"): {"api"},
    ("--topic", "payments,web"): {"api", "web"},
    ("--language", "python"): {"web"},
    ("--archived", "no"): {"api", "web", "fork", "site", "shared"},
    ("--archived", "only"): {"old"},
    ("--forks", "no"): {"api", "web", "old", "site", "shared"},
    ("--forks", "only"): {"fork"},
    ("--visibility", "public"): {"site"},
    ("--visibility", "public,internal"): {"site", "shared"},
    ("--min-size", "1M"): {"web"},
    ("--max-size", "100K"): {"api", "old", "fork", "site", "shared"},
}


class Choosing(ReposTestCase):
    def setUp(self) -> None:
        super().setUp()
        add = self.repositories.add
        add("acme/api", topics=["payments"], language="C")
        add("acme/web", topics=["web", "shop"], language="Python", size=5000)
        add("acme/old", archived=True)
        add("acme/fork", fork=True)
        add("acme/site", private=False, language=None)
        add("acme/shared", internal=True)
        add("elsewhere/api")

    def test_by_every_filter(self) -> None:
        for options, wanted in _FILTERS.items():
            with self.subTest(options):
                listed = self.run_ok("repos", "list", "--org", "acme", *options, "--json", "full_name").json
                self.assertEqual({one["full_name"] for one in listed}, {f"acme/{name}" for name in wanted})

    def test_a_sync_takes_the_same(self) -> None:
        done = self.sync("--archived", "no", "--forks", "no", "--exclude", "s*", "--topic", "web,payments")
        self.assertEqual(done.actions, {"acme/api": "cloned", "acme/web": "cloned"})

    def test_values_that_are_none(self) -> None:
        for options in (("--archived", "maybe"), ("--forks", ""), ("--visibility", "secret"), ("--min-size", "big"),
                        ("--min-size", "-1"), ("--workers", "0"), ("--workers", "21"), ("--depth", "0"), ("--depth", "x"),
                        ("--partial", "yes")):
            with self.subTest(options):
                result = self.ghward.run(*self.arguments(*options))
                self.assertEqual(result.code, 2, result)
                self.assert_untouched()


class Listing(ReposTestCase):
    def test_all_pages_of_an_organisation(self) -> None:
        self.repositories.add_many("acme", 250)
        rows = self.run_ok("repos", "list", "--org", "acme").rows
        self.assertEqual(len({row[0] for row in rows}), 250)
        self.assertLessEqual(len(self.fake.requests), 5)

    def test_fields(self) -> None:
        self.repositories.add("acme/api", default_branch="trunk", topics=["one", "two"])
        listed = self.run_ok("repos", "list", "--org", "acme", "--json", "full_name,visibility,pushed_at").json
        self.assertEqual(len(listed), 1)
        self.assertEqual(set(listed[0]), {"full_name", "visibility", "pushed_at"})
        self.assertEqual(listed[0]["visibility"], "private")

    def test_of_a_user(self) -> None:
        self.repositories.users.add("hubot")
        self.repositories.add("hubot/open", private=False)
        self.repositories.add("hubot/closed")
        self.assertEqual([row[0] for row in self.run_ok("repos", "list", "--user", "hubot").rows], ["hubot/open"])

    def test_of_oneself_has_the_private_ones(self) -> None:
        self.repositories.users.add("octocat")
        self.repositories.add("octocat/open", private=False)
        self.repositories.add("octocat/closed")
        rows = self.run_ok("repos", "list", "--user", "octocat").rows
        self.assertEqual({row[0] for row in rows}, {"octocat/open", "octocat/closed"})

    def test_nobody_of_that_name(self) -> None:
        self.assert_refused("repos", "list", "--org", "nobody", code=5, kind="not_found", status=404)

    def test_answers_that_are_none(self) -> None:
        self.repositories.add("acme/api")
        for kind in ("malformed", "duplicate_keys", "not_utf8", "object", "nested", "empty"):
            with self.subTest(kind):
                self.fake.reset()
                self.fake.fault("/orgs/acme/repos", kind, times=ALWAYS)
                result = self.ghward.run("repos", "list", "--org", "acme", "--json", "full_name")
                self.assertEqual(result.code, 1, result)

    def test_names_that_github_does_not_have(self) -> None:
        """Each would be a path or a URL if it were believed."""
        self.repositories.add("acme/api")
        for name in ("..", ".", "../../etc", "a/b", "a\x00b", "a\nb", ".git", "x" * 200, "a.git", "", "con\u202egnp", "a b"):
            with self.subTest(name):
                self.fake.reset()

                def rename(listed: list[dict[str, object]], name: str = name) -> object:
                    return [{**one, "name": name, "full_name": f"acme/{name}"} for one in listed]

                self.fake.fault("/orgs/acme/repos", "edit", times=ALWAYS, change=rename)
                result = self.ghward.run(*self.arguments())
                self.assertNotEqual(result.code, 0, result)
                self.assertEqual(self.git_requests, [])
                self.assertFalse(any(self.dest.rglob("*.git")) if self.dest.exists() else False)
