"""kill -9 in the middle of submitting: what was acknowledged is there, and the file is sound."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from veriwatt.ledger.embedded.audit import audit
from veriwatt.ledger.embedded.ledger import EmbeddedLedger
from veriwatt.model.ledger.state_keys import member_key
from veriwatt.testing.actors import START, SimMember, sim_genesis, sim_validator
from veriwatt.testing.clocks import SimClock

ROOT = Path(__file__).parents[2]


def killed_after(path: Path, begin: int, lines: int) -> list[int]:
    """Run the writer, kill it once it has acknowledged that many, and return all it acknowledged."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.ledger_writer", str(path), str(begin)],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{ROOT}/src:{ROOT}"},
    )
    with process:
        assert process.stdout is not None
        confirmed = [int(process.stdout.readline()) for _ in range(lines)]
        process.kill()
        return confirmed + [int(line) for line in process.stdout if line.endswith("\n")]


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ann = SimMember("acme", "ann")
    EmbeddedLedger.create(path, sim_genesis(ann), sim_validator(), SimClock(START)).close()
    confirmed: list[int] = []
    for round_ in range(3):
        confirmed += killed_after(path, 10_000 * round_, 20 + 7 * round_)
        with EmbeddedLedger.open(path, None, SimClock(START)) as ledger:
            assert [number for number in confirmed if ledger.get(member_key("acme", f"m{number}")) is None] == []
        assert audit(path).ok
