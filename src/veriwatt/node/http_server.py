"""The HTTP server: uvicorn, with a limit on header size and problem+json for malformed requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from veriwatt.api.errors import problem
from veriwatt.api.guard import Guard
from veriwatt.errors import Malformed, Unavailable

HEAD_BYTES = 64 << 10
"""Bytes of a request's head, at most; the parser alone would collect any number in memory."""


GRACE = 10
"""Seconds that open requests may take to end when the node stops."""


class BoundedHttp(HttpToolsProtocol):
    """One connection; a malformed request is refused, and its connection closed."""

    _head = 0

    def data_received(self, data: bytes) -> None:
        self._head += len(data)
        super().data_received(data)
        if self._head > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response(f"the head of the request is larger than {HEAD_BYTES:,} bytes")

    def on_headers_complete(self) -> None:
        self._head = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._head = 0
        super().on_body(body)

    def send_400_response(self, msg: str) -> None:
        """Answer a malformed request with 400, and close the connection."""
        answer = problem(Malformed(msg))
        head = [b"HTTP/1.1 400 Bad Request", *(b": ".join(field) for field in answer.raw_headers), b"connection: close"]
        self.transport.write(b"\r\n".join([*head, b"", bytes(answer.body)]))
        self.transport.close()


class HttpServer(uvicorn.Server):
    """Reports when it listens, and leaves signals to the node: uvicorn would raise them again afterwards."""

    def __init__(self, application: Guard, host: str, port: int, on_ready: Callable[[int], None]) -> None:
        """`on_ready` is called with the port once the server listens; port 0 takes a free port."""
        config = uvicorn.Config(
            application,
            host,
            port,
            http=BoundedHttp,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE,
        )
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        try:
            await super().startup(None)
        except SystemExit as error:  # uvicorn exits when it cannot listen
            where = f"{self.config.host}:{self.config.port}"
            raise Unavailable(f"cannot listen on {where}; is another node there?") from error
        self._on_ready(int(self.servers[0].sockets[0].getsockname()[1]))

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
