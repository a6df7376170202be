"""Bytes and milliseconds of evidence: of a reading, of a month of quarter-hours, and on a ledger grown old."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

from tests.drills.rows import Row
from veriwatt.cli.bench.grown_ledger import grown_bytes
from veriwatt.reading.evidence.build import refresh
from veriwatt.reading.evidence.led import led_evidence
from veriwatt.testing.council_world import CouncilWorld
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import DAY, MINUTE, Interval
from veriwatt.verify.outcome import verification_outcome
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.verdict import Verdict

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
    return [
        *rows,
        Row("evidence led over 20 changes of one of 4 validators", led_bytes(folder / "led"), "B", "<= 12000"),
    ]


def led_bytes(folder: Path, changes: int = 20) -> int:
    """The bytes of a reading's file, renewed for a trust file from before all four validators changed five times."""
    folder.mkdir()
    network = CouncilWorld(folder)
    world = network.world
    world.day(0)
    world.anchor()
    world.clock.advance_to(FIRST_DAY + 2 * DAY + MINUTE)
    made, trust = world.evidence(0, 41), world.trust()
    for _ in range(changes):
        network.change_a_validator()
    network.go_on()
    led = led_evidence(network.ledger, refresh(network.ledger, made), trust).to_bytes()
    world.close()
    assert verification_outcome(led, trust, network.now).verdict is Verdict.PROVEN
    return len(led)


def _milliseconds(world: SimWorld, raw: bytes) -> float:
    """The median of some verifications."""
    trust, now, spent = world.trust(), world.clock.now(), list[float]()
    for _ in range(TIMES):
        began = perf_counter()
        verify_evidence(raw, trust, now)
        spent.append(perf_counter() - began)
    return round(sorted(spent)[TIMES // 2] * 1000, 2)
