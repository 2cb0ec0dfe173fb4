"""What stories are made of: a canary, the place a user lives in, and how a command ended."""

from __future__ import annotations

import base64
import json
import os
import random
import re
import shutil
import string
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from system import lockdown

Environment = Mapping[str, str | None]
"""Changes to a command's environment; None removes a variable."""

# Long enough to be no accident, short enough that a token cut in two is still found.
_WINDOW = 12


def random_secret(length: int = 36) -> str:
    return "".join(random.SystemRandom().choices(string.ascii_letters + string.digits, k=length))


@dataclass(frozen=True)
class Canary:
    """A token that must never turn up anywhere."""

    token: str

    @property
    def windows(self) -> list[bytes]:
        """Of the token as it is, and then as it stands in git's Basic authentication."""
        return [secret[at : at + _WINDOW] for secret in self._forms for at in range(len(secret) - _WINDOW + 1)]

    @property
    def _forms(self) -> list[bytes]:
        # "x-access-token:" is a multiple of three bytes, so that the rest is encoded by itself.
        return [self.token.encode()[-36:], base64.b64encode(self.token.encode()).rstrip(b"=")[6:]]

    def is_in(self, data: bytes) -> bool:
        return any(window in data for window in self.windows)

    @property
    def needles(self) -> "re.Pattern[bytes]":
        """For memory, where three windows of each form are enough: beginning, middle and end."""
        chosen = [form[at : at + _WINDOW] for form in self._forms
                  for at in (0, (len(form) - _WINDOW) // 2, len(form) - _WINDOW)]
        return re.compile(b"|".join(re.escape(window) for window in chosen))


@dataclass
class Result:
    """How one run of the command ended."""

    arguments: tuple[str, ...]
    code: int
    out: str
    err: str
    seconds: float

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The error object of --json mode; notes may stand before it."""
        lines = self.err.splitlines()
        try:
            while lines and list(json.loads(lines[0])) == ["note"]:
                del lines[0]
            document = json.loads("\n".join(lines))
        except ValueError:
            document = {}
        if list(document) != ["error"]:
            raise AssertionError(f"standard error is not one error object: {self}")
        return document["error"]  # type: ignore[no-any-return]

    @property
    def rows(self) -> list[list[str]]:
        """Tab-separated output."""
        return [line.split("\t") for line in self.out.splitlines()]

    def __str__(self) -> str:
        return (f"ghward {' '.join(self.arguments)} -> {self.code} in {self.seconds:.2f} s\n"
                f"--- stdout\n{self.out[:2000]}\n--- stderr\n{self.err[:4000]}")


@dataclass
class Scratch:
    """The directories of one user who is new to ghward. Everything below `base` is searched."""

    base: Path
    tools: Path
    """Programs of the test's own in PATH; not searched."""

    @classmethod
    def make(cls) -> "Scratch":
        top = Path(tempfile.mkdtemp(prefix="ghward-test-"))
        top.chmod(0o755)
        made = cls(top / "user", top / "tools")
        made.tools.mkdir()
        made.base.mkdir()
        for path in (made.home, made.state, made.run, made.work):
            path.mkdir(mode=0o700)
        made.settle()
        return made

    def keep(self, name: str, text: str) -> Path:
        """A file of the user's where nobody searches for what must not be written."""
        path = self.tools / name
        path.write_text(text)
        path.chmod(0o600)
        if lockdown.is_wanted():
            os.chown(path, lockdown.UID, lockdown.UID)
        return path

    def settle(self) -> None:
        """Gives what a test made by hand to the user that ghward runs as."""
        if lockdown.is_wanted():
            self.give_away()

    def give_away(self) -> None:
        for path in (self.base, *self.base.rglob("*")):
            os.chown(path, lockdown.UID, lockdown.UID, follow_symlinks=False)

    @property
    def home(self) -> Path:
        return self.base / "home"

    @property
    def state(self) -> Path:
        return self.base / "state"

    @property
    def run(self) -> Path:
        return self.base / "run"

    @property
    def work(self) -> Path:
        return self.base / "work"

    @property
    def destination(self) -> Path:
        """Of repositories; not made yet."""
        return self.base / "mirror"

    @property
    def audit(self) -> Path:
        return self.state / "ghward" / "audit"

    @property
    def vault(self) -> Path:
        return self.state / "ghward" / "vault"

    @property
    def socket(self) -> Path:
        return self.run / "ghward" / "agent.sock"

    def remove(self) -> None:
        shutil.rmtree(self.base.parent, ignore_errors=True)
