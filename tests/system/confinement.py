"""What must hold for every process of ghward at the moment GitHub is being asked.

`check()` is called by the harness in each test, from within the fake's answer: at that moment every
process of the job is there, the token has just been used, and all of them wait.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass

from system.processes import GONE, Process, own_filters, wait_for

# "pager" is a command's own child until it executes what the user named: as free as that will be.
ROLES = {"cli", "pager", "agent", "config", "broker", "audit", "net", "dial", "worker", "verify",
         "jq", "mint", "store", "tree", "git"}

# The only two that may know the token.
TOKEN_ROLES = {"broker", "net"}

_STANDARD = {0: r"/dev/null", 1: r"/dev/null", 2: r"pipe:.*", 3: r"socket:.*"}
_ANONYMOUS = re.compile(r"(socket|pipe):\[\d+\]|anon_inode:.*|/memfd:.*|/dev/null")


@dataclass(frozen=True)
class Rules:
    """What differs from run to run."""

    needles: "re.Pattern[bytes]"
    """Finds the canary or a good part of it."""
    audit_directory: str
    vault_directory: str
    store_directory: str
    destination: str
    """Where repositories are kept."""
    ca_file: str
    program_directory: str
    inherited_filters: int
    patience: float = 0.5
    """Seconds that a process which was just started gets to confine itself."""


Check = Callable[[Process, Rules], list[str]]


def _check_status(process: Process, rules: Rules) -> list[str]:
    status = process.status()
    wrong = []
    if status["Seccomp"] != "2":
        wrong.append(f"Seccomp is {status['Seccomp']}, not 2")
    # The agent's comes first, its children's are stacked upon it; the command has one of its own.
    needed = rules.inherited_filters + (1 if process.role in ("cli", "agent") else 2)
    if int(status["Seccomp_filters"]) < needed:
        wrong.append(f"{status['Seccomp_filters']} filters, not {needed}")
    if status["NoNewPrivs"] != "1":
        wrong.append("no_new_privs is not set")
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        if int(status[name], 16) and not (name == "CapBnd" and os.geteuid() != 0):
            wrong.append(f"{name} is {status[name]}")
    if status["Threads"] != "1":
        wrong.append(f"{status['Threads']} threads")
    return wrong


def _check_limits(process: Process, _: Rules) -> list[str]:
    limits = process.read("limits").decode()
    match = re.search(r"^Max core file size\s+(\S+)\s+(\S+)", limits, re.MULTILINE)
    if not match or match.groups() != ("0", "0"):
        return ["may write a core file"]
    return []


def _check_dumpable(process: Process, _: Rules) -> list[str]:
    """Of a process that is not dumpable /proc belongs to root; of root's own this says nothing."""
    owner = int(process.status()["Uid"].split()[0])
    if owner != 0 and os.stat(process.directory / "environ").st_uid != 0:
        return ["is dumpable"]
    return []


def _check_arguments(process: Process, rules: Rules) -> list[str]:
    wrong = []
    if rules.needles.search(process.read("cmdline")):
        wrong.append("has the token in its arguments")
    environment = process.read("environ")
    if rules.needles.search(environment):
        wrong.append("has the token in its environment")
    if process.role != "cli" and environment.strip(b"\0"):
        wrong.append("has an environment")
    return wrong


def _allowed_files(role: str, rules: Rules) -> list[str]:
    audit = re.escape(rules.audit_directory) + r"(/.*)?"
    vault, roots = re.escape(rules.vault_directory), re.escape(rules.ca_file)
    store, kept = re.escape(rules.store_directory) + r"(/.*)?", re.escape(rules.destination) + r"(/.*)?"
    git = r"/usr/(bin/git|lib/git-core(/.*)?)"
    return {
        "agent": [audit, vault, store, roots, kept, git, re.escape(rules.program_directory) + r"(/.*)?", r".*/run/ghward",
                  r".*/config\.json", r"/usr/lib.*/ld-.*"],
        "audit": [audit],
        "verify": [audit],
        "store": [audit, store],
        "broker": [vault, roots, kept],
        "tree": [kept],
        "git": [kept, git],
    }.get(role, [])


def _check_descriptors(process: Process, rules: Rules) -> list[str]:
    if process.role == "cli":
        return []  # the user's own files
    known = process.descriptors()
    wrong = []
    for number, target in known.items():
        allowed = _allowed_files(process.role, rules)
        if number == 2 and process.role == "agent":
            continue  # the user's standard error
        if not _ANONYMOUS.fullmatch(target) and not any(
            re.fullmatch(pattern, target) for pattern in allowed
        ):
            wrong.append(f"has descriptor {number} open on {target}")
    for number, expected in _STANDARD.items():
        if process.role == "agent" and number >= 2:
            continue
        if not re.fullmatch(expected, known.get(number, "closed")):
            wrong.append(f"has descriptor {number} on {known.get(number, 'nothing')}")
    return wrong


_CHECKS: list[Check] = [
    _check_status, _check_limits, _check_dumpable, _check_arguments, _check_descriptors,
]


def _check_pager(process: Process, rules: Rules) -> list[str]:
    """No sandbox, since a user's program inherits what is there: nothing but text and terminal."""
    wrong = []
    if rules.needles.search(process.read("environ")):
        wrong.append("has the token in its environment")
    if set(process.descriptors()) != {0, 1, 2}:
        wrong.append(f"has descriptors {process.descriptors()}")
    return wrong


def _check_connections(process: Process, rules: Rules) -> list[str]:
    """None of its sockets is one of the network."""
    own = {target[8:-1] for target in process.descriptors().values() if target.startswith("socket:[")}
    connected = {line.split()[9] for table in ("tcp", "tcp6", "udp", "udp6") for line in
                 process.read(f"net/{table}").decode().splitlines()[1:]}
    return [f"has a socket of the network, {own & connected}"] if own & connected else []


def _check_git_arguments(process: Process, rules: Rules) -> list[str]:
    return [f"has the token in its {place}" for place in ("cmdline", "environ") if rules.needles.search(process.read(place))]


def _check_git_status(process: Process, rules: Rules) -> list[str]:
    status = process.status()
    wrong = [f"{name} is {status[name]}" for name in ("CapInh", "CapPrm", "CapEff", "CapAmb") if int(status[name], 16)]
    if status["Seccomp"] != "2" or int(status["Seccomp_filters"]) < rules.inherited_filters + 2:
        wrong.append(f"Seccomp is {status['Seccomp']} with {status['Seccomp_filters']} filters")
    if status["NoNewPrivs"] != "1":
        wrong.append("no_new_privs is not set")
    return wrong


_GIT_CHECKS: list[Check] = [_check_git_status, _check_git_arguments, _check_connections, _check_limits]


def _checks_of(process: Process) -> list[Check]:
    if process.is_git:
        return _GIT_CHECKS
    return [_check_pager] if process.role == "pager" else _CHECKS


def _attempt(check: Check, process: Process, rules: Rules) -> list[str]:
    try:
        return check(process, rules)
    except GONE:
        return []
    except PermissionError:
        return []  # not dumpable, and we are not root: that is as it should be


def _settle(check: Check, process: Process, rules: Rules) -> list[str]:
    """A process that was just started confines itself within moments; an open one never does."""
    wrong: list[str] = []

    def is_fine() -> bool:
        wrong[:] = _attempt(check, process, rules)
        return not wrong or not process.is_alive()

    wait_for(is_fine, timeout=rules.patience)
    return wrong if process.is_alive() else []


def holders(processes: list[Process], needles: "re.Pattern[bytes]") -> set[str]:
    """Roles whose memory has the token; only root can tell."""
    found = set()
    for process in processes:
        try:
            if process.holds(needles):
                found.add(process.role)
        except (*GONE, PermissionError):
            continue
    return found


def _check_memory(processes: list[Process], rules: Rules) -> list[str]:
    if os.geteuid() != 0:
        return []
    found = holders(processes, rules.needles)
    wrong = [f"ghward-{role} has the token in its memory" for role in sorted(found - TOKEN_ROLES)]
    # The search has to find it where it must be, or it proves nothing. Memory that moves while it
    # is read can hide it for a moment.
    nets = [process for process in processes if process.role == "net"]
    if "net" not in found and not wait_for(
        lambda: bool(holders(nets, rules.needles)) or not any(one.is_alive() for one in nets),
        timeout=rules.patience,
    ):
        wrong.append("the search does not find the token even in ghward-net")
    return wrong


def _name(process: Process) -> str:
    return process.name if process.is_git else f"ghward-{process.role}"


def check(processes: list[Process], rules: Rules) -> list[str]:
    """Everything that is not as it should be, in words."""
    living = [process for process in processes if process.state != "Z"]
    wrong = [
        f"{_name(process)} ({process.pid}): {fault}"
        for process in living
        for one in _checks_of(process)
        for fault in _settle(one, process, rules)
    ]
    wrong += [f"unknown process {one.name}" for one in living if not one.is_git and one.role not in ROLES]
    return wrong + _check_memory(living, rules)
