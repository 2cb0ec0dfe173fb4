#!/usr/bin/env python3
"""Figures of `repos sync` for docs/performance.md, against plain git on the same site, in turns in one run.

Needs nginx, fcgiwrap and git; strace for one of the figures. Nothing here passes or fails. A number at the end says
how many repositories memory is measured with: 20000 takes a quarter of an hour, as all of them are cloned first.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from gitsite import ROOT, GitSite, git_environment

from fake.bare import Bare
from fake.repositories import Repository, RepositoryTable

GHWARD = ROOT / "build" / "bin" / "ghward"
COMMITS = 2500
LISTED = 2000
WORKERS = "8"


def say(title: str, text: str) -> None:
    print(f"{title:44} {text}", flush=True)


class Bench:
    """One site, and for each side a place that is emptied before each run."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.state = directory / "state"
        self.state.mkdir(mode=0o700)
        self.table = RepositoryTable(lambda: None)

    def forget(self) -> None:
        shutil.rmtree(self.state)
        self.state.mkdir(mode=0o700)
        for name in ("ours", "theirs"):
            shutil.rmtree(self.directory / name, ignore_errors=True)
            (self.directory / name).mkdir()

    @property
    def ours(self) -> Path:
        return self.directory / "ours"

    @property
    def theirs(self) -> Path:
        return self.directory / "theirs"

    def sync_command(self, *options: str) -> list[str]:
        return [str(GHWARD), "repos", "sync", *options, "--dest", str(self.ours), "--workers", WORKERS, "--json"]

    def sync(self, site: GitSite, *options: str, prefix: tuple[str, ...] = (), **env: str) -> tuple[float, list[str]]:
        """Wall seconds and what was printed."""
        started = time.monotonic()
        done = subprocess.run([*prefix, *self.sync_command(*options)], env={**site.ghward_environment(self.state), **env},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(f"ghward ended with {done.returncode}: {done.stderr}\n{done.stdout[-2000:]}")
        return time.monotonic() - started, done.stdout.splitlines()

    def git(self, command: list[str], **how: str) -> float:
        started = time.monotonic()
        subprocess.run(command, env=git_environment(), check=True, text=True, stderr=subprocess.PIPE, **how)  # type: ignore[call-overload]
        return time.monotonic() - started


def pairs(title: str, ours: Callable[[], float], theirs: Callable[[], float], before: Callable[[], None], runs: int) -> None:
    """In turns, after one of each that does not count."""
    found = []
    for turn in range(runs + 1):
        before()
        # Who comes first has a colder cache: that takes turns, too.
        both = [ours(), theirs()] if turn % 2 else [theirs(), ours()][::-1]
        if turn:
            found.append(both)
    ratio = statistics.median(mine / other for mine, other in found)
    say(title, f"ghward {statistics.median(one[0] for one in found):7.2f} s   git {statistics.median(one[1] for one in found):7.2f} s   "
               f"ghward takes {ratio:.2f} times as long")


# --- what is cloned ---


def synthetic(directory: Path) -> None:
    """A history of the kind that people write: this project's own files, some lines of a few of them in each commit."""
    chance = random.Random(6)
    names = [name for name in subprocess.run(["git", "-C", str(ROOT), "ls-files", "src", "docs", "tests"], stdout=subprocess.PIPE,
                                             text=True, check=True).stdout.split() if (ROOT / name).suffix in (".c", ".h", ".py", ".md")]
    files = {name: (ROOT / name).read_text().splitlines() for name in names}
    subprocess.run(["git", "init", "-q", "--bare", str(directory)], check=True)
    importer = subprocess.Popen(["git", "-C", str(directory), "fast-import", "--quiet"], stdin=subprocess.PIPE)
    assert importer.stdin is not None
    for number in range(COMMITS):
        changed = names if number == 0 else chance.sample(names, chance.randint(1, 4))
        message = f"Change {number}\n".encode()
        importer.stdin.write(b"commit refs/heads/main\ncommitter Ada <ada@example.com> %d +0000\ndata %d\n%s" % (
            1700000000 + number * 3600, len(message), message))
        for name in changed:
            lines = files[name]
            for _ in range(chance.randint(1, 12) if number else 0):
                at = chance.randrange(len(lines) + 1)
                lines[at : at + chance.randint(0, 2)] = [f"\tvalue_{chance.getrandbits(40):x} = {number};"]
            data = "\n".join(lines).encode()
            importer.stdin.write(b"M 100644 inline %s\ndata %d\n%s\n" % (name.encode(), len(data), data))
        importer.stdin.write(b"\n")
    importer.stdin.close()
    if importer.wait() != 0:
        sys.exit("git fast-import failed")


def real(directory: Path) -> str:
    """This project's own history if it is long enough; returns what it is called."""
    count = int(subprocess.run(["git", "-C", str(ROOT), "rev-list", "--count", "HEAD"], stdout=subprocess.PIPE, check=True).stdout)
    if count >= 2000:
        subprocess.run(["git", "clone", "-q", "--mirror", "--no-hardlinks", str(ROOT), str(directory)], check=True)
        name = f"this project, {count:,} commits"
    else:
        synthetic(directory)
        name = f"made history, {COMMITS:,} commits"
    subprocess.run(["git", "-C", str(directory), "repack", "-adq"], check=True)
    size = sum(one.stat().st_size for one in (directory / "objects" / "pack").glob("*.pack"))
    return f"{name}, {size / 1e6:.1f} MB"


def small(bench: Bench, site: GitSite, count: int) -> list[Repository]:
    """Repositories of a few commits each."""
    made = []
    for number in range(1, count + 1):
        one = bench.table.add(f"acme/repo-{number:04d}", {f"src/{name}.c": f"int {name}_{number};\n".encode() * 40 for name in "abcdef"})
        one.push()
        one.tag("v1")
        site.add(one.full_name, one.code.directory)
        made.append(one)
    return made


def names_file(bench: Bench, site: GitSite, made: list[Repository]) -> Path:
    path = bench.directory / "names"
    path.write_text("".join(f"{site.url}/{one.full_name}.git {bench.theirs}/{one.name}.git\n" for one in made))
    return path


# --- what is measured ---


def clone_large(bench: Bench) -> None:
    with GitSite(bench.directory) as site:
        large = bench.directory / "large.git"
        name = real(large)
        site.add("acme/large", large)
        one = Repository(1, "acme", "large", bench.table.add("acme/none", {}).code, lambda: None)
        site.list([one])
        say("a real repository", name)
        pairs("clone of it", lambda: bench.sync(site, "--org", "acme")[0],
              lambda: bench.git([*site.git, "clone", "-q", "--mirror", f"{site.url}/acme/large.git", str(bench.theirs / "large.git")]),
              bench.forget, 7)


def clone_small(bench: Bench, site: GitSite, made: list[Repository]) -> None:
    names = names_file(bench, site, made)
    theirs = ["xargs", "-a", str(names), "-P", WORKERS, "-L", "1", *site.git, "clone", "-q", "--mirror"]
    pairs(f"{len(made)} small repositories, {WORKERS} workers", lambda: bench.sync(site, "--org", "acme")[0],
          lambda: bench.git(theirs), bench.forget, 5)


def count_git(pid: int, over: threading.Event) -> set[int]:
    """Numbers of processes below `pid` that are git or run it, looked for as often as it goes."""
    found: set[int] = set()
    while not over.is_set():
        parents = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    name, _, rest = (entry / "stat").read_text().partition("(")[2].rpartition(")")
                except OSError:
                    continue
                parents[int(entry.name)] = (int(rest.split()[1]), name)
        for number, (parent, name) in parents.items():
            if not (name == "git" or name == "ghward-git"):
                continue
            while parent not in (0, 1, pid) and parent in parents:
                parent = parents[parent][0]
            if parent == pid:
                found.add(number)
    return found


def second_run(bench: Bench, site: GitSite, made: list[Repository]) -> None:
    bench.forget()
    subprocess.run(["xargs", "-a", str(names_file(bench, site, made)), "-P", WORKERS, "-L", "1", *site.git, "clone", "-q", "--mirror"],
                   env=git_environment(), check=True, stderr=subprocess.PIPE)
    bench.sync(site, "--org", "acme")
    directories = bench.directory / "directories"
    directories.write_text("".join(f"{bench.theirs}/{one.name}.git\n" for one in made))
    fetch = ["xargs", "-a", str(directories), "-P", WORKERS, "-I", "{}", *site.git, "-C", "{}", "fetch", "-q"]
    site.requests()
    found: set[int] = set()
    over = threading.Event()
    thread = threading.Thread(target=lambda: found.update(count_git(os.getpid(), over)))
    thread.start()
    bench.sync(site, "--org", "acme")
    over.set()
    thread.join()
    requests = site.requests()
    say("second run, nothing changed", f"{len(made)} repositories: {len(requests)} requests, {len(found)} processes of git")
    pairs("  against git fetch in each, 8 at a time", lambda: bench.sync(site, "--org", "acme")[0], lambda: bench.git(fetch),
          lambda: None, 5)


def sweep(bench: Bench, site: GitSite, made: list[Repository]) -> None:
    """After the second run: all are there."""
    times = []
    for turn in range(3):
        changed = made[100 + turn]
        tip = changed.push(hint=False)
        seconds, lines = bench.sync(site, "--org", "acme", GHWARD_GIT_SWEEP="0")
        fetched = [one["repo"] for one in map(json.loads, lines) if one.get("action") == "fetched"]
        here = subprocess.run(["git", "--git-dir", str(bench.ours / f"{changed.full_name}.git"), "rev-parse", "refs/heads/main"],
                              stdout=subprocess.PIPE, text=True).stdout.strip()
        if fetched != [changed.full_name] or here != tip:
            say("digest sweep", f"WRONG: {changed.full_name} was changed, {fetched} fetched")
        times.append(seconds)
    say("digest sweep, one changed without its hint", f"{len(made)} repositories: {statistics.median(times):.2f} s, the change is found")


def sockets(bench: Bench, site: GitSite) -> None:
    """Counted by strace in every process that has executed git."""
    strace = shutil.which("strace")
    if strace is None or os.geteuid() != 0:
        say("socket and connect by git", "not counted: needs strace, and root since the processes are not dumpable")
        return
    bench.forget()
    log = bench.directory / "strace"
    log.mkdir()
    bench.sync(site, "--org", "acme", prefix=(
        strace, "-ff", "-qq", "-o", str(log / "log"), "-e", "trace=socket,connect,execve,execveat"))
    gits = calls = 0
    for path in log.iterdir():
        lines = path.read_text(errors="replace").splitlines()
        started = next((at for at, line in enumerate(lines) if re.match(r'exec(ve|veat)\([^[]*\["(/usr/bin/)?git"', line)), None)
        if started is None:
            continue
        gits += 1
        calls += sum(line.startswith(("socket(", "connect(")) for line in lines[started:])
    shutil.rmtree(log)
    say("socket and connect by git", f"{calls} in {gits} processes that executed git")


def memory_kib(prefix: str = "ghward") -> int:
    """PSS of all processes of that name."""
    total = 0
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "comm").read_text().startswith(prefix):
                found = re.search(r"^Pss:\s+(\d+) kB", (entry / "smaps_rollup").read_text(), re.M)
                total += int(found.group(1)) if found else 0
        except OSError:
            continue
    return total


def many(bench: Bench, site: GitSite, count: int) -> list[Repository]:
    """So many of a listing, all of which are the same small one."""
    bare = Bare(bench.directory / "one.git")
    tree = bare.write_tree({"README": b"one of many\n"})
    bare.set_ref("refs/heads/main", bare.write_commit(tree, [], "One"))
    listed = [Repository(number, "acme", f"many-{number:05d}", bare, lambda: None) for number in range(1, count + 1)]
    for one in listed:
        site.add(one.full_name, bare.directory)
    return listed


def memory(bench: Bench, count: int) -> None:
    if os.geteuid() != 0:
        say("memory", "only readable as root: the processes are not dumpable")
        return
    bench.forget()
    site = GitSite(bench.directory)
    site.list(many(bench, site, count))
    with site:
        bench.sync(site, "--org", "acme", GHWARD_GIT_SWEEP="86400")
        started = time.monotonic()
        process = subprocess.Popen(bench.sync_command("--org", "acme"), env=site.ghward_environment(bench.state), stdout=subprocess.PIPE)
        assert process.stdout is not None
        actions: dict[str, int] = {}
        reader = threading.Thread(target=lambda: [actions.update({found: actions.get(found, 0) + 1}) for found in (
            json.loads(line).get("action", "totals") for line in process.stdout or ())])
        reader.start()
        peak = 0
        while process.poll() is None:
            peak = max(peak, memory_kib())
            time.sleep(0.02)
        reader.join()
    say(f"listing of {count:,}, unchanged", f"{peak / 1024:.1f} MiB at most in all processes of ghward, {time.monotonic() - started:.1f} s, {actions}")


def main() -> None:
    os.umask(0o022)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # so that the site ends, too
    with tempfile.TemporaryDirectory(prefix="ghward-bench-") as scratch:
        bench = Bench(Path(scratch))
        bench.forget()
        try:
            clone_large(bench)
            site = GitSite(bench.directory)
            made = small(bench, site, 500)
            site.list(made[:200])
            with site:
                clone_small(bench, site, made[:200])
                sockets(bench, site)
            site = GitSite(bench.directory)
            for one in made:
                site.add(one.full_name, one.code.directory)
            site.list(made)
            with site:
                second_run(bench, site, made)
                sweep(bench, site, made)
            memory(bench, int(sys.argv[-1]) if sys.argv[-1].isdigit() else LISTED)
        finally:
            bench.table.clear()


if __name__ == "__main__":
    main()
