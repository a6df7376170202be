"""`make drill-node`: does the node stand? Writes build/drills/node.json.

    python -m tests.drills.node              an hour: 20 minutes of live faults, 60 s of each flood, 10^6 frames
    python -m tests.drills.node --short      the same rows, smaller, at most eight minutes
    python -m tests.drills.node --seed 7     the same draws again
    python -m tests.drills.node --only live  one part: its rows alone

Run as root: full and read-only disks are file systems of their own. Exit 0 when every row holds, else 1.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.drills.bench_rows import bench_rows
from tests.drills.node_floods import flood_rows
from tests.drills.node_growth import growth_rows
from tests.drills.node_outages import (
    clock_rows,
    damage_rows,
    disk_rows,
    live_rows,
    recovery_rows,
    stopped_rows,
    sync_rows,
)
from tests.drills.parts import Drill, Part


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a run does: seconds of each part, failing syncs, damaged homes, frames of the long chain."""

    live: float
    flood: float
    outage: float
    recovery: float
    syncs: int
    damages: int
    frames: int


WHOLE = Extent(live=1_200, flood=60, outage=20, recovery=300, syncs=36, damages=450, frames=10**6)
SHORT = Extent(live=45, flood=4, outage=3, recovery=20, syncs=6, damages=24, frames=10**5)

PARTS: Mapping[str, Part[Extent]] = {
    "accept": lambda _folder, _seed, _extent: bench_rows(),  # first, while nothing else runs
    "live": lambda folder, seed, extent: live_rows(folder / "live", seed, extent.live),
    "floods": lambda folder, seed, extent: flood_rows(folder, seed, extent.flood),
    "syncs": lambda folder, seed, extent: sync_rows(folder, seed, extent.syncs),
    "damages": lambda folder, seed, extent: damage_rows(folder, seed, extent.damages),
    "disks": lambda folder, seed, extent: disk_rows(folder, seed, extent.outage),
    "clocks": lambda folder, seed, extent: clock_rows(folder, seed, extent.outage),
    "stopped": lambda folder, seed, extent: stopped_rows(folder, seed, extent.outage),
    "restored": lambda folder, seed, extent: recovery_rows(folder / "restored", seed, extent.recovery),
    "growth": lambda folder, _seed, extent: growth_rows(folder, extent.frames),
}

BESIDE: Mapping[str, Sequence[str]] = {"live": ("syncs", "damages", "disks", "clocks", "stopped", "restored")}
"""Parts that run while another does: it mostly waits, nothing of it is a time, and an hour is not long."""


DRILL = Drill("node", PARTS, WHOLE, SHORT, BESIDE)

if __name__ == "__main__":
    sys.exit(DRILL.main(sys.argv[1:]))
