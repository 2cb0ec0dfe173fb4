"""Repositories as GitHub lists and serves them, each with real ones in a directory behind it."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

from fake import alerts
from fake.alerts import Json
from fake.bare import Bare, Files
from fake.script import Script

_FIRST_ID = 700_000


@dataclass
class Repository:
    """One of the listing, which changes when it does. `push` is how commits come into it."""

    number: int
    owner: str
    name: str
    code: Bare
    changed: Callable[[], None] = field(repr=False)
    pushed: int = 0
    """Minutes, see alerts.stamp()."""
    private: bool = True
    internal: bool = False
    fork: bool = False
    archived: bool = False
    disabled: bool = False
    default_branch: str = "main"
    language: str | None = "C"
    topics: list[str] = field(default_factory=list)
    size: int = 12
    """KiB, as GitHub counts."""
    has_wiki: bool = True
    wiki: Bare | None = None
    script: Script | None = None
    """Answers git instead of what is stored."""
    files: dict[str, Files] = field(default_factory=dict, repr=False)
    """Of each branch."""
    commits: int = 0

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def visibility(self) -> str:
        return "internal" if self.internal else "private" if self.private else "public"

    # --- what happens to it ---

    def push(self, files: Files | None = None, branch: str = "main", *, hint: bool = True,
             force: bool = False, remove: tuple[str, ...] = ()) -> str:
        """One commit on a branch; returns its id. Without `hint` the listing does not tell.

        With `force` it replaces what the branch was.
        """
        ref = f"refs/heads/{branch}"
        self.commits += 1
        given = files if files is not None else {"NEWS": f"News {self.commits} of {self.name}\n".encode()}
        kept = {} if force else {path: content for path, content in self.files.get(branch, {}).items() if path not in remove}
        self.files[branch] = {**kept, **given}
        before = self.code.refs().get(ref)
        oid = self.code.write_commit(
            self.code.write_tree(self.files[branch]), [before] if before and not force else [],
            f"Change {self.commits} of {self.name}", self.commits)
        self.set_ref(ref, oid, hint=hint)
        return oid

    def branch(self, name: str, of: str = "main", *, hint: bool = True) -> str:
        """Another name for where a branch is."""
        oid = self.code.refs()[f"refs/heads/{of}"]
        self.files[name] = dict(self.files.get(of, {}))
        self.set_ref(f"refs/heads/{name}", oid, hint=hint)
        return oid

    def tag(self, name: str, *, hint: bool = True) -> str:
        """An annotated one of the branch main."""
        oid = self.code.write_tag(name, self.code.refs()["refs/heads/main"])
        self.set_ref(f"refs/tags/{name}", oid, hint=hint)
        return oid

    def set_ref(self, ref: str, oid: str | None, *, hint: bool = True) -> None:
        self.code.set_ref(ref, oid)
        if hint:
            self.pushed += 1
            self.changed()

    def change(self, **fields: Any) -> None:
        """Sets fields of the listing, among them the default branch."""
        for name, value in fields.items():
            if name not in {known.name for known in dataclasses.fields(self)}:
                raise ValueError(f"no such field: {name}")
            setattr(self, name, value)
        self.code.point_head(f"refs/heads/{self.default_branch}")
        self.changed()

    def add_wiki(self, files: Files | None = None) -> Bare:
        self.wiki = Bare(self.code.directory.with_suffix(".wiki.git"))
        tree = self.wiki.write_tree(files or {"Home.md": f"# {self.name}\n".encode()})
        self.wiki.set_ref("refs/heads/master", self.wiki.write_commit(tree, [], "Initial Home page"))
        self.wiki.point_head("refs/heads/master")
        return self.wiki

    def as_json(self, api: str, html: str, organisation: bool) -> Json:
        """As a list has it; `api` and `html` are the servers' addresses."""
        page = f"{html}/{self.full_name}"
        url = f"{api}/repos/{self.full_name}"
        host = html.partition("://")[2].partition(":")[0]
        return {
            "id": self.number,
            "node_id": f"R_kgDO{self.number:06x}",
            "name": self.name,
            "full_name": self.full_name,
            "private": self.private,
            "owner": {**alerts.make_user(self.owner, 99), "type": "Organization" if organisation else "User"},
            "html_url": page,
            "description": f"All about {self.name}",
            "fork": self.fork,
            "url": url,
            "branches_url": url + "/branches{/branch}",
            "created_at": alerts.stamp(0),
            "updated_at": alerts.stamp(self.pushed),
            "pushed_at": alerts.stamp(self.pushed),
            "git_url": f"git://{host}/{self.full_name}.git",
            "ssh_url": f"git@{host}:{self.full_name}.git",
            "clone_url": page + ".git",
            "homepage": None,
            "size": self.size,
            "stargazers_count": 0,
            "language": self.language,
            "has_issues": True,
            "has_wiki": self.has_wiki,
            "mirror_url": None,
            "archived": self.archived,
            "disabled": self.disabled,
            "license": None,
            "is_template": False,
            "topics": list(self.topics),
            "visibility": self.visibility,
            "default_branch": self.default_branch,
            "permissions": {"admin": False, "maintain": False, "push": False, "triage": False, "pull": True},
        }


class RepositoryTable:
    """All of them, and what they were called before. Safe to use from several threads."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._lock = threading.RLock()
        self._changed = changed
        self._root: Path | None = None
        self._known: dict[tuple[str, str], Repository] = {}
        self._renamed: dict[tuple[str, str], Repository] = {}
        self._made = 0
        self.users: set[str] = set()
        """Owners, in lower case, that are no organisations."""

    def _directory(self) -> Path:
        if self._root is None:
            self._root = Path(tempfile.mkdtemp(prefix="ghward-fake-git-"))
        return self._root / f"{self._made}.git"

    # --- what tests set up ---

    def add(self, full_name: str, files: Files | None = None, **fields: Any) -> Repository:
        """With one commit of these files, or of a README of its own; with {} it is empty."""
        owner, _, name = full_name.partition("/")
        with self._lock:
            self._made += 1
            made = Repository(_FIRST_ID + self._made, owner, name, Bare(self._directory()), self._changed, pushed=self._made)
            self._known[owner.lower(), name.lower()] = made
        made.change(**fields)
        if files != {}:
            made.push(files or {"README.md": f"# {full_name}\n".encode()}, made.default_branch, hint=False)
        return made

    def add_many(self, owner: str, count: int, prefix: str = "repo") -> list[Repository]:
        return [self.add(f"{owner}/{prefix}-{number:04d}") for number in range(1, count + 1)]

    def rename(self, repository: Repository, full_name: str) -> None:
        """The old name leads to the new one from now on."""
        with self._lock:
            old = repository.owner.lower(), repository.name.lower()
            del self._known[old]
            self._renamed[old] = repository
            repository.owner, _, repository.name = full_name.partition("/")
            self._known[repository.owner.lower(), repository.name.lower()] = repository
        self._changed()

    def remove(self, repository: Repository) -> None:
        with self._lock:
            del self._known[repository.owner.lower(), repository.name.lower()]
            self._renamed = {old: one for old, one in self._renamed.items() if one is not repository}
        self._changed()

    def clear(self) -> None:
        """Forgets all and removes their directories."""
        with self._lock:
            self._known.clear()
            self._renamed.clear()
            self.users.clear()
            if self._root is not None:
                shutil.rmtree(self._root, ignore_errors=True)
                self._root = None
        self._changed()

    # --- what routes ask ---

    def find(self, owner: str, name: str) -> Repository | None:
        with self._lock:
            return self._known.get((owner.lower(), name.lower()))

    def moved(self, owner: str, name: str) -> Repository | None:
        """What had this name once, unless another one has it now."""
        with self._lock:
            return self._renamed.get((owner.lower(), name.lower()))

    def numbered(self, number: int) -> Repository | None:
        with self._lock:
            return next((one for one in self._known.values() if one.number == number), None)

    def of(self, owner: str) -> list[Repository]:
        """In order of their making."""
        with self._lock:
            return [one for (account, _), one in self._known.items() if account == owner.lower()]

    def all(self) -> list[Repository]:
        with self._lock:
            return list(self._known.values())

    def is_organisation(self, owner: str) -> bool:
        return owner.lower() not in self.users

    def __len__(self) -> int:
        with self._lock:
            return len(self._known)
