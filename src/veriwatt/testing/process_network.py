"""Networks of validators of which each is a process of its own, with a CometBFT as its child.

with ProcessNetwork(folder, genesis, program) as network:
    network.run_all()
    network.kill(2)
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import Self

from veriwatt.cli.bench.validator import Validator
from veriwatt.crypto.hashing import sha256
from veriwatt.errors import NotFound, Unavailable
from veriwatt.ids import Digest
from veriwatt.ledger.comet.settings import CometSettings
from veriwatt.model.ledger.block import LightBlock, header_hash
from veriwatt.ports.ledger import LedgerEngine, Ticket
from veriwatt.testing.comet_network import NetworkHomes, wait_until

Before = Callable[[], None] | None


class ProcessNetwork(NetworkHomes):
    """The validators that run, until the end of its `with` block."""

    @cached_property
    def running(self) -> dict[int, Validator]:
        """The nodes that run now."""
        return {}

    def begin(self, at: int, sync_at: LightBlock | None = None, before: Before = None, **changes: object) -> None:
        """Start node `at` without waiting for it; `changes` are of its settings."""
        settings: CometSettings = replace(self.settings(at, sync_at), **changes)  # type: ignore[arg-type]
        self.running[at] = Validator(self.folder(at), settings, before)

    def run(self, *which: int) -> None:
        """Start these nodes, and wait until CometBFT answers in each."""
        for at in which:
            self.begin(at)
        for at in which:
            self.running[at].ready()

    def wait_for_blocks(self, height: int = 1) -> None:
        """Wait until every running node has a header of this height."""
        wait_until(lambda: min(node.run(height_of) for node in self.running.values()) >= height)

    def kill(self, at: int) -> None:
        """End node `at` at once, with its CometBFT."""
        node = self.running.pop(at)
        for pid in node.pids:
            _signal(pid, signal.SIGKILL)
        node.process.join()

    def kill_comet(self, at: int) -> None:
        """End CometBFT of node `at`, which starts it again."""
        _, *children = self.running[at].pids
        for pid in children:
            _signal(pid, signal.SIGKILL)

    def pause(self, at: int) -> None:
        for pid in self.running[at].pids:
            _signal(pid, signal.SIGSTOP)

    def go_on(self, at: int) -> None:
        for pid in self.running[at].pids:
            _signal(pid, signal.SIGCONT)

    def stop(self, at: int) -> None:
        self.running.pop(at).stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for at in list(self.running):
            self.go_on(at)
            self.stop(at)


def height_of(ledger: LedgerEngine) -> int:
    """The height of the newest header, 0 before the first."""
    try:
        return ledger.head().height
    except Unavailable:
        return 0


def hashes_between(ledger: LedgerEngine, first: int, last: int) -> dict[int, Digest]:
    """Of the headers of these heights that the node has; the node compares each with the block that it executed."""
    found = dict[int, Digest]()
    for height in range(last, first - 1, -1):
        try:
            found[height] = header_hash(ledger.light_block(height).header)
        except NotFound:
            break  # it began with a snapshot
    return found


def light_block_of(ledger: LedgerEngine, height: int) -> LightBlock:
    return ledger.light_block(height)


def executed_ok(ledger: LedgerEngine) -> set[Ticket]:
    """The tickets of the transactions that the node's blocks hold, and that were accepted."""
    return {sha256(each.transaction) for each in ledger.executed() if each.result.ok}


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
