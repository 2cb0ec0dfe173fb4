"""Hostile repositories, planted settings and an attacker at the destination: nothing is run, nothing leaves it."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from pathlib import Path
from typing import Any

from fake import hostile, packs
from fake.script import Script
from system.repos import ReposTestCase, git, refs_of

HISTORY = packs.History(b"hello\n" * 100)


class HostileTestCase(ReposTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.fine = self.repositories.add("acme/fine")
        self.evil = self.repositories.add("acme/evil")

    def assert_contained(self, before: set[str]) -> None:
        self.assertEqual(self.outside(), before)
        self.assertFalse(self.mark.exists(), "something was run")
        for path in self.ghward.scratch.base.rglob("escaped*"):
            self.fail(f"{path} was written")
        self.assertEqual(self.fake.elsewhere.recorder.connections, [])


class Trees(HostileTestCase):
    def test_that_git_refuses_are_refused(self) -> None:
        for name, make in hostile.REFUSED.items():
            for mode in ((), ("--worktree",)):
                with self.subTest(name, mode=mode):
                    shutil.rmtree(self.dest, ignore_errors=True)
                    make(self.evil, str(self.mark))
                    before = self.outside()
                    self.failed("acme/evil", "fsck|refuse|contains|disallow|not properly|duplicate", *mode)
                    self.assertFalse(self.mirror("acme/evil").exists())
                    self.assertFalse(self.worktree("acme/evil").exists())
                    self.assert_contained(before)

    def test_that_git_takes_do_nothing(self) -> None:
        for name, make in hostile.HARMLESS.items():
            for mode in ((), ("--worktree",)):
                with self.subTest(name, mode=mode):
                    shutil.rmtree(self.dest, ignore_errors=True)
                    make(self.evil, str(self.mark))
                    before = self.outside()
                    result = self.ghward.run(*self.arguments(*mode))
                    self.assertIn(result.code, (0, 7), result)
                    self.assertEqual(self.read(result).actions["acme/fine"], "cloned")
                    self.assert_contained(before)
                    if mode:
                        self._check_tree(self.worktree("acme/evil"))

    def _check_tree(self, tree: Path) -> None:
        """No link that leads out of it, no submodule that was filled."""
        for path in tree.rglob("*"):
            if path.is_symlink():
                self.assertTrue(path.resolve().is_relative_to(tree.resolve()), path)
        if (tree / "sub").exists():
            self.assertEqual(list((tree / "sub").iterdir()), [])

    def test_a_link_in_the_working_tree_is_not_followed_by_the_next_run(self) -> None:
        self.evil.push({"a/file": b"one\n"})
        self.sync("--worktree")
        tree = self.worktree("acme/evil")
        outside = self.ghward.scratch.work / "precious"
        outside.mkdir()
        shutil.rmtree(tree / "a")
        (tree / "a").symlink_to(outside)
        self.settle()
        self.evil.push({"a/file": b"two\n", "a/escaped": b"x\n"})
        self.ghward.run(*self.arguments("--worktree"))
        self.assertEqual(list(outside.iterdir()), [])


class References(HostileTestCase):
    def names(self, *names: bytes, **options: Any) -> None:
        tip = self.evil.code.refs()["refs/heads/main"].encode()
        self.fake.fault(r"/acme/evil\.git/", "git_refs", command="ls-refs", times=None,
                        lines=[tip + b" " + name for name in names], **options)

    def test_that_no_reference_may_have(self) -> None:
        for name in (b"refs/heads/../../config", b"refs/heads/a\x07b", b"refs/heads/.hidden", b"refs/heads/a.lock",
                     b"refs/heads/a..b", b"refs/heads/a\x1b]0;owned\x07", b"refs/heads/", b"refs/heads//a", b"refs/heads/a@{1}",
                     b"refs/heads/a\\b", b"refs/heads/~a", b"../../escaped", b"refs/heads/" + b"a" * 5000):
            with self.subTest(name[:40]):
                self.fake.reset()
                shutil.rmtree(self.dest, ignore_errors=True)
                self.names(name)
                before = self.outside()
                result = self.ghward.run(*self.arguments())
                self.assertIn(result.code, (0, 7), result)
                done = self.read(result)
                self.assertEqual(done.actions["acme/fine"], "cloned")
                self.assertNotRegex(result.out + result.err, "[\x07\x1b]")
                self.assert_contained(before)
                if self.mirror("acme/evil").exists():
                    self.assertEqual(set(refs_of(self.mirror("acme/evil"))), {"refs/heads/main"})
                    git("-C", str(self.mirror("acme/evil")), "fsck")

    def test_with_a_leading_dash_is_a_name_like_any_other(self) -> None:
        """git itself takes it; for us it never becomes a word of a command line."""
        self.evil.set_ref("refs/heads/-f", self.evil.code.refs()["refs/heads/main"])
        self.evil.set_ref("refs/heads/--upload-pack=touch", self.evil.code.refs()["refs/heads/main"])
        self.sync()
        self.assert_mirrored(self.evil)

    def test_a_default_branch_that_would_be_an_option(self) -> None:
        for branch in ("--output=escaped", "-f", "../../escaped", "a b", "a\x1b[2Jb", ""):
            with self.subTest(branch):
                self.fake.reset()

                def rename(listed: list[dict[str, Any]], branch: str = branch) -> object:
                    return [{**one, "default_branch": branch} if one["name"] == "evil" else one for one in listed]

                self.fake.fault("/orgs/acme/repos", "edit", times=None, change=rename)
                before = self.outside()
                result = self.ghward.run(*self.arguments())
                self.assertIn(result.code, (0, 1, 3, 7), result)
                self.assertNotRegex(result.out + result.err, "\x1b")
                self.assert_contained(before)

    def test_outside_of_refs(self) -> None:
        self.names(b"etc/passwd", b"HEAD2", b"config", b"objects/info/alternates")
        before = self.outside()
        result = self.ghward.run(*self.arguments())
        self.assertIn(result.code, (0, 7), result)
        self.assert_contained(before)

    def test_twice_the_same_with_different_ends(self) -> None:
        other = self.evil.code.write_commit(self.evil.code.write_tree({"x": b"x"}), [], "Other")
        self.fake.fault(r"/acme/evil\.git/", "git_refs", command="ls-refs", times=None, lines=[other.encode() + b" refs/heads/main"])
        result = self.ghward.run(*self.arguments())
        self.assertIn(result.code, (0, 7), result)
        self.assertEqual(self.read(result).actions["acme/fine"], "cloned")
        self.assert_settled()

    def test_that_clash_on_a_file_system_without_case(self) -> None:
        for name in ("Main", "MAIN"):
            self.evil.branch(name)
        self.sync()
        self.assert_mirrored(self.evil)

    def test_a_name_that_is_the_directory_of_another(self) -> None:
        self.names(b"refs/heads/main/deeper")
        result = self.ghward.run(*self.arguments())
        self.assertEqual(result.code, 7, result)
        self.assertEqual(self.read(result).actions["acme/fine"], "cloned")
        self.assert_settled()


class Packs(HostileTestCase):
    LIMITS = {"GHWARD_GIT_CPU": "3", "GHWARD_GIT_MEMORY": "256", "GHWARD_GIT_FILE_SIZE": "64", "GHWARD_GIT_RECEIVE": "64",
              "GHWARD_GIT_TIMEOUT": "20"}

    def served(self, pack: Any, says: str, **how: Any) -> None:
        self.evil.change(script=Script([(HISTORY.tip, b"refs/heads/main")], pack))
        before = self.outside()
        self.failed("acme/evil", says, env=self.LIMITS, **how)
        self.assertFalse(self.mirror("acme/evil").exists())
        self.assert_settled()
        self.assert_contained(before)
        self.assert_mirrored(self.fine)

    def test_one_that_is_sound_goes(self) -> None:
        self.evil.change(script=Script([(HISTORY.tip, b"refs/heads/main")], HISTORY.pack()))
        self.sync()
        self.assertEqual(refs_of(self.mirror("acme/evil")), {"refs/heads/main": HISTORY.tip})

    def test_a_huge_blob_takes_no_more_time_than_is_given(self) -> None:
        started = time.monotonic()
        self.served(packs.blob_bomb(HISTORY, 16 << 10), "time|CPU|limit")
        self.assertLess(time.monotonic() - started, 20)

    def test_deltas_upon_deltas_take_no_more_memory_than_is_given(self) -> None:
        history = packs.History(b"a" * (1 << 20))
        self.evil.change(script=Script([(history.tip, b"refs/heads/main")], packs.delta_bomb(history, 12)))
        self.failed("acme/evil", "memory|address space", env=self.LIMITS)
        self.assert_settled()

    def test_more_than_may_be_received(self) -> None:
        self.fake.fault(r"/acme/evil\.git/", "endless_pack", command="fetch", times=None)
        self.failed("acme/evil", "larger than|64 MiB|more than|limit|too (large|much)", env=self.LIMITS)
        self.assert_settled()

    def test_a_file_that_grows_too_large(self) -> None:
        self.evil.push({"noise": os.urandom(8 << 20)})
        self.failed("acme/evil", "file|size|large|limit", env={**self.LIMITS, "GHWARD_GIT_FILE_SIZE": "2"})
        self.assert_settled()

    def test_endless_progress(self) -> None:
        self.fake.fault(r"/acme/evil\.git/", "endless_progress", command="fetch", times=None)
        started = time.monotonic()
        self.failed("acme/evil", "larger than|64 MiB|more than|limit|too (large|much)|time", env=self.LIMITS)
        self.assertLess(time.monotonic() - started, 25)
        self.assert_settled()

    def test_progress_that_would_act_on_a_terminal(self) -> None:
        from system.terminal import run_on_terminal
        self.fake.fault(r"/acme/evil\.git/", "git_pack", command="fetch", times=None, change=lambda pack: pack[:50])
        self.fake.fault(r"/acme/evil\.git/", "git_section", command="fetch", times=None, name="\x1b]0;owned\x07", lines=["\x1b[2J"])
        result = run_on_terminal(self.ghward, "repos", "sync", "--org", "acme", "--dest", str(self.dest))
        self.assertEqual(result.code, 7, result)
        self.assertNotIn("owned\x07", result.out)
        self.assertNotIn("\x1b]0", result.out)

    def test_without_some_objects(self) -> None:
        for kind in ("commit", "tree", "blob"):
            with self.subTest(kind):
                shutil.rmtree(self.dest, ignore_errors=True)
                self.served(HISTORY.pack(without=kind), "object|missing|pack|receive")

    def test_of_another_tip(self) -> None:
        other = packs.History(b"other\n")
        self.served(other.pack(), "object|missing|pack|receive")

    def test_with_garbage_behind_or_a_wrong_hash_or_cut(self) -> None:
        for kind, options in (("git_trailing", {}), ("git_flipped", {}), ("git_cut", {"keep": 0.5}), ("git_cut", {"less": 4}),
                              ("git_cut", {"keep": 0.0})):
            with self.subTest(kind, **options):
                self.fake.reset()
                shutil.rmtree(self.dest, ignore_errors=True)
                self.evil.push({"noise": os.urandom(20_000)})
                self.fake.fault(r"/acme/evil\.git/", kind, command="fetch", times=None, **options)
                result = self.ghward.run(*self.arguments())
                done = self.read(result)
                self.assertEqual(done.actions["acme/fine"], "cloned")
                if done.actions["acme/evil"] != "failed":
                    # What came is all there and right, in spite of what stood behind it.
                    self.assertIn((kind, options.get("less")), (("git_trailing", None), ("git_cut", 4)))
                    self.assert_mirrored(self.evil)
                self.assert_settled()

    def test_a_place_to_fetch_more_from_is_not_gone_to(self) -> None:
        """git would go to a packfile-uri although it has not asked for one."""
        uri = f"{self.fake.elsewhere.origin}/a.pack"
        for name in ("packfile-uris", "bundle-uri"):
            with self.subTest(name):
                self.fake.reset()
                shutil.rmtree(self.dest, ignore_errors=True)
                self.fake.fault(r"/acme/evil\.git/", "git_section", command="fetch", times=None, name=name, lines=["0" * 40 + " " + uri])
                self.failed("acme/evil", ".")
                self.assertEqual(self.fake.elsewhere.recorder.connections, [])
                self.assert_settled()


_PLANTED = """[core]
	repositoryformatversion = 0
	bare = true
	hooksPath = {hooks}
	fsmonitor = {run}
	sshCommand = {run}
	gitProxy = {run}
	pager = {run}
	editor = {run}
	askPass = {run}
	attributesFile = {hooks}/attributes
	alternateRefsCommand = {run}
[remote "origin"]
	url = ext::{run}
	uploadpack = {run}
	receivepack = {run}
	vcs = ext
	fetch = +refs/*:refs/*
	promisor = true
	partialclonefilter = blob:none
[url "ext::{run} "]
	insteadOf = fd::
[http]
	proxy = http://127.0.0.1:1
	sslVerify = false
[filter "evil"]
	process = {run}
	smudge = {run}
	clean = {run}
	required = true
[uploadpack]
	packObjectsHook = {run}
[credential]
	helper = {run}
[include]
	path = {hooks}/more
[alias]
	fetch = !{run}
[gc]
	auto = 1
	recentObjectsHook = {run}
[maintenance]
	auto = true
[fetch]
	bundleURI = https://evil.example/
	writeCommitGraph = true
	recurseSubmodules = true
[extensions]
	partialClone = origin
[trace2]
	eventTarget = {hooks}/trace
[protocol "ext"]
	allow = always
"""


class Planted(HostileTestCase):
    """Somebody could write into a mirror between two runs."""

    def plant(self, directory: Path) -> None:
        hooks = directory / "hooks"
        hooks.mkdir(exist_ok=True)
        run = hooks / "run"
        run.write_text(hostile.script(str(self.mark)))
        run.chmod(0o755)
        for name in ("reference-transaction", "post-update", "pre-auto-gc", "post-checkout", "post-index-change", "fsmonitor-watchman"):
            shutil.copy(run, hooks / name)
        (hooks / "attributes").write_text("* filter=evil\n")
        (hooks / "more").write_text(f"[core]\n\tfsmonitor = {run}\n")
        (directory / "config").write_text(_PLANTED.format(hooks=hooks, run=run))
        (directory / "info").mkdir(exist_ok=True)
        (directory / "info" / "attributes").write_text("* filter=evil\n")
        self.settle()

    def test_config_and_hooks_in_a_mirror(self) -> None:
        self.sync()
        self.plant(self.mirror("acme/evil"))
        self.evil.push()
        before = self.outside()
        done = self.ghward.run(*self.arguments())
        self.assertEqual(self.read(done).actions["acme/fine"], "unchanged")
        self.assert_contained(before)
        self.assertFalse(list(self.dest.rglob("trace")))
        self.assertEqual(self.read(done).actions["acme/evil"], "fetched", done)
        self.assertNotIn(str(self.mirror("acme/evil")), (self.mirror("acme/evil") / "config").read_text())
        self.assert_mirrored(self.evil)

    def test_config_and_hooks_while_verified(self) -> None:
        self.sync()
        self.plant(self.mirror("acme/evil"))
        before = self.outside()
        self.ghward.run("repos", "verify", "--dest", str(self.dest), timeout=60)
        self.assert_contained(before)

    def test_alternates_that_lead_out(self) -> None:
        self.sync()
        secret = self.ghward.scratch.work / "secret.git"
        git("init", "-q", "--bare", str(secret))
        for name in ("alternates", "http-alternates"):
            path = self.mirror("acme/evil") / "objects" / "info"
            path.mkdir(exist_ok=True)
            (path / name).write_text(f"{secret}/objects\n")
        self.settle()
        self.evil.push()
        result = self.ghward.run(*self.arguments())
        done = self.read(result)
        if done.actions["acme/evil"] != "failed":
            self.assertFalse((self.mirror("acme/evil") / "objects" / "info" / "alternates").exists())
            self.assert_mirrored(self.evil)

    def test_links_in_a_mirror(self) -> None:
        """objects, refs, config or HEAD lead to where something precious is."""
        for name in ("objects", "refs", "config", "HEAD", "packed-refs", "hooks", "info", "objects/pack", "objects/info"):
            with self.subTest(name):
                shutil.rmtree(self.dest, ignore_errors=True)
                self.sync()
                self.evil.push()
                outside = self.ghward.scratch.work / f"precious-{name.replace('/', '-')}"
                if name in ("config", "HEAD", "packed-refs"):
                    outside.write_text("precious\n")
                else:
                    outside.mkdir()
                path = self.mirror("acme/evil") / name
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                elif path.exists():
                    path.unlink()
                path.parent.mkdir(exist_ok=True)
                path.symlink_to(outside)
                self.settle()
                result = self.ghward.run(*self.arguments())
                self.assertIn(result.code, (0, 7), result)
                self.assertEqual(self.read(result).actions["acme/fine"], "unchanged")
                if outside.is_dir():
                    self.assertEqual(list(outside.iterdir()), [])
                else:
                    self.assertEqual(outside.read_text(), "precious\n")

    def test_a_link_where_a_mirror_or_its_owner_should_be(self) -> None:
        """It leads out of the workspace: refused, and on record as such."""
        for where in ("acme", "acme/evil.git", ".ghward", ".ghward/tmp"):
            with self.subTest(where):
                shutil.rmtree(self.dest, ignore_errors=True)
                known = len(self.ghward.records()) if self.ghward.scratch.audit.exists() else 0
                outside = self.ghward.scratch.work / f"out-{where.replace('/', '-')}"
                outside.mkdir()
                path = self.dest / where
                path.parent.mkdir(parents=True)
                path.symlink_to(outside)
                self.settle()
                result = self.ghward.run(*self.arguments())
                self.assertNotEqual(result.code, 0, result)
                self.assertEqual(list(outside.iterdir()), [])
                events = [one["event"] for one in self.ghward.records()]
                self.assertIn("path.refused", events[known:], result)

    def test_a_link_within_the_workspace_is_not_followed_either(self) -> None:
        self.sync()
        shutil.rmtree(self.mirror("acme/evil"))
        self.mirror("acme/evil").symlink_to("fine.git")
        self.settle()
        self.evil.push()
        result = self.ghward.run(*self.arguments())
        self.assertEqual(result.code, 7, result)
        self.assert_mirrored(self.fine)

    def test_what_is_no_mirror(self) -> None:
        self.mirror("acme/evil").mkdir(parents=True)
        (self.mirror("acme/evil") / "thesis").write_text("the only copy\n")
        self.settle()
        self.failed("acme/evil", "not ghward that put it there")
        self.assertEqual((self.mirror("acme/evil") / "thesis").read_text(), "the only copy\n")

    def test_fifos_and_devices(self) -> None:
        """Nothing waits for a writer that never comes."""
        self.sync()
        for name in ("config", "packed-refs", "HEAD"):
            path = self.mirror("acme/evil") / name
            path.unlink(missing_ok=True)
            os.mkfifo(path)
        self.settle()
        self.evil.push()
        result = self.ghward.run(*self.arguments(), env={"GHWARD_GIT_TIMEOUT": "10"}, timeout=60)
        self.assertEqual(self.read(result).actions["acme/fine"], "unchanged")


class Swapping(HostileTestCase):
    def test_directories_for_links_while_it_runs(self) -> None:
        """As fast as it goes: owner and mirrors become links to what must stay as it is, and back."""
        made = self.repositories.add_many("acme", 12)
        precious = self.ghward.scratch.work / "precious"
        precious.mkdir()
        (precious / "file").write_text("precious\n")
        (precious / "repo-0001.git").mkdir()
        self.sync()
        self.settle()
        over = threading.Event()

        def swap() -> None:
            owner, aside, link = self.dest / "acme", self.dest / "aside", self.dest / "link"
            while not over.is_set():
                link.symlink_to(precious)
                owner.rename(aside)
                link.rename(owner)
                time.sleep(0.0005)
                owner.unlink()
                aside.rename(owner)
                time.sleep(0.0005)

        before = {str(path): path.stat().st_mtime_ns for path in (precious, *precious.rglob("*"))}
        thread = threading.Thread(target=swap)
        thread.start()
        try:
            for _ in range(4):
                for one in made:
                    one.push()
                result = self.ghward.run(*self.arguments(), timeout=120)
                self.assertIn(result.code, (0, 1, 3, 7), result)
        finally:
            over.set()
            thread.join()
        self.assertEqual({str(path): path.stat().st_mtime_ns for path in (precious, *precious.rglob("*"))}, before)
        self.assertEqual((precious / "file").read_text(), "precious\n")
        self.settle()
        self.sync()
        self.assert_mirrored(*made)


class Sockets(HostileTestCase):
    def test_git_makes_none(self) -> None:
        """strace follows every child; socket and connect do not occur in git or its helpers."""
        strace = shutil.which("strace")
        if strace is None or os.geteuid() != 0 or os.environ.get("GHWARD_LOCKED_DOWN"):
            self.skipTest("needs strace and the right to use it on what is not dumpable")
        log = self.ghward.scratch.tools / "strace"
        log.mkdir()
        self.repositories.add_many("acme", 3)
        running = self.ghward.start(*self.arguments(), prefix=(
            strace, "-ff", "-qq", "-o", str(log / "log"), "-e", "trace=socket,connect,execve,execveat"))
        result = self.ghward.finish(running, 120)
        self.assertEqual(result.code, 0, result)
        gits = 0
        for path in log.iterdir():
            text = path.read_text(errors="replace")
            start = re.search(r'^exec(ve|veat)\(.*git', text, re.M)
            if start is None or "ghward-git" in text.splitlines()[-1] and not re.search(r'"git"|/git"', text):
                continue
            rest = text[start.start():]
            if re.search(r'\["(/usr/bin/)?git"|\["git', rest):
                gits += 1
                after = rest[re.search(r'\["(/usr/bin/)?git', rest).start():]  # type: ignore[union-attr]
                self.assertNotRegex(after, r"^(socket|connect)\(", path.name)
        self.assertGreater(gits, 0, "no git was traced")
