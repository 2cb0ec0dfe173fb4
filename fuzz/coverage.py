#!/usr/bin/env python3
"""What the fuzz corpora reach: lines of each parser, as clang counts them. Fails below 90 %.

Usage: fuzz/coverage.py DIRECTORY     of a build with the preset "coverage"

Each target answers for the parsers that its line in fuzz/CMakeLists.txt names, with its own corpus alone. Nothing is
left out of the count: lines that only a failing malloc reaches lower the figure too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIRED = 90.0


@dataclass
class Coverage:
    """Lines of one parser that the corpus of one target reaches."""

    target: str
    parser: str
    covered: int
    lines: int

    @property
    def percent(self) -> float:
        return 100.0 * self.covered / self.lines if self.lines else 0.0

    @property
    def enough(self) -> bool:
        return self.percent >= REQUIRED


def run(command: list[str | Path], **env: str) -> bytes:
    done = subprocess.run(command, env={**os.environ, **env}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout


def measure_target(directory: Path, scratch: Path, target: str, parsers: list[str]) -> list[Coverage]:
    program, raw, merged = directory / "fuzz" / f"fuzz_{target}", scratch / target, scratch / f"{target}.merged"
    corpus = ROOT / "fuzz" / "corpus" / target
    run([program, "-runs=0", f"-artifact_prefix={scratch}/", corpus], LLVM_PROFILE_FILE=str(raw))
    run(["llvm-profdata", "merge", "-sparse", raw, "-o", merged])
    report = json.loads(run(["llvm-cov", "export", "-summary-only", f"-instr-profile={merged}", program]))
    # A compiler cache leaves names such as build/coverage/../../src/x.c.
    counted = {os.path.realpath(file["filename"]): file["summary"]["lines"] for file in report["data"][0]["files"]}
    # A parser that is not linked has no lines, and so none that are covered.
    absent = {"covered": 0, "count": 0}
    found = [counted.get(str(ROOT / "src" / parser), absent) for parser in parsers]
    return [Coverage(target, parser, lines["covered"], lines["count"]) for parser, lines in zip(parsers, found)]


def measure(directory: Path) -> list[Coverage]:
    measured = []
    with tempfile.TemporaryDirectory() as scratch:
        for line in (directory / "fuzz" / "parsers.txt").read_text().splitlines():
            target, *parsers = line.split()
            measured += measure_target(directory, Path(scratch), target, parsers)
    return measured


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    measured = measure(Path(sys.argv[1]).resolve())
    for item in measured:
        verdict = "" if item.enough else f"  below {REQUIRED:.0f} %"
        lines = f"{item.covered:4} of {item.lines:4} lines"
        print(f"{item.target:12} {item.parser:28} {lines} {item.percent:6.1f} %{verdict}")
    return 0 if measured and all(item.enough for item in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
