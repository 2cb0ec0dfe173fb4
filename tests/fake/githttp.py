"""git's smart HTTP protocol, served by git itself, for whoever may read the repository."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Generator

from fake import pktline
from fake.bare import Bare
from fake.messages import Answer, Request
from fake.permissions import CONTENTS_READ
from fake.repositories import Repository
from fake.tokens import Token
from fake.world import World

_PATH = re.compile(r"/(?P<owner>[^/]+)/(?P<name>[^/]+)\.git/(?P<service>info/refs|git-upload-pack)")
_WIKI = ".wiki"
_REQUEST = "application/x-git-upload-pack-request"
_RESULT = "application/x-git-upload-pack-result"
_ADVERTISEMENT = "application/x-git-upload-pack-advertisement"
_DISABLED = ("Access to this repository has been disabled by GitHub staff due to excessive use of resources. "
             "Please contact support to restore access to this repository.\n")
_BLOCK = 65536


def is_git(path: str) -> bool:
    return _PATH.fullmatch(path) is not None


def answer(world: World, request: Request) -> Answer | None:
    """None where the path is not one of git's."""
    match = _PATH.fullmatch(request.path)
    if match is None or request.prefix:
        return None
    token = _identify(world, request)
    if isinstance(token, Answer):
        return token
    request.caller = token
    found = world.repositories.find(match["owner"], match["name"].removesuffix(_WIKI))
    if found is None or not _may_read(token, found):
        return _elsewhere(world, request, match, token)
    if found.disabled:
        return _text(403, _DISABLED)
    bare = found.wiki if match["name"].endswith(_WIKI) else found.code
    if bare is None:
        return _text(404, "Repository not found.\n")
    if match["service"] == "info/refs":
        return _advertise(request, bare)
    return _upload_pack(request, found, bare)


def _text(status: int, text: str, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"Content-Type": "text/plain; charset=utf-8", **named}, text.encode())


def _unauthorized() -> Answer:
    return _text(401, "Invalid username or token. Password authentication is not supported for Git operations.\n",
                 WWW_Authenticate='Basic realm="GitHub"')


def _identify(world: World, request: Request) -> Token | Answer | None:
    """git's way only: a token as the password; the API's is not known here."""
    if "authorization" not in request.headers:
        return None
    if request.basic is None:
        return _unauthorized()
    return world.tokens.find(request.basic[1], world.now()) or _unauthorized()


def _may_read(token: Token | None, found: Repository) -> bool:
    if not found.private:
        return True
    return token is not None and token.sees(found.owner, found.name) and token.suffices(CONTENTS_READ, False)


def _elsewhere(world: World, request: Request, match: "re.Match[str]", token: Token | None) -> Answer:
    """Not there, not to be told, or by another name."""
    if token is None:
        return _unauthorized()
    moved = world.repositories.moved(match["owner"], match["name"].removesuffix(_WIKI))
    if moved is None or not _may_read(token, moved):
        return _text(404, "Repository not found.\n")
    suffix = _WIKI if match["name"].endswith(_WIKI) else ""
    query = request.target.partition("?")[2]
    target = f"{world.origin}/{moved.full_name}{suffix}.git/{match['service']}" + (f"?{query}" if query else "")
    return _text(301, "", Location=target)


def _environment(request: Request) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
    }


def _advertise(request: Request, bare: Bare) -> Answer:
    if request.query.get("service") != "git-upload-pack":
        return _text(403, "Please upgrade your git client.\n")
    out = subprocess.run(
        ["git", "upload-pack", "--http-backend-info-refs", str(bare.directory)],
        env=_environment(request), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True).stdout
    if "version=2" not in request.headers.get("git-protocol", ""):
        out = pktline.line("# service=git-upload-pack\n") + pktline.FLUSH + out
    return Answer(200, {"Content-Type": _ADVERTISEMENT, "Cache-Control": "no-cache"}, out)


def _upload_pack(request: Request, found: Repository, bare: Bare) -> Answer:
    if request.headers.get("content-type") != _REQUEST:
        return _text(415, "Unsupported Media Type\n")
    headers = {"Content-Type": _RESULT, "Cache-Control": "no-cache"}
    if found.script is not None:
        return Answer(200, headers, stream=found.script.answer(request.plain_body))
    return Answer(200, headers, stream=_run(request, bare))


def _run(request: Request, bare: Bare) -> Generator[bytes, None, None]:
    with subprocess.Popen(
        ["git", "upload-pack", "--stateless-rpc", str(bare.directory)], env=_environment(request),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            # It reads a request whole before it answers.
            process.stdin.write(request.plain_body)
            process.stdin.close()
            while data := process.stdout.read1(_BLOCK):
                yield data
        except BrokenPipeError:
            pass  # it has refused the request
        finally:
            process.kill()
