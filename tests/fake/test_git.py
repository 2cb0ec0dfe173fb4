"""The fake's repositories have to be right before anything is measured against them: git itself tells."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fake import ALWAYS, hostile, packs, pktline
from fake.bare import Bare, Entry, Files, object_id, submodule, symlink
from fake.repositories import Repository
from fake.script import Script
from test_fake import TOKEN, FakeTestCase


class GitTestCase(FakeTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.repositories = self.fake.repositories
        self.addCleanup(self.repositories.clear)
        self.directory = Path(tempfile.mkdtemp(prefix="ghward-fake-test-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def git(self, *arguments: str, token: str | None = TOKEN, code: int | None = 0) -> "subprocess.CompletedProcess[str]":
        options = ["-c", f"http.sslCAInfo={self.fake.ca_file}"]
        if token:
            value = base64.b64encode(f"x-access-token:{token}".encode()).decode()
            options += ["-c", f"http.extraHeader=Authorization: Basic {value}"]
        done = subprocess.run(["git", *options, *arguments], cwd=self.directory, capture_output=True, text=True,
                              timeout=30, env={"PATH": os.environ["PATH"], "HOME": str(self.directory),
                                               "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"})
        if code is not None:
            self.assertEqual(done.returncode, code, done.stderr)
        return done

    def url(self, full_name: str) -> str:
        return f"{self.fake.url}/{full_name}.git"

    def clone(self, repository: Repository, *options: str, **how: Any) -> "subprocess.CompletedProcess[str]":
        return self.git("clone", "-q", "--mirror", *options, self.url(repository.full_name), "copy", **how)

    def refs(self, name: str = "copy") -> dict[str, str]:
        out = self.git("-C", name, "for-each-ref", "--format=%(refname) %(objectname)").stdout
        return dict(line.split(" ") for line in out.splitlines())


class Served(GitTestCase):
    def test_a_clone_has_everything_and_is_sound(self) -> None:
        shop = self.repositories.add("acme/shop", {
            "README.md": b"# shop\n", "src/a.c": b"int a;\n", "src-b": b"x", "src/deep/b.c": b"int b;\n",
            "link": symlink("README.md"), "lib": submodule(), "run": Entry(b"#!/bin/sh\n", "100755")})
        shop.push({"src/a.c": b"int a = 1;\n"})
        shop.branch("dev")
        shop.push(branch="dev")
        shop.tag("v1")
        self.clone(shop)
        self.assertEqual(self.refs(), shop.code.refs())
        self.git("-C", "copy", "fsck", "--strict")
        self.assertEqual(self.git("-C", "copy", "show", "dev:src/a.c").stdout, "int a = 1;\n")
        self.assertEqual(self.git("-C", "copy", "rev-list", "--count", "--all").stdout, "3\n")

    def test_a_push_is_fetched_and_moves_the_hint_unless_frozen(self) -> None:
        shop = self.repositories.add("acme/shop")
        self.clone(shop)
        for hint in (True, False):
            before = self.get_json("/repos/acme/shop")["pushed_at"]
            oid = shop.push(hint=hint)
            self.assertEqual(self.get_json("/repos/acme/shop")["pushed_at"] > before, hint)
            self.git("-C", "copy", "fetch", "-q")
            self.assertEqual(self.refs()["refs/heads/main"], oid)

    def test_partial_and_shallow(self) -> None:
        shop = self.repositories.add("acme/shop")
        shop.push()
        self.clone(shop, "--filter=blob:none")
        self.git("clone", "-q", "--bare", "--depth=1", self.url("acme/shop"), "shallow")
        self.assertEqual(self.git("-C", "shallow", "rev-list", "--count", "--all").stdout, "1\n")
        self.assertIn("?", self.git("-C", "copy", "rev-list", "--objects", "--missing=print", "--all").stdout)

    def test_empty_and_wiki(self) -> None:
        self.clone(self.repositories.add("acme/empty", {}))
        self.assertEqual(self.refs(), {})
        shop = self.repositories.add("acme/shop")
        wiki = self.url("acme/shop.wiki")
        self.assertIn("not found", self.git("ls-remote", wiki, code=128).stderr)
        shop.add_wiki()
        self.assertIn("refs/heads/master", self.git("ls-remote", wiki).stdout)

    def test_default_branch(self) -> None:
        shop = self.repositories.add("acme/shop")
        shop.branch("trunk")
        shop.change(default_branch="trunk")
        self.assertIn("ref: refs/heads/trunk\tHEAD", self.git("ls-remote", "--symref", self.url("acme/shop")).stdout)

    def test_only_for_those_who_may(self) -> None:
        shop = self.repositories.add("acme/shop")
        known = self.url("acme/shop")
        for token, text in ((None, "could not read Username"), ("ghp_" + "x" * 36, "could not read Username|Authentication failed")):
            self.assertRegex(self.git("ls-remote", known, token=token, code=128).stderr, text)
        self.assertIn("not found", self.git("ls-remote", self.url("acme/none"), code=128).stderr)
        weak = self.fake.world.tokens.add("ghp_" + "w" * 36, scopes=frozenset())
        self.assertIn("not found", self.git("ls-remote", known, token=weak.value, code=128).stderr)
        shop.change(private=False)
        self.git("ls-remote", known, token=None)
        self.git("ls-remote", known, token=weak.value)

    def test_the_apis_way_of_a_token_is_not_gits(self) -> None:
        self.repositories.add("acme/shop")
        self.assertEqual(self.get("/acme/shop.git/info/refs?service=git-upload-pack")[0].status, 401)

    def test_moved_disabled_and_gone(self) -> None:
        shop = self.repositories.add("acme/shop")
        self.repositories.rename(shop, "acme/store")
        answer, _ = self.get("/repos/acme/shop")
        self.assertEqual((answer.status, answer.headers["Location"]), (301, f"{self.fake.url}/repositories/{shop.number}"))
        self.assertEqual(self.get_json(f"/repositories/{shop.number}")["full_name"], "acme/store")
        self.git("-c", "http.followRedirects=false", "ls-remote", self.url("acme/shop"), code=128)
        self.git("-c", "http.followRedirects=true", "ls-remote", self.url("acme/shop"))
        shop.change(disabled=True)
        self.assertIn("403", self.git("ls-remote", self.url("acme/store"), code=128).stderr)
        self.repositories.remove(shop)
        self.assertIn("not found", self.git("ls-remote", self.url("acme/store"), code=128).stderr)

    def test_hundreds_take_no_time(self) -> None:
        started = time.monotonic()
        made = self.repositories.add_many("acme", 300)
        self.assertLess(time.monotonic() - started, 3)
        self.assertEqual(len({one.code.refs()["refs/heads/main"] for one in made}), 300)


class Listed(GitTestCase):
    def pages(self, path: str) -> list[Any]:
        seen: list[Any] = []
        while path:
            answer, body = self.get(path)
            self.assertEqual(answer.status, 200, body)
            seen += json.loads(body)
            links = [part for part in (answer.headers["Link"] or "").split(",") if 'rel="next"' in part]
            path = links[0].split(">")[0].lstrip(" <").removeprefix(self.fake.url) if links else ""
        return seen

    def test_pages_of_an_organisation(self) -> None:
        made = self.repositories.add_many("acme", 250)
        listed = self.pages("/orgs/acme/repos?per_page=100")
        self.assertEqual([one["id"] for one in listed], [one.number for one in reversed(made)])
        self.assertEqual(len(self.fake.requests), 3)
        for field in ("node_id", "name", "full_name", "owner", "private", "visibility", "fork", "archived", "disabled",
                      "default_branch", "pushed_at", "size", "language", "topics", "has_wiki", "html_url", "clone_url",
                      "ssh_url"):
            self.assertIn(field, listed[0])

    def test_only_what_the_token_may_see(self) -> None:
        self.repositories.add("acme/open", private=False)
        self.repositories.add("acme/closed")
        weak = self.fake.world.tokens.add("ghp_" + "w" * 36, scopes=frozenset())
        self.assertEqual([one["name"] for one in self.get_json("/orgs/acme/repos", token=weak.value)], ["open"])
        self.assertEqual(len(self.get_json("/orgs/acme/repos")), 2)

    def test_users(self) -> None:
        self.repositories.users |= {"octocat", "hubot"}
        self.repositories.add("octocat/mine")
        self.repositories.add("octocat/public", private=False)
        self.repositories.add("hubot/theirs", private=False)
        self.assertEqual([one["name"] for one in self.get_json("/users/octocat/repos")], ["public"])
        self.assertEqual([one["name"] for one in self.get_json("/user/repos?affiliation=owner")], ["mine", "public"])
        self.assertEqual(self.get("/orgs/octocat/repos")[0].status, 404)
        self.assertEqual(self.get("/users/nobody/repos")[0].status, 404)

    def test_no_graphql(self) -> None:
        self.assertEqual(self.get("/graphql", "POST", "{}")[0].status, 404)


class Faults(GitTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.shop = self.repositories.add("acme/shop", {"data": os.urandom(50_000)})

    def fails(self, says: str, kind: str, command: str = "fetch", **options: Any) -> None:
        shutil.rmtree(self.directory / "copy", ignore_errors=True)
        self.fake.fault("git-upload-pack", kind, command=command, times=ALWAYS, **options)
        done = self.clone(self.shop, code=None)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, says)
        self.assertFalse((self.directory / "copy").exists())

    def test_each_is_what_it_says(self) -> None:
        for says, kind, options in (
            ("not our ref", "git_error", {}), ("bad line length", "git_overlong", {}), ("bad line length", "git_no_number", {}),
            ("early EOF|index-pack failed|unexpected disconnect", "git_cut", {"keep": 0.5}),
            ("index-pack|corrupt|inflate", "git_flipped", {}), ("evil.example", "git_section",
             {"name": "packfile-uris", "lines": ["0" * 40 + " https://evil.example/a.pack"]}),
            ("RPC failed|early EOF|disconnect", "truncate", {}), ("RPC failed|reset|disconnect", "reset", {"after": "headers"}),
            ("could not read Username|Authentication failed", "status", {"status": 401}), ("503", "status", {"status": 503}),
        ):
            with self.subTest(kind):
                self.fake.reset()
                self.fails(says, kind, **options)

    def test_garbage_behind_a_pack(self) -> None:
        """git takes it for a pack of its own right and fails, or leaves it; ours is to be told apart."""
        self.fake.fault("git-upload-pack", "git_trailing", command="fetch")
        self.clone(self.shop, code=None)
        self.assertEqual(self.fake.requests[-1].faults, ["git_trailing"])

    def test_a_command_is_told_from_the_other(self) -> None:
        held = self.fake.fault("git-upload-pack", "git_error", command="ls-refs", skip=5)
        self.clone(self.shop)
        self.assertEqual(held.seen, 1)
        self.assertEqual([one.git_command for one in self.fake.requests], [None, "ls-refs", "fetch"])

    def test_strange_references(self) -> None:
        for name in (b"refs/heads/../../config", b"refs/heads/a\x07b", b"refs/heads/-f", b"refs/heads/a.lock", b"etc/passwd"):
            with self.subTest(name):
                self.fake.reset()
                tip = self.shop.code.refs()["refs/heads/main"]
                self.fake.fault("git-upload-pack", "git_refs", command="ls-refs", lines=[tip.encode() + b" " + name])
                out = self.git("ls-remote", self.url("acme/shop"), code=None)
                self.assertEqual(self.fake.requests[-1].faults, ["git_refs"], out)

    def test_endless_progress_ends_with_the_client(self) -> None:
        self.fake.fault("git-upload-pack", "endless_progress", command="fetch")
        value = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
        with self.assertRaises(subprocess.TimeoutExpired):
            subprocess.run(
                ["git", "-c", f"http.sslCAInfo={self.fake.ca_file}", "-c", f"http.extraHeader=Authorization: Basic {value}",
                 "clone", "-q", "--mirror", self.url("acme/shop"), "copy"], cwd=self.directory, timeout=1,
                capture_output=True, env={"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "HOME": "/nonexistent"})


class Scripted(GitTestCase):
    history = packs.History(b"hello\n" * 100)

    def served(self, pack: Any, *, wanted: int | None = 0, options: tuple[str, ...] = ()) -> str:
        one = self.repositories.add(f"evil/r{len(self.repositories)}")
        one.change(script=Script([(self.history.tip, b"refs/heads/main")], pack))
        shutil.rmtree(self.directory / "copy", ignore_errors=True)
        done = self.git(*options, "clone", "-q", "--mirror", self.url(one.full_name), "copy", code=None)
        if wanted is not None:
            self.assertEqual(done.returncode, wanted, done.stderr)
        return done.stderr

    def test_a_pack_of_our_own_is_sound(self) -> None:
        self.served(self.history.pack())
        self.git("-C", "copy", "fsck", "--strict")

    def test_missing_objects_are_missed(self) -> None:
        for kind in ("tree", "blob"):
            with self.subTest(kind):
                self.assertIn("did not receive expected object", self.served(self.history.pack(without=kind), wanted=128))

    def test_a_small_bomb_is_sound_and_grows(self) -> None:
        size = 8 << 20
        blob = bytes(size)
        history = packs.History(blob)
        one = self.repositories.add("evil/zeros")
        one.change(script=Script([(history.tip, b"refs/heads/main")], packs.blob_bomb(history, 8)))
        self.clone(one)
        self.assertEqual(self.git("-C", "copy", "cat-file", "-s", object_id("blob", blob)).stdout, f"{size}\n")

    def test_deltas_double(self) -> None:
        self.served(packs.delta_bomb(self.history, 4))
        largest = self.git("-C", "copy", "cat-file", "--batch-all-objects", "--batch-check=%(objectsize)").stdout.split()
        self.assertEqual(max(map(int, largest)), len(self.history.blob) * 16)

    def test_a_big_one_needs_limits(self) -> None:
        """Under a limit of memory git gives up on it: the bomb is one."""
        bomb = packs.delta_bomb(packs.History(b"a" * (1 << 20)), 12)
        self.assertLess(len(bomb), 100_000)
        (self.directory / "bomb.pack").write_bytes(bomb)
        done = subprocess.run(["prlimit", "--as=1073741824", "git", "index-pack", "--strict", "bomb.pack"], cwd=self.directory,
                              capture_output=True, text=True, timeout=60)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, "[Oo]ut of memory")


class Hostile(GitTestCase):
    def received(self, name: str, make: Callable[[Repository, str], None]) -> int:
        one = self.repositories.add(f"evil/{name.replace('_', '-')}")
        make(one, str(self.directory / "mark"))
        done = self.git("-c", "transfer.fsckObjects=true", "clone", "-q", "--mirror", self.url(one.full_name), name, code=None)
        return done.returncode

    def test_git_refuses_these_when_it_looks(self) -> None:
        for name, make in hostile.REFUSED.items():
            with self.subTest(name):
                self.assertEqual(self.received(name, make), 128)

    def test_git_takes_these(self) -> None:
        for name, make in hostile.HARMLESS.items():
            with self.subTest(name):
                self.received(name, make)
                self.assertEqual(self.fake.requests[-1].status, 200)


class Lines(unittest.TestCase):
    def test_bands_are_split_and_joined(self) -> None:
        data = os.urandom(200_000)
        answer = pktline.line("packfile\n") + pktline.band(2, b"hello") + pktline.band(1, data) + pktline.FLUSH
        self.assertEqual(pktline.pack_of(answer), (pktline.line("packfile\n"), data))
        self.assertEqual(b"".join(pktline.split(answer)), answer)

    def test_a_tree_as_git_makes_it(self) -> None:
        files: Files = {"a.c": b"1", "a/b": b"2", "a0": b"3"}
        with tempfile.TemporaryDirectory() as directory:
            bare = Bare(Path(directory, "x.git"))
            listed = subprocess.run(["git", "--git-dir", str(bare.directory), "ls-tree", "-r", "--name-only", bare.write_tree(files)],
                                    capture_output=True, text=True, check=True).stdout
        self.assertEqual(listed.split(), ["a.c", "a/b", "a0"])
