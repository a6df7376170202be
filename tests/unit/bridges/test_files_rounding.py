"""Values finer than the resolution: how much rounding changes is counted, and a sum is rounded once, not its parts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.unit.bridges.file_world import Read
from veriwatt.metering.series import Series, SourceReadings
from veriwatt.units import Interval

WHOLE = {"resolution": '"1"', "round": "true"}


def parts(*slots: list[str]) -> str:
    return "when,p\n" + "".join(
        f"2024-03-10 {n // 4:02}:{n % 4 * 15:02},{v}\n" for n, each in enumerate(slots) for v in each
    )


def only(readings: SourceReadings) -> Series:
    assert readings.rejected == ()
    (series,) = readings.series
    return series


@pytest.mark.parametrize("repeats", ["sum", "sum-any"])
@pytest.mark.parametrize(
    ("each", "rounded", "resolution"),
    [
        (["0.4"] * 24, 10, "1"),
        ([str(k + 0.5) for k in range(24)], 288, "1"),
        (["0.25", "0.25"], 0, "1"),
        (["0.75", "0.75"], 2, "1"),
        (["-0.4"] * 24, -10, "1"),
        (["7", "0.30000000000000004", "0.2"], 8, "1"),
        (["1e14", "0.4", "0.4"], 10**14 + 1, "1"),
        (["0.6", "0.6"], 0, "5"),
        (["1.4", "1.4"], 5, "5"),
        (["1e-300"] * 3, 0, "1"),
    ],
)
def test_a_sum_is_rounded_and_none_of_its_parts(
    read: Read, each: list[str], rounded: int, resolution: str, repeats: str
) -> None:
    point = WHOLE | {"repeats": f'"{repeats}"', "resolution": f'"{resolution}"'}
    series = only(read(parts(each, each), point))

    assert series.values.tolist() == [rounded, rounded]


def test_parts_without_a_value_still_make_a_gap_of_a_rounded_sum(read: Read) -> None:
    series = only(read(parts(["1.5", "2"], ["0.4", ""], ["9.4", "1"]), WHOLE | {"repeats": '"sum"'}))

    assert series.values.tolist() == [4, 0, 10]
    assert series.rounding is not None
    assert len(series.rounding) == 2


def test_what_rounding_left_out_is_exact_and_is_of_values_alone(read: Read) -> None:
    """A value beyond a bound is a gap, and a version that does not count changes no total."""
    text = parts(["0.4"], ["7"], ["99.6"], ["2.75"], ["0.3", "1.45"])
    series = only(read(text, WHOLE | {"maximum": '"50"', "repeats": '"last"', "factor": '"2"'}))

    assert series.values.tolist() == [1, 14, 0, 6, 3]
    assert series.rounding is not None
    assert (len(series.rounding), series.rounding.to_zero) == (3, 0)
    left = series.rounding.left_in(Interval(int(series.starts[0]), int(series.ends[-1])))
    assert left is not None
    assert Decimal(str(left)) == Decimal("-0.2") + Decimal("-0.5") + Decimal("-0.1")
    assert series.rounding.left_in(Interval(int(series.starts[1]), int(series.ends[1]))) is None


def test_values_that_become_0_are_counted(read: Read) -> None:
    series = only(read(parts(["0.4"], ["0"], ["1.4"], ["-0.1"]), WHOLE))

    assert series.rounding is not None
    assert (len(series.rounding), series.rounding.to_zero) == (3, 2)


def test_nothing_is_said_of_rounding_where_no_value_was_finer(read: Read) -> None:
    assert only(read(parts(["4"], ["1.0"]), WHOLE)).rounding is None


@pytest.mark.parametrize(("kind", "offers"), [("interval", False), ("register", True)])
def test_rounding_is_not_offered_where_it_would_make_nothing_of_an_amount(
    read: Read, kind: str, *, offers: bool
) -> None:
    point = {"resolution": '"1"', "kind": f'"{kind}"'}
    refused = read(parts(["7.4"], ["0.4"]), point).rejected

    assert [r.value for r in refused] == ["7.4", "0.4"]
    assert {"round = true" in r.why for r in refused} == {offers}


def test_the_remedy_of_amounts_below_the_resolution_keeps_them(read: Read) -> None:
    text = parts(["0.4"], ["0.3"])
    assert "give a finer one" in read(text, {"resolution": '"1"'}).rejected[0].why

    series = only(read(text, {"resolution": '"0.1"'}))
    assert (series.values.tolist(), series.rounding) == ([4, 3], None)
