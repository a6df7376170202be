"""What a connection passes under TLS before it is answered: its handshake is there, no recording, and paid for."""

from __future__ import annotations

import asyncio
import socket

from veriwatt.api.resources.handshakes import Handshakes
from veriwatt.api.resources.policy import HEAD_SECONDS, SILENT_SECONDS
from veriwatt.node.arrival import Arrival
from veriwatt.node.door import LOOK_AGAIN, Peer, first_bytes, peer_of


class HandshakeGate:
    """The gate of one listener; used on the event loop."""

    def __init__(self, handshakes: Handshakes | None) -> None:
        """Without `handshakes` no TLS is spoken, and everything passes."""
        self._handshakes = handshakes

    @property
    def closes_late(self) -> bool:
        """Whether a stranger's connection may be too late: only under TLS each costs more than it is to accept it."""
        return self._handshakes is not None

    def peer_of(self, accepted: socket.socket) -> Peer:
        """As `door.peer_of`; whoever sends a recorded handshake could not go on with it."""
        peer = peer_of(accepted)
        if self._handshakes is None or peer is not Peer.SPEAKS:
            return peer
        return Peer.GONE if self._handshakes.is_recording(first_bytes(accepted)) else peer

    def pays(self, accepted: socket.socket, arrival: Arrival, *, late: bool = False) -> bool:
        """Charge the handshake that the peer has begun; whether somebody pays for it."""
        if self._handshakes is None:
            return True
        arrival.payer = self._handshakes.charge(first_bytes(accepted), arrival.address, late=late)
        return arrival.payer is not None

    async def passed(self, accepted: socket.socket, arrival: Arrival) -> None:
        """Return once the peer has begun its handshake, and it is charged.

        Raises:
            TimeoutError: either took too long.
            ConnectionAbortedError: the peer has gone.
        """
        if self._handshakes is None or arrival.payer is not None:
            return
        async with asyncio.timeout(HEAD_SECONDS):
            await _readable(accepted)
        if self.peer_of(accepted) is not Peer.SPEAKS:
            raise ConnectionAbortedError
        async with asyncio.timeout(SILENT_SECONDS):
            while not self.pays(accepted, arrival):  # noqa: ASYNC110 - what it waits for passes with time
                await asyncio.sleep(LOOK_AGAIN)


async def _readable(accepted: socket.socket) -> None:
    def done() -> None:
        if not readable.done():
            readable.set_result(None)

    loop = asyncio.get_running_loop()
    readable = loop.create_future()
    loop.add_reader(accepted, done)
    try:
        await readable
    finally:
        loop.remove_reader(accepted)
