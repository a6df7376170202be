"""Accepts connections for TLS. One whose handshake is under way counts, and is closed for another, as every other."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Any

from veriwatt.api.resources.connections import Connections
from veriwatt.api.resources.payer import charged
from veriwatt.api.resources.policy import HEAD_SECONDS
from veriwatt.node.edge_connection import Edge, EdgeConnection

PAUSE = 0.1
"""Seconds without accepting after the system gave no connection, as when descriptors have run out."""


class Handshake:
    """`connections.Entrant`: a connection until its TLS stands."""

    proven = False

    def __init__(self, connections: Connections, peer: str) -> None:
        self._connections, self.address = connections, charged(peer)
        self.waits_since: float | None = time.monotonic()
        self.task: asyncio.Task[None] | None = None

    def drop(self) -> None:
        self._connections.leave(self)
        if self.task is not None:
            self.task.cancel()


class ConnectionAfterHandshake(EdgeConnection):
    """A connection that takes the place of its handshake in the table."""

    def __init__(self, edge: Edge, *args: Any, **kwargs: Any) -> None:
        super().__init__(edge, *args, **kwargs)
        self.handshake: Handshake | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if self.handshake is not None:
            self._edge.connections.leave(self.handshake)
        super().connection_made(transport)


class TlsListener:
    """Accepts at these sockets, which listen already, until it is closed; used on the event loop."""

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        context: ssl.SSLContext,
        make: Callable[[], ConnectionAfterHandshake],
        connections: Connections,
    ) -> None:
        self.sockets = tuple(sockets)
        self._context, self._make, self._connections = context, make, connections
        self._handshakes = set[asyncio.Task[None]]()
        self._accepting = [asyncio.create_task(self._accept(each)) for each in sockets]

    def close(self) -> None:
        """Accept no more, and end the handshakes under way."""
        for task in (*self._accepting, *self._handshakes):
            task.cancel()
        for each in self.sockets:
            each.close()

    async def wait_closed(self) -> None:
        """Return when nothing is accepted and no handshake is under way any more."""
        await asyncio.gather(*self._accepting, *self._handshakes, return_exceptions=True)

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, peer = await loop.sock_accept(listening)
            except OSError:
                await asyncio.sleep(PAUSE)
                continue
            handshake = Handshake(self._connections, str(peer[0]))
            if not self._connections.enter(handshake):
                accepted.close()
                continue
            handshake.task = asyncio.create_task(self._shake_hands(accepted, handshake))
            self._handshakes.add(handshake.task)
            handshake.task.add_done_callback(self._handshakes.discard)

    async def _shake_hands(self, accepted: socket.socket, handshake: Handshake) -> None:
        connection = self._make()
        connection.handshake = handshake
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: connection, accepted, ssl=self._context, ssl_handshake_timeout=HEAD_SECONDS
            )
        except OSError:  # the peer breaks off, is too slow, or speaks no TLS 1.3
            accepted.close()
        except asyncio.CancelledError:
            accepted.close()
            raise
        finally:
            self._connections.leave(handshake)


def listen(host: str, port: int, backlog: int) -> list[socket.socket]:
    """Listening sockets for every address of the host; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    made: list[socket.socket] = []
    try:
        for family, _, _, _, address in found:
            made.append(socket.create_server(address[:2], family=family, backlog=backlog))
            made[-1].setblocking(False)
    except OSError:
        for each in made:
            each.close()
        raise
    return made
