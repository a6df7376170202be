"""The server's HTTP/1.1 with two things of our own: heads of limited size, and problem+json for what is no request."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from veriwatt.api.errors import problem
from veriwatt.errors import Malformed

HEAD_BYTES = 64 << 10
"""Bytes without the end of a head or a piece of a body, at most: the parser alone would keep any number in memory."""


class BoundedHttp(HttpToolsProtocol):
    """One connection."""

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
        """Refuse what cannot be read as a request, and hang up."""
        answer = problem(Malformed(msg))
        head = [b"HTTP/1.1 400 Bad Request", *(b": ".join(field) for field in answer.raw_headers), b"connection: close"]
        self.transport.write(b"\r\n".join([*head, b"", bytes(answer.body)]))
        self.transport.close()
