"""A figure says what it rests on: how its meter runs, when it was read and certified, and why it is not complete."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.attacks.evidence_cases import codes
from tests.attacks.test_register_periods import hours, proven, register
from veriwatt.model.frames.columns import NO_INSTANT, Column
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind, Status
from veriwatt.testing.actors import START
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import DAY, HOUR, MINUTE, Interval
from veriwatt.verify.refusals import NumberTwice
from veriwatt.verify.steps import StepFailed

DAYS = [[1000 + 24 * day + i for i in range(24)] for day in range(12)]
WHOLE = hours(0, 24 * 12)


def pointed(tmp_path: Path, definition: PointDefinition, certifier: str = "metro") -> SimWorld:
    """A world with this one point."""
    world = SimWorld(tmp_path, certifier=certifier)
    world.groups["registers"] = (definition,)
    world.must(world.define("registers"))
    return world


def point(kind: Kind = Kind.REGISTER, slot: str = "1h", *, backward: bool = False) -> PointDefinition:
    return PointDefinition(
        "main", "electricity", "kWh", kind, 0, 1, slot, "+08:00", terminal="t1", backward=backward, rate=5000
    )


def stated(world: SimWorld, start: int, step: int, values: list[int | None], late: int | None = None) -> None:
    """A frame of slots of `step` ms from `start` on; None is a gap; each was read `late` ms after its slot's end."""
    starts = np.arange(start, start + len(values) * step, step, dtype=np.int64)
    statuses = np.array([Status.GAP if value is None else Status.MEASURED for value in values], np.uint8)
    instants = np.full(len(values), NO_INSTANT, np.int64) if late is None else starts + step + late
    window = Interval(start, start + len(values) * step)
    world.clock.advance_to(max(world.clock.now(), window.end + HOUR))
    shown = np.array([value or 0 for value in values], np.int64)
    column = Column("main", starts, starts + step, shown, statuses, instants=instants)
    world.append(world.made(window, {"registers": [column]}))


def test_a_meter_that_runs_backward_says_so_wherever_its_figure_is_shown(tmp_path: Path) -> None:
    world = pointed(tmp_path, point(backward=True))
    for day, values in enumerate(DAYS):
        stated(world, FIRST_DAY + day * DAY, HOUR, [1000 - 50 * i for i in range(24)] if day == 1 else list(values))
    world.anchor()
    found = proven(world, hours(24, 48), list(range(12)), WHOLE)
    assert str(found.value).startswith("-")
    assert "runs-backward" in codes(world, found)
    facts = found.facts()
    assert (facts["backward"], facts["restart"], facts["width"], facts["rate"]) == (True, False, None, "5000")
    assert facts["multiplier"] == "1"


def test_a_register_that_was_read_a_slot_before_its_slots_end_says_so(tmp_path: Path) -> None:
    """Each value is of the slot's start, so the figure is that of other twelve hours."""
    said = {}
    for late in (-12 * HOUR, -2 * MINUTE):
        world = pointed(tmp_path / str(-late), point(slot="12h"))
        for day in range(14):
            stated(world, FIRST_DAY + day * DAY, 12 * HOUR, [1000 + 100 * day, 1050 + 100 * day], late)
        world.anchor()
        found = proven(world, hours(24, 48), list(range(14)), hours(0, 24 * 14))
        said[late] = "read-away-from-end" in codes(world, found)
    assert said == {-12 * HOUR: True, -2 * MINUTE: False}


def test_an_interval_certified_in_its_last_minute_was_certified_afterwards(tmp_path: Path) -> None:
    world = pointed(tmp_path, point(Kind.INTERVAL, "12h"), certifier="")
    world.clock.advance_to(FIRST_DAY + 12 * HOUR - MINUTE)
    world.must(world.inspector.certify(world.terminal, START - DAY, START + 365 * DAY))
    world.passport_version = 2
    stated(world, FIRST_DAY, 12 * HOUR, [100])
    world.anchor()
    assert "certified-afterwards" in codes(world, proven(world, hours(0, 12), [0], hours(0, 12)))


def test_two_frames_of_one_number_prove_no_figure_together(tmp_path: Path) -> None:
    world = register(tmp_path, DAYS[0])
    world.frames.pop()
    stated(world, FIRST_DAY + DAY, HOUR, list(DAYS[1]))
    world.anchor()
    with pytest.raises(StepFailed) as failed:
        proven(world, hours(0, 48), [0, 1], hours(0, 48))
    assert (failed.value.step, type(failed.value.cause)) == (1, NumberTwice)


WHY_NOT_COMPLETE = {
    "slots-not-stated",
    "slots-not-measured",
    "no-whole-slot",
    "first-reading",
    "bridged",
    "slots-cut",
    "steps-marked",
    "later-fall-possible",
}
GAP, JUMP, LOW = None, 90_000, 3
REASONS: dict[str, tuple[Kind, dict[int, int | None], Interval, list[int], str]] = {
    "the first reading": (Kind.REGISTER, {}, hours(0, 24), list(range(12)), "first-reading"),
    "no whole slot": (Kind.REGISTER, {}, hours(24.2, 24.6), list(range(12)), "no-whole-slot"),
    "the advance of a gap before": (
        Kind.REGISTER,
        dict.fromkeys(range(20, 24), GAP),
        hours(24, 48),
        list(range(12)),
        "bridged",
    ),
    "a slot cut": (Kind.REGISTER, {}, hours(24.5, 48), list(range(12)), "slots-cut"),
    "a gap": (Kind.REGISTER, {30: GAP}, hours(24, 48), list(range(12)), "slots-not-measured"),
    "an implausible step": (
        Kind.REGISTER,
        {n: JUMP + n for n in range(30, 288)},
        hours(24, 48),
        list(range(12)),
        "steps-marked",
    ),
    "a fall": (Kind.REGISTER, dict.fromkeys(range(30, 288), LOW), hours(24, 48), list(range(12)), "steps-marked"),
    "a day left out after": (Kind.REGISTER, {}, hours(24, 48), [0, 1, *range(3, 12)], "later-fall-possible"),
    "a day left out within": (Kind.REGISTER, {}, hours(24, 72), [0, 1, *range(3, 12)], "slots-not-stated"),
    "an interval's gap": (Kind.INTERVAL, {30: GAP}, hours(24, 48), [1], "slots-not-measured"),
    "an interval's day left out": (Kind.INTERVAL, {}, hours(24, 72), [1], "slots-not-stated"),
}


@pytest.mark.parametrize("why", REASONS)
def test_a_figure_that_is_not_complete_says_why(tmp_path: Path, why: str) -> None:
    kind, changed, period, shown, code = REASONS[why]
    world = pointed(tmp_path, point(kind))
    for day, values in enumerate(DAYS):
        numbered = enumerate(values, 24 * day)
        stated(world, FIRST_DAY + day * DAY, HOUR, [changed.get(number, value) for number, value in numbered])
    world.anchor()
    found = proven(world, period, shown, WHOLE if kind is Kind.REGISTER else period)
    assert not found.total.complete
    assert code in codes(world, found) & WHY_NOT_COMPLETE


def test_the_same_figure_without_any_of_these_is_complete_and_says_none(tmp_path: Path) -> None:
    found_in = register(tmp_path, *DAYS)
    found = proven(found_in, hours(24, 48), list(range(12)), WHOLE)
    assert found.total.complete
    assert not codes(found_in, found) & WHY_NOT_COMPLETE
