"""A line between terminals and their node that is cut in the middle of what is being sent."""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Lock, Thread
from time import monotonic

AT_ONCE = 1 << 14


class CuttingProxy:
    """Forwards connections to the node at `to` of 127.0.0.1, each on threads of its own, until `close`."""

    def __init__(self, to: int) -> None:
        self._to, self._lock = to, Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open = set[socket.socket]()
        self._until_cut: int | None = None
        self._refusing = 0.0
        self.cuts = 0
        Thread(target=self._accept, daemon=True).start()

    def cut(self, after: int, seconds: float) -> None:
        """Cut every connection once `after` more bytes have passed, and refuse new ones for some seconds from then."""
        with self._lock:
            self._until_cut, self._seconds = after, seconds

    def close(self) -> None:
        self._listener.close()
        self._end_all()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                if monotonic() < self._refusing:
                    raise ConnectionRefusedError
                far = socket.create_connection(("127.0.0.1", self._to), 5)
                far.settimeout(None)
            except OSError:
                near.close()
                continue
            with self._lock:
                self._open |= {near, far}
            for pair in ((near, far), (far, near)):
                Thread(target=self._forward, args=pair, daemon=True).start()

    def _forward(self, source: socket.socket, to: socket.socket) -> None:
        with suppress(OSError):
            while raw := source.recv(AT_ONCE):
                passing = self._passing(len(raw))
                to.sendall(raw[:passing])
                if passing < len(raw):
                    self._end_all()
                    return
        self._end(source, to)

    def _passing(self, count: int) -> int:
        """How many of these bytes still pass."""
        with self._lock:
            if self._until_cut is None:
                return count
            if count <= self._until_cut:
                self._until_cut -= count
                return count
            passing, self._until_cut = self._until_cut, None
            self._refusing = monotonic() + self._seconds
            self.cuts += 1
            return passing

    def _end_all(self) -> None:
        with self._lock:
            ending = list(self._open)
        self._end(*ending)

    def _end(self, *sockets: socket.socket) -> None:
        with self._lock:
            self._open -= set(sockets)
        for each in sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
