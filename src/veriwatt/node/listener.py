"""Accepts connections, with TLS or without. Each is in the table of connections from the moment it is accepted.

A server that hands all that wait to the event loop at once would hold as many descriptors, before the table closes
any; so few could wait, and a peer that finds no place tries again after a second. Here one is closed for each that is
let in, and more may wait. For one that says nothing no other is closed (`door`).

Under TLS a handshake is charged before it is begun (`handshakes`). One that nobody can pay for waits in front of the
table as well, and closes no other; one that comes late is closed, so the queue stays short.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from veriwatt.api.resources.policy import HEAD_SECONDS
from veriwatt.errors import Unavailable
from veriwatt.node.arrival import Arrival, ArrivedConnection
from veriwatt.node.door import LOOK_AGAIN, Door, Peer
from veriwatt.node.edge_connection import Edge
from veriwatt.node.handshake_gate import HandshakeGate

PAUSE = 0.1
"""Seconds without accepting after the system gave no connection, as when descriptors have run out."""

AT_ONCE, HANDSHAKES_AT_ONCE = 16, 4
"""Connections that are accepted before the event loop does something else, without TLS and with it.

Beside the table so many descriptors are taken; and what is being answered waits for so many handshakes.
"""

SEEN_FOR_EACH = 16
"""Connections seen before the event loop does something else, for each of these: others are closed at once."""

BACKLOG = 4_096
"""Connections that wait in the system to be accepted, at most; it may allow fewer (net.core.somaxconn)."""


class Listener:
    """Accepts at these sockets, which listen already, until it is closed; used on the event loop."""

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        make: Callable[[], ArrivedConnection],
        edge: Edge,
        context: ssl.SSLContext | None,
    ) -> None:
        """With a `context`, TLS is spoken."""
        self.sockets = tuple(sockets)
        self._context, self._make, self._connections = context, make, edge.connections
        self._gate = HandshakeGate(None if context is None else edge.handshakes)
        self._at_once = AT_ONCE if context is None else HANDSHAKES_AT_ONCE
        self._arriving = set[asyncio.Task[None]]()
        self._loop, self._closed = asyncio.get_running_loop(), False
        self._doors = [Door(each) for each in self.sockets]
        for each in self._doors:
            self._listen(each)

    def close(self) -> None:
        """Accept no more, and end what is arriving."""
        self._closed = True
        for task in self._arriving:
            task.cancel()
        for each in self._doors:
            self._loop.remove_reader(each.socket)
            each.close()

    async def wait_closed(self) -> None:
        """Return when nothing is arriving any more."""
        await asyncio.gather(*self._arriving, return_exceptions=True)

    def _listen(self, door: Door) -> None:
        if not self._closed:
            self._loop.add_reader(door.socket, self._accept, door)

    def _pause(self, door: Door, seconds: float, then: Callable[[Door], None]) -> None:
        self._loop.remove_reader(door.socket)
        self._loop.call_later(seconds, then, door)

    def _look_again(self, door: Door) -> None:
        self._listen(door)
        if not self._closed:
            self._accept(door)

    def _accept(self, door: Door) -> None:
        taken_in = 0
        for _ in range(SEEN_FOR_EACH * self._at_once):
            try:
                accepted, address = door.take()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:
                self._pause(door, PAUSE, self._listen)
                return
            now, peer, arrival = time.monotonic(), self._gate.peer_of(accepted), Arrival(self._connections, address)
            silent, late = peer is Peer.SILENT, self._gate.closes_late and door.is_late(now)
            unpaid = peer is Peer.SPEAKS and not self._gate.pays(accepted, arrival, late=late)
            waits = (unpaid and not late) or (silent and self._connections.crowded(arrival.address))
            if waits and door.may_wait(now):
                door.put_back((accepted, address))
                self._pause(door, LOOK_AGAIN, self._look_again)
                return
            useless = peer is Peer.GONE or unpaid or (silent and self._connections.full(arrival.address))
            if useless or not self._connections.enter(arrival):
                accepted.close()
                continue
            accepted.setblocking(False)
            arrival.task = asyncio.create_task(self._take_in(accepted, arrival))
            self._arriving.add(arrival.task)
            arrival.task.add_done_callback(partial(self._arrived, accepted))
            taken_in += 1
            if taken_in == self._at_once:
                return

    async def _take_in(self, accepted: socket.socket, arrival: Arrival) -> None:
        timeout = None if self._context is None else HEAD_SECONDS
        try:
            await self._gate.passed(accepted, arrival)
            connection = self._make()
            connection.arrival = arrival
            await self._loop.connect_accepted_socket(
                lambda: connection, accepted, ssl=self._context, ssl_handshake_timeout=timeout
            )
        except OSError:  # the peer breaks off, is too slow, cannot pay, or speaks no TLS 1.3
            accepted.close()
        finally:
            self._connections.leave(arrival)

    def _arrived(self, accepted: socket.socket, task: asyncio.Task[None]) -> None:
        self._arriving.discard(task)
        if task.cancelled():  # perhaps before it began
            accepted.close()


@contextmanager
def listening(host: str, port: int) -> Iterator[Sequence[socket.socket]]:
    """Listening sockets for every address of the host, closed after the block; whoever calls waits for a `Listener`.

    Raises:
        Unavailable: the port is taken, or the host is none of this machine.
    """
    with ExitStack() as stack:
        made = list[socket.socket]()
        try:
            for family, _, _, _, address in socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            ):
                made.append(stack.enter_context(socket.create_server(address[:2], family=family, backlog=BACKLOG)))
                made[-1].setblocking(False)
        except OSError as error:
            remedy = "end the program that listens there, or name another address as listen in node.toml"
            raise Unavailable(f"cannot listen on {host}:{port}: {error.strerror}; {remedy}") from error
        yield made
