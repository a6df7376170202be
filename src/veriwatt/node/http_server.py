"""The HTTP server: uvicorn, with the bounds of the edge on every connection (`edge_connection`)."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn

from veriwatt.api.guard import Guard
from veriwatt.api.metrics_page import MetricsPage
from veriwatt.node.arrival import ArrivedConnection
from veriwatt.node.edge_connection import Edge
from veriwatt.node.listener import Listener

GRACE = 10
"""Seconds that open requests may take to end when the node stops."""

WATCH_EVERY = 1.0
"""Seconds between two looks for connections that are late."""


class HttpServer(uvicorn.Server):
    """Reports when it listens, and leaves signals to the node: uvicorn would raise them again afterwards."""

    def __init__(
        self,
        application: Guard | MetricsPage,
        listening: Sequence[socket.socket],
        edge: Edge,
        on_ready: Callable[[int], None],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Answers at the sockets, which listen already. `on_ready` is called with the port. With `tls`, HTTPS."""
        config = uvicorn.Config(
            application,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE,
        )
        super().__init__(config)
        self._listening, self._on_ready, self._edge, self._tls = listening, on_ready, edge, tls

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """What uvicorn's startup does, with a listener that keeps the table of connections (`listener`)."""
        listener = Listener(self._listening, self._make, self._edge, self._tls)
        self.servers = [listener]  # type: ignore[list-item] # closed as one
        self.started = True
        self._watching = asyncio.create_task(self._watch())
        self._on_ready(int(self._listening[0].getsockname()[1]))

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        self._watching.cancel()
        await super().shutdown(None)

    def _make(self) -> ArrivedConnection:
        return ArrivedConnection(
            self._edge, config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_EVERY)
            self._edge.close_overdue()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
