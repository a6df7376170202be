"""The same promises from an engine whose results come later, in several blocks and not in the order sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.ledger.ledger_contract import TERMINAL, LedgerContract
from veriwatt.errors import Unsettled
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.ports.ledger import ResultUnknown
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_genesis, sim_validator
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.queued_ledger import INTERVAL, QueuedLedger
from veriwatt.units import MINUTE


class TestQueuedLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, genesis: Genesis) -> Iterator[QueuedLedger]:
        with QueuedLedger(genesis, sim_validator(), SimClock(START)) as ledger:
            yield ledger


@pytest.fixture
def ann() -> SimMember:
    return SimMember("acme", "ann")


@pytest.fixture
def queued(ann: SimMember) -> QueuedLedger:
    return QueuedLedger(sim_genesis(ann), sim_validator(), SimClock(START))


def test_transactions_of_one_broadcast_fall_into_several_blocks_the_newest_first(
    queued: QueuedLedger, ann: SimMember
) -> None:
    transactions = [ann.enrol(SimTerminal("acme", f"t{at}")) for at in range(5)]
    tickets = queued.broadcast(transactions)
    results = [queued.await_result(ticket, MINUTE) for ticket in tickets]
    assert all(result.ok for result in results)
    assert [result.height for result in results] == [6, 4, 4, 2, 2]
    assert [each.transaction for each in queued.executed()] == transactions[::-1]


def test_a_result_is_not_there_before_its_block(queued: QueuedLedger, ann: SimMember) -> None:
    (ticket,) = queued.broadcast([ann.open_log()])
    with pytest.raises(ResultUnknown):
        queued.await_result(ticket, INTERVAL - 1)
    queued.make_block()
    assert queued.await_result(ticket, 0).ok


def test_a_transaction_whose_result_was_lost_is_not_executed_again(queued: QueuedLedger, ann: SimMember) -> None:
    raw = ann.enrol(TERMINAL)
    (ticket,) = queued.broadcast([raw])
    queued.lose_results(1)
    with pytest.raises(Unsettled):
        queued.await_result(ticket, MINUTE)
    queued.make_block()
    (again,) = queued.broadcast([raw])
    assert (queued.await_result(again, MINUTE).code, len(list(queued.executed()))) == ("ok", 1)
