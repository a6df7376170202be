"""Gaps that a file or its mapping states: each is counted by its reason, with the first of them in the file."""

from __future__ import annotations

from tests.unit.bridges.file_world import Read
from veriwatt.metering.stated_gaps import StatedGaps, by_reason
from veriwatt.model.points.status import SlotReason

STATUS = '{column = "s", measured = ["A"], gap = ["N"]}'
MARKS = {"minimum": '"0"', "maximum": '"50"', "sentinels": '["-1"]', "factor": '"10"'}


def test_values_out_of_bounds_sentinels_and_marks_are_counted_with_the_first_of_each(read: Read) -> None:
    """A value is that of the point, which the bounds are of; a sentinel or a marked row has none."""
    cells = ["5,A", "-1,A", "10,A", "-3,A", "11,N", "12,A", "-1,N", "13,A"]
    rows = [f"2024-03-10 0{n}:00,{cell}" for n, cell in enumerate(cells)]
    readings = read("\n".join(["when,p,s", *rows, ""]), MARKS | {"slot": '"1h"'}, status=STATUS)

    assert readings.series[0].stated_gaps == (
        StatedGaps(SlotReason.SENTINEL, 1, 3, "p", ""),
        StatedGaps(SlotReason.BELOW_MINIMUM, 1, 5, "p", "-30.0 kWh"),
        StatedGaps(SlotReason.ABOVE_MAXIMUM, 3, 4, "p", "100.0 kWh"),
        StatedGaps(SlotReason.MARKED_MISSING, 2, 6, "p", ""),
    )


def test_the_first_is_that_of_the_lowest_line_over_all_points_and_in_any_order_of_rows(read: Read) -> None:
    rows = "2024-03-10 00:30,99,1\n2024-03-10 00:15,98,1\n2024-03-10 00:00,1,97\n"
    bounds = {"maximum": '"50"'}
    readings = read(f"when,p,q\n{rows}", bounds, more=(bounds | {"id": '"q"', "column": '"q"'},))

    gaps = by_reason(each for series in readings.series for each in series.stated_gaps)
    assert gaps == (StatedGaps(SlotReason.ABOVE_MAXIMUM, 3, 2, "p", "99.0 kWh"),)


def test_of_a_sum_the_part_beyond_the_bounds_is_named(read: Read) -> None:
    text = "when,p\n2024-03-10 00:00,60\n2024-03-10 00:00,-20\n2024-03-10 00:15,1\n2024-03-10 00:15,2\n"
    (series,) = read(text, {"repeats": '"sum"', "maximum": '"50"'}).series

    assert series.stated_gaps == (StatedGaps(SlotReason.ABOVE_MAXIMUM, 1, 2, "p", "60.0 kWh"),)


def test_a_slot_without_a_row_or_with_a_blank_cell_states_nothing(read: Read) -> None:
    (series,) = read(
        "when,p\n2024-03-10 00:00,1\n2024-03-10 00:30,\n2024-03-10 00:45,3\n", MARKS | {"factor": ""}
    ).series

    assert series.stated_gaps == ()
