"""What a period says of its steps: counts of each kind, what the owner states, the bound that nobody can dispute."""

from __future__ import annotations

import numpy as np
import pytest

from veriwatt.metering.register_context import judge_steps
from veriwatt.metering.register_track import RegisterRule
from veriwatt.metering.step_totals import STEP_KINDS, StepTotal, sum_steps
from veriwatt.model.points.register_record import RegisterExchange, RegisterRecord
from veriwatt.units import DAY, HOUR

SPIKE = [100, 101, 900, 901, 902, 903, 904, 102, 103, 104, 105, 106]


PLAIN = RegisterRule()


def period(values: list[int], start: int, end: int, rule: RegisterRule = PLAIN) -> tuple[int | None, StepTotal]:
    """The value and steps of the readings number `start` + 1 to `end`."""
    stamps = np.arange(len(values), dtype=np.int64) * HOUR
    steps = judge_steps(stamps - HOUR, stamps, np.array(values, np.int64), rule)
    edges = np.array([start * HOUR, end * HOUR])
    sums = sum_steps(steps, edges[:1], edges[1:], backward=rule.backward)
    return int(sums.values[0]) if sums.has_value[0] else None, sums.totals.rows()[0]


def counts(total: StepTotal) -> dict[str, int]:
    return {kind: n for kind, n in zip(STEP_KINDS, total.counts, strict=True) if n and kind != "provisional"}


def test_a_fall_has_no_value_of_its_own_and_is_counted() -> None:
    value, steps = period([5430, 2, 13, 14, 15, 16, 17], 0, 1)
    assert (value, counts(steps), steps.at_least, steps.sound) == (None, {"fall": 1}, None, False)


def test_a_long_spike_and_its_fall_leave_what_the_register_advanced_as_the_lower_bound() -> None:
    readings = [*SPIKE, *range(107, 120)]
    value, steps = period(readings, 0, len(SPIKE) - 1, RegisterRule(rate=1000))
    assert (value, counts(steps), steps.sound) == (808, {"fall": 6}, False)
    assert steps.at_least == 106 - 100


def test_the_row_with_the_rise_of_a_long_spike_has_no_undisputed_part_of_it() -> None:
    value, steps = period([*SPIKE, *range(107, 120)], 1, 2)
    assert (value, counts(steps), steps.at_least, steps.sound) == (799, {"fall": 1}, 0, False)


def test_every_step_by_which_a_long_spike_climbs_is_in_doubt() -> None:
    readings = [100, 101, *[5000] * 5, 9000, 9001, *range(102, 117)]
    assert period(readings, 6, 7)[0] == 4000
    _, steps = period(readings, 6, 7)
    assert (counts(steps), steps.at_least, steps.sound) == ({"fall": 1, "beside_fall": 1}, 0, False)


@pytest.mark.parametrize(
    ("readings", "hour"),
    [
        ([*range(8680, 8702), 999_999, *range(14)], 22),
        ([500, 999_999, 999_999, *range(30, 44)], 1),
        ([*range(8700, 8723), 0, *range(5000, 5014)], 24),
        ([*range(8700, 8723), 0, 1, 2, *range(5000, 5014)], 26),
    ],
    ids=["before a replacement", "at the beginning", "while it is replaced", "three readings of zero"],
)
def test_a_wrong_reading_beside_a_fall_makes_no_complete_figure(readings: list[int], hour: int) -> None:
    value, steps = period(readings, hour - 1, hour)
    assert value is not None
    assert value >= 4_998
    assert (steps.at_least, steps.sound) == (0, False)
    assert counts(steps)["beside_fall"] == 1
    rated, plain = period(readings, hour - 1, hour, RegisterRule(rate=100))
    assert (rated, plain.sound) == (None, False)


def test_two_wrong_readings_do_not_make_the_right_ones_between_them_the_outliers() -> None:
    """Daily readings: a wrong one before the meter is replaced, and one two days after."""
    values = np.array([*range(8000, 8265, 24), 999_999, 0, 24, 1_500_000, *range(72, 480, 24)], np.int64)
    stamps = np.arange(len(values), dtype=np.int64) * DAY
    steps = judge_steps(stamps - DAY, stamps, values, PLAIN)
    sums = sum_steps(steps, stamps[11:12], stamps[12:13])
    assert (int(sums.values[0]), sums.totals.sound[0], sums.totals.at_least[0]) == (991_735, False, 0)


def test_a_small_fall_later_makes_no_bound_of_what_lies_beside_a_large_one() -> None:
    readings = [*range(8690, 8702), 0, *range(5000, 5013), *range(4992, 5010)]
    _, steps = period(readings, 12, 13)
    assert (counts(steps), steps.at_least, steps.sound) == ({"fall": 1, "beside_fall": 1}, 0, False)


def test_a_fall_that_is_still_open_casts_doubt_on_what_lies_beside_it() -> None:
    value, steps = period([*range(8690, 8712), 999_999, 0], 21, 22)
    assert (value, counts(steps), steps.sound) == (991_288, {"beside_fall": 1}, False)


def test_a_rate_leaves_the_readings_beside_a_fall_in_no_doubt() -> None:
    readings = [*range(900, 920), *range(5, 20)]
    assert [n for n in range(1, 35) if not period(readings, n - 1, n)[1].sound] == list(range(16, 25))
    rate = RegisterRule(rate=100)
    assert [n for n in range(1, 35) if not period(readings, n - 1, n, rate)[1].sound] == [20]


@pytest.mark.parametrize(
    ("readings", "rule", "hours"),
    [
        ([100, 102, 110, 104, *range(111, 125)], PLAIN, range(2, 5)),
        ([100, 102, 110, 110, 110, 104, *range(111, 125)], PLAIN, range(2, 7)),
        ([9920, 9950, 9980, 10, 40, 9990, *range(100, 500, 30)], RegisterRule(10_000, 120), range(3, 7)),
    ],
    ids=["spike or dip", "a longer spike or a dip", "dip, or rollover and spike"],
)
def test_where_two_runs_explain_a_fall_no_figure_that_depends_on_the_choice_is_complete(
    readings: list[int], rule: RegisterRule, hours: range
) -> None:
    sound = [period(readings, n - 1, n, rule)[1].sound for n in range(1, 10)]
    assert sound == [n not in hours for n in range(1, 10)]
    assert {period(readings, n - 1, n, rule)[1].at_least or 0 for n in hours} == {0}


def test_a_fall_takes_its_height_off_a_period_only_where_it_marks_a_step() -> None:
    readings = [10, 10, 500, 500, 500, 500, 500, 11, *range(11, 60), 600, 600, 600, 600, 600, 30, *range(61, 80)]
    _, steps = period(readings, 20, 26)
    assert (counts(steps), steps.at_least, steps.sound) == ({}, 6, True)


def test_what_was_advanced_long_before_a_reset_is_in_no_doubt() -> None:
    _, steps = period([*range(900, 920), *range(5, 20)], 0, 10)
    assert (counts(steps), steps.at_least, steps.sound) == ({}, 10, True)


def test_a_provisional_step_is_not_undisputed() -> None:
    value, steps = period([100, 101, 102], 0, 2)
    assert (value, steps.at_least, steps.sound, dict(zip(STEP_KINDS, steps.counts, strict=True))["provisional"]) == (
        2,
        0,
        True,
        2,
    )


def test_what_only_the_owner_states_stands_apart() -> None:
    exchange = RegisterExchange(HOUR // 2, 5432, 0, 7, HOUR, "ann", "worn")
    rule = RegisterRule(record=RegisterRecord((exchange,)))
    value, steps = period([5430, 3, *range(4, 14)], 0, 5, rule)
    assert (value, counts(steps), steps.stated_by_owner) == (2 + 3 + 4, {"exchange": 1, "beside_fall": 4}, 5)
    assert (steps.at_least, steps.sound) == (0, False)  # without the owner's word 5430 fell to 3


def test_an_exchange_recorded_after_a_spike_makes_no_plain_advance_of_it() -> None:
    readings = [100, 101, 999, 102, *range(103, 114)]
    exchange = RegisterExchange(3 * HOUR - 1, 999, 102, 7, HOUR, "ann", "worn")
    rule = RegisterRule(record=RegisterRecord((exchange,)))
    assert period(readings, 0, 2)[1].at_least == 1
    value, steps = period(readings, 0, 2, rule)
    assert (value, counts(steps), steps.stated_by_owner) == (899, {"exchange": 1}, 898)
    assert (steps.at_least, steps.sound) == (1, False)


def test_an_exchange_recorded_after_a_long_dip_raises_no_lower_bound() -> None:
    readings = [100, 101, 5, 6, 7, 8, 9, 102, *range(103, 114)]
    exchange = RegisterExchange(2 * HOUR - 1, 101, 5, 7, HOUR, "ann", "worn")
    value, steps = period(readings, 0, 9, RegisterRule(record=RegisterRecord((exchange,))))
    assert (value, steps.at_least) == (1 + 0 + 4 + 93 + 2, period(readings, 0, 9)[1].at_least)


def with_left_out(
    values: list[int], left_out: list[int], rate: int | None, until: int = 10**6
) -> tuple[int, int | None, bool, int]:
    """Value, bound, soundness and not-stated steps of hourly readings from number 2 on, of which some are left out."""
    stamps = np.delete(np.arange(len(values), dtype=np.int64) * HOUR, left_out)
    shown = np.delete(np.array(values, np.int64), left_out)
    holes = np.array(left_out, np.int64) * HOUR - HOUR
    steps = judge_steps(stamps - HOUR, stamps, shown, RegisterRule(rate=rate), holes)
    sums = sum_steps(steps, np.array([HOUR]), np.array([until * HOUR]))
    total = sums.totals.rows()[0]
    return int(sums.values[0]), total.at_least, total.sound, counts(total).get("not_stated", 0)


def test_an_implausible_advance_is_in_no_lower_bound_when_the_hours_before_it_are_left_out() -> None:
    readings = [*range(100, 110), *[110] * 20, 500, *range(501, 521)]
    all_told = with_left_out(readings, [], 40)
    value, at_least, sound, marked = with_left_out(readings, list(range(15, 30)), 40)
    assert (all_told[0], value) == (29, 29 + 390)
    assert at_least is not None
    assert all_told[1] is not None
    assert (at_least <= all_told[1], sound, marked > 0) == (True, False, True)


def test_a_spike_whose_end_is_left_out_is_in_no_lower_bound() -> None:
    readings = [*range(100, 110), 999, *range(110, 140), 3, *range(4, 24)]
    value, at_least, sound, marked = with_left_out(readings, list(range(11, 41)), None)
    assert (value > 800, sound, marked > 0) == (True, False, True)
    assert at_least is not None
    assert at_least < 60


def test_a_long_spike_whose_fall_is_left_out_with_the_ten_days_after_it_is_in_no_lower_bound() -> None:
    readings = [*range(100, 110), *range(900, 915), *[110] * 240, *range(110, 130)]
    at_least = with_left_out(readings, list(range(25, 265)), None, until=200)[1]
    assert at_least is not None
    assert at_least < 30


def test_a_meter_that_runs_backward_has_signed_steps_and_no_lower_bound() -> None:
    """It is complete where a rate says that no step can be a wrong reading."""
    for rate in (None, 10):
        value, steps = period([100, 90, 95, *[95] * 9], 0, 2, RegisterRule(rate=rate, backward=True))
        assert (value, steps.at_least, steps.sound) == (-5, None, rate is not None)


@pytest.mark.parametrize(("rate", "value", "kinds"), [(None, 401, {}), (5, 1, {"implausible": 1})])
def test_an_implausible_step_counts_nothing(rate: int | None, value: int, kinds: dict[str, int]) -> None:
    found, steps = period([100, 500, *range(501, 512)], 0, 2, RegisterRule(rate=rate))
    assert (found, counts(steps), steps.sound) == (value, kinds, not kinds)
