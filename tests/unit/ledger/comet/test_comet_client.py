"""A command beside a node judges what it submits by the newest block, and executes that block once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from veriwatt.ledger.comet import client
from veriwatt.ledger.comet.client import CometClient
from veriwatt.ledger.comet.decided_block import DecidedBlock
from veriwatt.ledger.comet.tip import pending_changes
from veriwatt.ledger.rows.tables import Tables
from veriwatt.machine.app import ExecutedBlock
from veriwatt.machine.envelopes import Envelopes
from veriwatt.testing.abci_client import AbciClient, AbciHost, SimConsensus
from veriwatt.testing.actors import SimMember, sim_genesis

ANN, BEA = SimMember("acme", "ann"), SimMember("bolt", "bea")
NO_NODE = 9
"""A port at which nothing answers: what is submitted here is answered without the node."""


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[SimConsensus]:
    genesis = sim_genesis(ANN, BEA)
    with AbciHost(tmp_path, genesis), AbciClient(tmp_path) as connection:
        made = SimConsensus(connection, genesis)
        made.init_chain()
        yield made


def test_the_newest_block_is_executed_once_for_all_that_is_submitted_under_it(
    chain: SimConsensus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heights = list[int]()

    def counted(tables: Tables, height: int, block: DecidedBlock, envelopes: Envelopes) -> ExecutedBlock:
        heights.append(height)
        return pending_changes(tables, height, block, envelopes)

    monkeypatch.setattr(client, "pending_changes", counted)
    first, second = ANN.open_log(), BEA.open_log()
    with closing(CometClient(tmp_path / "ledger.db", NO_NODE)) as ledger:
        for block in (first, second):
            chain.block([block])
            for _ in range(3):
                codes = [outcome_of(ledger, raw) for raw in (first, second, ANN.open_log())]
                assert codes[0] == "ok"
                assert codes[1] == ("ok" if block is second else None)
                assert codes[2] not in ("ok", None)
    assert heights == [1, 2]


def outcome_of(ledger: CometClient, raw: bytes) -> str | None:
    """The code that is known without the node."""
    with ledger.judging() as outcome_outside:
        found = outcome_outside(raw)
    return None if found is None else found.code
