"""A site as git's own manual describes it: nginx with git-http-backend over TLS, and a listing in static files."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from fake.certificates import Pki  # noqa: E402
from fake.repositories import Repository  # noqa: E402

TOKEN = "ghp_" + "b" * 36
_BASIC = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
_PAGE = 100

_CONFIG = """
daemon off;
worker_processes 2;
pid {directory}/pid;
error_log {directory}/error.log warn;
events {{ worker_connections 512; }}
http {{
    log_format brief '$request_method $uri';
    access_log {directory}/access.log brief;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    client_max_body_size 0;
    keepalive_requests 100000;
    map $arg_page $page {{ "" 1; default $arg_page; }}
    map $page $links {{ {links} }}
    server {{
        listen 127.0.0.1:{port} ssl{http2};
        ssl_certificate {chain};
        ssl_certificate_key {key};
        location ~ ^/[^/]+/[^/]+\\.git/ {{
            if ($http_authorization != "Basic {basic}") {{ return 401; }}
            fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
            fastcgi_param GIT_PROJECT_ROOT {directory}/git;
            fastcgi_param GIT_HTTP_EXPORT_ALL "";
            fastcgi_param GIT_CONFIG_NOSYSTEM 1;
            fastcgi_param HOME {directory};
            fastcgi_param PATH_INFO $uri;
            fastcgi_param QUERY_STRING $query_string;
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param CONTENT_TYPE $content_type;
            fastcgi_param CONTENT_LENGTH $content_length;
            fastcgi_param REMOTE_USER ada;
            fastcgi_buffering off;
            fastcgi_read_timeout 600;
            fastcgi_pass unix:{directory}/cgi;
        }}
        location ~ ^/orgs/([^/]+)/repos$ {{
            if ($http_authorization != "Bearer {token}") {{ return 401; }}
            default_type "application/json; charset=utf-8";
            add_header Link $links;
            alias {directory}/pages/$page.json;
        }}
    }}
}}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def git_environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_TERMINAL_PROMPT": "0"}


class GitSite:
    """Serves repositories under OWNER/NAME.git, and lists those of the organisation acme.

    Works in a directory of its own below the one that is given.
    """

    def __init__(self, directory: Path, *, http2: bool = True) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="site-", dir=directory))
        self.directory.chmod(0o755)
        self.pki = Pki(self.directory)
        self.port = free_port()
        self.url = f"https://localhost:{self.port}"
        self._http2 = " http2" if http2 else ""
        self._pages = 0
        self._processes: list[subprocess.Popen[bytes]] = []
        for name in ("pages", "git"):
            (self.directory / name).mkdir()

    def add(self, full_name: str, repository: Path) -> None:
        """Served from where it is."""
        path = self.directory / "git" / f"{full_name}.git"
        path.parent.mkdir(exist_ok=True)
        path.symlink_to(repository)

    def list(self, repositories: list[Repository]) -> None:
        """What the listing has from now on, if the number of its pages stays the same."""
        self._pages = max(1, -(-len(repositories) // _PAGE))
        for page in range(self._pages):
            chosen = repositories[page * _PAGE : (page + 1) * _PAGE]
            text = json.dumps([one.as_json(self.url, self.url, True) for one in chosen])
            (self.directory / "pages" / f"{page + 1}.json").write_text(text)

    def _links(self) -> str:
        base = f"{self.url}/orgs/acme/repos?per_page={_PAGE}&page="
        return " ".join(f'''{page} '<{base}{page + 1}>; rel="next", <{base}{self._pages}>; rel="last"';'''
                        for page in range(1, self._pages))

    def requests(self) -> list[str]:
        """"GET /path" of each since the last time."""
        path = self.directory / "access.log"
        lines = path.read_text().splitlines()
        os.truncate(path, 0)
        return lines

    @property
    def git(self) -> list[str]:
        """Plain git with what it needs to know of this site."""
        return ["git", "-c", f"http.sslCAInfo={self.pki.ca_file}", "-c", f"http.extraHeader=Authorization: Basic {_BASIC}"]

    def ghward_environment(self, state: Path) -> dict[str, str]:
        return {
            "PATH": "/usr/bin:/bin", "HOME": str(state), "XDG_STATE_HOME": str(state), "XDG_RUNTIME_DIR": str(state),
            "GITHUB_API_URL": self.url, "GHWARD_CA_FILE": str(self.pki.ca_file), "GH_ENTERPRISE_TOKEN": TOKEN,
        }

    def _start(self, *command: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        self._processes.append(process)
        return process

    def __enter__(self) -> "GitSite":
        config = self.directory / "nginx.conf"
        config.write_text(_CONFIG.format(
            directory=self.directory, links=self._links(), port=self.port, http2=self._http2, chain=self.pki.server.chain,
            key=self.pki.server.key, basic=_BASIC, token=TOKEN))
        cgi = shutil.which("fcgiwrap", path="/usr/sbin:/usr/bin") or "fcgiwrap"
        nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin") or "nginx"
        self._start(cgi, "-c", "16", "-s", f"unix:{self.directory}/cgi")
        as_root = ["-g", "user root;"] if os.geteuid() == 0 else []
        server = self._start(nginx, "-c", str(config), "-e", str(self.directory / "error.log"), *as_root)
        deadline = time.monotonic() + 10
        while not ((self.directory / "pid").exists() and (self.directory / "cgi").exists()):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.directory / "error.log").read_text())
            time.sleep(0.01)
        return self

    def __exit__(self, *_: Any) -> None:
        for process in self._processes:
            process.terminate()
            process.wait()
            # Each has a session of its own; what has not heard of its end by now is not asked again.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
