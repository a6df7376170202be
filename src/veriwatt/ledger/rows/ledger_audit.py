"""What the audit of a ledger's file tells, whatever engine wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from veriwatt.ids import Digest
from veriwatt.ledger.rows.row_problems import RowProblem
from veriwatt.merkle.compact_range import CompactRange

PROBLEM_LIMIT = 1000
"""Problems reported at most; more would not describe the file better."""


@dataclass(frozen=True, slots=True)
class LedgerAudit:
    """The outcome of an audit; without problems, every row of every table follows from genesis and blocks.

    `height`, `block_hash` and `app_hash` are those of the newest block. `root_log` and `anchored` (by org) are the
    compact ranges in the state; they are empty when the replay stopped. The anchors are the leaves of each org's log.
    """

    chain_id: str
    genesis_hash: Digest
    height: int
    block_hash: Digest
    app_hash: Digest
    root_log: CompactRange
    anchored: Mapping[str, CompactRange]
    counts: Mapping[str, int]
    problems: tuple[RowProblem, ...]

    @property
    def ok(self) -> bool:
        return not self.problems
