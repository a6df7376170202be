"""kill -9 of a node in the middle of submitting: CometBFT ends with it, and what was acknowledged is there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.comet_program import comet_program
from veriwatt.ledger.open_ledger import CometSettings, audit_ledger, create_node_ledger, ledger_file
from veriwatt.ledger.rows.tables import Tables
from veriwatt.model.ledger.state_keys import passport_key
from veriwatt.testing.actors import SimMember, sim_genesis
from veriwatt.testing.comet_network import sim_node_keys, wait_until

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[2]


def killed_after(folder: Path, begin: int, lines: int) -> tuple[int, list[int]]:
    """Run the writer, kill it when it has acknowledged that many; CometBFT's process, and all that it acknowledged."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.comet_writer", str(folder), str(begin)],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{ROOT}/src:{ROOT}"},
    )
    with process:
        assert process.stdout is not None
        comet = int(process.stdout.readline())
        confirmed = [int(process.stdout.readline()) for _ in range(lines)]
        process.kill()
        confirmed += [int(line) for line in process.stdout if line.endswith("\n")]
    return comet, confirmed


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    comet_program()
    settings = CometSettings(None, 26_657, "127.0.0.1:26656")
    create_node_ledger(tmp_path, sim_genesis(SimMember("acme", "ann")), sim_node_keys(0), settings)
    confirmed: list[int] = []
    for round_ in range(3):
        comet, acknowledged = killed_after(tmp_path, 10_000 * round_, 5 + 3 * round_)
        confirmed += acknowledged
        tables = Tables(ledger_file(tmp_path), writable=False)
        assert [at for at in confirmed if tables.get(passport_key("acme", f"t{at}")) is None] == []
        tables.close()
        assert audit_ledger(tmp_path).problems == ()
    wait_until(lambda: not Path(f"/proc/{comet}").exists(), 20)
