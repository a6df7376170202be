"""The ledger on CometBFT for a command: it reads the node's file, and submits to the node that another process runs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Unavailable
from veriwatt.ledger.comet.decided_block import DecidedBlock
from veriwatt.ledger.comet.pending_rows import PendingRows
from veriwatt.ledger.comet.snapshot import NoBlockYet, decided_block, time_after
from veriwatt.ledger.comet.submitter import POLL_EVERY, CometSubmitter, OutcomeOutside
from veriwatt.ledger.comet.tip import newest_block, pending_changes
from veriwatt.ledger.executed_items import executed_items
from veriwatt.ledger.rows.tables import Tables
from veriwatt.machine.admission import outcome_outside
from veriwatt.machine.app import OK
from veriwatt.machine.state import BlockContext
from veriwatt.ports.ledger import Result, ResultUnknown, Ticket
from veriwatt.units import SECOND


class _Newest(NamedTuple):
    """The newest block of the file, and what it changed, which the file does not have yet."""

    height: int
    block: DecidedBlock
    changes: dict[bytes, bytes | None]


class CometClient(CometSubmitter):
    """As `CometLedger`, beside the process that runs the node; a refusal in a block has its code, and no text."""

    def __init__(self, file: Path, rpc_port: int) -> None:
        """As `CometReader`."""
        super().__init__(file, rpc_port)
        self._looking, self._looked_at = Lock(), 0
        self._newest: _Newest | None = None

    def broadcast(self, transactions: Sequence[bytes]) -> tuple[Ticket, ...]:
        """As `CometSubmitter`; Unavailable too while no node runs."""
        with self._looking:
            self._looked_at = self._looked_at or max(self._height(), 1)  # before any of them can be in a block
        return super().broadcast(transactions)

    def await_result(self, ticket: Ticket, within: int) -> Result:
        deadline = time.monotonic() + within / SECOND
        while True:
            self._look()
            try:
                return super().await_result(ticket, 0)
            except ResultUnknown:
                if time.monotonic() > deadline:
                    raise ResultUnknown(ticket, within) from None
            time.sleep(POLL_EVERY)

    @contextmanager
    def judging(self) -> Iterator[OutcomeOutside]:
        with self._readers.reading() as tables:
            newest = self._newest_of(tables)
            rows, before = PendingRows(tables, newest.changes), newest.block
            block = BlockContext(newest.height + 1, before.time, before.app_hash)  # whose own root refuses nothing
            yield partial(outcome_outside, rows, block, envelopes=self.envelopes)

    def _newest_of(self, tables: Tables) -> _Newest:
        """The newest block of the tables, executed once: a command or a relay submits again and again under it."""
        newest = self._newest
        if newest is None or newest.height != tables.last_height():
            height, block = newest_block(tables, self.genesis)
            changes = pending_changes(tables, height, block, self.envelopes).changes
            self._newest = newest = _Newest(height, block, changes)
        return newest

    def _look(self) -> None:
        """Give the results of the blocks to which a header has committed since the last look."""
        with self._looking:
            newest = self._height()
            if newest > self._looked_at:
                for height in range(self._looked_at, newest):
                    self._results.settle(self._results_of(height))
                self._looked_at = newest

    def _results_of(self, height: int) -> Iterator[tuple[Ticket, Result]]:
        """Those of a block below the newest, of bundles and of what they carry."""
        with self._readers.reading() as tables:
            block, after = decided_block(tables, height), time_after(tables, height)
        if block is None:
            return  # it was in a snapshot
        for raw, result in zip(block.transactions, block.results, strict=True):
            code = result if isinstance(result, str) else OK
            yield sha256(raw), Result(code, "", height, after)
            for each in executed_items(raw, result, height, after):
                yield sha256(each.transaction), each.result

    def _height(self) -> int:
        try:
            return self.head().height
        except NoBlockYet:
            return 0
        except Unavailable:
            return self._looked_at
