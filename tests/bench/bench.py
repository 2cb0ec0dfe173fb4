#!/usr/bin/env python3
"""Figures for docs/performance.md: ghward against gh, the same job on both sides, in turns in one run; and the vault's.

Prints medians and the median of the pairwise ratios, as the speed of a machine drifts. Nothing here passes or fails.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import repos

ROOT = Path(__file__).resolve().parent.parent.parent
GHWARD = ROOT / "build" / "bin" / "ghward"
TOKEN = "ghp_" + "b" * 36


class Server:
    """tests/bench/server.py as a process of its own, so that its work is not ours."""

    def __init__(self, directory: Path, alerts: int, latency: float) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "bench" / "server.py"), str(directory), str(alerts), str(latency)],
            stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())
        self.ca = directory / "ca.pem"

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()


def environment(server: Server, state: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"], "HOME": str(state), "XDG_STATE_HOME": str(state), "XDG_RUNTIME_DIR": str(state),
        "GITHUB_API_URL": f"https://localhost:{server.port}", "GHWARD_CA_FILE": str(server.ca),
        "GH_HOST": f"localhost:{server.port}", "SSL_CERT_FILE": str(server.ca), "GH_NO_UPDATE_NOTIFIER": "1",
        "GH_ENTERPRISE_TOKEN": TOKEN, "GH_CONFIG_DIR": str(state / "gh"),
    }


def measure(command: list[str], env: dict[str, str]) -> tuple[float, float, int]:
    """Wall seconds, CPU seconds and bytes printed of one run, all its processes together."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    done = subprocess.run(command, env=env, capture_output=True, check=False)
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{command}: {done.stderr.decode(errors='replace')}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, len(done.stdout)


def compare(title: str, ours: list[str], theirs: list[str] | None, env: dict[str, str], runs: int) -> None:
    measure(ours, env)
    pairs = []
    for _ in range(runs):
        mine = measure(ours, env)
        pairs.append((mine, measure(theirs, env) if theirs else None))
    wall = statistics.median(pair[0][0] for pair in pairs)
    cpu = statistics.median(pair[0][1] for pair in pairs)
    line = f"{title:44} ghward {wall * 1000:7.1f} ms wall {cpu * 1000:7.1f} ms CPU"
    if theirs:
        gh_wall = statistics.median(pair[1][0] for pair in pairs if pair[1])
        gh_cpu = statistics.median(pair[1][1] for pair in pairs if pair[1])
        ratio = statistics.median(pair[1][0] / pair[0][0] for pair in pairs if pair[1])
        line += f"   gh {gh_wall * 1000:7.1f} ms wall {gh_cpu * 1000:7.1f} ms CPU   gh takes {ratio:.1f} times as long"
    print(line, flush=True)


def alerts_path(per_page: int = 100) -> str:
    return f"repos/acme/shop/code-scanning/alerts?per_page={per_page}"


def bench_commands(directory: Path, state: Path) -> None:
    with Server(directory, 2000, 0.0) as server:
        compare("alerts view, one-shot, no latency", [str(GHWARD), "alerts", "view", "7", "-R", "acme/shop", "--json"],
                ["gh", "api", "repos/acme/shop/code-scanning/alerts/7"], environment(server, state), 15)
    with Server(directory, 2000, 0.1) as server:
        compare("20 pages of 100 alerts, 100 ms per answer", [str(GHWARD), "alerts", "list", "-R", "acme/shop"],
                ["gh", "api", "--paginate", alerts_path(), "--jq", ".[].number"], environment(server, state), 5)
    with Server(directory, 10000, 0.0) as server:
        jq = ".[] | [.number, .state, .rule.id, .rule.security_severity_level] | @tsv"
        compare("100 pages of 100 alerts (about 18 MB)", [str(GHWARD), "alerts", "list", "-R", "acme/shop"],
                ["gh", "api", "--paginate", alerts_path(), "--jq", jq], environment(server, state), 3)


def pss_kib(pid: int) -> int:
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    return int(found.group(1)) if found else 0


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextlib.contextmanager
def serving(env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    agent = subprocess.Popen([str(GHWARD), "serve"], env=env)
    try:
        time.sleep(0.5)
        yield agent
    finally:
        agent.terminate()
        agent.wait()


def bench_idle(directory: Path, state: Path) -> None:
    if os.geteuid() != 0:
        print("idle memory is only readable as root: the processes are not dumpable")
        return
    with Server(directory, 100, 0.0) as server:
        env = environment(server, state)
        with serving(env) as agent:
            measure([str(GHWARD), "alerts", "list", "-R", "acme/shop"], {**env, "GH_ENTERPRISE_TOKEN": ""})
            time.sleep(0.5)
            sizes = {}
            for pid in [agent.pid, *children_of(agent.pid)]:
                name = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
                sizes[name] = pss_kib(pid)
    print(f"{'idle serve with one credential, PSS':44} {sum(sizes.values())} KiB: "
          + ", ".join(f"{name.removeprefix('ghward-')} {size}" for name, size in sizes.items()))


def peak_kib(command: list[str], env: dict[str, str]) -> int:
    """Largest sum of resident memory over all our processes, sampled every 5 ms."""
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        total = 0
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and b"ghward" in (entry / "cmdline").read_bytes().split(b"\0")[0]:
                    total += int((entry / "statm").read_text().split()[1]) * 4
            except (OSError, IndexError):
                continue
        peak = max(peak, total)
        time.sleep(0.005)
    return peak


def bench_writes(directory: Path, state: Path) -> None:
    """Each command reads an alert and changes it; the agent keeps 8 requests under way."""
    count, latency, in_flight = 1000, 0.05, 8
    change = f"seq {count} | xargs -P {2 * in_flight} -I N {GHWARD} alerts reopen N -R acme/shop --yes"
    with Server(directory, 100, latency) as server:
        env = {**environment(server, state), "GHWARD_IN_FLIGHT": str(in_flight)}
        with serving(env):
            wall, cpu, _ = measure(["sh", "-c", change], {**env, "GH_ENTERPRISE_TOKEN": ""})
        context = ssl.create_default_context(cafile=str(server.ca))
        with urllib.request.urlopen(f"https://localhost:{server.port}/writes", context=context) as answer:
            written = json.load(answer)
    once = written == {str(number): 1 for number in range(1, count + 1)}
    ideal = 2 * count * latency / in_flight
    print(f"{'1,000 writes, each read first, 50 ms, 8 at a time':44} ghward {wall:.2f} s wall, {ideal / wall:.2f} of "
          f"the ideal rate, {cpu / count * 1000:.1f} ms CPU per command, "
          f"{'each exactly once' if once else 'NOT each exactly once'}")


def bench_memory(directory: Path, state: Path) -> None:
    with Server(directory, 100000, 0.0) as server:
        peak = peak_kib([str(GHWARD), "alerts", "list", "-R", "acme/shop"], environment(server, state))
    print(f"{'100,000 alerts to a pipe, all processes':44} {peak} KiB resident at most, shared pages counted each time")


def bench_vault(directory: Path) -> None:
    """tests/bench/vault.c prints lines of a title, a bar and a figure."""
    key = ROOT / "tests" / "unit" / "pem" / "keys" / "pkcs1-2048.pem"
    lines = subprocess.run([ROOT / "build" / "tests" / "bench" / "bench_vault", directory, key],
                           check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    for title, _, figure in (line.partition("|") for line in lines):
        print(f"{title:44} {figure}")


def bench_audit(directory: Path) -> None:
    """The writer under load, with each record durable before its answer; then the verifier, on one processor and on all."""
    program = ROOT / "build" / "tests" / "bench" / "bench_audit"
    print("\naudit writer")
    for in_flight in (1, 32, 128):
        log = directory / str(in_flight)
        log.mkdir(mode=0o700)
        out = subprocess.run([program, log, str(in_flight), "5"], stdout=subprocess.PIPE, text=True, check=True).stdout
        records, seconds, p50, p99, cpu, memory = map(float, out.split())
        print(f"  {in_flight:4} in flight: {records / seconds:8,.0f} durable records/s, p50 {p50 / 1000:.2f} ms, "
              f"p99 {p99 / 1000:.2f} ms, {cpu / records * 1e6:.1f} us of CPU each, {memory / 1024:.1f} MiB")
    log, size = directory / "128", sum(one.stat().st_size for one in (directory / "128").glob("*.jsonl"))
    for title, words in (("one processor", ["taskset", "-c", "0"]), ("all processors", [])):
        started = time.monotonic()
        subprocess.run([*words, GHWARD, "audit", "verify", "--dir", log], stdout=subprocess.DEVNULL, check=True)
        print(f"  verify, {title}: {size / 1e6 / (time.monotonic() - started):.0f} MB/s")


def bench_review(directory: Path) -> None:
    """tests/bench/store.c, and the whole way of a search through its processes: 10 million records, 5 GB of disk."""
    for name in ("log", "store", "state", "run"):
        (directory / name).mkdir(mode=0o700)
    subprocess.run([ROOT / "build" / "tests" / "bench" / "bench_store", directory], check=True)
    (directory / "state" / "ghward").mkdir(mode=0o700)
    (directory / "store").rename(directory / "state" / "ghward" / "store")
    env = {"PATH": os.environ["PATH"], "HOME": str(directory), "XDG_STATE_HOME": str(directory / "state"),
           "XDG_RUNTIME_DIR": str(directory / "run")}
    compare("audit search by actor and day, all processes", [
        str(GHWARD), "audit", "search", "--dir", str(directory / "log"), "--actor", "uid:1007",
        "--since", "2026-02-20", "--until", "2026-02-20"], None, env, 9)


def main() -> None:
    if sys.argv[1:2] == ["repos"]:
        repos.main()
        return
    with tempfile.TemporaryDirectory() as scratch:
        directory, state = Path(scratch, "server"), Path(scratch, "state")
        directory.mkdir()
        state.mkdir(mode=0o700)
        bench_commands(directory, state)
        bench_idle(directory, state)
        bench_writes(directory, state)
        bench_memory(directory, state)
        vault = Path(scratch, "vault")
        vault.mkdir()
        bench_vault(vault)
        audit = Path(scratch, "audit")
        audit.mkdir()
        bench_audit(audit)
        review = Path(scratch, "review")
        review.mkdir()
        bench_review(review)
    repos.main()


if __name__ == "__main__":
    main()
