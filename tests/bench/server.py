#!/usr/bin/env python3
"""A fast API for measurements: pages are made once. Usage: server.py DIRECTORY ALERTS LATENCY"""

from __future__ import annotations

import http.server
import json
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse
from pathlib import Path


def make_certificate(directory: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", str(directory / "key.pem"), "-out", str(directory / "ca.pem")],
        check=True, capture_output=True)


def alert(number: int) -> dict[str, object]:
    return {
        "number": number, "state": "open", "created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z",
        "url": f"https://api.example/repos/acme/shop/code-scanning/alerts/{number}",
        "html_url": f"https://example/acme/shop/security/code-scanning/{number}", "dismissed_by": None,
        "rule": {"id": "js/xss", "severity": "error", "security_severity_level": "high", "name": "js/xss",
                 "tags": ["security", "external/cwe/cwe-079"], "description": "Cross-site scripting",
                 "full_description": "Writing user input to a page allows cross-site scripting. " * 4,
                 "help": "Escape what a user has written before it becomes part of a page. " * 10},
        "tool": {"name": "CodeQL", "guid": None, "version": "2.20.1"},
        "most_recent_instance": {"ref": "refs/heads/main", "state": "open", "commit_sha": "0" * 40,
                                 "message": {"text": "Cross-site scripting due to user input."},
                                 "location": {"path": "src/views/cart.js", "start_line": number, "end_line": number}},
        "assignees": [],
    }


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    pages: dict[tuple[int, int], bytes] = {}
    writes: dict[int, int] = {}
    lock = threading.Lock()
    total = 0
    latency = 0.0
    port = 0

    def log_message(self, format: str, *args: object) -> None:
        pass

    def page(self, number: int, size: int) -> bytes:
        key = (number, size)
        if key not in self.pages:
            first = (number - 1) * size + 1
            self.pages[key] = json.dumps([alert(n) for n in range(first, min(self.total, number * size) + 1)]).encode()
        return self.pages[key]

    def link(self, path: str, number: int, size: int) -> str:
        last = (self.total + size - 1) // size
        if number >= last:
            return ""
        base = f"https://localhost:{self.port}{path}?per_page={size}"
        return f'<{base}&page={number + 1}>; rel="next", <{base}&page={last}>; rel="last"'

    def do_PATCH(self) -> None:
        time.sleep(self.latency)
        number = int(self.path.rsplit("/", 1)[1])
        change = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.lock:
            self.writes[number] = self.writes.get(number, 0) + 1
        self.answer(json.dumps({**alert(number), **change}).encode())

    def do_GET(self) -> None:
        time.sleep(self.latency)
        url = urllib.parse.urlparse(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        link = ""
        if url.path.endswith("/alerts"):
            number, size = int(query.get("page", 1)), int(query.get("per_page", 30))
            body = self.page(number, size)
            link = self.link(url.path, number, size)
        elif url.path == "/writes":
            body = json.dumps(self.writes).encode()
        else:
            body = json.dumps({**alert(int(url.path.rsplit("/", 1)[1])), "state": "dismissed"}).encode()
        self.answer(body, link)

    def answer(self, body: bytes, link: str = "") -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if link:
            self.send_header("Link", link)
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128


def main() -> None:
    directory = Path(sys.argv[1])
    Handler.total, Handler.latency = int(sys.argv[2]), float(sys.argv[3])
    if not (directory / "ca.pem").exists():
        make_certificate(directory)
    server = Server(("127.0.0.1", 0), Handler)
    Handler.port = server.server_port
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "ca.pem", directory / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    for number in range(1, (Handler.total + 99) // 100 + 1):
        Handler.page(Handler, number, 100)  # type: ignore[arg-type]
    print(Handler.port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
