"""An HTTP proxy on loopback that opens tunnels by CONNECT, or does not."""

from __future__ import annotations

import base64
import contextlib
import select
import socket
import ssl
import threading

_HEAD_MAX = 65536
_REFUSAL = "HTTP/1.1 {} No\r\nContent-Length: 0\r\nConnection: close\r\n{}\r\n"


class Proxy:
    """Records what it was asked for and every byte that it could read.

    `fault` is one of: None, "hang" (never answers), "close" (ends the connection), "garbage" (answers with something
    else), "endless" (headers without an end), "slow" (opens the way a byte at a time), "cut" (opens the
    way and ends it after `cut_after` bytes), or a status such as 403. `credentials` are required when given.
    """

    def __init__(self, credentials: str | None = None, context: ssl.SSLContext | None = None) -> None:
        self.credentials = credentials
        self.fault: str | int | None = None
        self.cut_after = 0
        self.targets: list[str] = []
        self.heads: list[bytes] = []
        self.seen = b""
        self._context = context
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.1)
        self.port = self._socket.getsockname()[1]
        self._start(self._accept)

    def _start(self, work: "object", *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError, OSError):
                client, _ = self._socket.accept()
                self._open.append(client)
                self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(client)
            if self._context:
                client.settimeout(5)
                client = stack.enter_context(self._context.wrap_socket(client, server_side=True))
            client.settimeout(5)
            head = self._read_head(client)
            if not head:
                return  # connected in advance, and not needed after all
            self.heads.append(head)
            if not head.startswith(b"CONNECT "):
                client.sendall(_REFUSAL.format(400, "").encode())
                return
            target = head.split(b" ")[1].decode()
            self.targets.append(target)
            self._answer(client, head, target)

    @staticmethod
    def _read_head(client: socket.socket) -> bytes:
        head = b""
        while b"\r\n\r\n" not in head and len(head) < _HEAD_MAX:
            got = client.recv(4096)
            head += got
            if not got or head.startswith(b"\x16"):  # TLS, to a proxy that does not speak it
                break
        return head

    def _is_known(self, head: bytes) -> bool:
        if self.credentials is None:
            return True
        wanted = b"Basic " + base64.b64encode(self.credentials.encode())
        return b"proxy-authorization: " + wanted.lower() in head.lower() and wanted in head

    def _answer(self, client: socket.socket, head: bytes, target: str) -> None:
        if isinstance(self.fault, int):
            client.sendall(_REFUSAL.format(self.fault, "").encode())
        elif self.fault == "hang":
            self._stopping.wait()
        elif self.fault == "garbage":
            client.sendall(b"220 mail.example.com ESMTP\r\n\r\n")
        elif self.fault == "endless":
            while not self._stopping.is_set():
                client.sendall(b"HTTP/1.1 200 Fine\r\n" + b"X-Filler: " + b"x" * 8000 + b"\r\n")
        elif self.fault == "close":
            pass
        elif not self._is_known(head):
            client.sendall(_REFUSAL.format(407, "Proxy-Authenticate: Basic realm=\"x\"\r\n").encode())
        else:
            self._tunnel(client, target)

    def _confirm(self, client: socket.socket) -> None:
        answer = b"HTTP/1.1 200 Connection established\r\nVia: 1.1 fake\r\n\r\n"
        step = 1 if self.fault == "slow" else len(answer)
        for at in range(0, len(answer), step):
            client.sendall(answer[at : at + step])
            self._stopping.wait(0.002)

    def _tunnel(self, client: socket.socket, target: str) -> None:
        host, port = target.rsplit(":", 1)
        with socket.create_connection((host.strip("[]"), int(port)), timeout=5) as server:
            self._confirm(client)
            passed = 0
            while not self._stopping.is_set():
                pending = isinstance(client, ssl.SSLSocket) and client.pending()
                ready = [client] if pending else select.select([client, server], [], [], 0.1)[0]
                for source in ready:
                    data = source.recv(65536)
                    if not data:
                        return
                    if source is client:
                        self.seen += data
                    passed += len(data)
                    if self.fault == "cut" and passed > self.cut_after:
                        return
                    (server if source is client else client).sendall(data)

    def close(self) -> None:
        self._stopping.set()
        self._socket.close()
        for client in self._open:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
