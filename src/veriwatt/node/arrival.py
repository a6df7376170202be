"""A connection on its way into the table: from the moment it is accepted until it can be read."""

from __future__ import annotations

import asyncio
from typing import Any

from veriwatt.api.resources.connections import Connections
from veriwatt.api.resources.payer import Payer, charged
from veriwatt.node.edge_connection import Edge, EdgeConnection


class Arrival:
    """`connections.Entrant`: a connection until it can be read, which under TLS is after its handshake."""

    waits = True

    def __init__(self, connections: Connections, peer: str) -> None:
        self._connections, self.address = connections, charged(peer)
        self.payer: Payer | None = None
        self.task: asyncio.Task[None] | None = None

    @property
    def proven(self) -> bool:
        """Whether its handshake shows the admission of a terminal."""
        return self.payer is not None and self.payer.proven

    def drop(self) -> None:
        self._connections.leave(self)
        if self.task is not None:
            self.task.cancel()


class ArrivedConnection(EdgeConnection):
    """A connection that takes the place of its arrival in the table."""

    def __init__(self, edge: Edge, *args: Any, **kwargs: Any) -> None:
        super().__init__(edge, *args, **kwargs)
        self.arrival: Arrival | None = None

    @property
    def proven(self) -> bool:
        return super().proven or (self.arrival is not None and self.arrival.proven)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if self.arrival is not None:
            self._edge.connections.leave(self.arrival)
        super().connection_made(transport)
