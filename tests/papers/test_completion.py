"""Completion, driven in the shells themselves."""

from __future__ import annotations

import os
import pty
import shlex
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import surface
from surface import SHARE

BASH = SHARE / "bash-completion/completions/ghward"
ZSH = SHARE / "zsh/site-functions"
FISH = SHARE / "fish/vendor_completions.d/ghward.fish"
_PATIENCE = 60.0
"""Seconds; for a machine under load."""


class Shell:
    """An interactive shell on a terminal of its own."""

    def __init__(self, *command: str, **env: str) -> None:
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.execvpe(command[0], command, {"PATH": os.environ["PATH"], "TERM": "dumb", "LANG": "C.UTF-8", **env})
        self.pid = pid

    def type(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def close(self) -> None:
        os.close(self.terminal)
        os.waitpid(self.pid, 0)

    def __enter__(self) -> "Shell":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def wait_for(self, file: Path, end: str) -> str:
        """What is in the file when its last line is `end`. The terminal is emptied meanwhile."""
        os.set_blocking(self.terminal, False)
        deadline = time.monotonic() + _PATIENCE
        seen = b""
        while time.monotonic() < deadline:
            try:
                seen += os.read(self.terminal, 65536)
            except BlockingIOError:
                pass
            text = file.read_text() if file.exists() else ""
            if text.endswith(end + "\n"):
                return text.removesuffix(end + "\n")
            time.sleep(0.01)
        raise AssertionError(f"no answer; the terminal shows {seen!r}")


class Stories:
    """What every shell must offer; `offers` is what it does for a line with the cursor at its end."""

    def offers(self, line: str) -> set[str]:
        raise NotImplementedError

    def test_commands(self) -> None:
        nouns = {command.words[0] for command in surface.commands()}
        self.assertLessEqual(nouns | {"help"}, self.offers("ghward "))
        for noun in nouns:
            verbs = {command.words[1] for command in surface.commands()
                     if command.words[0] == noun and len(command.words) > 1}
            if verbs:
                self.assertEqual(verbs, {word for word in self.offers(f"ghward {noun} ") if word[0] != "-"})

    def test_help_and_its_topics(self) -> None:
        nouns = {command.words[0] for command in surface.commands()}
        self.assertEqual(self.offers("ghward help "), nouns | set(surface.TOPICS))

    def test_every_option_of_every_command(self) -> None:
        for command in surface.commands():
            expected = {name for option in command.options for name in (option.name, option.letter) if name}
            offered = self.offers(f"ghward {command.name} --") | self.offers(f"ghward {command.name} -")
            self.assertEqual({word.rstrip("=+") for word in offered}, expected, command.name)

    def test_every_closed_set(self) -> None:
        tried = 0
        for command in surface.commands():
            for option in command.options:
                if words := surface.closed_set(option):
                    tried += 1
                    self.assertEqual(self.offers(f"ghward {command.name} {option.name} "), set(words))
        self.assertGreaterEqual(tried, 2)

    def test_spellings_that_need_no_quotes(self) -> None:
        self.assertEqual(self.offers("ghward alerts dismiss 1 --reason "),
                         {"false-positive", "wont-fix", "used-in-tests", "mitigated"})

    def test_a_word_that_is_begun(self) -> None:
        self.assertEqual(self.offers("ghward alerts list --state d"), {"dismissed"})
        self.assertEqual(self.offers("ghward al"), {"alerts"})
        self.assertEqual(self.offers("ghward alerts list --state open --sev"), {"--severity"})
        self.assertEqual(self.offers("ghward alerts list --state zz"), set())

    def test_fields(self) -> None:
        for command in surface.commands():
            if command.fields:
                offered = self.offers(f"ghward {command.name} --json ")
                self.assertEqual(offered - {"help"}, set(command.fields), command.name)

    def test_more_fields_behind_commas(self) -> None:
        offered = {word.rpartition(",")[2] for word in self.offers("ghward rate-limit --json resources,r")}
        self.assertIn("rate", offered)
        offered = {word.rpartition(",")[2] for word in self.offers("ghward alerts list --json number,st")}
        self.assertEqual(offered, {"state"})

    def test_directories_only(self) -> None:
        with tempfile.TemporaryDirectory() as top:
            Path(top, "evidence").mkdir()
            Path(top, "else").touch()
            offered = {Path(word).name for word in self.offers(f"ghward audit verify --dir {top}/e")}
            self.assertEqual(offered, {"evidence"})

    def test_values_that_nobody_knows(self) -> None:
        """Where the shell knows nothing it must not offer options in the place of a value."""
        self.assertEqual(self.offers("ghward alerts list --limit "), set())
        self.assertEqual(self.offers("ghward alerts list --repo "), set())


class Bash(Stories, unittest.TestCase):
    def offers(self, line: str) -> set[str]:
        # As readline does it: words are broken at "=", too.
        words = line.replace("=", " = ").split()
        if line.endswith((" ", "=")):
            words.append("" if line.endswith(" ") else "=")
        if words[-2:] == ["=", "="]:
            words.pop()
        script = (f"source {shlex.quote(str(BASH))}; COMP_WORDS=({shlex.join(words)}); "
                  f"COMP_CWORD={len(words) - 1}; _ghward; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
        result = subprocess.run(["bash", "--norc", "-c", script], check=True, capture_output=True, text=True)
        self.assertEqual(result.stderr, "")
        return set(result.stdout.split("\n")) - {""}

    def test_it_is_registered(self) -> None:
        result = subprocess.run(["bash", "--norc", "-uc", f"source {shlex.quote(str(BASH))}; complete -p ghward"],
                                check=True, capture_output=True, text=True)
        self.assertEqual(result.stdout, "complete -F _ghward ghward\n")

    def test_values_behind_an_equals_sign(self) -> None:
        self.assertEqual(self.offers("ghward alerts list --state="), {"open", "closed", "dismissed", "fixed"})
        self.assertEqual(self.offers("ghward alerts list --state=d"), {"dismissed"})

    def test_no_field_twice(self) -> None:
        offered = self.offers("ghward rate-limit --json resources,")
        self.assertNotIn("resources,resources", offered)
        self.assertIn("resources,rate", offered)

    def test_on_a_terminal(self) -> None:
        with tempfile.TemporaryDirectory() as top:
            typed = Path(top, "typed")
            Path(top, "a directory").mkdir()
            script = Path(top, "rc")
            script.write_text(f"source {shlex.quote(str(BASH))}\nPS1=\n"
                              f"ghward() {{ printf '%s\\n' \"$@\" end >{shlex.quote(str(typed))}; }}\n")
            with Shell("bash", "--rcfile", str(script), "-i", HOME=top) as shell:
                for line, arguments in (
                    ("ghward al\tli\t--state=di\t--sev\thi\t\n", "alerts list --state=dismissed --severity high"),
                    ("ghward rate\t--json reso\t\n", "rate-limit --json resources"),
                    (f"ghward audit v\t--dir {top}/a\t\n", f"audit verify --dir|{top}/a directory/"),
                ):
                    typed.unlink(missing_ok=True)
                    shell.type(line)
                    expected = [word for part in arguments.split("|")[:1] for word in part.split()]
                    expected += arguments.split("|")[1:]
                    self.assertEqual(shell.wait_for(typed, "end").splitlines(), expected)
                shell.type("exit\n")


class Zsh(Stories, unittest.TestCase):
    top: tempfile.TemporaryDirectory[str]
    shell: Shell

    # compadd is what every completion function ends in; with -O, -A or -D it only sorts words out.
    RC = """
    PS1= fpath=({directory} $fpath)
    autoload -Uz compinit && compinit -D -u
    bindkey -e; bindkey '^I' complete-word
    compadd() {{
        if (( ! $@[(I)-[OAD]] )); then
            local -a found
            builtin compadd -O found "$@"
            print -rl -- $found >>{answers}
        fi
        builtin compadd "$@"
    }}
    said() {{ print -r -- end >>{answers}; compprefuncs=(said-before) }}
    said-before() {{ comppostfuncs=(said) }}
    compprefuncs=(said-before)
    print -r -- end >{answers}
    """

    @classmethod
    def setUpClass(cls) -> None:
        cls.top = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.top.cleanup)
        cls.answers = Path(cls.top.name, "answers")
        Path(cls.top.name, ".zshrc").write_text(cls.RC.format(
            directory=shlex.quote(str(ZSH)), answers=shlex.quote(str(cls.answers))))
        cls.shell = Shell("zsh", "-d", "-i", ZDOTDIR=cls.top.name, HOME=cls.top.name)
        cls.addClassCleanup(cls.shell.close)
        cls.shell.wait_for(cls.answers, "end")

    def offers(self, line: str) -> set[str]:
        self.answers.write_text("")
        # ^U forgets the line before.
        self.shell.type(f"\x15{line}\t")
        return set(self.shell.wait_for(self.answers, "end").splitlines()) - {""}

    def test_syntax(self) -> None:
        subprocess.run(["zsh", "-n", ZSH / "_ghward"], check=True)


class Fish(Stories, unittest.TestCase):
    def offers(self, line: str) -> set[str]:
        script = f"source {shlex.quote(str(FISH))}; complete -C {shlex.quote(line)}"
        with tempfile.TemporaryDirectory() as home:
            result = subprocess.run(["fish", "--no-config", "-c", script], check=True, capture_output=True, text=True,
                                    env={"HOME": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"})
        self.assertEqual(result.stderr, "")
        return {row.split("\t")[0] for row in result.stdout.splitlines()}

    def test_syntax(self) -> None:
        subprocess.run(["fish", "--no-config", "-n", FISH], check=True)


if __name__ == "__main__":
    unittest.main()
