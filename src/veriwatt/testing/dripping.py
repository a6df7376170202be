"""A server whose answer goes on without end, a byte now and then."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

EVERY = 0.1
"""Seconds between two bytes."""


class Dripping:
    """A server that sends `first` and then `again` every now and then, whoever asks whatever, at `port` of loopback."""

    def __init__(self, first: bytes, again: bytes, *, reads: bool = True) -> None:
        self.first, self.again, self.reads, self.over = first, again, reads, Event()
        self.asked = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        if not reads:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.port = self.socket.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                self.asked += 1
                Thread(target=self._drip, args=(connection,), daemon=True).start()

    def _drip(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if not self.reads:
                while not self.over.wait(EVERY):
                    connection.recv(4096)
                return
            connection.sendall(self.first)
            while not self.over.wait(EVERY):
                connection.sendall(self.again)

    def close(self) -> None:
        self.over.set()
        self.socket.close()


HEADER = (b"HTTP/1.1 200 OK\r\nx-a: ", b"a")
HINTS = (b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\n\r\n")
BODY = (b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n", b"a")
CHUNKS = (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\na\r\n")
CHUNK_SIZE = (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;", b"a")
HANDSHAKE = (b"\x16\x03\x03\x40\x00", b"\x02")
"""The head of a TLS record that is never whole."""


@contextmanager
def dripping(first: bytes, again: bytes, **how: bool) -> Iterator[Dripping]:
    server = Dripping(first, again, **how)
    try:
        yield server
    finally:
        server.close()
