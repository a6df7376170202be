"""One HTTP connection at the edge: its deadlines, and what it holds (veriwatt.api.resources.policy)."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from veriwatt.api.errors import RequestTooSlow, problem
from veriwatt.api.resources.bodies import Bodies
from veriwatt.api.resources.connection import SCOPE_KEY
from veriwatt.api.resources.connections import Connections
from veriwatt.api.resources.handshakes import Handshakes
from veriwatt.api.resources.payer import charged
from veriwatt.api.resources.policy import BODY_SECONDS, HEAD_SECONDS, STALL_SECONDS
from veriwatt.errors import Malformed, Unavailable, VeriwattError

HEAD_BYTES, URL_BYTES, HEADERS = 16 << 10, 4 << 10, 100
"""Bytes of a request's head and of its URL, and header fields with those after the body, at most.

The parser alone would collect any number, and the application looks through all of them.
"""

PIPELINED = 8
"""Requests on one connection that wait for the answer to one before them."""

LEAST_CHUNK, FREE_CHUNKS = 256, 64
"""Bytes of a body's chunks on average, after so many: each costs more than its bytes."""

REASONS = {400: b"Bad Request", 408: b"Request Timeout", 503: b"Service Unavailable"}


@dataclass(frozen=True, slots=True)
class Edge:
    """What the connections of one server share."""

    connections: Connections
    bodies: Bodies
    handshakes: Handshakes = field(default_factory=Handshakes)

    def close_overdue(self) -> None:
        """Close every connection whose deadline has passed; called about once a second."""
        now = time.monotonic()
        for each in self.connections:
            if isinstance(each, EdgeConnection):
                each.close_if_overdue(now)


class Awaited(Enum):
    """What a connection waits for."""

    HEAD = "head"
    BODY = "body"
    ANSWER = "answer"
    PENALTY = "penalty"


class EdgeConnection(HttpToolsProtocol):
    """One connection; a malformed or late request is refused, and its connection closed."""

    def __init__(self, edge: Edge, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._edge = edge
        self._head = self._read = self._chunks = self._body = 0
        self._wrong = ""
        self._awaited, self._since = Awaited.HEAD, time.monotonic()
        self._moved = self._since
        self.address, self.terminal, self._admission = "", "", ""

    @property
    def proven(self) -> bool:
        return bool(self.terminal)

    @property
    def waits(self) -> bool:
        return self._awaited is not Awaited.ANSWER or (self.flow is not None and self.flow.write_paused)

    @property
    def body_since(self) -> float:
        return self._since

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.address = charged(self.client[0]) if self.client else ""
        if not self._edge.connections.enter(self):
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._edge.connections.leave(self)
        self._edge.bodies.release(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._head += len(data)
        super().data_received(data)
        if self._head > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response(f"the head of the request is larger than {HEAD_BYTES:,} bytes")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope[SCOPE_KEY] = self  # type: ignore[typeddict-unknown-key]

        self._read = self._chunks = self._body = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > URL_BYTES:
            self._stop(f"the address of the request is longer than {URL_BYTES:,} bytes")

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._read += len(name) + len(value)
        if self._read > HEAD_BYTES or len(self.headers) > HEADERS:
            self._stop(f"the request has more than {HEADERS} header fields, or {HEAD_BYTES:,} bytes of them")

    def on_chunk_header(self) -> None:
        self._chunks += 1
        if self._chunks > FREE_CHUNKS and self._body < self._chunks * LEAST_CHUNK:
            self._stop(f"the chunks of the body have less than {LEAST_CHUNK} bytes on average")

    def on_headers_complete(self) -> None:
        self._head = 0
        if len(self.pipeline) >= PIPELINED:
            self._stop(f"more than {PIPELINED} requests wait on this connection")
        self._wait_for(Awaited.BODY)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._head = 0
        self._body += len(body)
        if not self.cycle.response_complete:
            self._moved = time.monotonic()
            self._edge.bodies.hold(self, len(body), self._moved)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._edge.bodies.finished(self)
        if not self.cycle.response_complete:
            self._wait_for(Awaited.ANSWER)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._edge.bodies.release(self)
        self._wait_for(Awaited.ANSWER if self.pipeline else Awaited.HEAD)
        super().on_response_complete()

    def pause_writing(self) -> None:
        self._moved = time.monotonic()
        self._edge.connections.began_to_wait(self)
        super().pause_writing()

    def body_done(self) -> None:
        self._edge.bodies.release(self)

    def admission(self) -> str:
        if not self._admission and self.terminal and self.scheme == "https":
            self._admission = self._edge.handshakes.admission(self.terminal, self.address)
        return self._admission

    def penalised(self) -> None:
        self._wait_for(Awaited.PENALTY)

    def drop(self) -> None:
        self._edge.connections.leave(self)
        self.transport.abort()

    def refuse_body(self) -> None:
        self._refuse(Unavailable("too many unfinished requests; send it again later"))

    def close_if_overdue(self, now: float) -> None:
        """Refuse the request, or close, if the peer is later than the policy allows."""
        waited, stalled = now - self._since, now - self._moved
        if self.transport.is_closing():
            if waited > STALL_SECONDS:  # the peer does not read the last answer
                self.drop()
        elif self._awaited is Awaited.HEAD and waited > HEAD_SECONDS:
            if self._head:
                self._refuse(RequestTooSlow(int(HEAD_SECONDS)))
            else:
                self.drop()
        elif self._awaited is Awaited.BODY and (stalled > STALL_SECONDS or waited > BODY_SECONDS):
            self._refuse(RequestTooSlow(int(STALL_SECONDS if stalled > STALL_SECONDS else BODY_SECONDS)))
        elif self._awaited is Awaited.ANSWER and self.flow.write_paused and stalled > STALL_SECONDS:
            self.drop()

    def send_400_response(self, msg: str) -> None:
        """Answer a malformed request with 400, and close the connection."""
        self._refuse(Malformed(self._wrong or msg))

    def _stop(self, why: str) -> None:
        """Within the parser: stop parsing, and refuse the request."""
        self._wrong = why
        raise Malformed(why)

    def _wait_for(self, awaited: Awaited) -> None:
        self._awaited = awaited
        self._since = self._moved = time.monotonic()
        self._edge.connections.began_to_wait(self)

    def _refuse(self, error: VeriwattError) -> None:
        """Answer without the application, and close; only close where an answer has begun."""
        if self.transport.is_closing():
            return
        self._wait_for(Awaited.HEAD)
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.abort()
            return
        answer = problem(error)
        status = b"HTTP/1.1 %d %s" % (answer.status_code, REASONS[answer.status_code])
        head = [status, *(b": ".join(field) for field in answer.raw_headers), b"connection: close"]
        self.transport.write(b"\r\n".join([*head, b"", bytes(answer.body)]))
        self.transport.close()
