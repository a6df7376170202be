"""A listening socket, whose queue in the system is the waiting room of connections that say nothing yet.

There a connection takes no descriptor, and its first bytes are received all the same. So where the table of
connections fills up, a connection waits in front of it until its first bytes are there, and takes another's place only
then: whoever opens connections without end, and sends nothing, closes none of those that do.
"""

from __future__ import annotations

import select
import socket
import struct
from collections import deque
from enum import Enum

from veriwatt.api.resources.policy import LATE_SECONDS, SILENT_SECONDS

LOOK_AGAIN = 0.05
"""Seconds until a connection that says nothing, or cannot pay for its handshake, is looked at again."""

NOTED_EVERY = 0.05
"""Seconds between two notes of how many connections have come."""

MANY = 128
"""Connections behind one that has waited too long, from which on it is not a pause of the node that made it wait."""

QUEUE = struct.Struct("=24x2I")
"""In `struct tcp_info` of a listening socket: the connections that wait, and the most that may (tcp(7))."""

HELLO = 4_096
"""The first message of a handshake has no more bytes, also with keys of the largest kind that is in use."""

Accepted = tuple[socket.socket, str]
"""A connection, and the address of its peer."""


class Peer(Enum):
    """What the peer of an accepted connection has done so far."""

    GONE = "gone"
    SILENT = "silent"
    SPEAKS = "speaks"


class Door:
    """Gives the connections of a listening socket in the order in which they came; used on the event loop."""

    def __init__(self, listening: socket.socket) -> None:
        self.socket = listening
        self._put_back: Accepted | None = None
        self._taken = 0
        self._noted = deque[tuple[float, int]]()  # until a monotonic time, so many had come

    def take(self) -> Accepted:
        """The next connection; raises OSError as `accept` does."""
        if self._put_back is not None:
            taken, self._put_back = self._put_back, None
            return taken
        accepted, peer = self.socket.accept()
        self._taken += 1
        return accepted, str(peer[0])

    def put_back(self, taken: Accepted) -> None:
        """Have `take` give this connection again."""
        self._put_back = taken

    def may_wait(self, now: float) -> bool:
        """Whether the connection taken last came less than `SILENT_SECONDS` ago, and the queue has room behind it."""
        waiting, most = self._queue()
        return 4 * waiting < 3 * most and self._waited(now, waiting) < SILENT_SECONDS

    def is_late(self, now: float) -> bool:
        """Whether the connection taken last came `LATE_SECONDS` ago or more, and many wait behind it."""
        waiting, _ = self._queue()
        return self._waited(now, waiting) >= LATE_SECONDS and waiting >= MANY

    def _queue(self) -> tuple[int, int]:
        """The connections that wait now, and the most that may."""
        waiting, most = QUEUE.unpack(self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, QUEUE.size))
        return waiting, most

    def _waited(self, now: float, waiting: int) -> float:
        """For how many seconds the connection taken last has waited, at least.

        The queue has an order, so how many had come by a time tells later which ones they were.
        """
        while self._noted and self._noted[0][1] < self._taken:
            self._noted.popleft()
        if not self._noted or now - self._noted[-1][0] >= NOTED_EVERY:
            self._noted.append((now, self._taken + waiting))
        return now - self._noted[0][0]

    def close(self) -> None:
        """Accept no more; those that wait are closed."""
        if self._put_back is not None:
            self._put_back[0].close()
        self.socket.close()


def first_bytes(accepted: socket.socket) -> bytes:
    """What has come of a TLS handshake, which stays there to be read; empty if the peer has gone."""
    try:
        return accepted.recv(HELLO, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:
        return b""


def peer_of(accepted: socket.socket) -> Peer:
    """What is known of the peer; whoever has closed already, perhaps behind a request, would read no answer."""
    poll = select.poll()
    poll.register(accepted, select.POLLRDHUP | select.POLLIN)
    found = dict(poll.poll(0)).get(accepted.fileno(), 0)
    if found & ~select.POLLIN:
        return Peer.GONE
    return Peer.SPEAKS if found else Peer.SILENT
