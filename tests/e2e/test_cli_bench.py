"""The benchmarks run, and print every figure that the README and the contract name, beside its floor."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.cli_home import Cli

FIGURES = {
    "ingest": {"accept", "frames_1", "frames_2", "verify_2", "http_readings", "bytes_per_reading"},
    "ledger": {"anchors", "anchor_alone", "wire_bytes", "stored_bytes", "audited"},
    "verify": {"verify_reading", "verify_month", "evidence_bytes", "month_bytes", "grown_bytes"},
    "query": {"hourly_100_points"},
}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", FIGURES)
def test_a_benchmark_prints_its_figures(tmp_path: Path, name: str) -> None:
    said = Cli(tmp_path).ask("bench", name)
    figures = {f["name"]: f for f in said["figures"]}

    assert FIGURES[name] <= figures.keys()
    assert all(f["value"] > 0 and (f["floor"] is None or f["ratio"] > 0) for f in figures.values())
    assert "cores" in said["machine"]
