"""Bytes and milliseconds of evidence: of a reading, of a month of quarter-hours, and on a ledger grown old."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

from tests.drills.rows import Row
from veriwatt.cli.bench.grown_ledger import grown_bytes
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import DAY, Interval
from veriwatt.verify.procedure import verify_evidence

MONTH = 31
TIMES = 15


def size_rows(folder: Path) -> list[Row]:
    """Evidence of a reading and of a month: seven points, daily frames of 96 slots each."""
    world = SimWorld(folder)
    for day in range(MONTH):
        world.day(day)
        world.anchor()
    reading = world.evidence(MONTH // 2, 41)
    month = world.period("meter 0", Interval(FIRST_DAY, FIRST_DAY + MONTH * DAY), list(range(MONTH)))
    rows = [
        Row("evidence of a reading, embedded ledger", len(reading.to_bytes()), "B", "<= 8000"),
        Row("verifying evidence of a reading", _milliseconds(world, reading.to_bytes()), "ms", "<= 20"),
        Row("evidence of a reading, 4 validators and 10^7 blocks", grown_bytes(reading), "B", "<= 12000"),
        Row("evidence of a month of quarter-hours in daily frames", len(month.to_bytes()), "B", "<= 60000"),
        Row("verifying evidence of a month", _milliseconds(world, month.to_bytes()), "ms", "<= 50"),
    ]
    world.close()
    return rows


def _milliseconds(world: SimWorld, raw: bytes) -> float:
    """The median of some verifications."""
    trust, now, spent = world.trust(), world.clock.now(), list[float]()
    for _ in range(TIMES):
        began = perf_counter()
        verify_evidence(raw, trust, now)
        spent.append(perf_counter() - began)
    return round(sorted(spent)[TIMES // 2] * 1000, 2)
