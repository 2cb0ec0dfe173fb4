#!/usr/bin/env python3
"""Line coverage of the parsers by the fuzz corpora: replays every corpus in a build of the preset
`coverage`, prints a table, and fails when a parser is below the floor or one of its sources is not measured.

Usage: fuzz/coverage.py BUILD_DIRECTORY
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLOOR = 90.0

# Lower floors, each with its reason.
EXCEPTIONS = {
    "src/lib/operations/body.c": (
        70.0, "the body of git.ls_refs has no outside byte in it and is compared whole in tests/unit/operations"),
    "src/cli/repository_list.c": (84.0, "reading a file, and more than it may have, are tried in tests/unit/cli"),
    "src/store/index.c": (85.0, "an index that a disk or another process is in the way of is tried in tests/unit/store"),
    "src/store/update.c": (80.0, "a log of more than 256 KiB that grows, and retention, are tried in tests/unit/store"),
    "src/lib/operations/ghes.c": (
        85.0, "no row of operations.def has a least version together with a parameter that has one"),
}

# Whatever reads bytes from outside. A pattern without a file is an error.
PARSERS = [
    "src/cli/doctor_cells.c",
    "src/cli/repository_list.c",
    "src/audit/incidents.c",
    "src/audit/watch.c",
    "src/config/[!m]*.c",
    "src/git/frame.c",
    "src/git/outcome.c",
    "src/git/refs.c",
    "src/lib/auditlog/[acfmnpt]*.c",
    "src/lib/auditlog/stretch.c",
    "src/lib/base/base64.c",
    "src/lib/base/calendar.c",
    "src/lib/base/percent.c",
    "src/lib/github/alert.c",
    "src/lib/github/link.c",
    "src/lib/github/repository.c",
    "src/lib/github/web.c",
    "src/lib/ipc/message.c",
    "src/lib/ipc/protocol*.c",
    "src/lib/json/*.c",
    "src/lib/oauth/callback.c",
    "src/lib/operations/*.c",
    "src/lib/pem/*.c",
    "src/lib/rules/rules.c",
    "src/lib/sanitize/*.c",
    "src/lib/settings/settings.c",
    "src/lib/validate/*.c",
    "src/lib/vault/[!s]*.c",
    "src/lib/vault/seal.c",
    "src/lib/vault/stanza.c",
    "src/mint/answer.c",
    "src/net/headers.c",
    "src/store/block.c",
    "src/store/candidates.c",
    "src/store/evidence.c",
    "src/store/index.c",
    "src/store/sync_database.c",
    "src/store/terms.c",
    "src/store/update.c",
    "src/verify/bundle.c",
    "src/worker/age.c",
    "src/worker/alert_json.c",
    "src/worker/ask.c",
    "src/worker/auth_*.c",
    "src/worker/body.c",
    "src/worker/classify.c",
    "src/worker/heading.c",
    "src/worker/html.c",
    "src/worker/incidents*.c",
    "src/worker/instances.c",
    "src/worker/lines.c",
    "src/worker/list.c",
    "src/worker/logins.c",
    "src/worker/ls_refs.c",
    "src/worker/meaning.c",
    "src/worker/pages.c",
    "src/worker/rate_limit.c",
    "src/worker/records.c",
    "src/worker/report*.c",
    "src/worker/repos_*.c",
    "src/worker/review*.c",
    "src/worker/rights.c",
    "src/worker/seen.c",
    "src/worker/stats.c",
    "src/worker/summary*.c",
    "src/worker/table.c",
    "src/worker/tally.c",
    "src/worker/update.c",
    "src/worker/verdict.c",
    "src/worker/view.c",
    "src/worker/visible.c",
    "src/worker/when.c",
]


def parsers() -> list[str]:
    files: list[str] = []
    for pattern in PARSERS:
        found = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(pattern))
        if not found:
            sys.exit(f"coverage: no source matches {pattern}")
        files += found
    return files


def replay(targets: list[Path], profiles: Path) -> Path:
    for target in targets:
        corpus = ROOT / "fuzz" / "corpus" / target.name.removeprefix("fuzz_")
        done = subprocess.run(
            [target, "-runs=0", f"-artifact_prefix={profiles}/", corpus], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "LLVM_PROFILE_FILE": str(profiles / f"{target.name}.profraw")})
        if done.returncode != 0:
            sys.stderr.buffer.write(done.stdout)
            sys.exit(f"coverage: {target.name} failed on its corpus")
    merged = profiles / "merged.profdata"
    subprocess.run(
        ["llvm-profdata", "merge", "-sparse", "-o", merged, *sorted(profiles.glob("*.profraw"))], check=True)
    return merged


def line_coverage(targets: list[Path], merged: Path) -> dict[str, dict[str, float]]:
    objects = [word for target in targets[1:] for word in ("-object", str(target))]
    report = subprocess.run(
        ["llvm-cov", "export", "-summary-only", "-instr-profile", merged, targets[0], *objects],
        stdout=subprocess.PIPE, check=True)
    files = json.loads(report.stdout)["data"][0]["files"]
    return {os.path.relpath(file["filename"], ROOT): file["summary"]["lines"] for file in files}


def main() -> int:
    targets = sorted(path for path in (Path(sys.argv[1]) / "fuzz").glob("fuzz_*") if path.is_file())
    if not targets:
        sys.exit(f"coverage: no fuzz target in {sys.argv[1]}")
    with tempfile.TemporaryDirectory() as profiles:
        measured = line_coverage(targets, replay(targets, Path(profiles)))
    low = []
    for file in parsers():
        lines = measured.get(file, {"count": 0, "covered": 0, "percent": 0.0})
        floor, reason = EXCEPTIONS.get(file, (FLOOR, ""))
        note = f"  (floor {floor:.0f} %: {reason})" if reason else ""
        print(f"{file:32} {lines['covered']:5}/{lines['count']:<5} {lines['percent']:6.1f} %{note}")
        if lines["percent"] < floor:
            low.append(f"{file} is below {floor:.0f} %")
    for line in low:
        print(f"coverage: {line}", file=sys.stderr)
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
