"""Cases of evidence.json for the claim of a period: sums over a day and over gaps, registers, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.vectors.evidence_edits import ClaimVectors, case_of, flipped, get, put, spliced
from veriwatt.encoding import Value
from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.period_claim import PeriodClaim
from veriwatt.model.frames.columns import Column
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import RecordExchange
from veriwatt.model.points.status import Direction, Kind, Status
from veriwatt.reading.evidence.frame_proof import build_frame_proofs
from veriwatt.testing.worlds import FIRST_DAY, PLANT, SimWorld
from veriwatt.units import DAY, HOUR, MINUTE, Interval
from veriwatt.verify.frame_proof import ParsedFrame
from veriwatt.verify.procedure import state_keys

PERIOD_END, CONTEXT_START, CONTEXT_END = (2, 4), (2, 5), (2, 6)
DEFINITIONS, COLUMNS = (2, 7), (2, 8)
LEAVES = (*COLUMNS, 0, 0)
SALT, VALUES, VALUE = (*LEAVES, 0, 0), (*LEAVES, 0, 1), (*LEAVES, 0, 1, 41)
FRAMES, POSITION = (3,), (3, 0, 3)

ESTIMATED, MANUAL, GAPS = range(8, 13), range(20, 22), range(40, 44)
"""Slots of day 1 that were not measured."""

EXCHANGED = FIRST_DAY + DAY + 12 * HOUR
FIRST_READINGS, EXPORTED, STEPS = [100 + n for n in range(24)], "exported", "main"


def period_vectors(folder: Path) -> list[ClaimVectors]:
    return [
        _intervals(SimWorld(folder / "intervals", "periods")),
        _registers(SimWorld(folder / "registers", "registers")),
    ]


def _intervals(world: SimWorld) -> ClaimVectors:
    """Two days of a plant; in the second, slots of its first meter were estimated, entered by hand, or are gaps."""
    world.day(0)
    columns = world.columns(1)
    columns[PLANT][0] = replace(columns[PLANT][0], codes=_codes())
    world.clock.advance_to(FIRST_DAY + 2 * DAY + MINUTE)
    world.append(world.made(world.window(1), columns))
    world.anchor()
    day, whole = world.window(0), Interval(FIRST_DAY, FIRST_DAY + 2 * DAY)
    files = {
        "a day": world.period("meter 0", day, [0]).to_bytes(),
        "two days": world.period("meter 0", Interval(day.start + 6 * HOUR, whole.end), [0, 1]).to_bytes(),
        "two days without the first frame": world.period("meter 0", whole, [1]).to_bytes(),
    }
    trust, now = "checkpoint of periods", world.clock.now()
    cases = [case_of(f"a period: {name}", name, trust, now) for name in files]
    cases.append(case_of("a period: without a trust file", "a day", None, now))
    for name, file, made in [*_of_a_day(files["a day"], day), *_of_two_days(files["two days"])]:
        cases.append(spliced(name, file, files[file], made, trust, now))
    found = ClaimVectors(files, {trust: world.trust()}, cases)
    world.close()
    return found


def _of_a_day(raw: bytes, day: Interval) -> list[tuple[str, str, bytes]]:
    earlier = put(put(raw, PERIOD_END, day.end - 6 * HOUR), CONTEXT_END, day.end - 6 * HOUR)
    later = put(put(raw, PERIOD_END, day.end + 6 * HOUR), CONTEXT_END, day.end + 6 * HOUR)
    before = put(put(raw, (2, 3), day.start - DAY), CONTEXT_START, day.start - DAY)
    other = put(put(before, PERIOD_END, day.start), CONTEXT_END, day.start)
    values, leaf, part = get(raw, VALUES), get(raw, (*LEAVES, 0)), get(raw, (*DEFINITIONS, 0))
    assert isinstance(values, list)
    assert isinstance(part, list)
    return [
        ("a period: an earlier end is another claim", "a day", earlier),
        ("a period: after a later end, slots that no frame of the file states", "a day", later),
        ("step 1: a period without an end", "a day", put(raw, PERIOD_END, day.start)),
        (
            "step 1: a period of 32 days",
            "a day",
            put(put(raw, PERIOD_END, day.start + 32 * DAY), CONTEXT_END, day.start + 32 * DAY),
        ),
        ("step 1: a period outside its context", "a day", put(raw, PERIOD_END, day.end + HOUR)),
        ("step 1: a context wider than the period", "a day", put(raw, CONTEXT_END, day.end + HOUR)),
        ("step 1: more frames than columns", "a day", put(raw, COLUMNS, [])),
        ("step 5: the timeline of another point", "a day", put(raw, (2, 2), "meter 1")),
        ("step 6: a position that no anchor of the file added", "a day", put(raw, POSITION, 9)),
        ("step 11: a definition of another version", "a day", put(raw, (*DEFINITIONS, 0, 1, 0, 0), 1)),
        ("step 13: a period of the day before", "a day", other),
        ("step 13: a leaf left out", "a day", put(raw, LEAVES, [])),
        ("step 13: a leaf twice", "a day", put(raw, LEAVES, [_value(leaf), _value(leaf)])),
        ("step 13: an altered value of a period", "a day", put(raw, VALUE, 1)),
        ("step 13: an altered salt of a period", "a day", put(raw, SALT, flipped(get(raw, SALT)))),
        ("step 13: a value of a period less", "a day", put(raw, VALUES, values[:-1])),
        ("step 14: a definition that the period does not have", "a day", put(raw, DEFINITIONS, [[part[0], []], part])),
    ]


def _of_two_days(raw: bytes) -> list[tuple[str, str, bytes]]:
    frames, columns = get(raw, FRAMES), get(raw, COLUMNS)
    assert isinstance(frames, list)
    assert isinstance(columns, list)
    return [
        ("step 1: frames of a period in another order", "two days", put(raw, FRAMES, frames[::-1])),
        ("step 13: columns of a period in another order", "two days", put(raw, COLUMNS, columns[::-1])),
    ]


def _registers(world: SimWorld) -> ClaimVectors:
    """Hours of two registers: one's meter is exchanged; the other dips, and then falls for good."""
    plain = PointDefinition(STEPS, "electricity", "kWh", Kind.REGISTER, 0, 1, "1h", "+08:00", rate=40, terminal="t1")
    exported = replace(plain, id=EXPORTED, direction=Direction.EXPORT, rate=None)
    world.groups["registers"] = tuple(PointDefinition.from_bytes(each.to_bytes()) for each in (exported, plain))
    world.must(world.define("registers"))
    before, after = [148 + n for n in range(12)], [5 + n for n in range(36)]
    readings = {
        EXPORTED: [*FIRST_READINGS, *[FIRST_READINGS[-1] + 1 + n for n in range(12)], *after],
        STEPS: [*FIRST_READINGS, 124, 125, 7, 126, 127, *range(228, 235), *range(130, 166)],
    }
    for day in range(3):
        window = world.window(day)
        starts = np.arange(window.start, window.end, HOUR, dtype=np.int64)
        codes = np.full(24, Status.MEASURED, np.uint8)
        columns = [
            Column(point, starts, starts + HOUR, np.array(values[day * 24 : day * 24 + 24], np.int64), codes)
            for point, values in readings.items()
        ]
        world.clock.advance_to(window.end + MINUTE)
        world.append(world.made(window, {"registers": columns}))
    world.must(world.owner.sign(RecordExchange(EXPORTED, EXCHANGED, before[0], 5, "calibration")))
    world.anchor()
    context = Interval(FIRST_DAY, FIRST_DAY + 3 * DAY)
    early = Interval(FIRST_DAY + 2 * HOUR, FIRST_DAY + 12 * HOUR)
    files = {
        "a register": world.period(EXPORTED, early, [0, 1, 2], context).to_bytes(),
        "a register over an exchange": world.period(EXPORTED, world.window(1), [0, 1, 2], context).to_bytes(),
        "a register with falls": world.period(STEPS, world.window(1), [0, 1, 2], context).to_bytes(),
        "a register up to its last reading": world.period(STEPS, world.window(2), [0, 1, 2], context).to_bytes(),
        "a register without what was read later": world.period(
            EXPORTED, early, [0], Interval(FIRST_DAY, FIRST_DAY + DAY)
        ).to_bytes(),
        "a register without a frame before": world.period(EXPORTED, world.window(1), [1, 2], context).to_bytes(),
    }
    checkpoint = world.trust()
    world.day(3)
    world.anchor()
    later = world.period(EXPORTED, early, [0, 1, 2], context)
    files["a register after a later anchor"] = later.to_bytes()
    hidden = without_newest_anchor(world, later).to_bytes()
    trust, now = "checkpoint of registers", world.clock.now()
    refused = "a register without a frame before"
    cases = [case_of(f"a period: {name}", name, trust, now) for name in files if name != refused]
    cases.append(case_of("step 14: the frame before a register's period left out", refused, trust, now))
    raw = files["a register"]
    for name, made in [
        ("step 14: the first reading of a register's context left out", put(raw, CONTEXT_START, FIRST_DAY + HOUR)),
        ("a period: another end of a register's period", put(raw, PERIOD_END, early.end + HOUR)),
        ("step 5: a register without its record", put(raw, (2, 2), STEPS)),
    ]:
        cases.append(spliced(name, "a register", raw, made, trust, now))
    file = "a register after a later anchor"
    cases.append(spliced("step 6: a register without the newest anchor", file, files[file], hidden, trust, now))
    found = ClaimVectors(files, {trust: checkpoint}, cases)
    world.close()
    return found


def without_newest_anchor(world: SimWorld, evidence: Evidence[PeriodClaim]) -> Evidence[PeriodClaim]:
    """The file with the anchors of its frames alone; all that it shows is on the ledger."""
    frames = [ParsedFrame.of(part) for part in evidence.proofs.frames]
    with world.ledger.snapshot() as now:
        records = now.prove(state_keys(evidence.claim, frames, evidence.chain)).values
        proofs = build_frame_proofs(now, records, evidence.claim.org, frames, evidence.proofs.chain)
    return replace(evidence, proofs=proofs)


def _codes() -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    codes = np.full(96, Status.MEASURED, np.uint8)
    for slots, status in ((ESTIMATED, Status.ESTIMATED), (MANUAL, Status.MANUAL), (GAPS, Status.GAP)):
        codes[slots.start : slots.stop] = status
    return codes


def _value(value: object) -> Value:
    assert isinstance(value, list)
    return value
