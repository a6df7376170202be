"""What a route may say of the connection that its request came on: it is proven, its body is done with, it waits."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from starlette.types import Scope

from veriwatt.api.resources.policy import REFUSED_PAUSE

SCOPE_KEY: Final = "veriwatt.connection"
"""Where the server puts the connection into the scope of a request."""


class Connection(Protocol):
    """The connection of one request, in its server."""

    terminal: str
    """The terminal of which a frame that came on it was accepted, as ORG/NAME; empty for none."""

    def body_done(self) -> None:
        """The bytes of the body are in memory no longer."""
        ...

    def admission(self) -> str:
        """What its terminal shows in its next TLS handshake; empty without a terminal, or without TLS."""
        ...

    def penalised(self) -> None:
        """The answer is put off as a penalty: until it is sent, the connection may be closed for another one."""
        ...


class NoConnection:
    """The connection of a request that came without a socket."""

    def __init__(self) -> None:
        self.terminal = ""

    def body_done(self) -> None:
        pass

    def admission(self) -> str:
        return ""

    def penalised(self) -> None:
        pass


async def penalise(scope: Scope, error: Exception) -> None:
    """Put off the answer to a peer that has spent its share; what its request held is let go of before."""
    error.__traceback__ = None  # its frames hold the body
    connection = connection_of(scope)
    connection.body_done()
    connection.penalised()
    await asyncio.sleep(REFUSED_PAUSE)


def connection_of(scope: Scope) -> Connection:
    """The connection on which the request came."""
    found: Connection = scope.get(SCOPE_KEY) or NoConnection()
    return found
