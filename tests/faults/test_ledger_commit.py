"""The one durable write of a submit, lost or applied but reported failed, at every statement it makes."""

from __future__ import annotations

from pathlib import Path

from veriwatt.errors import Unavailable, Unsettled, VeriwattError
from veriwatt.ledger.embedded.audit import audit
from veriwatt.ledger.embedded.ledger import EmbeddedLedger
from veriwatt.ports.ledger import submit
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_genesis, sim_validator
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.faults import Failure, FaultPlan, faulty_connection, sweep

STATEMENTS = 6
"""BEGIN, blocks, state put, state deleted, leaves, COMMIT: a submit makes no fewer."""


def test_a_submit_with_unknown_outcome_is_settled_by_submitting_again(tmp_path: Path) -> None:
    ann, clock = SimMember("acme", "ann"), SimClock(START)
    genesis = sim_genesis(ann)
    first, second = [ann.open_log()], [ann.enrol(SimTerminal("acme", "t1")), ann.enrol(SimTerminal("acme", "t2"))]
    ledgers, errors = list[EmbeddedLedger](), list[VeriwattError]()

    def run(plan: FaultPlan) -> None:
        path = tmp_path / f"{plan.nth} {plan.applied}" / "ledger.db"
        path.parent.mkdir()
        with EmbeddedLedger.create(path, genesis, sim_validator(), clock) as ledger:
            submit(ledger, first)
        connection = faulty_connection(plan, spared={"SELECT", "PRAGMA", "ROLLBACK"})
        ledgers.append(EmbeddedLedger.open(path, sim_validator(), clock, connection=connection))
        try:
            submit(ledgers[-1], second)
        except (Unavailable, Unsettled) as error:
            errors.append(error)

    cut = list[tuple[str, bool]]()
    for plan in sweep(run, Failure.REPORT):
        cut.append((plan.failed, plan.applied))
        commits = plan.failed == "COMMIT"
        assert isinstance(errors[-1], Unsettled if commits else Unavailable), plan
        with ledgers.pop() as ledger:
            assert ledger.head().height == (5 if commits and plan.applied else 3), plan
            results = submit(ledger, second)
            assert [(result.code, result.height) for result in results] == [("ok", 4), ("ok", 4)]
            assert ledger.head().height == 5
        assert audit(tmp_path / f"{plan.nth} {plan.applied}" / "ledger.db").ok
    ledgers.pop().close()
    assert len(errors) == len(cut) >= 2 * STATEMENTS
    assert cut[0] == ("BEGIN", False)
    assert cut[-1] == ("COMMIT", True)
