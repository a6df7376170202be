"""Networks of real CometBFT nodes on loopback, for tests: each in a folder, each with a validator of `sim_genesis`.

with CometNetwork(tmp_path, genesis, program) as network:
    first, second = network.run(0), network.run(1)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Self

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Unavailable
from veriwatt.ledger.comet.comet_home import NodeKeys
from veriwatt.ledger.comet.ledger import CometLedger, create_comet_ledger
from veriwatt.ledger.comet.loopback import loopback_settings
from veriwatt.ledger.comet.settings import CometSettings, SyncFrom
from veriwatt.ledger.open_ledger import LedgerExport, ledger_file
from veriwatt.model.ledger.block import LightBlock, header_hash
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.units import DAY

PATIENCE = 60
"""Seconds for something to happen on a busy machine."""


def sim_node_keys(at: int) -> NodeKeys:
    """The keys of node `at`; its validator is `sim_validator(at)`."""
    return NodeKeys(
        validator=sha256(b"veriwatt simulated key: validator %d" % at),
        node=sha256(b"veriwatt simulated key: node %d" % at),
    )


class NetworkHomes:
    """The folders and settings of the nodes of a genesis, and of `more` nodes whose validators it does not name."""

    def __init__(
        self,
        folder: Path,
        genesis: Genesis,
        program: Path,
        *,
        block_pause: int = 20,
        snapshot_interval: int = 0,
        more: int = 0,
        hosts: Mapping[int, str] | None = None,
        export: LedgerExport | None = None,
    ) -> None:
        self.genesis, self._folder = genesis, folder
        keys = [sim_node_keys(at) for at in range(len(genesis.validators) + more)]
        self._settings = [
            replace(each, block_pause=block_pause, snapshot_interval=snapshot_interval)
            for each in loopback_settings(program, keys, hosts)
        ]
        for at, own in enumerate(keys):
            self.folder(at).mkdir()
            create_comet_ledger(ledger_file(self.folder(at)), genesis, own, export)

    def folder(self, at: int) -> Path:
        return self._folder / f"node{at}"

    def settings(self, at: int, sync_at: LightBlock | None = None) -> CometSettings:
        return replace(self._settings[at], sync_from=None if sync_at is None else self._sync_from(sync_at))

    def _sync_from(self, trusted: LightBlock) -> SyncFrom:
        servers = tuple(f"127.0.0.1:{each.rpc_port}" for each in self._settings[:2])
        return SyncFrom(servers, trusted.header.height, header_hash(trusted.header), DAY)


class CometNetwork(NetworkHomes):
    """Nodes that run in this process, until the end of its `with` block."""

    @cached_property
    def running(self) -> dict[int, CometLedger]:
        """The nodes that run now."""
        return {}

    def run(self, at: int, sync_at: LightBlock | None = None) -> CometLedger:
        """Start node `at`; its network may have no block yet. With `sync_at`, a trusted block, it syncs its state."""
        self.running[at] = CometLedger(ledger_file(self.folder(at)), self.settings(at, sync_at))
        return self.running[at]

    def stop(self, at: int) -> None:
        self.running.pop(at).close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for at in list(self.running):
            self.stop(at)


def height_of(ledger: CometLedger) -> int:
    """The height of the newest header, 0 before the first."""
    try:
        return ledger.head().height
    except Unavailable:
        return 0


def wait_until(what: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait until it is so; raises TimeoutError when it takes longer."""
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.02)
