"""What stories about repositories share: a destination, what is in it, and what must never be."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fake import Request
from fake.repositories import Repository
from system import processes
from system.harness import Environment, GhwardTestCase, Result

KEPT = ("refs/heads/", "refs/tags/", "refs/notes/")
_LINE = {"repo", "action", "how", "bytes", "seconds", "error"}
_ACTIONS = {"cloned", "fetched", "unchanged", "skipped", "failed"}
_PRUNED = "removed"

UPLOAD_PACK = r"/git-upload-pack$"


def git(*arguments: str, code: int | None = 0) -> str:
    """Plain git, which looks at what ghward has made; the user that owns it may be another one."""
    done = subprocess.run(
        ["/usr/bin/git", "-c", "safe.directory=*", "-c", "core.hooksPath=/dev/null", *arguments], capture_output=True,
        env={"HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "GIT_OPTIONAL_LOCKS": "0"}, timeout=60)
    if code is not None and done.returncode != code:
        raise AssertionError(f"git {arguments}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode(errors="surrogateescape")


def refs_of(directory: Path) -> dict[str, str]:
    out = git("-C", str(directory), "for-each-ref", "--format=%(refname) %(objectname)")
    return dict(line.split(" ") for line in out.splitlines())


@dataclass
class Sync:
    """One run of `repos sync --json`."""

    result: Result
    lines: list[dict[str, Any]]
    """One for each repository."""
    totals: dict[str, Any]

    @property
    def actions(self) -> dict[str, str]:
        return {line["repo"]: line["action"] for line in self.lines}

    def of(self, full_name: str) -> dict[str, Any]:
        return next(line for line in self.lines if line["repo"] == full_name)


@dataclass
class Watch:
    """The gits that were seen while somebody looked."""

    names: set[str] = field(default_factory=set)
    pids: set[int] = field(default_factory=set)


class ReposTestCase(GhwardTestCase):
    """Stories of the organisation acme, which has no repositories yet."""

    def setUp(self) -> None:
        super().setUp()
        self.repositories = self.fake.repositories
        self.addCleanup(self.repositories.clear)
        self.dest = self.ghward.scratch.destination
        self.mark = self.ghward.scratch.base / "mark"
        """Whatever creates this was run although nothing may be."""

    # --- running ---

    def arguments(self, *options: str, of: tuple[str, ...] = ("--org", "acme")) -> tuple[str, ...]:
        return ("repos", "sync", *of, "--dest", str(self.dest), "--json", *options)

    def sync(self, *options: str, of: tuple[str, ...] = ("--org", "acme"), code: int = 0,
             env: Environment | None = None, timeout: float = 60, **streams: Any) -> Sync:
        """One run, which ends as expected; all that holds for every run is checked, too."""
        result = self.ghward.run(*self.arguments(*options, of=of), env=env, timeout=timeout, **streams)
        self.assertEqual(result.code, code, result)
        return self.read(result)

    def read(self, result: Result) -> Sync:
        """The lines of a run that came to its end."""
        lines = [json.loads(line) for line in result.out.splitlines()]
        self.assertTrue(lines, result)
        last = lines.pop()
        self.assertEqual(list(last), ["total"], result)
        for line in lines:
            self.assertLessEqual(_LINE, set(line), result)
            self.assertIn(line["action"], _ACTIONS | ({_PRUNED} if "--prune" in result.arguments else set()), result)
            self.assertEqual(bool(line["error"]), line["action"] == "failed", result)
        self.assertFalse(self.mark.exists(), "something was run")
        return Sync(result, lines, last["total"])

    def failed(self, full_name: str, says: str, *options: str, code: int = 7, others: int = 1, **how: Any) -> dict[str, Any]:
        """One repository fails with a clear error, and all others go well. Returns its line."""
        done = self.sync(*options, code=code, **how)
        line = done.of(full_name)
        self.assertEqual(line["action"], "failed", done.result)
        text = line["error"] if isinstance(line["error"], str) else line["error"]["message"]
        self.assertRegex(text, says, done.result)
        self.assertNotRegex(text, r"[\x00-\x1f\x7f]", done.result)
        fine = [one for one in done.lines if one["action"] != "failed"]
        self.assertEqual(len(fine), others, done.result)
        return line

    @contextmanager
    def watching(self) -> Iterator[Watch]:
        """Looks for gits as often as it can."""
        seen, over = Watch(), threading.Event()

        def look() -> None:
            while not over.is_set():
                for one in self.ghward.family():
                    if one.is_git or one.name == "ghward-git":
                        seen.names.add(one.name)
                        seen.pids.add(one.pid)
                time.sleep(0.001)

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield seen
        finally:
            over.set()
            thread.join()

    # --- what GitHub was asked ---

    @property
    def api_requests(self) -> list[Request]:
        return [one for one in self.fake.requests if not one.path.endswith(".git/git-upload-pack")]

    @property
    def git_requests(self) -> list[Request]:
        return [one for one in self.fake.requests if one.path.endswith(".git/git-upload-pack")]

    def asked(self, command: str) -> list[str]:
        """The repositories, in order, that git's command was sent about."""
        return [one.path.split(".git/")[0].lstrip("/") for one in self.git_requests if one.git_command == command]

    # --- what is there ---

    def mirror(self, full_name: str) -> Path:
        return self.dest / f"{full_name}.git"

    def worktree(self, full_name: str) -> Path:
        return self.dest / full_name

    @property
    def kept(self) -> list[str]:
        """Everything that looks like a mirror."""
        return sorted(str(path.relative_to(self.dest)).removesuffix(".git") for path in self.dest.glob("*/*.git"))

    def assert_mirrored(self, *repositories: Repository) -> None:
        """Each is whole, sound, and the same as it is on GitHub."""
        for one in repositories:
            directory = self.mirror(one.full_name)
            wanted = {ref: oid for ref, oid in one.code.refs().items() if ref.startswith(KEPT)}
            self.assertEqual(refs_of(directory), wanted, one.full_name)
            if wanted:
                self.assertEqual((directory / "HEAD").read_text(), f"ref: refs/heads/{one.default_branch}\n")
            git("-C", str(directory), "fsck", "--full", "--connectivity-only")

    def assert_settled(self) -> None:
        """Nothing half-done is left in sight; the hidden directory is cleared as time allows, and by the next run."""
        left = [path for path in self.dest.rglob("*") if path.name.endswith(".lock") or path.name.startswith("tmp_")]
        self.assertEqual([path for path in left if ".ghward/tmp" not in str(path)], [])
        for name in self.kept:
            git("-C", str(self.mirror(name)), "fsck", "--full", "--connectivity-only")

    def outside(self) -> set[str]:
        """What there is besides destination, state and run-time directory."""
        base = self.ghward.scratch.base
        own = (self.dest, self.ghward.scratch.state, self.ghward.scratch.run)
        return {str(path) for path in base.rglob("*") if not any(path == one or one in path.parents for one in own)}

    def settle(self) -> None:
        """After a change that a test made in the destination by hand."""
        self.ghward.scratch.settle()

    def copy_destination(self) -> Path:
        copy = self.ghward.scratch.tools / "before"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.dest, copy, symlinks=True)
        return copy

    # --- while it runs ---

    def kill_all(self, pid: int) -> None:
        """The whole family at once, as a machine that stops."""
        family = processes.descendants({pid}, processes.snapshot())
        for number in (signal.SIGSTOP, signal.SIGKILL):  # nobody tidies up while others end
            for one in family:
                with suppress(ProcessLookupError):
                    os.kill(one.pid, number)
