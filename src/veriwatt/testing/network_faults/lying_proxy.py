"""A peer over HTTP that stands between followers and an honest peer, and tells what it likes.

with LyingProxy(honest_url) as proxy:
    proxy.edits = {"head": old_head()}

Each request has a connection of its own, so that a lie, or another certificate, is met at the next one.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Self
from urllib.parse import urlsplit

from veriwatt.crypto.tls_certificate import certificate_file_key, make_certificate
from veriwatt.ids import Digest
from veriwatt.ledger.follower.http_peer import ANSWER_SECONDS
from veriwatt.model.ledger.peer_answers import SESSION_HEADER
from veriwatt.system.clock import SystemClock

Edit = Callable[[bytes], bytes]
"""What becomes of the honest answer of a door; raises Silence where none is given."""

_PASSED_ON = ("content-type", SESSION_HEADER)


class Silence(Exception):
    """No answer comes, for as long as anybody waits."""


class Certificate:
    """A new TLS key with its certificate, in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        certificate, key = make_certificate(["127.0.0.1"], SystemClock().now())
        (folder / "certificate.pem").write_bytes(certificate)
        (folder / "key.pem").write_bytes(key)
        self.key: Digest = certificate_file_key(certificate)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that went away is none of ours."""


class LyingProxy:
    """`upstream` is asked for everything; `edits` by a door's name change its answers, "*" those of every door.

    With a certificate it answers by TLS; another one may take its place. `asked` are the doors that were asked for.
    """

    def __init__(self, upstream: str, certificate: Certificate | None = None) -> None:
        self.upstream, self.certificate, self.edits = upstream, certificate, dict[str, Edit]()
        self.asked = list[str]()
        self._over = Event()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def setup(self) -> None:
                if proxy.certificate is not None:
                    self.request = proxy.certificate.context.wrap_socket(self.request, server_side=True)
                super().setup()

            def do_GET(self) -> None:
                proxy.answer(self)

            def do_POST(self) -> None:
                proxy.answer(self)

            def log_message(self, *_: object) -> None:
                """Nothing is told."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"{'http' if self.certificate is None else 'https'}://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        door = urlsplit(request.path).path.rpartition("/")[2]
        self.asked.append(door)
        body = request.rfile.read(int(request.headers.get("content-length", 0)))
        status, content = self._forwarded(request, body)
        try:
            for name in (door, "*"):
                if status == 200 and name in self.edits:
                    content = self.edits[name](content)
        except Silence:
            self._over.wait(2 * ANSWER_SECONDS)
            return
        request.send_response(status)
        request.send_header("content-type", "application/cbor" if status == 200 else "application/json")
        request.send_header("content-length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def _forwarded(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes]:
        where = urlsplit(self.upstream)
        connection = HTTPConnection(where.hostname or "", where.port, timeout=ANSWER_SECONDS)
        headers = {name: value for name, value in request.headers.items() if name.lower() in _PASSED_ON}
        try:
            connection.request(request.command, request.path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except OSError:
            return 503, b'{"detail": "no answer"}'
        finally:
            connection.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
