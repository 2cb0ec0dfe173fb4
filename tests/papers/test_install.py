"""`cmake --install`: everything is where it is looked for, with the right modes, and works from there."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

from fake import FakeGitHub
from surface import PAGES, ROOT

# Of the form that GitHub issues, and worth nothing.
TOKEN = "ghp_" + "InstalledTokenThatNobodyElseAccepts0"
NOBODY = 65534


def install(prefix: Path, *environment: str) -> None:
    subprocess.run(["env", *environment, "cmake", "--install", ROOT / "build", "--prefix", prefix], check=True,
                   stdout=subprocess.DEVNULL)


class Installed(unittest.TestCase):
    top: Path
    prefix: Path

    @classmethod
    def setUpClass(cls) -> None:
        directory = tempfile.TemporaryDirectory(prefix="ghward-install-")
        cls.addClassCleanup(directory.cleanup)
        cls.top = Path(directory.name)
        cls.top.chmod(0o755)
        cls.prefix = cls.top / "usr"
        # Somebody careless installs.
        before = os.umask(0)
        try:
            install(cls.prefix)
        finally:
            os.umask(before)

    def mode(self, path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    def test_programs(self) -> None:
        helpers = sorted((self.prefix / "libexec/ghward").iterdir())
        built = sorted(path.name for path in (ROOT / "build/libexec/ghward").glob("ghward-*"))
        self.assertEqual([path.name for path in helpers], built)
        self.assertGreater(len(built), 7)
        for path in helpers:
            self.assertEqual(self.mode(path), 0o711, path)
        self.assertEqual(sorted(path.name for path in (self.prefix / "bin").iterdir()), ["ghward", "ghward-verify"])
        verify = self.prefix / "bin/ghward-verify"
        self.assertEqual(verify.resolve(), (self.prefix / "libexec/ghward/ghward-verify").resolve())
        self.assertIn("BUNDLE", subprocess.run([verify, "--help"], check=True, capture_output=True, text=True).stdout)
        self.assertEqual(self.mode(self.prefix / "bin/ghward"), 0o755)

    def test_nothing_is_writable_by_others_and_all_is_root_s(self) -> None:
        for path in self.prefix.rglob("*"):
            self.assertEqual(self.mode(path) & 0o022, 0, path)
            self.assertEqual(path.stat().st_uid, os.geteuid(), path)
            if path.is_dir():
                self.assertEqual(self.mode(path), 0o755, path)

    def test_papers(self) -> None:
        share = self.prefix / "share"
        expected = {f"man/{page.parent.name}/{page.name}" for page in PAGES} | {
            "bash-completion/completions/ghward", "zsh/site-functions/_ghward", "fish/vendor_completions.d/ghward.fish"}
        found = {str(path.relative_to(share)) for path in share.rglob("*") if path.is_file()}
        self.assertEqual(found, expected)
        for path in found:
            self.assertEqual(self.mode(share / path), 0o644)

    def test_man_finds_the_pages(self) -> None:
        if not shutil.which("man"):
            self.skipTest("there is no man here")
        for words in (["ghward"], ["ghward-alerts-list"], ["5", "ghward-config"]):
            found = subprocess.run(["man", "-M", self.prefix / "share/man", "-w", *words], check=True,
                                   capture_output=True, text=True).stdout
            self.assertTrue(found.startswith(str(self.prefix)), found)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody to whom helpers are unreadable")
    def test_it_works_for_somebody_who_cannot_read_the_helpers(self) -> None:
        home = self.top / "home"
        home.mkdir(mode=0o700, exist_ok=True)
        os.chown(home, NOBODY, NOBODY)
        with FakeGitHub(TOKEN, alerts=3) as fake:
            roots = self.top / "ca.pem"
            shutil.copy(fake.ca_file, roots)
            roots.chmod(0o644)
            environment = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "PATH": "/nonexistent",
                           "GITHUB_API_URL": fake.url, "GHWARD_CA_FILE": str(roots), "GH_ENTERPRISE_TOKEN": TOKEN}

            def become_nobody() -> None:
                os.setgroups([])
                os.setresgid(NOBODY, NOBODY, NOBODY)
                os.setresuid(NOBODY, NOBODY, NOBODY)
                for helper in (self.prefix / "libexec/ghward").iterdir():
                    if os.access(helper, os.R_OK):
                        os._exit(99)

            for words in (("alerts", "list", "-R", "acme/shop"), ("audit", "verify"), ("doctor",)):
                result = subprocess.run([self.prefix / "bin/ghward", *words], env=environment, cwd="/",
                                        preexec_fn=become_nobody, capture_output=True, text=True, check=False)
                self.assertEqual((result.returncode, result.stderr), (0, ""), words)
                self.assertGreater(len(result.stdout), 20)

    def test_without_its_helpers_it_says_what_is_wrong(self) -> None:
        lonely = self.top / "lonely/bin"
        lonely.mkdir(parents=True)
        shutil.copy(self.prefix / "bin/ghward", lonely)
        result = subprocess.run([lonely / "ghward", "doctor"], env={"HOME": str(self.top)}, capture_output=True,
                                text=True, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("libexec/ghward/ghward-agent", result.stderr)


class Unit(unittest.TestCase):
    """The systemd unit, whose paths are those of the installation."""

    unit: str

    @classmethod
    def setUpClass(cls) -> None:
        directory = tempfile.TemporaryDirectory(prefix="ghward-unit-")
        cls.addClassCleanup(directory.cleanup)
        cls.top = Path(directory.name)
        install(Path("/opt/ghward"), f"DESTDIR={cls.top}")
        cls.root = cls.top / "opt/ghward"
        cls.unit = (cls.root / "lib/systemd/system/ghward.service").read_text()

    def test_it_starts_what_was_installed(self) -> None:
        self.assertIn("\nExecStart=/opt/ghward/bin/ghward serve\n", self.unit)
        self.assertTrue((self.root / "bin/ghward").exists())
        self.assertNotIn("@", re.sub("(?m)^#.*", "", self.unit))

    def test_its_user_is_made(self) -> None:
        user = re.search(r"(?m)^User=(\w+)$", self.unit)
        account = (self.root / "lib/sysusers.d/ghward.conf").read_text()
        self.assertIsNotNone(user)
        self.assertRegex(account, rf"(?m)^u {user.group(1) if user else ''} - ")

    @unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd here")
    def test_systemd_understands_it(self) -> None:
        unit = self.top / "ghward.service"
        unit.write_text(self.unit.replace("/opt/ghward/bin/ghward", str(ROOT / "build/bin/ghward")))
        result = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True,
                                check=False)
        self.assertEqual((result.returncode, result.stderr.strip()), (0, ""))

    @unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd here")
    def test_systemd_calls_it_hardened(self) -> None:
        unit = self.top / "ghward.service"
        unit.write_text(self.unit)
        # 100 is no protection at all, 0 a service that can do nothing.
        result = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=30", unit],
                                capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stdout[-200:])


if __name__ == "__main__":
    unittest.main()
