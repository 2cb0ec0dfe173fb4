"""What the kernel says about processes: who descends from whom, and what each can reach.

Everything here is read from /proc, never asked from ghward itself.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_PTRACE_DETACH, _PTRACE_SEIZE, _PTRACE_O_TRACEEXIT, _PTRACE_EVENT_EXIT = 17, 0x4206, 0x40, 6
_CHUNK = 4 << 20
_SKIPPED_MAPPINGS = ("[vvar]", "[vdso]", "[vsyscall]", "[vvar_vclock]")
# More than any of our processes maps for real; sanitizers reserve terabytes.
_REGION_MAX = 1 << 30

GONE = (FileNotFoundError, ProcessLookupError)


@dataclass(frozen=True)
class Process:
    """A process at one moment; any question to it may find it gone."""

    pid: int
    parent: int
    name: str
    state: str

    @property
    def role(self) -> str:
        """"cli" for the command, "broker" for ghward-broker."""
        return "cli" if self.name == "ghward" else self.name.removeprefix("ghward-")

    @property
    def is_ghward(self) -> bool:
        return self.name == "ghward" or self.name.startswith("ghward-")

    @property
    def is_git(self) -> bool:
        """git or one of its helpers, whoever started it."""
        return self.name == "git" or self.name.startswith("git-")

    @property
    def directory(self) -> Path:
        return Path("/proc") / str(self.pid)

    def read(self, name: str) -> bytes:
        return (self.directory / name).read_bytes()

    def status(self) -> dict[str, str]:
        lines = self.read("status").decode().splitlines()
        return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}

    def descriptors(self) -> dict[int, str]:
        """Number to target as the kernel names it: "socket:[123]", "/dev/null"."""
        found = {}
        for entry in os.listdir(self.directory / "fd"):
            try:
                found[int(entry)] = os.readlink(self.directory / "fd" / entry)
            except GONE:
                continue
        return found

    def is_alive(self) -> bool:
        now = _read_one(self.pid)
        return now is not None and now.name == self.name and now.state != "Z"

    def kill(self, number: int = signal.SIGKILL) -> None:
        os.kill(self.pid, number)

    def stop_at_exit(self) -> bool:
        """Has the kernel stop it when it ends, with its memory as it is then; False if we may not.

        This and the two below are for one thread of the test.
        """
        return _ptrace(_PTRACE_SEIZE, self.pid, _PTRACE_O_TRACEEXIT)

    def wait_for_stop(self) -> None:
        _, status = os.waitpid(self.pid, 0)
        assert status >> 8 == signal.SIGTRAP | _PTRACE_EVENT_EXIT << 8, status

    def go_on(self) -> None:
        assert _ptrace(_PTRACE_DETACH, self.pid, 0)

    def holds(self, needles: "re.Pattern[bytes]") -> bool:
        """Whether its readable memory or one of its memfds has what the pattern finds."""
        return self._memory_holds(needles) or self._memfd_holds(needles)

    def _memory_holds(self, needles: "re.Pattern[bytes]") -> bool:
        maps = self.read("maps").decode("utf-8", "replace").splitlines()
        with open(self.directory / "mem", "rb", buffering=0) as memory:
            return any(
                _region_holds(memory.fileno(), start, end, needles)
                for start, end in _regions(maps)
            )

    def _memfd_holds(self, needles: "re.Pattern[bytes]") -> bool:
        for number, target in self.descriptors().items():
            if not target.startswith("/memfd:"):
                continue
            try:
                fd = os.open(self.directory / "fd" / str(number), os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                continue
            try:
                if _memfd_data_holds(fd, needles):
                    return True
            finally:
                os.close(fd)
        return False


def _ptrace(request: int, pid: int, data: int) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
    libc.ptrace.restype = ctypes.c_long
    return bool(libc.ptrace(request, pid, None, data) == 0)


def _regions(maps: list[str]) -> list[tuple[int, int]]:
    """What can hold run-time data: everything readable but unwritable file mappings."""
    found = []
    for line in maps:
        fields = line.split(maxsplit=5)
        permissions, path = fields[1], fields[5] if len(fields) > 5 else ""
        from_file = path.startswith("/") and not path.startswith("/memfd:")
        if "r" not in permissions or path in _SKIPPED_MAPPINGS:
            continue
        if from_file and "w" not in permissions:
            continue
        start, end = (int(part, 16) for part in fields[0].split("-"))
        if end - start <= _REGION_MAX:
            found.append((start, end))
    return found


def _region_holds(fd: int, start: int, end: int, needles: "re.Pattern[bytes]") -> bool:
    rest = b""
    while start < end:
        try:
            data = os.pread(fd, min(_CHUNK, end - start), start)
        except OSError:
            return False  # memfd_secret and guard pages: nobody can read these
        if not data:
            return False
        if needles.search(rest + data):
            return True
        rest = data[-64:]
        start += len(data)
    return False


def _memfd_data_holds(fd: int, needles: "re.Pattern[bytes]") -> bool:
    at = 0
    while True:
        try:
            at = os.lseek(fd, at, os.SEEK_DATA)
            end = os.lseek(fd, at, os.SEEK_HOLE)
        except OSError:
            return False
        if needles.search(os.pread(fd, end - at, at)):
            return True
        at = end


def _read_one(pid: int) -> Process | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (*GONE, PermissionError):
        return None
    # The name stands in parentheses and may contain anything, parentheses included.
    name = text[text.index("(") + 1 : text.rindex(")")]
    fields = text[text.rindex(")") + 2 :].split()
    return Process(pid, int(fields[1]), name, fields[0])


def snapshot() -> dict[int, Process]:
    """All processes that are there now."""
    numbers = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
    return {one.pid: one for one in map(_read_one, numbers) if one is not None}


def descendants(roots: set[int], everything: dict[int, Process]) -> list[Process]:
    """The roots that are there and all below them."""
    found = {pid for pid in roots if pid in everything}
    grown = True
    while grown:
        more = {p.pid for p in everything.values() if p.parent in found} - found
        grown = bool(more)
        found |= more
    return [everything[pid] for pid in sorted(found)]


def become_subreaper() -> None:
    """Orphans below this process become its children, so that none can leave unnoticed."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def own_filters() -> int:
    """Filters that were there before ghward: containers bring one."""
    found = re.search(r"^Seccomp_filters:\s*(\d+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


def _is_filtered(process: Process) -> bool:
    """ghward's git inherits its filters; the fake's own has none of them."""
    try:
        return int(process.status().get("Seccomp_filters", 0)) > own_filters()
    except GONE:
        return False


def strays(claimed: set[int]) -> list[Process]:
    """Processes of ghward below this one that belong to no claimed root; reaps dead ones."""
    everything = snapshot()
    known = {one.pid for one in descendants(claimed, everything)}
    found = []
    for one in descendants({os.getpid()}, everything):
        if not (one.is_ghward or one.is_git and _is_filtered(one)) or one.pid in known:
            continue
        if one.state == "Z" and one.parent == os.getpid():
            try:
                os.waitpid(one.pid, os.WNOHANG)
            except ChildProcessError:
                pass
        elif one.state != "Z":
            found.append(one)
    return found


def wait_for(condition: Callable[[], bool], timeout: float = 5.0, interval: float = 0.01) -> bool:
    """Polls; True as soon as the condition holds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval)
    return True
