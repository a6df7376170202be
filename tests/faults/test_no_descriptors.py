"""A node that gets no descriptor says so, and goes on once it gets one: it does not end, and loses nothing."""

from __future__ import annotations

import resource
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event

from veriwatt.cli.bench.rig import TERMINALS, rig
from veriwatt.testing.floods.served_node import ServedNode, served_node
from veriwatt.testing.floods.valid_terminal import ValidTerminal

SECONDS = 3.0


def test_a_node_without_descriptors_goes_on_when_it_gets_some_again() -> None:
    with rig() as built:
        uploads, root = built.frames(20)[::TERMINALS], built.home.paths.root
        built.home.close()
        with served_node(root, 256) as node:
            terminal = ValidTerminal(node.port, uploads[:3])
            terminal.work(time.monotonic() + 30, Event())
            before = resource.prlimit(node.process.pid, resource.RLIMIT_NOFILE)
            resource.prlimit(node.process.pid, resource.RLIMIT_NOFILE, (open_files(node), before[1]))
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                asked(node)
            assert node.alive
            resource.prlimit(node.process.pid, resource.RLIMIT_NOFILE, before)
            terminal.uploads = uploads
            terminal.work(time.monotonic() + 30, Event())
            assert terminal.sent == len(uploads), terminal.failures
            assert terminal.lost() == 0


def open_files(node: ServedNode) -> int:
    return len(list(Path(f"/proc/{node.process.pid}/fd").iterdir()))


def asked(node: ServedNode) -> None:
    """Ask the node anything; whether it answers is not what matters here."""
    connection = HTTPConnection("127.0.0.1", node.port, timeout=0.5)
    with suppress(OSError, HTTPException):
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    connection.close()
