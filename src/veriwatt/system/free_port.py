"""A port of this machine that nothing listens on, for servers that tests and measurements start."""

from __future__ import annotations

import random
import socket
from contextlib import suppress


def free_port() -> int:
    """A port below those that outgoing connections take, so that none of them takes it before the server binds it."""
    while True:
        port = random.randrange(12_000, 30_000)  # noqa: S311 - it is no secret
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
