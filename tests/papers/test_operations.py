"""The guide: its commands work, it is complete, and what it links to is there."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from fake import FakeGitHub
from surface import BINARY, ROOT, SCHEMA, ghward

GUIDE = (ROOT / "docs/operations.md").read_text()

# Of the form that GitHub issues, and worth nothing.
TOKEN = "ghp_" + "GuidedTokenThatNobodyElseWouldAccept"


class Commands(unittest.TestCase):
    def test_the_blocks_run_one_after_the_other(self) -> None:
        blocks = re.findall(r"(?m)^```sh\n(.*?)^```$", GUIDE, re.S)
        self.assertGreater(len(blocks), 8)
        with tempfile.TemporaryDirectory(prefix="ghward-guide-") as directory, FakeGitHub(TOKEN, alerts=5) as fake:
            home = Path(directory)
            (home / "run").mkdir(mode=0o700)
            # The first block speaks of the source tree.
            (home / "build").symlink_to(ROOT / "build")
            fake.repositories.add("acme/shop")
            result = subprocess.run(
                ["bash", "--norc", "-euxo", "pipefail", "-c", "".join(blocks)], cwd=home, timeout=120, check=False,
                capture_output=True, text=True,
                env={"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run"), "PATH": "/usr/bin:/bin",
                     "GITHUB_API_URL": fake.url, "GHWARD_CA_FILE": fake.ca_file, "GH_ENTERPRISE_TOKEN": TOKEN})
            self.assertEqual(result.returncode, 0, result.stderr[-2000:])
            self.assertFalse(any(request.method != "GET" and not request.git_command for request in fake.requests))
            self.assertGreater(len(fake.requests), 5)

    def test_the_commands_of_the_other_blocks_exist(self) -> None:
        used = 0
        for block in re.findall(r"(?m)^```console\n(.*?)^```$", GUIDE, re.S):
            for words in re.findall(r"(?:^\$|^#|--|IMAGE) ghward ([^\n]*)", block, re.M):
                name = [word for word in words.split("#")[0].split() if re.fullmatch(r"[a-z-]+", word)][:2]
                if name[0].startswith("--"):
                    continue
                used += 1
                ghward(*name, "--help")
        self.assertGreaterEqual(used, 3)


class Completeness(unittest.TestCase):
    def test_every_key_with_its_default_and_range(self) -> None:
        for name, key in SCHEMA.items():
            row = re.search(rf"(?m)^\| `{name}` \|(.*?)\|(.*?)\|(.*?)\| .+ \|$", GUIDE)
            self.assertIsNotNone(row, name)
            default, limits, variable = row.groups() if row else ("", "", "")
            self.assertEqual(default.strip(" `").lower(), str(key.get("default", "none")).lower(), name)
            self.assertEqual(variable.strip(" `"), key["description"].partition("Environment: ")[2].rstrip("."), name)
            if "minimum" in key:
                self.assertEqual(limits.strip(), f"{key['minimum']} to {key['maximum']}", name)

    def test_every_variable(self) -> None:
        for names in re.findall(r"(?m)^([A-Z][A-Z_, ]+)$", ghward("help", "environment")):
            for name in names.split(", "):
                self.assertTrue(f"`{name}`" in GUIDE, name)

    def test_every_exit_code(self) -> None:
        codes = re.findall(r"(?m)^ {2,4}(\d+)  ", ghward("help", "exit-codes").split("With --json")[0])
        self.assertEqual(re.findall(r"(?m)^\| (\d+) \| ", GUIDE), codes)

    def test_every_message_is_one_of_ghward_s(self) -> None:
        source = "".join(path.read_text() for path in (ROOT / "src").rglob("*.c"))
        # Literals that the compiler joins, and what is filled in.
        source = re.sub(r'"\s*(?:PRI\w+)?\s*"', "", source)
        messages = re.findall(r"(?m)^\| `([^`]+)` \| (?!.*\| )", GUIDE.split("## Troubleshooting")[1])
        self.assertGreater(len(messages), 15)
        for message in messages:
            for part in re.split(r"\.{3}", message):
                self.assertTrue(part.strip(" :").split("/libexec")[-1] in source, message)


class Links(unittest.TestCase):
    def test_they_lead_somewhere(self) -> None:
        checked = 0
        for document in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
            text = document.read_text()
            for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
                checked += 1
                self.assertTrue((document.parent / target).exists(), f"{document.name}: {target}")
            for target in re.findall(r"`((?:docs|src|policy|tests|fuzz|packaging|cmake)/[\w./-]+)`", text):
                checked += 1
                # A word in capitals stands for any name; a decision may be named by its number only.
                target = re.sub(r"\b[A-Z]+\b", "*", target)
                self.assertTrue(list(ROOT.glob(target.rstrip(".") + "*")), f"{document.name}: {target}")
        self.assertGreater(checked, 10)

    def test_the_readme_leads_to_the_guide(self) -> None:
        self.assertTrue("docs/operations.md" in (ROOT / "README.md").read_text())

    def test_ghward_is_built(self) -> None:
        self.assertTrue(os.access(BINARY, os.X_OK))


if __name__ == "__main__":
    unittest.main()
