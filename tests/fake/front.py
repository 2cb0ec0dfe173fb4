"""nginx in front of the fake: the same API over HTTP/2."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from fake.certificates import Pki

_CONFIG = """
daemon off;
pid {directory}/pid;
error_log {directory}/error.log warn;
events {{ worker_connections 256; }}
http {{
    log_format brief '$server_protocol $connection $status "$request"';
    access_log {directory}/access.log brief;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl http2;
        http2_max_concurrent_streams {streams};
        ssl_certificate {chain};
        ssl_certificate_key {key};
        location / {{
            proxy_pass {upstream};
            proxy_ssl_verify off;
            proxy_http_version 1.1;
            proxy_set_header Host localhost:{port};
            proxy_set_header Connection "";
        }}
    }}
}}
"""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


class Front:
    """Ends with its `with` block."""

    def __init__(self, upstream: str, pki: Pki, streams: int = 128) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="ghward-nginx-")
        self.directory = Path(self._directory.name)
        self.port = _free_port()
        self._config = _CONFIG.format(
            directory=self.directory, port=self.port, streams=streams, upstream=upstream,
            chain=pki.server.chain, key=pki.server.key)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def log(self) -> list[str]:
        return (self.directory / "access.log").read_text().splitlines()

    def __enter__(self) -> "Front":
        path = self.directory / "nginx.conf"
        path.write_text(self._config)
        program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin") or "nginx"
        self._process = subprocess.Popen(
            [program, "-c", str(path), "-e", str(self.directory / "error.log"),
             *(["-g", "user root;"] if os.geteuid() == 0 else [])],
            stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not (self.directory / "pid").exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.directory / "error.log").read_text())
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait()
        self._directory.cleanup()
