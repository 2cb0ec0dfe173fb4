"""Runs ghward as a user would, and holds every run to what ghward promises.

Whatever a story is about, each run of it is also checked for: the canary token in no output and no
file; no core file; no process left behind; every process confined, with an empty environment, and
without the token in its memory unless it is broker or net. See confinement.py for the latter.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import threading
import time
import unittest
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fake import ALWAYS, FakeGitHub, Request
from system import auditcheck, confinement, lockdown, processes
from system.basics import Canary, Environment, Result, Scratch, random_secret
from system.processes import Process

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("GHWARD_BIN", ROOT / "build/bin/ghward")).resolve()
PROGRAMS = BINARY.parent.parent / "libexec" / "ghward"

_INSPECTIONS_PER_RUN = 2
_LINGER = 2.0

# The kernel's own limit would hide a core file that ghward failed to forbid.
_hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (_hard, _hard))
processes.become_subreaper()


class Broken(AssertionError):
    """ghward broke a promise that holds for every run."""


@contextlib.contextmanager
def _standard_input(given: Any, secret: bytes | None) -> Iterator[Any]:
    """What a command reads: a stream, or a secret from a pipe that it must fit into."""
    if secret is None:
        yield given
        return
    reading, writing = os.pipe()
    try:
        os.write(writing, secret)
        os.close(writing)
        yield reading
    finally:
        os.close(reading)


@dataclass
class Running:
    """A command that has not ended yet."""

    arguments: tuple[str, ...]
    process: "subprocess.Popen[bytes]"
    started: float
    budget: int = _INSPECTIONS_PER_RUN


@dataclass
class Ghward:
    """One user of ghward with one token."""

    fake: FakeGitHub
    canary: Canary = field(default_factory=lambda: Canary("ghp_" + random_secret()))
    scratch: Scratch = field(default_factory=Scratch.make)
    inspected: set[str] = field(default_factory=set)
    """Roles that were found and checked so far."""
    inspects: bool = True
    """False where the looking itself would spoil a measurement of time."""

    def __post_init__(self) -> None:
        self.fake.world.tokens.add(self.canary.token)
        self.environment = {
            "HOME": str(self.scratch.home),
            "XDG_STATE_HOME": str(self.scratch.state),
            "XDG_RUNTIME_DIR": str(self.scratch.run),
            "PATH": str(self.scratch.tools),
            "LANG": "C.UTF-8",
            "GITHUB_API_URL": self.fake.url,
            "GHWARD_CA_FILE": self.fake.ca_file,
            "GH_ENTERPRISE_TOKEN": self.canary.token,
            "GITHUB_MAX_RETRIES": "2",
            "GITHUB_BACKOFF_BASE": "0.01",
            "GITHUB_MAX_BACKOFF": "0.2",
            "GHWARD_TIMEOUT": "10",
        }
        self.rules = confinement.Rules(
            needles=self.canary.needles,
            audit_directory=str(self.scratch.audit),
            vault_directory=str(self.scratch.vault.parent),
            store_directory=str(self.scratch.audit.parent / "store"),
            destination=str(self.scratch.destination),
            ca_file=self.fake.ca_file,
            program_directory=str(PROGRAMS),
            inherited_filters=confinement.own_filters(),
        )
        self._lock = threading.Lock()
        self._active: dict[int, Running] = {}
        self._violations: list[str] = []
        self._stop_observing = self.fake.observe(self._inspect)

    # --- running ---

    def command(self, *arguments: str) -> list[str]:
        plain = [str(BINARY), *arguments]
        return lockdown.wrap(plain, self.scratch.base) if lockdown.is_wanted() else plain

    def variables(self, changes: Environment | None) -> dict[str, str]:
        """The whole environment of a command."""
        merged: dict[str, str | None] = {**self.environment, **(changes or {})}
        return {name: value for name, value in merged.items() if value is not None}

    def start(self, *arguments: str, env: Environment | None = None,
              prefix: tuple[str, ...] = (), secret: bytes | None = None,
              pass_fds: tuple[int, ...] = (), **streams: Any) -> Running:
        """Starts a command; `finish()` has to follow. `streams` are Popen's, pipes by default.

        `secret` is what it finds on standard input.
        """
        started = time.monotonic()
        with _standard_input(streams.get("stdin", subprocess.DEVNULL), secret) as stdin:
            process: subprocess.Popen[bytes] = subprocess.Popen(
                [*prefix, *self.command(*arguments)], env=self.variables(env),
                cwd=self.scratch.work, stdin=stdin, pass_fds=pass_fds,
                stdout=streams.get("stdout", subprocess.PIPE),
                stderr=streams.get("stderr", subprocess.PIPE),
            )
        running = Running(arguments, process, started)
        with self._lock:
            self._active[process.pid] = running
        return running

    def finish(self, running: Running, timeout: float = 30) -> Result:
        """Waits for the end and checks what must hold after every run."""
        try:
            out, err = running.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self._end_by_force(running)
            raise Broken(f"ghward {' '.join(running.arguments)} did not end") from None
        finally:
            seconds = time.monotonic() - running.started
            with self._lock:
                del self._active[running.process.pid]
        out, err = out or b"", err or b""
        result = Result(running.arguments, running.process.returncode,
                        out.decode(errors="surrogateescape"),
                        err.decode(errors="surrogateescape"), seconds)
        self.check_after(result, out, err)
        return result

    def _end_by_force(self, running: Running) -> None:
        """Its children, too: they have its standard error and would keep us waiting."""
        found = processes.descendants({running.process.pid}, processes.snapshot())
        for one in reversed(found):
            with contextlib.suppress(ProcessLookupError):
                one.kill()
        running.process.communicate()

    def run(self, *arguments: str, env: Environment | None = None, timeout: float = 30,
            **streams: Any) -> Result:
        return self.finish(self.start(*arguments, env=env, **streams), timeout)

    def together(self, count: int, *arguments: str,
                 env: Environment | None = None) -> list[Result]:
        """The same command several times at once."""
        started = [self.start(*arguments, env=env) for _ in range(count)]
        return [self.finish(running) for running in started]

    # --- looking on ---

    def processes(self) -> list[Process]:
        """What belongs to this user's commands and daemons now."""
        return [one for one in self.family() if one.is_ghward]

    def family(self) -> list[Process]:
        """The same with every git that works for them."""
        with self._lock:
            roots = set(self._active)
        return [one for one in processes.descendants(roots, processes.snapshot()) if one.is_ghward or one.is_git]

    def find(self, role: str) -> Process:
        """The one process of a role; waits until it is there."""
        found: list[Process] = []

        def look() -> bool:
            found[:] = [one for one in self.processes() if one.role == role and one.state != "Z"]
            return bool(found)

        if not processes.wait_for(look):
            raise AssertionError(f"no ghward-{role} among {self.processes()}")
        return found[0]

    def _may_inspect(self) -> bool:
        with self._lock:
            if not self.inspects:
                return False
            rich = [running for running in self._active.values() if running.budget > 0]
            for running in rich:
                running.budget -= 1
            return bool(rich)

    def _inspect(self, request: Request) -> None:
        """While GitHub is being asked: everything that has to hold for the processes of the job."""
        if request.token != self.canary.token or not self._may_inspect():
            return
        try:
            found = self.family()
            wrong = confinement.check(found, self.rules)
        except Exception as error:  # noqa: BLE001: this thread has nobody to raise to
            wrong = [f"the inspection failed: {error!r}"]
        with self._lock:
            self.inspected |= {one.name if one.is_git else one.role for one in found}
            self._violations += wrong

    # --- afterwards ---

    def check_after(self, result: Result | None, *outputs: bytes) -> None:
        wrong = []
        with self._lock:
            claimed = {pid for pid in self._active}
            wrong += self._violations
            self._violations = []
        if any(self.canary.is_in(output) for output in outputs):
            wrong.append("the token is in the output")
        left: list[Process] = []

        def nothing_left() -> bool:
            left[:] = processes.strays(_claimed_by_all() | claimed)
            return not left

        if not processes.wait_for(nothing_left, _LINGER):
            wrong.append(f"left behind: {left}")
            for one in left:
                one.kill()
        wrong += self._check_files()
        if wrong:
            raise Broken("\n".join([*wrong, str(result or "")]))

    def _everything(self) -> Iterator[Path]:
        """Without a word about what somebody moves away meanwhile."""
        for directory, _, names in os.walk(self.scratch.base):
            yield Path(directory)
            yield from (Path(directory, name) for name in names)

    def _check_files(self) -> list[str]:
        wrong = []
        for path in self._everything():
            if self.canary.is_in(os.fsencode(path)):
                wrong.append(f"the token is in the name {path}")
            try:
                if path.is_file() and not path.is_symlink():
                    if path.name == "core" or path.name.startswith("core."):
                        wrong.append(f"core file {path}")
                    if self.canary.is_in(path.read_bytes()):
                        wrong.append(f"the token is in {path}")
            except FileNotFoundError:
                continue
        return wrong

    def records(self) -> list[dict[str, Any]]:
        """The audit log, checked by a verifier of our own, without the writer's segments and checkpoints."""
        return [record for record in auditcheck.verify(self.scratch.audit)
                if record["event"] not in ("audit.segment", "audit.checkpoint")]

    def close(self) -> None:
        self._stop_observing()
        self.scratch.remove()

    def __enter__(self) -> "Ghward":
        _users.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        _users.remove(self)
        self.close()


_users: list[Ghward] = []


def _claimed_by_all() -> set[int]:
    """Roots of everybody's commands: stories may have several users at once."""
    return {pid for user in _users for pid in list(user._active)}


class Daemon:
    """`ghward serve` for the length of a `with` block, ended by SIGTERM."""

    def __init__(self, user: Ghward, env: Environment | None = None, *options: str) -> None:
        self.user = user
        self.log = user.scratch.work / "serve.log"
        with open(self.log, "wb") as log:
            self.running = user.start("serve", *options, env=env, stdout=log, stderr=log)
        self.running.budget = 0
        if not processes.wait_for(lambda: self._is_ready() or self.has_ended, 10):
            raise AssertionError("no agent after 10 seconds")
        if self.has_ended:
            raise AssertionError(f"ghward serve ended: {self.log.read_text()}")

    def _is_ready(self) -> bool:
        """The agent confines itself after the socket is there and signals are watched."""
        agent = processes.snapshot().get(self.pid)
        try:
            return agent is not None and agent.role == "agent" and agent.status()["Seccomp"] == "2"
        except processes.GONE:
            return False

    def settle(self) -> None:
        """Returns once it has decided a job: it knows what is open in its log by then. None of GitHub's."""
        self.user.run("vault", "list")

    @property
    def pid(self) -> int:
        return self.running.process.pid

    @property
    def has_ended(self) -> bool:
        return self.running.process.poll() is not None

    def stop(self) -> Result:
        """SIGTERM; returns how it ended."""
        self.running.process.terminate()
        return self.wait()

    def wait(self, timeout: float = 10) -> Result:
        result = self.user.finish(self.running, timeout)
        result.err = self.log.read_text(errors="surrogateescape")
        return result

    def __enter__(self) -> "Daemon":
        return self

    def __exit__(self, *failure: object) -> None:
        if self.running.process.pid not in self.user._active:
            return
        result = self.stop()
        if failure[0] is None and result.code != 0:
            raise Broken(f"the daemon ended with {result.code}: {result.err}")


class GhwardTestCase(unittest.TestCase):
    """A story: one fake GitHub per class, one new user per test."""

    fake: FakeGitHub
    alerts = 25
    """Alerts of acme/shop."""

    @classmethod
    def setUpClass(cls) -> None:
        if lockdown.is_wanted() and not lockdown.is_possible():
            raise unittest.SkipTest("only root can lock a command down further")
        cls.fake = FakeGitHub(alerts=cls.alerts)
        cls.addClassCleanup(cls.fake.close)

    def setUp(self) -> None:
        self.fake.reset()
        self.fake.world.forget_credentials()
        self.ghward = self.enterContext(Ghward(self.fake))
        self.addCleanup(self._check_world)

    def _check_world(self) -> None:
        self.assertEqual(self.fake.crashes, [], "the fake itself failed")
        if self.ghward.scratch.audit.exists() and not self.audit_is_damaged:
            self.ghward.records()

    audit_is_damaged = False
    """Set by stories that damage the log on purpose."""

    # --- what stories say ---

    def configure(self, **settings: Any) -> None:
        """What config.json says from now on."""
        path = self.ghward.scratch.work / "config.json"
        path.write_text(json.dumps(settings))
        path.chmod(0o600)
        self.ghward.scratch.settle()
        self.ghward.environment["GHWARD_CONFIG"] = str(path)

    def tolerate_wrong_values(self) -> None:
        """Otherwise the monitor would block a test that types nonsense again and again."""
        self.configure(audit={"rules": [{"name": name, "enabled": False}
                                        for name in ("command_injection", "path_traversal")]})

    def run_ok(self, *arguments: str, env: Environment | None = None, **how: Any) -> Result:
        result = self.ghward.run(*arguments, env=env, **how)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(result.err, "", result)
        return result

    def assert_untouched(self) -> None:
        """Nothing was sent to GitHub, nor even a connection made."""
        self.assertEqual(self.fake.requests, [])
        self.assertEqual(self.fake.connections, [])

    def assert_refused(
        self, *arguments: str, code: int, kind: str | None = None, says: str = ".",
        status: int | None = None, env: Environment | None = None,
        audited: bool = True, prepare: Callable[[], object] | None = None, **how: Any,
    ) -> dict[str, Any]:
        """One clear error, in both forms: JSON first, then text. Returns the error object.

        `prepare` arms a fault that wears off. The record in the audit log is checked, too.
        """
        if prepare:
            prepare()
        result = self.ghward.run(*arguments, "--json", env=env, **how)
        self.assertEqual(result.code, code, result)
        error = result.error
        self.assertEqual(list(error), ["kind", "message", "status", "request_id", "hint", "job"])
        self.assertTrue(error["message"] and error["hint"], result)
        self.assertRegex(error["message"], says, result)
        if kind is not None:
            self.assertEqual(error["kind"], kind, result)
        if status is not None:
            self.assertEqual(error["status"], status, result)
        self.assert_not_whole(result)
        if audited:
            self.assert_audited(error)
        if prepare:
            prepare()
        result = self.ghward.run(*arguments, env=env, **how)
        self.assertEqual(result.code, code, result)
        first = result.err.splitlines()[0]
        self.assertRegex(first, r"^ghward: .*" + says, result)
        self.assertLessEqual(len(result.err.splitlines()), 4, result)
        return error

    def assert_not_whole(self, result: Result) -> None:
        """Nobody can take this output for a complete answer."""
        if not result.out:
            return
        with self.assertRaises(ValueError, msg=result):
            json.loads(result.out)

    def assert_audited(self, error: dict[str, Any]) -> None:
        """The job's intent and how it ended are on record."""
        records = [one for one in self.ghward.records() if one["job"] == error["job"]]
        self.assertTrue(error["job"], error)
        phases = [one["phase"] for one in records]
        self.assertIn("intent", phases, records)
        self.assertEqual(records[-1]["phase"], "result", records)
        self.assertEqual(records[-1]["outcome"], error["kind"], records)

    @contextlib.contextmanager
    def daemon(self, env: Environment | None = None) -> Iterator[Daemon]:
        with Daemon(self.ghward, env) as daemon:
            yield daemon
        self.assertFalse(self.ghward.scratch.socket.exists(), "the socket is still there")


__all__ = [
    "ALWAYS", "BINARY", "Broken", "Canary", "Daemon", "Environment", "Ghward", "GhwardTestCase",
    "PROGRAMS", "ROOT", "Result", "Running", "Scratch", "random_secret",
]
