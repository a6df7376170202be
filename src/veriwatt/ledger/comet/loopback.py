"""Networks whose nodes all run on this machine: where each listens, and to whom it keeps connections."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from veriwatt.home.ledger_engine import NodePeer
from veriwatt.ledger.comet.comet_home import NodeKeys
from veriwatt.ledger.comet.settings import CometSettings

LOOPBACK = "127.0.0.1"


def loopback_settings(
    program: Path, keys: Sequence[NodeKeys], hosts: Mapping[int, str] | None = None
) -> list[CometSettings]:
    """Settings of nodes with these keys, each at ports that were free just now, each connected to all others.

    They listen at the loopback address, or at another of this machine's that `hosts` names for some.
    """
    ports = iter(_free_ports(2 * len(keys)))
    at_host = [(hosts or {}).get(at, LOOPBACK) for at in range(len(keys))]
    peers = [NodePeer(each.node_id, f"{host}:{next(ports)}") for each, host in zip(keys, at_host, strict=True)]
    return [
        CometSettings(
            program=program,
            rpc_port=next(ports),
            listen=own.address,
            peers=tuple(peer for peer in peers if peer != own),
            moniker=f"node{at}",
        )
        for at, own in enumerate(peers)
    ]


def _free_ports(count: int) -> list[int]:
    """Different ports."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return [int(each.getsockname()[1]) for each in sockets]
