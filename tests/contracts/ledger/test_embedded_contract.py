from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.ledger.ledger_contract import LedgerContract
from veriwatt.ledger.embedded import EmbeddedLedger
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.testing.actors import START, sim_validator
from veriwatt.testing.clocks import SimClock


class TestEmbeddedLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, genesis: Genesis, tmp_path: Path) -> Iterator[EmbeddedLedger]:
        with EmbeddedLedger.create(tmp_path / "ledger.db", genesis, sim_validator(), SimClock(START)) as ledger:
            yield ledger


class TestEmbeddedLedgerReopened(LedgerContract):
    """The same after the file was closed and opened again: nothing lives in memory alone."""

    @pytest.fixture
    def ledger(self, genesis: Genesis, tmp_path: Path) -> Iterator[EmbeddedLedger]:
        path, clock = tmp_path / "ledger.db", SimClock(START)
        EmbeddedLedger.create(path, genesis, sim_validator(), clock).close()
        with EmbeddedLedger.open(path, sim_validator(), clock) as ledger:
            yield ledger
