"""The benchmarks run, and print every figure that the README and the contract name, beside its floor."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.cli_home import Cli

STORED = {
    f"{driver}_{what}_{size}{unit}"
    for driver in ("local", "s3", "kubo")
    for what in ("put", "get")
    for size in ("1mib", "64kib")
    for unit in ("", "_rate", "_bytes")
}

FIGURES = {
    "ingest": {"accept", "frames_1", "frames_2", "verify_2", "http_readings", "bytes_per_reading"},
    "ledger": {
        *("anchors", "in_bundles", "anchor_alone", "wire_bytes", "stored_bytes", "audited"),
        *("embedded_one_by_one", "embedded_in_bundles"),
    },
    "verify": {"verify_reading", "verify_month", "evidence_bytes", "month_bytes", "grown_bytes"},
    "query": {"hourly_100_points"},
    "store": {
        *("sha256_1mib", "sha256_64kib"),
        *(name for name in STORED if name.startswith("local_")),
        *("share_split", "share_restore", "share_restore_whole", "share_repair", "chunk_root"),
    },
}

ON_A_NETWORK = {
    *("network_one_by_one", "one_by_one_p50", "one_by_one_p95", "one_by_one_cpu"),
    *("network_in_bundles", "in_bundles_p50", "in_bundles_p95", "in_bundles_cpu", "network_idle_blocks"),
}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", FIGURES)
def test_a_benchmark_prints_its_figures(tmp_path: Path, name: str) -> None:
    said = Cli(tmp_path).ask("bench", name)
    figures = {f["name"]: f for f in said["figures"]}

    assert FIGURES[name] <= figures.keys()
    assert all(f["value"] > 0 or name == "network_idle_blocks" for name, f in figures.items())
    assert all(f["floor"] is None or f["ratio"] > 0 for f in figures.values())
    assert "cores" in said["machine"]
    if name == "ledger":
        assert figures.keys() >= ON_A_NETWORK or "CometBFT" in said["skipped"]["network"]
    if name == "store":
        skipped = tuple(said["skipped"])
        assert {each for each in STORED if not each.startswith(skipped)} <= figures.keys()
