"""What becomes of a value that was stated under a replaced definition (docs/spec/terminal-handover.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from veriwatt.metering.calendars import zone_calendar
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind, Status
from veriwatt.terminal.drivers.base import GapReason
from veriwatt.terminal.framing.converted import StatedSlot, converted
from veriwatt.units import DAY, MINUTE, Decimal10

START, QUARTER = 20_000 * DAY, 15 * MINUTE
OLD = PointDefinition("p", "electricity", "kWh", Kind.INTERVAL, 0, 1, "15m", "UTC", terminal="t1")
CALENDAR = zone_calendar("UTC", 0)
HOURLY = replace(OLD, slot="1h")


def quarters(*values: int | None, definition: PointDefinition = OLD) -> list[StatedSlot]:
    """Slots from START on; None is a gap of a silent meter."""
    made = []
    for n, value in enumerate(values):
        start, status = START + n * QUARTER, Status.GAP if value is None else Status.MEASURED
        reason = GapReason.SILENT if value is None else None
        made.append(StatedSlot(start, start + QUARTER, definition, value, status, start + QUARTER + 1, reason))
    return made


def values(slots: Sequence[StatedSlot], definition: PointDefinition) -> list[int | None]:
    return [sample.value for sample in converted(slots, definition, CALENDAR)]


def test_the_same_slot_is_stated_as_it_was() -> None:
    (known, missing) = converted(quarters(7, None), replace(OLD, data_code="1"), CALENDAR)
    assert (known.value, known.status, known.collected_at) == (7, Status.MEASURED, START + QUARTER + 1)
    assert (missing.status, missing.reason) == (Status.GAP, GapReason.SILENT)


def test_an_interval_is_the_sum_of_the_slots_that_fill_the_new_one() -> None:
    assert values(quarters(1, 2, 3, 4, 5, 6, 7, 8, 9), HOURLY) == [10, 26]
    assert values(quarters(1, 2, None, 4), HOURLY) == [None]
    assert values(quarters(1, 2, 3, 4)[1:], HOURLY) == [None]


@pytest.mark.parametrize("kind", [Kind.REGISTER, Kind.INSTANT])
def test_a_register_or_instant_is_the_value_at_the_end_of_the_new_slot(kind: Kind) -> None:
    unit = "kWh" if kind is Kind.REGISTER else "kW"
    old = replace(OLD, kind=kind, unit=unit)
    assert values(quarters(1, 2, 3, 4, None, None, None, 8, definition=old), replace(old, slot="1h")) == [4, 8]
    assert values(quarters(5, definition=old), replace(old, slot="5m")) == [None, None, 5]


def test_an_interval_is_never_divided() -> None:
    (sample, *_) = converted(quarters(9), replace(OLD, slot="5m"), CALENDAR)
    assert (sample.value, sample.reason) == (None, GapReason.CHANGING)


def test_a_coarser_resolution_rounds_and_a_finer_one_is_an_estimate() -> None:
    coarse = list(converted(quarters(24, 25, 35), replace(OLD, scale=1), CALENDAR))
    assert [(each.value, each.status) for each in coarse] == [(n, Status.MEASURED) for n in (2, 2, 4)]
    (fine,) = converted(quarters(24), replace(OLD, scale=-1), CALENDAR)
    assert (fine.value, fine.status) == (240, Status.ESTIMATED)


def test_the_sum_is_rounded_and_not_its_parts() -> None:
    assert values(quarters(4, 4, 4, 4), replace(HOURLY, scale=1)) == [2]


@pytest.mark.parametrize("changed", [{"multiplier": Decimal10(2, 0)}, {"unit": "MWh"}, {"energy": "heat"}])
def test_a_value_that_means_something_else_is_a_gap(changed: dict[str, object]) -> None:
    (sample,) = converted(quarters(7), replace(OLD, **changed), CALENDAR)  # type: ignore[arg-type]
    assert (sample.status, sample.reason) == (Status.GAP, GapReason.CHANGING)


def test_a_value_beyond_the_new_bounds_is_a_gap_with_that_reason() -> None:
    found = converted(quarters(1, 5, 9), replace(OLD, minimum=2, maximum=8), CALENDAR)
    assert [(each.value, each.reason) for each in found] == [
        (None, GapReason.BELOW),
        (5, None),
        (None, GapReason.ABOVE),
    ]


def test_a_new_slot_that_ends_after_all_that_was_stated_is_left_to_the_sampler() -> None:
    assert values(quarters(1, 2), HOURLY) == []
    assert values(quarters(1, 2, 3, 4, 5), replace(OLD, slot="1h")) == [10]
