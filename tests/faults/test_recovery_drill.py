"""The drill of recovery, a short one: nothing acknowledged is lost without a word, and everything comes back."""

from __future__ import annotations

from pathlib import Path

from veriwatt.testing.recovery_drill import run_recovery


def test_what_a_damaged_node_lost_comes_back_from_its_terminals(tmp_path: Path) -> None:
    measured = run_recovery(tmp_path / "drill", seed=3, seconds=20)
    assert measured.acknowledged
    assert (measured.lost, measured.silent, measured.stuck) == (0, 0, 0), measured
