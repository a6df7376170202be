"""How one node takes part in a network of validators: what CometBFT's configuration says beyond our fixed rules."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from veriwatt.home.ledger_engine import CometEngine, NodePeer
from veriwatt.ids import Digest
from veriwatt.ledger.comet.retention import Retention
from veriwatt.units import DAY, SECOND

SNAPSHOT_INTERVAL = 1_000


@dataclass(frozen=True, slots=True)
class SyncFrom:
    """Where a new node takes its first state from: the RPC of two nodes or more, and a header that it trusts.

    `servers` are host:port; CometBFT's light client follows from the trusted header for `period` milliseconds after it.
    """

    servers: tuple[str, ...]
    height: int
    hash: Digest
    period: int


@dataclass(frozen=True, slots=True)
class CometSettings:
    """The settings of one node.

    Attributes:
        program: the `cometbft` that is run; None for the one that is found.
        rpc_port: of its RPC, on loopback.
        listen: host:port at which other nodes reach it.
        peers: the nodes that it keeps connections to.
        moniker: its name for people.
        block_pause: milliseconds from a block to the next proposal, CometBFT's `timeout_commit`.
        retention: which blocks CometBFT keeps.
        snapshot_interval: blocks between two snapshots for state sync, 0 for none.
        sync_from: where a node without blocks takes its state from; without it, it executes every block.
    """

    program: Path | None
    rpc_port: int
    listen: str
    peers: tuple[NodePeer, ...] = ()
    moniker: str = "veriwatt"
    block_pause: int = SECOND // 2
    retention: Retention = Retention()
    snapshot_interval: int = SNAPSHOT_INTERVAL
    sync_from: SyncFrom | None = None

    @classmethod
    def of(cls, engine: CometEngine, moniker: str) -> CometSettings:
        """Those of a home, as its settings say; a node of them runs the program that `engine` names."""
        return cls(
            program=Path(engine.program) if engine.program else None,
            rpc_port=engine.rpc_port,
            listen=engine.listen,
            peers=engine.peers,
            moniker=moniker,
            block_pause=engine.block_pause,
            retention=Retention(age=engine.keep_days * DAY),
        )
