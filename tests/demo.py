#!/usr/bin/env python3
"""A walk through ghward's main job against a fake GitHub on loopback: no token, no network.

Prints each command as one would type it, runs it, and says what to look at. Exit status 1 if any
step does not end as it should.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent)

from fake import FakeGitHub  # noqa: E402
from fake.certificates import Pki  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
BINARY = Path(os.environ.get("GHWARD_BIN", ROOT / "build/bin/ghward")).resolve()

# Of the form that GitHub issues, and worth nothing.
TOKEN = "ghp_" + "DemoTokenThatNobodyElseWouldAccept00"

_PASSED_ON = ("TERM", "LANG", "LC_ALL", "COLUMNS", "NO_COLOR")
_DAMAGED = 8


@dataclass(frozen=True)
class Style:
    """Colours where a person is looking and has not refused them."""

    enabled: bool

    @classmethod
    def for_output(cls) -> "Style":
        return cls(sys.stdout.isatty() and not os.environ.get("NO_COLOR")
                   and os.environ.get("TERM", "dumb") != "dumb")

    def _wrap(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.enabled else text

    def title(self, text: str) -> str:
        return self._wrap("1", text)

    def command(self, text: str) -> str:
        return self._wrap("36", text)

    def good(self, text: str) -> str:
        return self._wrap("32", text)

    def bad(self, text: str) -> str:
        return self._wrap("1;31", text)


class Demo:
    """The walk: where it happens, and what has gone wrong so far."""

    def __init__(self, fake: FakeGitHub, scratch: Path) -> None:
        self.fake = fake
        self.style = Style.for_output()
        self.failures: list[str] = []
        self.audit = scratch / "state" / "ghward" / "audit"
        self.settings = {
            "GITHUB_API_URL": fake.url,
            "GHWARD_CA_FILE": fake.ca_file,
            "XDG_STATE_HOME": str(scratch / "state"),
        }
        self.environment = {
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            **self.settings,
            "HOME": str(scratch),
            "XDG_RUNTIME_DIR": str(scratch / "run"),
            "PATH": "/usr/bin:/bin",
            "GH_ENTERPRISE_TOKEN": TOKEN,
        }
        (scratch / "run").mkdir(mode=0o700)

    def say(self, text: str = "") -> None:
        print(text, flush=True)

    def step(self, title: str) -> None:
        self.say()
        self.say(self.style.title(f"# {title}"))

    def prompt(self, words: str) -> None:
        self.say(self.style.command(f"$ {words}"))

    def check(self, is_fine: bool, good: str, bad: str) -> None:
        if is_fine:
            self.say(self.style.good(good))
        else:
            self.say(self.style.bad(f"FAILED: {bad}"))
            self.failures.append(bad)

    def run(self, *arguments: str, expected: int = 0, secret: str | None = None) -> None:
        """A secret is what the command reads from standard input."""
        words = f"ghward {shlex.join(arguments)}"
        self.prompt(words + (" < token.txt" if secret else ""))
        code = subprocess.run([str(BINARY), *arguments], env=self.environment, check=False,
                              input=secret, text=True).returncode
        if code != expected:
            self.check(False, "", f"{words} ended with {code} instead of {expected}")

    # --- the walk ---

    def introduce(self) -> None:
        self.say(self.style.title("ghward: a walk through its main job"))
        self.say("A fake GitHub listens on loopback, with TLS and a certificate authority of its own.")
        self.say()
        for name, value in self.settings.items():
            self.prompt(f"export {name}={value}")
        self.prompt("export GH_ENTERPRISE_TOKEN=ghp_****")

    def look_at_alerts(self) -> None:
        self.step("The open alerts of a repository, read by a process that has no token.")
        self.run("alerts", "list", "-R", "acme/shop", "--state", "open", "--limit", "8")
        self.step("For scripts: chosen fields as JSON, only what is critical.")
        self.run("alerts", "list", "-R", "acme/shop", "--severity", "critical",
                 "--json", "number,state,severity,cwes")
        self.step("One alert in full.")
        self.run("alerts", "view", "15", "-R", "acme/shop")
        self.step("What is left of GitHub's rate limits.")
        self.run("rate-limit")

    def use_the_vault(self) -> None:
        """From here on the environment has no token any more."""
        key_file = str(Path(self.environment["HOME"]) / "vault.key")
        host = self.fake.url.removeprefix("https://")
        self.step("A vault: from now on no program that you start inherits the token.")
        self.run("vault", "init", "--key-file", key_file)
        self.prompt(f"export GHWARD_KEY_FILE={key_file}")
        self.environment["GHWARD_KEY_FILE"] = key_file
        self.run("vault", "add", "work", "--host", host, "--owner", "acme", secret=TOKEN + "\n")
        self.prompt("unset GH_ENTERPRISE_TOKEN")
        del self.environment["GH_ENTERPRISE_TOKEN"]
        self.run("alerts", "list", "-R", "acme/shop", "--severity", "critical", "--limit", "3")
        self.run("vault", "list")
        self.step("Which credential is used, why, and what it is worth.")
        self.run("auth", "status", "-R", "acme/shop")

    def mirror_the_organisation(self) -> None:
        kept = str(Path(self.environment["HOME"]) / "mirrors")
        sync = ("repos", "sync", "--org", "acme", "--dest", kept)
        shop, *_ = [self.fake.repositories.add(f"acme/{name}") for name in ("shop", "api", "web", "docs")]
        self.step("Mirrors of all repositories of an organisation, made by a git that has no token and opens no socket.")
        self.run(*sync)
        self.step("Somebody pushes to one of them: git runs for that one.")
        shop.push()
        begun = len(self.fake.requests)
        self.run(*sync, "--json")
        fetched = {request.path.split(".git/")[0] for request in self.fake.requests[begun:] if request.git_command == "fetch"}
        self.check(fetched == {"/acme/shop"}, "nothing else was fetched.", f"fetched: {', '.join(sorted(fetched)) or 'nothing'}")
        self.run("repos", "status", "--dest", kept)

    def look_at_the_log(self) -> None:
        self.step("All of that is in the audit log, each record chained to the one before.")
        self.run("audit", "verify")
        self.step("What an auditor asks for: who did what; and one page that sums it up.")
        self.run("audit", "search", "--event", "alerts.*")
        self.run("audit", "report", "--format", "html", "-o", str(self.audit.with_name("report.html")))
        self.step("A signed checkpoint, for somebody else to keep.")
        self.run("audit", "checkpoint")
        self.step("Somebody changes one word in a copy: ghward notices, and exits with 8.")
        copied = self.audit.with_name("copy")
        self.prompt(f"cp -r {shlex.quote(str(self.audit))} {shlex.quote(str(copied))}")
        shutil.copytree(self.audit, copied)
        segment = sorted(copied.glob("*.jsonl"))[0]
        self.prompt(f"sed -i '0,/acme/s//evil/' {shlex.quote(str(segment))}")
        segment.write_bytes(segment.read_bytes().replace(b"acme", b"evil", 1))
        self.run("audit", "verify", "--dir", str(copied), expected=_DAMAGED)

    def look_at_confinement(self) -> None:
        self.step("How each process is confined, as the kernel sees it.")
        self.run("doctor")

    def conclude(self) -> None:
        self.step("What the fake GitHub and the disk have seen of the token.")
        used = sum(request.token == TOKEN for request in self.fake.requests)
        self.check(used == len(self.fake.requests) > 0,
                   f"{used} of {len(self.fake.requests)} requests carried it, as they should;",
                   "not every request carried the token")
        base = Path(self.environment["HOME"])
        files = [path for path in base.rglob("*") if path.is_file()]
        leaks = [str(path) for path in files if TOKEN.encode() in path.read_bytes()]
        self.check(not leaks, f"none of the {len(files)} files that were written has it.",
                   f"the token is in {', '.join(leaks)}")

    def walk(self) -> int:
        self.introduce()
        self.look_at_alerts()
        self.use_the_vault()
        self.mirror_the_organisation()
        self.look_at_the_log()
        self.look_at_confinement()
        self.conclude()
        self.say()
        if self.failures:
            self.say(self.style.bad(f"{len(self.failures)} of the steps went wrong."))
            return 1
        self.say(self.style.good("Everything went as it should."))
        return 0


def main() -> int:
    if not BINARY.exists():
        print(f"{BINARY} is not there; build it first: ./dev build", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="ghward-demo-") as directory:
        top = Path(directory)
        scratch = top / "home"
        scratch.mkdir(mode=0o700)
        with FakeGitHub(TOKEN, pki=Pki(top / "pki"), alerts=40) as fake:
            return Demo(fake, scratch).walk()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
