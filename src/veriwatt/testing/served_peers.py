"""The validators of a `ProcessNetwork` answer followers over HTTP, and relay what these submit, as nodes do.

with served(network, [0, 1], "org0", seed) as addresses: ...
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Thread

import uvicorn

from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.ledger.open_ledger import PeerAddress, open_relay
from veriwatt.membership.new_ledger import OWNER, trust_of
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.bundle import sign_bundle
from veriwatt.ports.ledger import LedgerEngine
from veriwatt.system.clock import SystemClock
from veriwatt.testing.peer_process import LedgerWorker, peer_app
from veriwatt.testing.process_network import ProcessNetwork


class _Serving:
    """The doors of one validator, and its relay, in its process."""

    def __init__(self, ledger: LedgerEngine, org: str, node: str, seed: bytes) -> None:
        self._relay = open_relay(ledger, partial(sign_bundle, Ed25519Signer(seed), ledger.chain_id, org, OWNER))
        self._worker = LedgerWorker(ledger, org, node, self._relay.take)
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        made.bind(("127.0.0.1", 0))
        made.listen(256)
        self.port: int = made.getsockname()[1]
        config = uvicorn.Config(peer_app(self._worker), log_config=None, access_log=False, lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=lambda: asyncio.run(self._server.serve([made])), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._relay.close()
        self._worker.peer.close()


_serving = dict[str, _Serving]()
"""Of this process, by the node's name."""


@contextmanager
def served(network: ProcessNetwork, which: Sequence[int], org: str, seed: bytes) -> Iterator[list[PeerAddress]]:
    """The addresses at which these validators answer as nodes of `org`, whose owner's key makes their bundles."""
    ports = [(at, network.running[at].run(serve_peer, org, _name(at), seed)) for at in which]
    try:
        yield [PeerAddress(org, _name(at), f"http://127.0.0.1:{port}") for at, port in ports]
    finally:
        for at in which:
            if at in network.running:
                network.running[at].run(stop_serving, _name(at))


def serve_peer(ledger: LedgerEngine, org: str, node: str, seed: bytes) -> int:
    """Begin to answer; returns the port. Run in the validator's process."""
    _serving[node] = _Serving(ledger, org, node, seed)
    return _serving[node].port


def stop_serving(_ledger: LedgerEngine, node: str) -> None:
    """Answer no more. Run in the validator's process."""
    _serving.pop(node).close()


def newest_trust(ledger: LedgerEngine) -> Trust:
    """A trust file with the newest proven block as its checkpoint. Run in the validator's process."""
    return trust_of(ledger, ledger.genesis, SystemClock().now())


def _name(at: int) -> str:
    return f"node{at}"
