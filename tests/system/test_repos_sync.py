"""`repos sync`: mirrors of whole organisations, and what becomes of them."""

from __future__ import annotations

import json
import os
import re

from system import confinement
from system.processes import wait_for
from system.repos import ReposTestCase, git, refs_of
from system.terminal import Terminal


class Mirrors(ReposTestCase):
    def test_of_an_organisation(self) -> None:
        made = self.repositories.add_many("acme", 12)
        made[3].branch("dev")
        made[3].push(branch="dev")
        made[4].tag("v1")
        made[5].change(default_branch="trunk")
        made[5].branch("trunk")
        self.repositories.add("other/private")
        done = self.sync()
        self.assertEqual(set(done.actions.values()), {"cloned"})
        self.assertEqual(len(done.lines), 12)
        self.assert_mirrored(*made)
        self.assert_settled()
        self.assertEqual(self.kept, sorted(one.full_name for one in made))
        self.assertTrue(all(line["bytes"] > 0 and line["seconds"] >= 0 for line in done.lines))
        self.assertLessEqual({"git", "tree", "worker", "broker", "net"}, self.ghward.inspected | self._roles())

    def _roles(self) -> set[str]:
        """The inspection looks at two requests; git is at work in all others."""
        self.repositories.add("acme/one-more")
        held = self.fake.hold("/acme/one-more.git/", command="fetch")
        running = self.ghward.start(*self.arguments())
        held.wait()
        roles = {one.role for one in self.ghward.processes()} | {one.name for one in self.ghward.family() if one.is_git}
        held.release()
        self.ghward.finish(running)
        return roles

    def test_every_process_is_confined_while_git_receives(self) -> None:
        """The harness looks at each of them, git's children included, while GitHub is asked."""
        self.repositories.add("acme/shop")
        self.ghward.inspects = False
        held = self.fake.hold(r"/acme/shop\.git/", command="fetch")
        running = self.ghward.start(*self.arguments())
        held.wait()
        family = self.ghward.family()
        wrong = confinement.check(family, self.ghward.rules)
        held.release()
        self.assertEqual(self.ghward.finish(running).code, 0)
        self.assertEqual(wrong, [])
        self.assertLessEqual({"git", "ghward-git", "ghward-tree", "ghward-store"}, {one.name for one in family})

    def test_no_token_in_what_is_kept(self) -> None:
        self.repositories.add("acme/shop")
        self.sync()
        config = (self.mirror("acme/shop") / "config").read_text()
        self.assertNotRegex(config.lower(), "fd::|x-access-token|extraheader|@")
        for path in self.dest.rglob("*"):
            if path.is_file():
                self.assertFalse(self.ghward.canary.is_in(path.read_bytes()), path)

    def test_what_git_is_sent(self) -> None:
        """One way of signing on, one protocol, one path for each repository."""
        self.repositories.add("acme/shop")
        self.sync()
        self.assertTrue(self.git_requests)
        for request in self.git_requests:
            self.assertEqual((request.method, request.path), ("POST", "/acme/shop.git/git-upload-pack"))
            self.assertEqual(request.basic, ("x-access-token", self.ghward.canary.token))
            self.assertEqual(request.headers["git-protocol"], "version=2")
            self.assertEqual(request.headers["content-type"], "application/x-git-upload-pack-request")
            self.assertIn(request.git_command, ("ls-refs", "fetch"))
        for request in self.api_requests:
            self.assertEqual(request.bearer, self.ghward.canary.token)
        self.assertEqual(self.fake.elsewhere.recorder.connections, [])

    def test_a_push_is_fetched(self) -> None:
        made = self.repositories.add_many("acme", 3)
        self.sync()
        made[1].push()
        made[1].branch("new")
        done = self.sync()
        self.assertEqual(done.actions, {"acme/repo-0001": "unchanged", "acme/repo-0002": "fetched", "acme/repo-0003": "unchanged"})
        self.assert_mirrored(*made)

    def test_what_is_forced_or_removed_there_is_so_here(self) -> None:
        shop = self.repositories.add("acme/shop")
        shop.branch("gone")
        shop.tag("v1")
        self.sync()
        shop.push(force=True)
        shop.set_ref("refs/heads/gone", None)
        shop.set_ref("refs/tags/v1", shop.code.refs()["refs/heads/main"])
        self.assertEqual(self.sync().actions, {"acme/shop": "fetched"})
        self.assert_mirrored(shop)

    def test_a_branch_that_becomes_a_directory_of_branches(self) -> None:
        shop = self.repositories.add("acme/shop")
        shop.branch("a")
        self.sync()
        shop.set_ref("refs/heads/a", None)
        shop.branch("a/b")
        self.sync()
        self.assert_mirrored(shop)

    def test_another_default_branch(self) -> None:
        shop = self.repositories.add("acme/shop")
        shop.branch("trunk")
        self.sync()
        shop.change(default_branch="trunk")
        self.sync()
        self.assert_mirrored(shop)

    def test_pull_requests_and_hidden_references_stay_there(self) -> None:
        shop = self.repositories.add("acme/shop")
        for ref in ("refs/pull/1/head", "refs/pull/1/merge", "refs/replace/" + "0" * 40, "refs/notes/commits"):
            shop.set_ref(ref, shop.code.refs()["refs/heads/main"])
        self.sync()
        self.assertEqual(set(refs_of(self.mirror("acme/shop"))), {"refs/heads/main", "refs/notes/commits"})

    def test_an_empty_one(self) -> None:
        empty = self.repositories.add("acme/empty", {})
        for action in ("cloned", "unchanged"):
            done = self.sync()
            self.assertEqual(done.actions, {"acme/empty": action}, done.result)
        self.assertEqual(refs_of(self.mirror("acme/empty")), {})
        empty.push()
        self.assertEqual(self.sync().actions, {"acme/empty": "fetched"})
        self.assert_mirrored(empty)

    def test_an_organisation_without_any(self) -> None:
        self.assertEqual(self.sync().lines, [])

    def test_wikis_on_request(self) -> None:
        shop = self.repositories.add("acme/shop")
        shop.add_wiki()
        self.repositories.add("acme/without")
        self.sync()
        self.assertEqual(self.kept, ["acme/shop", "acme/without"])
        done = self.sync("--wiki")
        self.assertEqual(done.actions["acme/shop.wiki"], "cloned", done.result)
        self.assertIn("refs/heads/master", refs_of(self.mirror("acme/shop.wiki")))
        self.assertFalse(self.mirror("acme/without.wiki").exists())

    def test_shallow(self) -> None:
        shop = self.repositories.add("acme/shop")
        for _ in range(4):
            shop.push()
        self.sync("--depth", "2")
        count = ("-C", str(self.mirror("acme/shop")), "rev-list", "--count", "--all")
        self.assertEqual(git(*count), "2\n")
        shop.push()
        self.sync("--depth", "2")
        self.assertEqual(refs_of(self.mirror("acme/shop")), shop.code.refs())

    def test_partial(self) -> None:
        shop = self.repositories.add("acme/shop", {"big": os.urandom(100_000), "src/a.c": b"int a;\n"})
        shop.push()
        for kind in ("blobless", "treeless"):
            with self.subTest(kind):
                self.dest = self.ghward.scratch.destination / kind
                self.ghward.scratch.destination.mkdir(exist_ok=True)
                self.settle()
                self.sync("--partial", kind)
                out = git("-C", str(self.mirror("acme/shop")), "rev-list", "--objects", "--missing=print", "--all")
                self.assertEqual(len(re.findall(r"^\?", out, re.M)), 3, out)
                shop.push({"src/a.c": f"int {kind};\n".encode()})
                self.assertEqual(self.sync("--partial", kind).actions, {"acme/shop": "fetched"})


class Sources(ReposTestCase):
    def setUp(self) -> None:
        super().setUp()
        for name in ("acme/a", "acme/b", "acme/c", "other/d", "other/e"):
            self.repositories.add(name)

    def listed(self, text: str, code: int = 0) -> dict[str, str]:
        path = self.ghward.scratch.keep("list", text)
        return self.sync(of=("--file", str(path)), code=code).actions

    def test_named_ones(self) -> None:
        self.assertEqual(set(self.sync(of=("-R", "acme/a,other/d", "-R", "acme/c")).actions), {"acme/a", "acme/c", "other/d"})

    def test_a_file_with_every_form(self) -> None:
        host = f"localhost:{self.fake.port}"
        found = self.listed(f"""# what we keep
acme/a
https://{host}/acme/b
https://{host}/acme/c.git   # with a remark
git@localhost:other/d.git
ssh://git@localhost/other/e.git

acme/a
""")
        self.assertEqual(set(found), {"acme/a", "acme/b", "acme/c", "other/d", "other/e"})

    def test_a_file_with_what_is_none(self) -> None:
        for line in ("https://evil.example/acme/a", "https://user:secret@localhost/acme/a", "http://localhost/acme/a",
                     "file:///etc/passwd", "ext::sh -c true", "-oProxyCommand=true", "git@-host:a/b", "acme/../b", "acme/a/b/c",
                     "ssh://git@localhost:99999/acme/a", "acme\\a", "git@evil.example:acme/a.git", "fd::3", "acme/.git",
                     "https://localhost/acme/a?x=1", "https://localhost/%2e%2e/a"):
            with self.subTest(line):
                self.fake.reset()
                path = self.ghward.scratch.keep("list", f"acme/b\n{line}\n")
                result = self.ghward.run(*self.arguments(of=("--file", str(path))))
                self.assertEqual(result.code, 2, result)
                self.assertRegex(result.err, "2")
                self.assert_untouched()

    def test_one_of_the_list_is_not_there(self) -> None:
        self.failed("acme/none", "not found|Not Found", of=("-R", "acme/a,acme/none"))
        self.assertEqual(self.kept, ["acme/a"])

    def test_of_a_user(self) -> None:
        self.repositories.users.add("octocat")
        self.repositories.add("octocat/mine")
        self.assertEqual(set(self.sync(of=("--user", "octocat")).actions), {"octocat/mine"})

    def test_one_source_and_a_destination(self) -> None:
        for words in (("repos", "sync", "--dest", str(self.dest)), ("repos", "sync", "--org", "acme"),
                      ("repos", "sync", "--org", "acme", "--user", "octocat", "--dest", str(self.dest))):
            with self.subTest(words):
                self.assertEqual(self.ghward.run(*words).code, 2)
                self.assert_untouched()


class Moved(ReposTestCase):
    def test_a_renamed_one_keeps_its_mirror(self) -> None:
        shop = self.repositories.add("acme/shop")
        shop.push()
        self.sync()
        before = os.stat(self.mirror("acme/shop")).st_ino
        self.repositories.rename(shop, "acme/store")
        self.fake.reset()
        done = self.sync()
        self.assertEqual(set(done.actions), {"acme/store"}, done.result)
        self.assertNotIn(done.actions["acme/store"], ("cloned", "failed"))
        self.assertEqual(self.kept, ["acme/store"])
        self.assertEqual(os.stat(self.mirror("acme/store")).st_ino, before)
        moved = [one["details"].get("renamed_from") for one in self.ghward.records() if one["event"] == "repos.fetch"]
        self.assertIn("acme/shop", moved)
        self.assertEqual(self.asked("fetch"), [])
        self.assert_mirrored(shop)

    def test_two_that_change_their_names_in_a_circle(self) -> None:
        a, b = self.repositories.add("acme/a"), self.repositories.add("acme/b")
        self.sync()
        self.repositories.rename(a, "acme/tmp")
        self.repositories.rename(b, "acme/a")
        self.repositories.rename(a, "acme/b")
        self.sync()
        self.sync()
        self.assertEqual(self.kept, ["acme/a", "acme/b"])
        self.assert_mirrored(a, b)

    def test_another_one_under_an_old_name(self) -> None:
        """Not the one that was mirrored, although it is called so: its history is not mixed in."""
        shop = self.repositories.add("acme/shop")
        self.sync()
        self.repositories.remove(shop)
        other = self.repositories.add("acme/shop", {"other": b"other\n"})
        self.sync()
        self.assert_mirrored(other)

    def test_a_vanished_one_stays_until_it_is_pruned(self) -> None:
        self.repositories.add("acme/stays")
        gone = self.repositories.add("acme/gone")
        self.sync()
        self.repositories.remove(gone)
        self.assertEqual(self.sync().actions, {"acme/stays": "unchanged"})
        self.assertEqual(self.kept, ["acme/gone", "acme/stays"])
        done = self.sync("--prune", "--yes")
        self.assertEqual(done.actions, {"acme/stays": "unchanged", "acme/gone": "removed"})
        self.assertEqual(self.kept, ["acme/stays"])
        self.assert_settled()

    def test_pruning_asks(self) -> None:
        gone = self.repositories.add("acme/gone")
        self.repositories.add("acme/stays")
        self.sync()
        self.repositories.remove(gone)
        for keys, kept in ((b"n\n", ["acme/gone", "acme/stays"]), (b"y\n", ["acme/stays"])):
            terminal = Terminal(self.ghward, "repos", "sync", "--org", "acme", "--dest", str(self.dest), "--prune")
            self.assertTrue(wait_for(lambda: "acme/gone" in terminal.shown, 10), terminal.shown)
            terminal.press(keys)
            terminal.finish()
            self.assertEqual(self.kept, kept)

    def test_pruning_without_a_terminal_needs_yes(self) -> None:
        self.repositories.add("acme/shop")
        self.assertEqual(self.ghward.run(*self.arguments("--prune")).code, 2)
        self.assert_untouched()

    def test_pruning_takes_only_what_it_knows(self) -> None:
        """Neither what somebody else has put there, nor what belongs to another owner or a filter hides."""
        self.repositories.add("acme/stays")
        self.repositories.add("acme/hidden", archived=True)
        self.repositories.add("other/there")
        self.sync()
        self.sync(of=("--org", "other"))
        foreign = self.dest / "acme" / "foreign.git"
        foreign.mkdir()
        (foreign / "HEAD").write_text("ref: refs/heads/main\n")
        (self.dest / "acme" / "notes.txt").write_text("mine\n")
        self.settle()
        self.sync("--prune", "--yes", "--archived", "no")
        self.assertEqual(self.kept, ["acme/foreign", "acme/hidden", "acme/stays", "other/there"])
        self.assertTrue((self.dest / "acme" / "notes.txt").exists())

    def test_nothing_is_pruned_after_a_listing_that_failed(self) -> None:
        gone = self.repositories.add_many("acme", 150)[0]
        self.sync("--include", "*-0001,*-0002")
        self.repositories.remove(gone)
        self.fake.fault("/orgs/acme/repos", "status", page=2, times=None, status=500)
        result = self.ghward.run(*self.arguments("--prune", "--yes"))
        self.assertNotEqual(result.code, 0, result)
        self.assertIn("acme/repo-0001", self.kept)


class Told(ReposTestCase):
    def test_lines_and_totals(self) -> None:
        self.repositories.add_many("acme", 3)
        done = self.sync()
        self.assertEqual(done.totals.get("cloned"), 3, done.totals)
        self.assertEqual(done.totals.get("failed"), 0, done.totals)
        again = self.sync()
        self.assertEqual(again.totals.get("unchanged"), 3, again.totals)

    def test_status_and_verify(self) -> None:
        made = self.repositories.add_many("acme", 2)
        self.sync()
        result = self.run_ok("repos", "status", "--dest", str(self.dest))
        for one in made:
            self.assertIn(one.full_name, result.out)
        for org, count in (("acme", "2"), ("other", "0")):
            of = ("repos", "status", "--dest", str(self.dest), "--org", org)
            self.assertEqual(self.run_ok(*of, "--jq", "length").out.strip(), count)
        self.run_ok("repos", "verify", "--dest", str(self.dest), timeout=60)
        victim = next((self.mirror("acme/repo-0002") / "objects").rglob("*.pack"), None) or next(
            path for path in (self.mirror("acme/repo-0002") / "objects").rglob("*") if path.is_file())
        victim.chmod(0o644)
        data = bytearray(victim.read_bytes())
        data[len(data) // 2] ^= 0xFF
        victim.write_bytes(data)
        self.settle()
        result = self.ghward.run("repos", "verify", "--dest", str(self.dest), "--json", timeout=60)
        self.assertIn(result.code, (7, 8), result)
        lines = {line.get("repo"): line for line in map(json.loads, result.out.splitlines())}
        self.assertEqual(lines["acme/repo-0001"]["action"], "verified", result)
        self.assertEqual(lines["acme/repo-0002"]["action"], "failed", result)

    def test_on_a_terminal(self) -> None:
        self.repositories.add_many("acme", 5)
        terminal = Terminal(self.ghward, "repos", "sync", "--org", "acme", "--dest", str(self.dest))
        result = terminal.finish()
        self.assertEqual(result.code, 0, result)
        self.assertIn("acme/repo-0001", terminal.shown)

    def test_the_record(self) -> None:
        """What git was let to do, and how it was found that there was nothing to do."""
        shop = self.repositories.add("acme/shop")
        self.sync()
        self.sync()
        shop.push()
        self.sync()
        records = self.ghward.records()
        events = [one["event"] for one in records]
        self.assertTrue([one for one in events if one.startswith("repos")], events)
        text = str(records)
        self.assertIn("acme/shop", text)
        self.assertRegex(text, "unchanged")
        self.assertRegex(text, "hint")
        self.assertEqual({one["target"] for one in records if one["event"].startswith("git.")}, {"acme/shop"})


class Destinations(ReposTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.repositories.add("acme/shop")

    def test_of_the_system(self) -> None:
        for place in ("/", "/etc", "/usr/share", "/proc/self", "/sys", "/dev", "/boot", "/bin", "/lib", "/etc/../etc"):
            with self.subTest(place):
                result = self.ghward.run("repos", "sync", "--org", "acme", "--dest", place, "--json")
                self.assertIn(result.code, (2, 3), result)
                self.assertEqual(self.git_requests, [])

    def test_by_a_link_to_one_of_the_system(self) -> None:
        link = self.ghward.scratch.work / "link"
        link.symlink_to("/etc")
        result = self.ghward.run("repos", "sync", "--org", "acme", "--dest", str(link), "--json")
        self.assertIn(result.code, (2, 3), result)

    def test_that_cannot_be_made_or_written(self) -> None:
        file = self.ghward.scratch.work / "file"
        file.write_text("")
        self.settle()
        for place in (str(file), str(self.ghward.scratch.work / "a" / "b" / "c")):
            with self.subTest(place):
                result = self.ghward.run("repos", "sync", "--org", "acme", "--dest", place, "--json")
                self.assertIn(result.code, (1, 2, 5), result)
                self.assertTrue(result.error["hint"], result)

    def test_a_relative_one(self) -> None:
        self.dest = self.ghward.scratch.work / "kept"
        self.ghward.inspects = False
        result = self.ghward.run("repos", "sync", "--org", "acme", "--dest", "kept", "--json")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.kept, ["acme/shop"])

    def test_names_that_differ_in_case_only(self) -> None:
        """Both where the file system can tell; where it cannot, one is refused. Here it can."""
        self.repositories.add("Acme2/Shop")
        self.repositories.add("acme2/shop2")
        done = self.sync(of=("-R", "Acme2/Shop,acme2/shop2"))
        self.assertEqual(set(done.actions.values()), {"cloned"})
