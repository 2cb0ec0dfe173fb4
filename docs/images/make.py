#!/usr/bin/env python3
"""Makes the pictures of this directory from what ghward really prints.

Runs the built command on a pseudo-terminal against the fake GitHub of tests/ and draws its screen as SVG. Times of
alerts are set relative to now, so that the same build gives the same picture on any day.

Usage: docs/images/make.py            writes the pictures
       docs/images/make.py --check    exit status 1 if one of them is not what it would be now
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))

from fake import FakeGitHub  # noqa: E402
from system.harness import Ghward  # noqa: E402
from system.terminal import run_on_terminal  # noqa: E402

PICTURES = {"alerts-list.svg": ("alerts", "list", "-R", "acme/shop", "--state", "open")}
COLUMNS = 110
AGES = [timedelta(hours=3), timedelta(hours=20), timedelta(days=2), timedelta(days=9), timedelta(days=40),
        timedelta(days=130), timedelta(days=400)]

# Pixels. The width of a character is that of common monospace fonts at this size.
SIZE, ADVANCE, LINE, MARGIN, BAR = 14, 8.4, 20, 18, 30
COLOURS = {31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 34: "#79c0ff", 35: "#d2a8ff", 36: "#76e3ea", 90: "#8b949e"}
PLAIN, BACKGROUND, DOTS = "#e6edf3", "#0d1117", ("#ff5f56", "#ffbd2e", "#27c93f")


@dataclass(frozen=True)
class Look:
    """How text is shown at some point of the stream."""

    colour: str = PLAIN
    bold: bool = False
    underlined: bool = False

    def after(self, codes: str) -> "Look":
        look = self
        for code in (int(part or 0) for part in codes.split(";")):
            if code == 0:
                look = Look()
            elif code == 1:
                look = replace(look, bold=True)
            elif code == 4:
                look = replace(look, underlined=True)
            elif code in COLOURS:
                look = replace(look, colour=COLOURS[code])
            else:
                raise ValueError(f"no picture of colour {code}")
        return look


def runs(line: str) -> list[tuple[int, str, Look]]:
    """Column, text and look of each stretch of one line."""
    found, column, look = [], 0, Look()
    for text, codes in re.findall(r"([^\x1b]*)(?:\x1b\[([0-9;]*)m)?", line):
        if text:
            found.append((column, text, look))
            column += len(text)
        look = look.after(codes) if codes else look
    return found


def draw_run(column: int, text: str, look: Look, baseline: float) -> Iterator[str]:
    """Words apart from each other: a viewer may take several spaces for one."""
    style = f'fill="{look.colour}"' + (' font-weight="bold"' if look.bold else "")
    for part in re.finditer(r"\S+(?: \S+)*", text):
        x = MARGIN + (column + part.start()) * ADVANCE
        length = (part.end() - part.start()) * ADVANCE
        yield f'<text x="{x:.1f}" y="{baseline:.0f}" textLength="{length:.1f}" {style}>{escape(part[0])}</text>'
    if look.underlined:
        yield (f'<rect x="{MARGIN + column * ADVANCE:.1f}" y="{baseline + 3:.0f}" '
               f'width="{len(text) * ADVANCE:.1f}" height="1" fill="{look.colour}"/>')


def draw(command: str, screen: str) -> str:
    prompt = "\x1b[32m$\x1b[0m " + command
    lines = [prompt, *screen.rstrip("\n").split("\n")]
    width = 2 * MARGIN + COLUMNS * ADVANCE
    height = BAR + len(lines) * LINE + MARGIN
    dots = "".join(f'<circle cx="{MARGIN + 18 * i}" cy="16" r="5.5" fill="{fill}"/>' for i, fill in enumerate(DOTS))
    body = "\n".join(
        element for number, line in enumerate(lines) for run in runs(line)
        for element in draw_run(*run, BAR + (number + 0.75) * LINE))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
            f'height="{height:.0f}" role="img">\n<title>{escape(command)}</title>\n'
            f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>\n{dots}\n'
            f'<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" '
            f'font-size="{SIZE}">\n{body}\n</g>\n</svg>\n')


def screen_of(arguments: tuple[str, ...]) -> str:
    with FakeGitHub() as fake, Ghward(fake) as user:
        alerts = fake.world.add_repository("acme", "shop", 13)
        now = datetime.now(timezone.utc)
        for alert in alerts:
            # The newest has the highest number; a minute more keeps the words while this runs.
            age = AGES[(len(alerts) - alert["number"]) * len(AGES) // len(alerts)] + timedelta(minutes=1)
            alert["created_at"] = (now - age).strftime("%Y-%m-%dT%H:%M:%SZ")
        fake.world.changed()
        result = run_on_terminal(user, *arguments, columns=COLUMNS)
    if result.code != 0:
        sys.exit(f"it failed: {result}")
    return result.out


def main() -> None:
    stale = []
    for name, arguments in PICTURES.items():
        picture = draw(" ".join(("ghward", *arguments)), screen_of(arguments))
        path = HERE / name
        if sys.argv[1:] != ["--check"]:
            path.write_text(picture)
        elif not path.exists() or path.read_text() != picture:
            stale.append(name)
    if stale:
        sys.exit(f"not up to date, run docs/images/make.py: {', '.join(stale)}")


if __name__ == "__main__":
    main()
