"""A TLS listener with one thread per connection.

The standard library's threading server shakes hands in its accept loop, where one silent client
stops all others; here the handshake is part of the connection's own thread.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator

from fake.certificates import Certificate
from fake.messages import Connection, Recorder

IDLE_TIMEOUT = 60.0
_BACKLOG = 128

Serve = Callable[[ssl.SSLSocket, Connection], None]


def server_context(certificate: Certificate) -> ssl.SSLContext:
    """TLS 1.2 and 1.3, HTTP/1.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    context.set_alpn_protocols(["http/1.1"])
    return context


def old_tls_context(certificate: Certificate) -> ssl.SSLContext:
    """TLS 1.1 and nothing newer; OpenSSL 3 offers it only at its lowest security level."""
    context = server_context(certificate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1_1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


class Listener:
    """Accepts on 127.0.0.1 until closed. Without a TLS context it accepts and never says a word."""

    def __init__(
        self, context: ssl.SSLContext | None, serve: Serve, recorder: Recorder, port: int = 0
    ) -> None:
        self.recorder = recorder
        self.stopping = threading.Event()
        self._context = context
        self._serve = serve
        self._lock = threading.Lock()
        self.cuts = 0
        """So many of the next connections are closed when they are first used."""
        self.handshake_delay = 0.0
        """Seconds before the server's part of a handshake."""
        self._live: set[socket.socket] = set()
        self._threads: set[threading.Thread] = set()
        self._socket = socket.create_server(("127.0.0.1", port), backlog=_BACKLOG)
        self.port: int = self._socket.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, name="fake-accept", daemon=True)
        self._acceptor.start()

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.port}"

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                plain, _ = self._socket.accept()
            except OSError:
                return
            connection = self.recorder.open()
            thread = threading.Thread(
                target=self._run, args=(plain, connection), name="fake-connection", daemon=True
            )
            with self._lock:
                self._threads.add(thread)
            thread.start()

    def _run(self, plain: socket.socket, connection: Connection) -> None:
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain.settimeout(IDLE_TIMEOUT)
            if self._context is None:
                self._keep_silent(plain)
            else:
                self._speak(self._context, plain, connection)
        except (OSError, ssl.SSLError) as error:
            connection.error = connection.error or str(error)
        except Exception:  # noqa: BLE001: whatever it is, the test must hear of it
            self.recorder.crashes.append(traceback.format_exc())
        finally:
            plain.close()
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _is_cut(self) -> bool:
        with self._lock:
            cut = self.cuts > 0
            self.cuts -= cut
            return cut

    def _keep_silent(self, plain: socket.socket) -> None:
        with self._registered(plain):
            while plain.recv(4096):
                pass

    def _speak(
        self, context: ssl.SSLContext, plain: socket.socket, connection: Connection
    ) -> None:
        with context.wrap_socket(
            plain, server_side=True, do_handshake_on_connect=False
        ) as tls, self._registered(tls):
            # Not when it is accepted: a connection may be kept in reserve for long.
            socket.socket.recv(tls, 1, socket.MSG_PEEK)
            if self._is_cut():
                connection.error = "cut"
                return
            self.stopping.wait(self.handshake_delay)
            tls.do_handshake()
            connection.tls = tls.version()
            self._serve(tls, connection)
            _say_good_bye(tls)

    @contextlib.contextmanager
    def _registered(self, one: socket.socket) -> Iterator[None]:
        with self._lock:
            self._live.add(one)
        try:
            yield
        finally:
            with self._lock:
                self._live.discard(one)

    def close(self) -> None:
        """Ends every connection and waits for its thread."""
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._acceptor.join(5)
        with self._lock:
            for one in self._live:
                # Not SSLSocket's own: that would pull the TLS state from under the other thread.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(one, socket.SHUT_RDWR)
            threads = list(self._threads)
        for thread in threads:
            thread.join(5)


def _say_good_bye(tls: ssl.SSLSocket) -> None:
    """close_notify, so that an end is told from a cut; the peer's own is not waited for long."""
    if tls.fileno() < 0:
        return
    tls.settimeout(0.1)
    with contextlib.suppress(OSError, ValueError):
        tls.unwrap().close()
