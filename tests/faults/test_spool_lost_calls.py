"""Every call to the spool cut in two ways: lost before it took effect, and applied but reported lost."""

from __future__ import annotations

from pathlib import Path

from tests.faults import spool_scenario as scenario
from veriwatt.terminal.spool.spool import Spool
from veriwatt.testing.faults import FaultPlan, sweep


def test_a_call_with_unknown_outcome_may_be_repeated(tmp_path: Path) -> None:
    runs: list[tuple[Spool, list[str]]] = []

    def run(plan: FaultPlan) -> None:
        runs.append((Spool(tmp_path / f"{plan.nth} {plan.applied}.db"), []))
        spool, reports = runs[-1]
        scenario.work(plan.around(spool), reports.append)

    for _ in sweep(run):
        spool, reports = runs[-1]
        with spool:
            scenario.check_no_loss(spool, reports)
            scenario.work(spool, reports.append)
            scenario.check_no_loss(spool, reports)
            scenario.check_done(spool)
    runs[-1][0].close()
    assert len(runs) > 60, "the sweep cut next to nothing"
