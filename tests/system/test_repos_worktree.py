"""`repos sync --worktree`: brought forward where that loses nothing, and left alone where it would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fake import hostile
from fake.bare import program, submodule, symlink
from system.repos import ReposTestCase, Sync, git


class WorktreeTestCase(ReposTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.shop = self.repositories.add("acme/shop", {"README": b"one\n", "src/a.c": b"int a;\n", "run": program("exit\n")})
        self.tree = self.worktree("acme/shop")

    def check_out(self, *options: str, **how: Any) -> Sync:
        return self.sync("--worktree", *options, **how)

    def git(self, *words: str, code: int | None = 0) -> str:
        return git("-C", str(self.tree), "-c", "user.name=Ada", "-c", "user.email=ada@example.com", *words, code=code)

    def write(self, name: str, text: str) -> Path:
        path = self.tree / name
        path.write_text(text)
        self.settle()
        return path


class Forward(WorktreeTestCase):
    def test_the_files_are_there(self) -> None:
        self.shop.push({"link": symlink("README"), "lib": submodule()})
        self.assertEqual(self.check_out().actions, {"acme/shop": "cloned"})
        self.assertEqual((self.tree / "src" / "a.c").read_text(), "int a;\n")
        self.assertEqual((self.tree / "run").stat().st_mode & 0o100, 0o100)
        self.assertTrue((self.tree / ".git").is_file())
        self.assertEqual(self.git("status", "--porcelain").replace(" T link\n", ""), "")
        self.assertEqual(self.git("rev-parse", "--abbrev-ref", "HEAD"), "main\n")
        self.assertFalse(self.mirror("acme/shop").exists())

    def test_a_push_arrives(self) -> None:
        self.check_out()
        self.shop.push({"README": b"two\n", "new/file": b"new\n"}, remove=("src/a.c",))
        self.assertEqual(self.check_out().actions, {"acme/shop": "fetched"})
        self.assertEqual((self.tree / "README").read_text(), "two\n")
        self.assertEqual((self.tree / "new" / "file").read_text(), "new\n")
        self.assertFalse((self.tree / "src").exists())
        self.assertEqual(self.git("status", "--porcelain"), "")

    def test_an_empty_one_that_gets_a_commit(self) -> None:
        empty = self.repositories.add("acme/empty", {})
        self.check_out()
        self.assertTrue(self.worktree("acme/empty").is_dir())
        empty.push({"README": b"first\n"})
        self.check_out()
        self.assertEqual((self.worktree("acme/empty") / "README").read_text(), "first\n")

    def test_a_second_run_does_nothing(self) -> None:
        self.check_out()
        self.fake.reset()
        with self.watching() as seen:
            self.assertEqual(self.check_out().actions, {"acme/shop": "unchanged"})
        self.assertEqual((self.git_requests, seen.names), ([], set()))

    def test_a_pointer_of_lfs_stays_one(self) -> None:
        hostile.HARMLESS["lfs"](self.shop, str(self.mark))
        self.check_out()
        self.assertIn("git-lfs.github.com", (self.tree / "big.bin").read_text())

    def test_mirror_and_working_tree_side_by_side(self) -> None:
        self.sync()
        self.check_out()
        self.assertTrue(self.mirror("acme/shop").is_dir())
        self.assertTrue(self.tree.is_dir())


class LeftAlone(WorktreeTestCase):
    """Each is fetched, keeps what is its own, and is said to have been left as it was."""

    def left(self, says: str) -> None:
        done = self.check_out(code=0)
        line = done.of("acme/shop")
        self.assertNotEqual(line["action"], "failed", done.result)
        self.assertRegex(str(line) + done.result.err, says)
        self.assertEqual(self.git("rev-parse", "refs/remotes/origin/main"), self.shop.code.refs()["refs/heads/main"] + "\n")

    def test_local_changes(self) -> None:
        self.check_out()
        self.write("README", "mine\n")
        self.shop.push({"README": b"theirs\n"})
        self.left("change")
        self.assertEqual((self.tree / "README").read_text(), "mine\n")

    def test_changes_that_are_staged(self) -> None:
        self.check_out()
        self.write("README", "mine\n")
        self.git("add", "README")
        self.settle()
        self.shop.push({"README": b"theirs\n"})
        self.left("change")
        self.assertEqual((self.tree / "README").read_text(), "mine\n")
        self.assertEqual(self.git("diff", "--cached", "--name-only"), "README\n")

    def test_changes_elsewhere_do_not_hinder(self) -> None:
        """A fast-forward keeps what it does not touch."""
        self.check_out()
        self.write("README", "mine\n")
        self.shop.push({"other": b"theirs\n"})
        self.check_out()
        self.assertEqual((self.tree / "README").read_text(), "mine\n")

    def test_an_untracked_file_in_the_way(self) -> None:
        self.check_out()
        self.write("NEWS", "mine\n")
        self.shop.push({"NEWS": b"theirs\n"})
        self.left("untracked|not.*know|would be overwritten")
        self.assertEqual((self.tree / "NEWS").read_text(), "mine\n")

    def test_an_ignored_file_in_the_way(self) -> None:
        """git takes these for expendable; nobody has said that they are."""
        self.shop.push({".gitignore": b"*.cfg\n"})
        self.check_out()
        self.write("local.cfg", "mine\n")
        self.shop.push({"local.cfg": b"theirs\n"})
        self.left(".")
        self.assertEqual((self.tree / "local.cfg").read_text(), "mine\n")

    def test_untracked_files_elsewhere_stay(self) -> None:
        self.check_out()
        self.write("notes.txt", "mine\n")
        self.shop.push({"NEWS": b"theirs\n"})
        self.check_out()
        self.assertEqual((self.tree / "notes.txt").read_text(), "mine\n")
        self.assertEqual((self.tree / "NEWS").read_text(), "theirs\n")

    def test_commits_of_ones_own(self) -> None:
        self.check_out()
        self.write("mine", "mine\n")
        self.git("add", "mine")
        self.git("commit", "-q", "-m", "Mine")
        own = self.git("rev-parse", "HEAD")
        self.settle()
        self.shop.push()
        self.left("its commits are not")
        self.assertEqual(self.git("rev-parse", "HEAD"), own)

    def test_a_history_that_was_rewritten(self) -> None:
        self.check_out()
        before = self.git("rev-parse", "HEAD")
        self.shop.push(force=True)
        self.left("its commits are not")
        self.assertEqual(self.git("rev-parse", "HEAD"), before)

    def test_another_branch(self) -> None:
        self.check_out()
        self.git("checkout", "-q", "-b", "topic")
        self.settle()
        self.shop.push()
        self.left("branch|topic")
        self.assertEqual(self.git("rev-parse", "--abbrev-ref", "HEAD"), "topic\n")

    def test_a_detached_head(self) -> None:
        self.check_out()
        self.git("checkout", "-q", "--detach")
        self.settle()
        before = self.git("rev-parse", "HEAD")
        self.shop.push()
        self.left("detached|branch")
        self.assertEqual(self.git("rev-parse", "HEAD"), before)

    def test_a_directory_that_is_not_ours(self) -> None:
        """Something else stands where the working tree should be."""
        self.dest.mkdir()
        (self.dest / "acme").mkdir()
        self.tree.mkdir()
        self.write("thesis.txt", "the only copy\n")
        self.repositories.add("acme/other")
        self.failed("acme/shop", "not ghward that put it there", "--worktree")
        self.assertEqual((self.tree / "thesis.txt").read_text(), "the only copy\n")

    def test_settings_of_the_user_survive_and_cannot_act(self) -> None:
        """A hook and a filter that the user, or somebody else, has set for this working tree."""
        self.shop.push({".gitattributes": b"README filter=evil\n"})
        self.check_out()
        evil = f"sh -c 'echo run > {self.mark}; cat'"
        for name, value in (("filter.evil.smudge", evil), ("filter.evil.clean", evil), ("filter.evil.required", "true"),
                            ("core.fsmonitor", evil), ("core.sshCommand", evil), ("core.pager", evil), ("alias.fetch", "!" + evil),
                            ("merge.tool", evil), ("core.editor", evil), ("user.name", "Ada")):
            self.git("config", name, value)
        hooks = Path(self.git("rev-parse", "--absolute-git-dir").strip()) / "hooks"
        hooks.mkdir(exist_ok=True)
        for name in ("post-checkout", "post-merge", "reference-transaction", "post-index-change"):
            (hooks / name).write_text(hostile.script(str(self.mark)))
            (hooks / name).chmod(0o755)
        self.settle()
        self.shop.push({"README": b"two\n"})
        self.sync("--worktree", code=0)
        self.assertFalse(self.mark.exists())
        self.assertEqual(self.git("config", "user.name"), "Ada\n")
