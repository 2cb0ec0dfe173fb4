"""A bare repository that is written without git: hundreds take no time, and none is too strange.

Nothing is checked. Trees, names and references may be what git itself would refuse to make.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

EPOCH = 1736154000
"""Of the first commit of every repository; each takes a minute."""

_CONFIG = """[core]
\trepositoryformatversion = 0
\tbare = true
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
"""


@dataclass(frozen=True)
class Entry:
    """What stands in a tree. Of a submodule the data is the commit's id."""

    data: bytes
    mode: str = "100644"


Content = Entry | bytes
Files = dict[str, Content]
"""Path to content."""


def symlink(target: str) -> Entry:
    return Entry(target.encode(), "120000")


def program(text: str) -> Entry:
    return Entry(text.encode(), "100755")


def submodule(commit: str = "1" * 40) -> Entry:
    return Entry(commit.encode(), "160000")


def object_id(kind: str, data: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(data)}\0".encode() + data).hexdigest()


def tree_data(entries: list[tuple[bytes, str, str]]) -> bytes:
    """Of names, modes and ids, in the order that is given."""
    return b"".join(mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid) for name, mode, oid in entries)


def commit_data(tree: str, parents: list[str], message: str, number: int = 0) -> bytes:
    who = f"Ada Lovelace <ada@example.com> {EPOCH + 60 * number} +0000"
    lines = [f"tree {tree}", *(f"parent {one}" for one in parents), f"author {who}", f"committer {who}", "", message]
    return "\n".join(lines).encode() + b"\n"


class Bare:
    """One repository's directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        for name in ("objects", "refs"):
            (directory / name).mkdir(parents=True)
        (directory / "config").write_text(_CONFIG)
        self.point_head("refs/heads/main")

    def point_head(self, ref: str) -> None:
        (self.directory / "HEAD").write_text(f"ref: {ref}\n")

    # --- objects ---

    def write(self, kind: str, data: bytes) -> str:
        """Stores an object under its right id, sound or not."""
        oid = object_id(kind, data)
        path = self.directory / "objects" / oid[:2] / oid[2:]
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(zlib.compress(f"{kind} {len(data)}\0".encode() + data, 1))
        return oid

    def write_entries(self, entries: list[tuple[bytes, Content]]) -> str:
        """A flat tree of just these names in this order, `..` and `.git` included."""
        listed = []
        for name, content in entries:
            entry = content if isinstance(content, Entry) else Entry(content)
            oid = (entry.data.decode() if entry.mode in ("160000", "40000")
                   else self.write("blob", entry.data))
            listed.append((name, entry.mode, oid))
        return self.write("tree", tree_data(listed))

    def write_tree(self, files: Files) -> str:
        """The tree of these paths."""
        here: dict[str, Content] = {}
        below: dict[str, Files] = {}
        for path, content in files.items():
            name, slash, rest = path.partition("/")
            if slash:
                below.setdefault(name, {})[rest] = content
            else:
                here[name] = content
        for name, inner in below.items():
            here[name] = Entry(self.write_tree(inner).encode(), "40000")
        # git compares the names of directories as if they ended with a slash.
        return self.write_entries([(os.fsencode(name), here[name]) for name in sorted(
            here, key=lambda name: os.fsencode(name) + (b"/" if name in below else b""))])

    def write_commit(self, tree: str, parents: list[str], message: str, number: int = 0) -> str:
        return self.write("commit", commit_data(tree, parents, message, number))

    def write_tag(self, name: str, target: str) -> str:
        """An annotated tag of a commit."""
        text = f"object {target}\ntype commit\ntag {name}\ntagger Ada Lovelace <ada@example.com> {EPOCH} +0000\n\n{name}\n"
        return self.write("tag", text.encode())

    # --- references ---

    def refs(self) -> dict[str, str]:
        """All of them with their ids."""
        base = self.directory / "refs"
        return {str(path.relative_to(self.directory)): path.read_text().strip()
                for path in sorted(base.rglob("*")) if path.is_file()}

    def set_ref(self, ref: str, oid: str | None) -> None:
        """Creates or moves it; None removes it."""
        path = self.directory / ref
        if oid is None:
            path.unlink()
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(oid + "\n")
