"""The manual: clean, complete, and its references lead somewhere."""

from __future__ import annotations

import json
import re
import subprocess
import unittest

import surface
from surface import PAGES, SCHEMA, SHARE

# mandoc looks for what is referenced in the machine's manual, and takes every system name for that of a base system.
_NOT_OURS = re.compile(r"referenced manual not found|operating system explicitly specified")


def rendered(page: object) -> str:
    """As somebody reads it, without breaks that depend on the width."""
    text = subprocess.run(["mandoc", "-T", "utf8", str(page)], check=True, capture_output=True, text=True).stdout
    return re.sub(r"\s+", " ", re.sub(".\b", "", text))


class Pages(unittest.TestCase):
    def test_there_is_one_for_each_command_and_noun(self) -> None:
        names = {command.name for command in surface.commands()} | {command.words[0] for command in surface.commands()}
        expected = {f"ghward-{name.replace(' ', '-')}.1" for name in names} | {"ghward.1", "ghward-config.5",
                                                                                 "ghward-verify.1"}
        self.assertEqual({page.name for page in PAGES}, expected)

    def test_mandoc_finds_nothing(self) -> None:
        result = subprocess.run(["mandoc", "-T", "lint", *PAGES], capture_output=True, text=True, check=False)
        self.assertEqual([line for line in result.stdout.splitlines() if not _NOT_OURS.search(line)], [])
        self.assertEqual(result.stderr, "")

    def test_mandoc_would_find_something(self) -> None:
        result = subprocess.run(["mandoc", "-T", "lint"], input=".Dd x\n.Dt X 1\n.Os\n.Sh NAME\n.Xx\n",
                                capture_output=True, text=True, check=False)
        self.assertNotEqual(result.returncode, 0)

    def test_groff_warns_of_nothing(self) -> None:
        for page in PAGES:
            result = subprocess.run(["groff", "-mdoc", "-ww", "-Tutf8", "-z", page], capture_output=True, text=True,
                                    check=False)
            self.assertEqual((result.returncode, result.stderr), (0, ""), page.name)

    def test_references_lead_to_pages(self) -> None:
        count = 0
        for page in PAGES:
            for name, section in re.findall(r"(?m)^\.Xr (\S+) (\d)", page.read_text()):
                count += 1
                self.assertTrue((SHARE / f"man/man{section}/{name}.{section}").exists(), f"{page.name}: {name}")
        self.assertGreater(count, 2 * len(PAGES))

    def test_names_are_those_of_the_files(self) -> None:
        for page in PAGES:
            self.assertIn(f".Dt {page.stem.upper()} {page.suffix[1:]}\n", page.read_text())
            self.assertIn(f".Nm {page.stem}\n", page.read_text())


class Commands(unittest.TestCase):
    def test_options_are_those_of_the_help(self) -> None:
        for command in surface.commands():
            text = rendered(command.page)
            self.assertGreater(len(command.options), 0)
            for option in command.options:
                both = f"{option.letter}, {option.name}" if option.letter else option.name
                self.assertIn(f"{both} {option.placeholder}".strip(), text, command.name)
                self.assertIn(option.text.removesuffix(" (required)"), text, command.name)
                # In the synopsis brackets tell what may be left out.
                bracket = "" if option.text.endswith("(required)") else "["
                self.assertIn(f" {bracket}{option.name}", text.split("DESCRIPTION")[0], command.name)

    def test_fields_are_listed(self) -> None:
        for command in surface.commands():
            if command.fields:
                listed = re.search(r"Fields of JSON (.*?)\.", rendered(command.page))
                self.assertIsNotNone(listed, command.name)
                self.assertEqual(listed and listed.group(1).split(", "), command.fields, command.name)

    def test_examples_stand_as_typed(self) -> None:
        for command in surface.commands():
            text = rendered(command.page)
            for example in command.help.split("Examples:\n")[1].splitlines():
                self.assertIn(re.sub(r"\s+", " ", example.strip()), text)


class Overview(unittest.TestCase):
    text = rendered(SHARE / "man/man1/ghward.1")

    def test_commands_variables_and_codes(self) -> None:
        for command in surface.commands():
            self.assertIn(f"ghward-{command.name.replace(' ', '-')}(1)", self.text)
        variables = re.findall(r"(?m)^([A-Z][A-Z_, ]+)$", surface.ghward("help", "environment"))
        self.assertGreater(len(variables), 15)
        for names in variables:
            self.assertIn(f" {names} ", self.text)
        kinds = surface.ghward("help", "exit-codes").split("With --json")[1]
        for _, kind in re.findall(r"(?m)^  +(\d+)  (\w+)$", kinds):
            self.assertIn(f"‘{kind}’", self.text)


class Configuration(unittest.TestCase):
    text = rendered(SHARE / "man/man5/ghward-config.5")

    def test_every_key_of_the_schema(self) -> None:
        for name, key in SCHEMA.items():
            summary, _, variable = key["description"].rstrip(".").partition(". Environment: ")
            entry = re.search(rf" {name} {re.escape(summary)}\. (Type: .*?)(?= [\w.]+ [A-Z][^.]*\. Type: | Rules )", self.text)
            self.assertIsNotNone(entry, name)
            default = key.get("default")
            shown = str(default).lower() if isinstance(default, bool) else default
            expected = ["Default: none." if default is None else f"Default: ‘{shown}’."]
            expected += [f"Environment: {variable}."] if variable else []
            expected += [f"from {key['minimum']} to {key['maximum']}."] if "minimum" in key else []
            for text in expected:
                self.assertIn(text, entry.group(1) if entry else "", name)

    def test_the_example_is_a_configuration(self) -> None:
        page = (SHARE / "man/man5/ghward-config.5").read_text()
        literal = re.search(r"\.Bd -literal -offset indent\n(.*?)\.Ed", page, re.S)
        text = re.sub(r"//.*", "", re.sub(r"https?://", r"https:\\/\\/", (literal.group(1) if literal else "").replace("\\-", "-")))
        shown = json.loads(text)
        for section in ("git", "audit"):
            shown |= {f"{section}.{name}": value for name, value in shown.pop(section).items()}
        self.assertEqual(shown, {name: key["default"] for name, key in SCHEMA.items() if "default" in key})

    def test_every_member_of_a_rule(self) -> None:
        for name in json.loads((surface.ROOT / "policy/agent/config.schema.json").read_text())[
                "properties"]["audit"]["properties"]["rules"]["items"]["properties"]:
            self.assertRegex(self.text, rf" {name}[ ,]", name)


if __name__ == "__main__":
    unittest.main()
