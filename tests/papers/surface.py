"""What ghward offers, taken from its sources and its help, to compare the papers with."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / "build/bin/ghward"
SHARE = ROOT / "build/share"
PAGES = sorted((SHARE / "man").glob("man[15]/*"))


def _settings() -> dict[str, Any]:
    """Every key with its schema; "audit.dir" is a member of an object. Rules are no setting of one value."""
    found: dict[str, Any] = {}
    for name, key in json.loads((ROOT / "policy/agent/config.schema.json").read_text())["properties"].items():
        members = key.get("properties", {}) if key["type"] == "object" else None
        if members is None:
            found[name] = key
        else:
            found |= {f"{name}.{member}": value for member, value in members.items() if value["type"] != "array"}
    return found


SCHEMA = _settings()

TOPICS = ("credentials", "environment", "exit-codes")


def ghward(*arguments: str) -> str:
    """Standard output of a command that has to succeed, with nothing in its environment."""
    return subprocess.run([BINARY, *arguments], env={}, check=True, capture_output=True, text=True).stdout


@dataclass
class Option:
    """One option of one command, as its help shows it."""

    name: str
    letter: str
    placeholder: str
    text: str


@dataclass
class Command:
    """One command, as its help shows it."""

    name: str
    help: str
    options: list[Option] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        return self.name.split()

    @property
    def page(self) -> Path:
        return SHARE / "man/man1" / f"ghward-{self.name.replace(' ', '-')}.1"

    @property
    def fields(self) -> list[str]:
        """What --json may choose from; nothing where it takes no list."""
        if not any(option.name == "--json" and option.placeholder for option in self.options):
            return []
        return ghward(*self.words, "--json", "help").split()


@cache
def commands() -> tuple[Command, ...]:
    """From the table in the source, so that a help that forgets one does not hide it."""
    source = (ROOT / "src/cli/commands.c").read_text()
    return tuple(command(name) for name in re.findall(r'\.name = "([^"]+)"', source))


def command(name: str) -> Command:
    text = ghward(*name.split(), "--help")
    found = Command(name, text)
    for line in text.splitlines():
        match = re.match(r"  (?:-(\w), |    )(--[a-z-]+) ?(\S*)(.*)", line)
        if match:
            letter, option, placeholder, rest = match.groups()
            # Behind two spaces the explanation begins.
            if placeholder and not re.search(rf"{re.escape(option)} \S", line):
                rest, placeholder = placeholder + rest, ""
            found.options.append(Option(option, f"-{letter}" if letter else "", placeholder, rest.strip()))
        elif found.options and line.startswith(" " * 20):
            found.options[-1].text += " " + line.strip()
    return found


def option_rows() -> list[tuple[str, str, str]]:
    """(identifier, name, letter) of every row of options.def."""
    rows = re.findall(r"^OPTION\((\w+), \"([a-z-]+)\", ('(\w)'|0),", (ROOT / "src/cli/options.def").read_text(), re.M)
    return [(identifier, name, letter) for identifier, name, _, letter in rows]


def closed_set(option: Option) -> list[str]:
    """The words of "only alerts in this state: open, closed, dismissed or fixed"."""
    match = re.search(r": ((?:[a-z]+, )*[a-z]+ or [a-z]+)$", option.text)
    return re.split(r", | or ", match.group(1)) if match else []
