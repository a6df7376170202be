"""`make drill-ledger`: does the network of validators stand? Writes build/drills/ledger.json.

    python -m tests.drills.ledger              three rounds of faults, 10^4 blocks on the network
    python -m tests.drills.ledger --short      the same rows, smaller: a quarter of an hour
    python -m tests.drills.ledger --seed 7     the same draws again
    python -m tests.drills.ledger --only disk  one part: its rows alone

Run as root: a full disk and a cut line need a file system and a network of their own. Exit 0 when every row holds.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.drills.ledger_faults import clock_rows, disk_rows, fault_rows, line_rows
from tests.drills.ledger_halt import halt_rows
from tests.drills.ledger_liars import liar_rows
from tests.drills.ledger_loads import bench_rows, hostile_rows, memory_rows
from tests.drills.ledger_next_engine import next_engine_rows
from tests.drills.ledger_proofs import proof_rows
from tests.drills.ledger_units import unit_rows
from tests.drills.parts import Drill, Part


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a run does: rounds of faults, seconds of an outage, of a flood and of relaying, blocks, units."""

    rounds: int
    outage: float
    flood: float
    blocks: int
    embedded: int
    units: int
    relayed: float


WHOLE = Extent(rounds=3, outage=30, flood=20, blocks=10_000, embedded=100_000, units=2_000, relayed=600)
SHORT = Extent(rounds=1, outage=6, flood=5, blocks=300, embedded=16_000, units=400, relayed=20)

OFFSET = 90
"""Seconds by which a clock is wrong."""

PARTS: Mapping[str, Part[Extent]] = {
    "bench": lambda _folder, _seed, _extent: bench_rows(),  # first, while nothing else runs
    "faults": lambda folder, seed, extent: fault_rows(folder / "faults", seed, extent.rounds),
    "halt": lambda folder, _seed, _extent: halt_rows(folder / "halt"),
    "liars": lambda folder, _seed, _extent: liar_rows(folder / "liars"),
    "disk": lambda folder, seed, extent: disk_rows(folder / "disk", seed, extent.outage),
    "line": lambda folder, seed, extent: line_rows(folder / "line", seed, extent.outage),
    "clock": lambda folder, seed, _extent: clock_rows(folder / "clock", seed, OFFSET),
    "proofs": lambda folder, _seed, _extent: proof_rows(folder / "proofs"),
    "next": lambda folder, _seed, _extent: next_engine_rows(folder / "next"),
    "hostile": lambda folder, _seed, extent: hostile_rows(folder / "hostile", extent.flood),
    "units": lambda folder, _seed, extent: unit_rows(folder / "units", extent.units, extent.relayed),
    "memory": lambda folder, _seed, extent: memory_rows(folder / "memory", extent.blocks, extent.embedded),
}

BESIDE: Mapping[str, Sequence[str]] = {"faults": ("halt", "liars", "disk", "line", "clock", "proofs", "next")}
"""Parts that run while another does: all mostly wait, and nothing of them is a time of a quiet machine."""

DRILL = Drill("ledger", PARTS, WHOLE, SHORT, BESIDE, lanes=3)

if __name__ == "__main__":
    sys.exit(DRILL.main(sys.argv[1:]))
