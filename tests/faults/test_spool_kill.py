"""A terminal killed at any moment loses nothing it promised, doubles nothing, and never signs twice over one number."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import veriwatt
from tests.faults import spool_scenario as scenario
from veriwatt.terminal.spool.spool import Spool

SCRIPT = Path(scenario.__file__)
ENVIRONMENT = {"PYTHONPATH": str(Path(veriwatt.__file__).parents[1])}


def test_a_kill_before_any_statement_loses_and_doubles_nothing(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(SCRIPT), str(tmp_path)], check=True, env=ENVIRONMENT, timeout=100)
    homes = sorted(tmp_path.iterdir())
    assert len(homes) > 60, "the sweep cut next to nothing"
    for home in homes:
        reports = (home / "reports").read_text().splitlines()
        with Spool(home / "spool.db") as spool:
            scenario.check_no_loss(spool, reports)
            scenario.work(spool, reports.append)
            scenario.check_no_loss(spool, reports)
            scenario.check_done(spool)
