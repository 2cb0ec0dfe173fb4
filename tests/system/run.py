#!/usr/bin/env python3
"""Runs the system suite: every module in a process of its own, a few at a time.

As root each story is told twice, the second time in the reference environment (see lockdown.py). The last line
is "N passed, N failed"; skipped tests count as neither. Exit status 1 if anything failed.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import os
import subprocess
import sys
import time
import unittest
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[0] = str(TESTS)

from system import lockdown  # noqa: E402
from system.test_locked_down import story_modules  # noqa: E402

_MARK = "ghward-result"

# The longest first, so that none of them is left alone at the end.
_LONG = ["test_daemon", "test_audit", "test_errors_http", "test_hostile_bodies", "test_alerts_list"]


@dataclass(frozen=True)
class Job:
    module: str
    locked_down: bool = False

    @property
    def name(self) -> str:
        return self.module.rpartition(".")[2] + (" (locked down)" if self.locked_down else "")


@dataclass
class Outcome:
    job: Job
    passed: int
    failed: int
    skipped: int
    seconds: float
    output: str


class _CountingResult(unittest.TextTestResult):
    """Counts tests, not sub-tests: a test with three bad cases is one failed test."""

    def counts(self) -> tuple[int, int, int]:
        bad = {_test_of(case) for case, _ in [*self.failures, *self.errors]}
        bad |= {str(case) for case in self.unexpectedSuccesses}
        return max(0, self.testsRun - len(bad) - len(self.skipped)), len(bad), len(self.skipped)


def _test_of(case: object) -> str:
    return str(getattr(case, "test_case", case))


def _run_here(module: str, pattern: str | None) -> int:
    """In the child: runs one module and reports on the last line."""
    loader = unittest.TestLoader()
    if pattern:
        loader.testNamePatterns = [f"*{pattern}*"]
    suite = loader.loadTestsFromName(module)
    result = unittest.TextTestRunner(resultclass=_CountingResult).run(suite)
    assert isinstance(result, _CountingResult)
    passed, failed, skipped = result.counts()
    print(_MARK, passed, failed, skipped)
    return 0 if result.wasSuccessful() else 1


def _run(job: Job, pattern: str | None) -> Outcome:
    started = time.monotonic()
    environment = {**os.environ, "GHWARD_STORIES_SCHEDULED": "1"}
    environment["GHWARD_LOCKED_DOWN"] = "1" if job.locked_down else "0"
    command = [sys.executable, "-W", "error::ResourceWarning", __file__, "--module", job.module]
    if pattern:
        command += ["-k", pattern]
    try:
        done = subprocess.run(command, cwd=TESTS, env=environment, capture_output=True, text=True,
                              errors="replace", check=False, timeout=600)
        output, code = done.stderr + done.stdout, done.returncode
    except subprocess.TimeoutExpired as expired:
        output, code = f"no end after {expired.timeout} s", 1
    counts = [line.split()[1:] for line in output.splitlines() if line.startswith(_MARK)]
    passed, failed, skipped = map(int, counts[-1]) if counts else (0, 1, 0)
    return Outcome(job, passed, max(failed, code), skipped, time.monotonic() - started, output)


def _jobs(only: list[str]) -> list[Job]:
    def order(module: str) -> tuple[bool, str]:
        return module not in _LONG, module

    stories = sorted(story_modules(), key=order)
    modules = [*stories, "test_harness", "test_locked_down"]
    jobs = [Job(f"system.{module}") for module in modules]
    jobs.append(Job("fake.test_fake"))
    if lockdown.is_possible():
        jobs += [Job(f"system.{module}", locked_down=True) for module in stories]
    jobs.sort(key=lambda job: order(job.module.rpartition(".")[2])[0])
    return [job for job in jobs if not only or any(word in job.name for word in only)]


def _report(outcome: Outcome) -> None:
    state = "ok" if not outcome.failed else "FAILED"
    skipped = f", {outcome.skipped} skipped" if outcome.skipped else ""
    print(f"{state:6}  {outcome.job.name:36} {outcome.passed:3} passed, {outcome.failed} failed"
          f"{skipped}  ({outcome.seconds:.1f} s)", flush=True)
    if outcome.failed:
        print(outcome.output, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs the system suite.")
    parser.add_argument("only", nargs="*", help="parts of module names, or \"locked down\"")
    parser.add_argument("-j", "--jobs", type=int, default=2, help="modules at a time")
    parser.add_argument("-k", "--pattern", help="only tests with this in their name")
    parser.add_argument("--module", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.module:
        return _run_here(options.module, options.pattern)
    started = time.monotonic()
    passed = failed = skipped = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        futures = [pool.submit(_run, job, options.pattern) for job in _jobs(options.only)]
        for future in concurrent.futures.as_completed(futures):
            outcome = future.result()
            _report(outcome)
            passed += outcome.passed
            failed += outcome.failed
            skipped += outcome.skipped
    print(f"system: {skipped} skipped, {time.monotonic() - started:.0f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
