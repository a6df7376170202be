"""A process of its own that has an embedded ledger and answers followers, by the routes of a node.

python -m veriwatt.testing.peer_process FOLDER GENESIS      prints its port, and serves until its stdin ends
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import uvicorn
from fastapi import APIRouter, FastAPI

from veriwatt.api.app import add_error_answers
from veriwatt.api.routes.peers import peers_routes
from veriwatt.ledger.open_ledger import create_ledger
from veriwatt.membership.new_ledger import trust_of
from veriwatt.model.evidence.trust_file import Trust, parse_trust, render
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.ports.ledger import LedgerEngine
from veriwatt.reading.peer_answers import PeerAnswers
from veriwatt.system.clock import SystemClock
from veriwatt.testing.actors import sim_validator

T = TypeVar("T")

ORG, NODE = "acme", "main"
"""Whose node it is."""


class LedgerWorker:
    """An `api.Worker` of a node that has nothing but a ledger."""

    def __init__(
        self,
        ledger: LedgerEngine,
        org: str = ORG,
        node: str = NODE,
        relay: Callable[[Sequence[bytes]], object] | None = None,
    ) -> None:
        self.ledger, self.peer = ledger, PeerAnswers(ledger, org, node, SystemClock().now, relay)

    def follow(self) -> None:
        self.ledger.sign_fresh_head()

    async def ask(self, question: Callable[[Any], T]) -> T:
        return await asyncio.to_thread(question, self)

    read = ask

    async def health(self) -> Mapping[str, str]:
        return {}


def peer_app(worker: LedgerWorker) -> FastAPI:
    """The doors for peers as an application."""
    app, v1 = FastAPI(), APIRouter(prefix="/api/v1")
    add_error_answers(app)
    v1.include_router(peers_routes(worker))
    app.include_router(v1)
    return app


@contextmanager
def peer_process(folder: Path, genesis: Genesis) -> Iterator[tuple[str, Trust]]:
    """The address of a running process with the ledger of `genesis`, and a trust file of its first block."""
    command = [sys.executable, "-m", "veriwatt.testing.peer_process", str(folder), genesis.to_bytes().hex()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        port = int(process.stdout.readline())
        trust = parse_trust(bytes.fromhex(process.stdout.readline().decode()))
        yield f"http://127.0.0.1:{port}", trust
        process.stdin.close()


def _listening() -> socket.socket:
    """A socket that says that it is of TCP: asyncio sends small answers of no other at once."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.bind(("127.0.0.1", 0))
    made.listen()
    return made


def main(folder: Path, genesis: Genesis) -> None:
    clock = SystemClock()
    with create_ledger(folder, genesis, sim_validator(), clock) as ledger, _listening() as at:
        server = uvicorn.Server(uvicorn.Config(peer_app(LedgerWorker(ledger)), log_config=None, access_log=False))
        serving = Thread(target=lambda: asyncio.run(server.serve([at])))
        serving.start()
        print(at.getsockname()[1], flush=True)  # noqa: T201
        print(render(trust_of(ledger, genesis, clock.now())).hex(), flush=True)  # noqa: T201
        sys.stdin.read()
        server.should_exit = True
        serving.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Genesis.from_bytes(bytes.fromhex(sys.argv[2])))
