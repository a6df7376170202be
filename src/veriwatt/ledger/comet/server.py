"""The ABCI server: CometBFT's four connections to the application, over one socket.

    consensus   InitChain, PrepareProposal, ProcessProposal, FinalizeBlock, Commit
    mempool     CheckTx
    query       Info, Query
    snapshot    ListSnapshots, OfferSnapshot, LoadSnapshotChunk, ApplySnapshotChunk

Each connection is answered in the order of its requests; responses wait until the client sends Flush, as it does after
each call that it waits for. One thread answers all connections, one request at a time. An exception of the application
is a bug, a full disk or damage: the client is told, and every connection ends, because CometBFT must not go on alone.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from threading import Thread

from google.protobuf.message import DecodeError

from veriwatt.errors import Malformed
from veriwatt.ledger.comet.abci_pb2 import Request, Response, ResponseException
from veriwatt.ledger.comet.wire import Messages, framed

BUFFERED = 1 << 16
"""Bytes of responses that wait for a Flush; more are sent at once."""

Answer = Callable[[Request], Response]


class AbciServer:
    """Answers on a listening socket, in a thread of its own, from construction until `close`.

    Once the application has raised, `failure` is what it raised, and nothing is answered any more.
    """

    def __init__(self, listening: socket.socket, answer: Answer) -> None:
        self.failure: Exception | None = None
        self._listening, self._answer = listening, answer
        self._connections = set[_Connection]()
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._thread = Thread(target=self._run, name="abci", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End every connection and stop listening; the request that is being answered is answered before."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        server = await self._loop.create_unix_server(self._connection, sock=self._listening)
        await self._closing.wait()
        server.close()
        for connection in list(self._connections):
            connection.end()
        await asyncio.sleep(0)  # their ends are called by the loop

    def _connection(self) -> _Connection:
        return _Connection(self._answered, self._connections)

    def _answered(self, request: Request) -> Response | None:
        """The response; None when the application has failed before."""
        if self.failure is not None:
            return None
        try:
            return self._answer(request)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the node must not go on
            self.failure = failure
            self._closing.set()
            return Response(exception=ResponseException(error=f"{type(failure).__name__}: {failure}"))


class _Connection(asyncio.Protocol):
    """One of the four; it is in `open_ones` while it is open."""

    def __init__(self, answered: Callable[[Request], Response | None], open_ones: set[_Connection]) -> None:
        self._answered, self._open_ones = answered, open_ones
        self._messages, self._waiting = Messages(), bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open_ones.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open_ones.discard(self)

    def data_received(self, data: bytes) -> None:
        try:
            for raw in self._messages.feed(data):
                self._receive(Request.FromString(raw))
        except (Malformed, DecodeError):
            self.end()

    def end(self) -> None:
        """Send what is answered, and close."""
        self._send()
        self._transport.close()

    def _receive(self, request: Request) -> None:
        response = self._answered(request)
        if response is None:
            return
        self._waiting += framed(response.SerializeToString())
        if len(self._waiting) >= BUFFERED or response.WhichOneof("value") in {"flush", "exception"}:
            self._send()

    def _send(self) -> None:
        if self._waiting and not self._transport.is_closing():
            self._transport.write(bytes(self._waiting))
        self._waiting.clear()
