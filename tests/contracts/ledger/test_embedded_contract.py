from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.ledger.ledger_contract import LedgerContract
from veriwatt.ledger.open_ledger import create_ledger, open_ledger
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.ports.ledger import Ledger
from veriwatt.testing.actors import START, sim_validator
from veriwatt.testing.clocks import SimClock


class TestEmbeddedLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, genesis: Genesis, tmp_path: Path) -> Iterator[Ledger]:
        with create_ledger(tmp_path, genesis, sim_validator(), SimClock(START)) as ledger:
            yield ledger


class TestEmbeddedLedgerReopened(LedgerContract):
    """The same after the file was closed and opened again: nothing lives in memory alone."""

    @pytest.fixture
    def ledger(self, genesis: Genesis, tmp_path: Path) -> Iterator[Ledger]:
        clock = SimClock(START)
        create_ledger(tmp_path, genesis, sim_validator(), clock).close()
        with open_ledger(tmp_path, sim_validator, clock) as ledger:
            yield ledger
