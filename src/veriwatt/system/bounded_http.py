"""HTTP whose calls end in time: a limit is of the whole call, so no byte now and then prolongs it.

    with time_limit(20):
        client.get(...)         # resolving, connecting, TLS, head and body of the answer, in 20 s together

The timeouts of `httpx` are of single reads. Here each operation of a socket is given what is left of the call's time.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from threading import Thread
from typing import Any

import httpcore
import httpx

_until: ContextVar[float] = ContextVar("until", default=float("inf"))

MOST_CONNECTIONS, MOST_IDLE, IDLE_SECONDS = 100, 20, 5.0


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """All that this thread asks inside ends within so many seconds; inside of another limit, the earlier end counts."""
    token = _until.set(min(time.monotonic() + seconds, _until.get()))
    try:
        yield
    finally:
        _until.reset(token)


def time_left() -> float:
    """Seconds, infinite without a limit."""
    return _until.get() - time.monotonic()


class BoundedTransport(httpx.BaseTransport):
    """As `httpx.HTTPTransport`, within the limit of time of the calling thread. Callable from many threads."""

    def __init__(self, context: ssl.SSLContext | None, connect_seconds: float) -> None:
        """`context` is for addresses with https; a connection is made in at most so many seconds."""
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=MOST_IDLE,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=_Backend(connect_seconds),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        assert isinstance(request.stream, httpx.SyncByteStream)
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions={"timeout": {"pool": _left(httpcore.PoolTimeout)}},
        )
        with _as_of_httpx():
            answer = self._pool.handle_request(asked)
        assert isinstance(answer.stream, Iterable)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer.stream))

    def close(self) -> None:
        """Close all connections: what is being asked over them fails at once."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        with _as_of_httpx():
            yield from self._pieces

    def close(self) -> None:
        if hasattr(self._pieces, "close"):
            self._pieces.close()


class _Backend(httpcore.NetworkBackend):
    def __init__(self, connect_seconds: float) -> None:
        self._seconds = connect_seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of the host that takes it, within the seconds for all of them."""
        with time_limit(self._seconds):
            why: OSError = OSError("the name has no address")
            for family, kind, protocol, _, address in _resolved(host, port):
                connection = socket.socket(family, kind, protocol)
                try:
                    connection.settimeout(_left(httpcore.ConnectTimeout))
                    connection.connect(address)
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    return _Stream(connection, self._seconds)
                except TimeoutError as error:
                    connection.close()
                    raise httpcore.ConnectTimeout(str(error)) from error
                except OSError as error:
                    connection.close()
                    why = error
                except BaseException:
                    connection.close()
                    raise
            raise httpcore.ConnectError(str(why)) from why


class _Stream(httpcore.NetworkStream):
    """A connection; `timeout` of its methods is not looked at."""

    def __init__(self, connection: socket.socket, tls_seconds: float) -> None:
        self._socket, self._tls_seconds = connection, tls_seconds

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._socket.settimeout(_left(httpcore.ReadTimeout))
        try:
            return self._socket.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        while rest:
            self._socket.settimeout(_left(httpcore.WriteTimeout))
            try:
                rest = rest[self._socket.send(rest) :]
            except TimeoutError as error:
                raise httpcore.WriteTimeout(str(error)) from error
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes who reads from it in another thread
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The timeout of a handshake is of the whole of it."""
        try:
            with time_limit(self._tls_seconds):
                self._socket.settimeout(_left(httpcore.ConnectTimeout))
                return _Stream(
                    ssl_context.wrap_socket(self._socket, server_hostname=server_hostname), self._tls_seconds
                )
        except TimeoutError as error:
            self.close()
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            self.close()
            raise httpcore.ConnectError(str(error)) from error
        except BaseException:
            self.close()
            raise

    def get_extra_info(self, info: str) -> Any:
        """What the pool asks for: whether the other side has closed an idle connection, or sent what nobody asked."""
        if info != "is_readable":
            return None
        self._socket.settimeout(0)
        try:
            socket.socket.recv(self._socket, 1, socket.MSG_PEEK)  # beneath TLS, which knows no looking ahead
        except BlockingIOError:
            return False
        except OSError:
            pass
        return True


def _resolved(host: str, port: int) -> list[Any]:
    """The addresses of a host. The system's resolver has no limit of time, so a thread waits for it."""
    found: list[Any] = []

    def resolve() -> None:
        with suppress(OSError, UnicodeError):
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))

    thread = Thread(target=resolve, daemon=True)
    thread.start()
    thread.join(_left(httpcore.ConnectTimeout))
    if thread.is_alive():
        raise httpcore.ConnectTimeout("the name is not resolved in time")
    return found


def _left(over: type[Exception]) -> float | None:
    """What is left of the time, for a socket; raises `over` when nothing is."""
    left = time_left()
    if left <= 0:
        raise over("the time is over")
    return None if left == float("inf") else left


@contextmanager
def _as_of_httpx() -> Iterator[None]:
    """Raise the error of `httpx` that is called as that of `httpcore`."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.UnsupportedProtocol,
    ) as e:
        raise getattr(httpx, type(e).__name__)(str(e)) from e
