"""Help: complete, aligned, within 80 columns; topics and versions that are true."""

from __future__ import annotations

import json
import re
import subprocess
import unittest

import surface
from surface import BINARY, ROOT, ghward


def sources(folder: str) -> str:
    return "\n".join(path.read_text() for path in sorted((ROOT / folder).rglob("*.c")))


class Help(unittest.TestCase):
    def every_text(self) -> dict[str, str]:
        texts = {name: ghward(*name.split()) for name in
                 ("--help", "--version", *(f"help {topic}" for topic in surface.TOPICS))}
        for command in surface.commands():
            texts[command.name] = command.help
            texts[command.words[0]] = ghward(command.words[0], "--help")
        return texts

    def test_no_line_is_longer_than_a_terminal(self) -> None:
        for name, text in self.every_text().items():
            for line in text.splitlines():
                self.assertLessEqual(len(line), 80, f"{name}: {line}")
                self.assertEqual(line, line.rstrip(), f"{name}: spaces at the end of a line")

    def test_every_command_and_topic_is_listed(self) -> None:
        text = ghward("--help")
        self.assertGreaterEqual(len(surface.commands()), 7)
        for command in surface.commands():
            self.assertRegex(text, rf"(?m)^  {command.name}  +[A-Z]")
        for topic in surface.TOPICS:
            self.assertRegex(text, rf"(?m)^  help {topic}  ")

    def test_every_option_is_explained_somewhere(self) -> None:
        shown = {(option.name, option.letter) for command in surface.commands() for option in command.options}
        for identifier, name, letter in surface.option_rows():
            with self.subTest(identifier):
                self.assertIn((f"--{name}", f"-{letter}" if letter else ""), shown)

    def test_explanations_are_aligned(self) -> None:
        for command in surface.commands():
            starts = {line.index(match.group(1), 8) for line in command.help.splitlines()
                      if (match := re.match(r"  (?:-\w, |    )--\S+(?: \S+)?  +(\S.*)", line))}
            self.assertEqual(len(starts), 1, command.help)

    def test_groups_stand_in_one_order(self) -> None:
        order = ["Scope", "Filters", "Change", "Mode", "Credential", "Vault", "Output", "General", "Examples"]
        for command in surface.commands():
            groups = re.findall(r"(?m)^(\w+):$", command.help)
            self.assertEqual(groups, [group for group in order if group in groups], command.name)
            self.assertIn("General", groups)
            self.assertIn("Examples", groups)

    def test_closed_sets_are_spelt_out(self) -> None:
        state = next(option for option in surface.command("alerts list").options if option.name == "--state")
        self.assertEqual(surface.closed_set(state), ["open", "closed", "dismissed", "fixed"])

    def test_what_is_required_says_so_and_is_required(self) -> None:
        required = 0
        for command in surface.commands():
            for option in command.options:
                if not option.text.endswith("(required)"):
                    continue
                required += 1
                self.assertRegex(command.help, rf"Usage: .*{option.name} ")
                words = re.findall(rf" {command.name} ([A-Z]+) ", command.help.splitlines()[2])
                others = [word for other in command.options if other is not option and "(required)" in other.text
                          for word in (other.name, "x")]
                result = subprocess.run([BINARY, *command.words, *["1" for _ in words], *others], env={}, capture_output=True,
                                        text=True, check=False)
                self.assertEqual(result.returncode, 2)
                self.assertIn(f"needs {option.name}", result.stderr)
        self.assertGreaterEqual(required, 3)


class Topics(unittest.TestCase):
    def test_every_variable_that_is_read_is_explained(self) -> None:
        text = sources("src/cli")
        read = set(re.findall(r'(?:environment_get|directory)\([^"]*?"([A-Z_]+)"', text))
        read |= set(re.findall(r'\{"(G\w+_TOKEN)", "(G\w+_TOKEN)"\}', text)[0])
        settings = (ROOT / "src/lib/settings/settings.def").read_text()
        read |= set(re.findall(r'^SETTING\(\w+, "\w+", "(\w+)"', settings, re.M))
        explained = ghward("help", "environment")
        self.assertGreater(len(read), 20)
        for name in read:
            self.assertRegex(explained, rf"(?m)^(\w+, )*{name}(, \w+)*$")

    def test_every_kind_of_failure_has_an_explained_code(self) -> None:
        text = ghward("help", "exit-codes")
        explained, kinds = text.split("With --json")
        codes = set(re.findall(r"(?m)^  +(\d+)  \S", explained))
        pairs = re.findall(r"(?m)^  +(\d+)  (\w+)$", kinds)
        table = re.findall(r'\[FAILURE_(\w+)\] = \{"(\w+)", (\d+)\}', (ROOT / "src/lib/failure/failure.c").read_text())
        self.assertEqual({(code, name) for _, name, code in table if name != "none"}, set(map(tuple, pairs)))
        self.assertEqual(codes, {code for _, _, code in table})

    def test_the_readme_has_the_same_codes(self) -> None:
        readme = re.findall(r"(?m)^\| (\d+) \| (.+) \|$", (ROOT / "README.md").read_text())
        explained = ghward("help", "exit-codes").split("With --json")[0]
        shown = {code: re.sub(r"\s+", " ", text).strip() for code, text in
                 re.findall(r"(?m)^ {2,4}(\d+)  ((?:.|\n {7})+)", explained)}
        self.assertEqual(dict(readme), shown)


class Version(unittest.TestCase):
    versions = json.loads(ghward("--version", "--json"))

    def names(self, link: str) -> set[str]:
        return {library["name"] for library in self.versions["libraries"] if library["link"] == link}

    def test_both_forms_say_the_same(self) -> None:
        text = ghward("--version")
        self.assertEqual(text.splitlines()[0], f"ghward {self.versions['version']}")
        for library in self.versions["libraries"]:
            self.assertIn(f" {library['name']} {library['version']}", text)

    def test_shared_libraries_are_those_of_the_programs(self) -> None:
        needed = set()
        for program in (BINARY, *(ROOT / "build/libexec/ghward").glob("ghward-*")):
            dynamic = subprocess.run(["readelf", "-d", program], check=True, capture_output=True, text=True).stdout
            needed |= set(re.findall(r"\[(?:lib)?([a-z-]+\w*)\.so[.\d]*\]", dynamic))
        self.assertEqual({name.removeprefix("lib") for name in self.names("shared")},
                         {{"z": "zlib"}.get(name, name) for name in needed - {"c"}})

    def test_static_libraries_are_pinned(self) -> None:
        lock = {tuple(line.split()[:2]) for line in (ROOT / "third_party.lock").read_text().splitlines()
                if not line.startswith("#")}
        built = {(library["name"].removeprefix("lib").lower(), library["version"])
                 for library in self.versions["libraries"] if library["link"] == "static"}
        self.assertLessEqual(built, lock)
        self.assertEqual({name for name, _ in built}, {name for name, _ in lock})

    def test_shared_versions_are_those_of_the_machine_it_was_built_on(self) -> None:
        for library in self.versions["libraries"]:
            if library["link"] != "static":
                known = subprocess.run(["pkg-config", "--modversion", library["name"]], check=False,
                                       capture_output=True, text=True)
                # Only libjq has not always had a .pc file: since 1.7.
                here = known.stdout.strip() if known.returncode == 0 else "1.6"
                if known.returncode != 0:
                    self.assertEqual(library["name"], "libjq", known.stderr)
                self.assertEqual(library["version"], here, library["name"])


if __name__ == "__main__":
    unittest.main()
