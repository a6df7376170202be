"""An HTTP server on loopback that answers every request with whatever bytes its test gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Self

Answer = Callable[[str, str], Iterable[bytes]]
"""From method and path of a request to the pieces of the answer, head included; the connection ends after them."""


class LyingServer:
    """It runs until the end of its `with` block, at `url`."""

    def __init__(self, answer: Answer) -> None:
        self.asked, self.sent = list[str](), 0
        lying = self

        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):
                    method, path, length = self._head()
                    self.rfile.read(length)
                    lying.asked.append(f"{method} {path}")
                    for piece in answer(method, path):
                        self.wfile.write(piece)
                        lying.sent += len(piece)

            def _head(self) -> tuple[str, str, int]:
                method, path, _ = self.rfile.readline().decode().split(" ", 2)
                length = 0
                while (line := self.rfile.readline().strip()) != b"":
                    name, _, value = line.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                return method, path, length

        class Server(ThreadingTCPServer):
            daemon_threads = True

            def server_close(self) -> None:
                self.socket.close()  # threads that answer without end are not waited for

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def whole(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """An answer with its length."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def promising(length: int, *headers: str) -> bytes:
    """The head of an answer of so many bytes."""
    lines = ["HTTP/1.1 200 OK", f"content-length: {length}", "connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode()
