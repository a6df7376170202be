"""Whatever points share a group, its slots are split into frames of allowed size, and no slot is cut or lost."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.errors import BadInput
from veriwatt.metering import frame_limits
from veriwatt.metering.calendars import zone_calendar
from veriwatt.metering.frame_limits import check_width, frame_spans
from veriwatt.metering.slots import grid_of
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.units import DAY, HOUR, MINUTE, Interval

SLOTS = ["1m", "15m", "20m", "1h", "day", "month"]
ZONES = ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"]
SPRING = 1_711_843_200_000
"""2024-03-31 00:00 UTC: the day on which Berlin's clocks go forward."""


def points(zone: str, *slots: str) -> list[PointDefinition]:
    return [
        PointDefinition(f"p{n}", "electricity", "kWh", Kind.INTERVAL, 0, 1, slot, zone) for n, slot in enumerate(slots)
    ]


@given(
    st.sampled_from(ZONES),
    st.lists(st.sampled_from(SLOTS), min_size=1, max_size=6),
    st.integers(-40, 40),
    st.integers(1, 90),
    st.integers(1, 3_000),
)
def test_every_slot_lies_in_one_span_and_spans_are_as_large_as_allowed(
    zone: str, slots: list[str], first: int, days: int, most: int
) -> None:
    definitions = points(zone, *slots)
    start = SPRING + first * DAY
    span = Interval(start, start + days * DAY + 7 * HOUR)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frame_limits, "MOST_SLOTS", most)
        parts = list(frame_spans(zone_calendar(zone, 0), definitions, span))

    edges = [*(part.start for part in parts), parts[-1].end]
    assert (edges[0], edges[-1]) == (span.start, span.end)
    assert all(one.end == two.start for one, two in zip(parts, parts[1:], strict=False))
    filled = [0] * len(parts)
    for definition in definitions:
        for low, high in zip(*grid_of(zone, definition.slot).slots(span), strict=True):
            part = bisect_right(edges, int(low)) - 1
            assert bisect_left(edges, int(high)) - 1 == part
            filled[part] += 1
    assert all(count <= most or not cut_inside(zone, slots, part) for count, part in zip(filled, parts, strict=True))
    assert all(one + two > most for one, two in zip(filled, filled[1:], strict=False))


def cut_inside(zone: str, slots: list[str], part: Interval) -> bool:
    """Whether some instant in the part cuts no slot of these lengths."""
    common = set.intersection(*(set(grid_of(zone, slot).edges(part.start, part.end).tolist()) for slot in slots))
    return any(part.start < edge < part.end for edge in common)


def test_a_span_that_fits_is_not_split() -> None:
    day = Interval(SPRING, SPRING + DAY)

    assert list(frame_spans(zone_calendar("UTC", 0), points("UTC", *["1m"] * 69), day)) == [day]
    assert len(list(frame_spans(zone_calendar("UTC", 0), points("UTC", *["1m"] * 70), day))) == 2


def test_a_group_that_cannot_be_split_is_refused_with_a_remedy() -> None:
    check_width("works", points("UTC", *["1m"] * 10_000))
    check_width("works", points("UTC", *["1m"] * 60, "day"))

    with pytest.raises(BadInput, match="group works.*a day.*several groups"):
        check_width("works", points("UTC", *["1m"] * 70, "day"))
    with pytest.raises(BadInput, match="a month"):
        check_width("works", points("UTC", *["15m"] * 40, "month"))


def test_a_group_of_minutes_may_be_split_at_any_minute() -> None:
    span = Interval(SPRING, SPRING + 30 * MINUTE)

    assert (
        sum(
            part.end - part.start for part in frame_spans(zone_calendar("UTC", 0), points("UTC", *["1m"] * 9_000), span)
        )
        == 30 * MINUTE
    )
