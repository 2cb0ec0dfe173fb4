"""What stories about the vault share: one user with a vault and a key file, and no other token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from system.harness import Environment, GhwardTestCase, Result, random_secret

NAMES = ("GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
LIST = ("alerts", "list", "-R", "acme/shop")
VIEW = ("alerts", "view", "7", "-R", "acme/shop")
# Client ids of an OAuth App and of a GitHub App.
CLIENT, APP_CLIENT = "Ov23liAbCdEf", "Iv23liAbCdEf"


class VaultTestCase(GhwardTestCase):
    """The user's token is for the vault; nothing else has one."""

    def setUp(self) -> None:
        super().setUp()
        for name in NAMES:
            self.ghward.environment.pop(name, None)
        self.token = self.ghward.canary.token
        self.host = f"localhost:{self.fake.port}"
        self.vault = self.ghward.scratch.vault
        self.key_file = self.ghward.scratch.home / "vault.key"

    def make_vault(self) -> Result:
        """From now on every command finds the key."""
        made = self.run_ok("vault", "init", "--key-file", str(self.key_file), "--json")
        self.ghward.environment["GHWARD_KEY_FILE"] = str(self.key_file)
        return made

    def add(self, name: str, *options: str, token: str | None = None,
            env: Environment | None = None) -> Result:
        return self.run_ok("vault", "add", name, "--host", self.host, *options, env=env,
                           secret=(token or self.token).encode())

    def new_token(self, **rights: Any) -> str:
        """One more that GitHub knows."""
        token = "ghp_" + random_secret()
        self.fake.world.tokens.add(token, **rights)
        return token

    def entries(self, *options: str, env: Environment | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.run_ok("vault", "list", "--json", *options, env=env).json
        return found

    def names(self, *options: str) -> list[str]:
        return [entry["name"] for entry in self.entries(*options)]

    def assert_usage(self, *arguments: str, says: str = ".", **how: Any) -> None:
        """Refused for what was typed: the message says what was expected."""
        result = self.ghward.run(*arguments, "--json", **how)
        self.assertEqual((result.code, result.error["kind"]), (2, "usage"), result)
        self.assertRegex(result.error["message"], says, result)

    @property
    def files(self) -> dict[str, bytes]:
        """Everything beside the vault that is the vault's: name to content."""
        found = {}
        for path in sorted(self.vault.parent.iterdir()):
            if path.name.startswith(self.vault.name) and path.is_file():
                found[path.name] = path.read_bytes()
        return found

    def restore(self, files: dict[str, bytes]) -> None:
        """Puts files back as they were; others of the vault's go."""
        for name in self.files.keys() - files.keys():
            (self.vault.parent / name).unlink()
        for name, content in files.items():
            self.put(self.vault.parent / name, content)

    def put(self, path: Path, content: bytes) -> None:
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        path.chmod(0o600)
        self.ghward.scratch.settle()

    def used(self) -> str | None:
        return self.fake.requests[-1].token

    def records_of(self, event: str) -> list[dict[str, Any]]:
        return [one for one in self.ghward.records() if one["event"] == event]


class AuthTestCase(VaultTestCase):
    """A vault there is, and logins on the side of GitHub."""

    def setUp(self) -> None:
        super().setUp()
        self.make_vault()
        self.world = self.fake.world
        self.logins = self.world.logins
        self.addCleanup(setattr, self.world, "installed_version", self.world.installed_version)
