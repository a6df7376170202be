"""The figure of a register's period: no choice of frames, ends or contexts gives another one that looks whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.attacks.evidence_cases import codes, proven_period
from veriwatt.metering.register_falls import ContextInsufficient
from veriwatt.model.frames.columns import Column
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import RecordExchange
from veriwatt.model.points.status import Kind, Status
from veriwatt.reading.evidence.build import refresh
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import HOUR, MINUTE, Interval
from veriwatt.verify.claims.period import ProvenPeriod
from veriwatt.verify.period_total import MOST_SLOTS
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.refusals import ContextTooLong
from veriwatt.verify.steps import StepFailed


def hours(first: float, end: float) -> Interval:
    return Interval(FIRST_DAY + int(first * HOUR), FIRST_DAY + int(end * HOUR))


def register(
    tmp_path: Path,
    *frames: Sequence[int | None],
    rate: int | None = None,
    quiet_days: int = 0,
    estimated: Sequence[int] = (),
) -> SimWorld:
    """A world whose register "main" read these values at the ends of the first hours, one frame after the other.

    None is a gap, and the values of the hours `estimated` are that. Then it stands still up to
    the end of the day, and for `quiet_days`, a frame each.
    """
    world, start = SimWorld(tmp_path), FIRST_DAY
    definition = PointDefinition(
        "main", "electricity", "kWh", Kind.REGISTER, 0, 1, "1h", "+08:00", rate=rate, terminal="t1"
    )
    world.groups["registers"] = (PointDefinition.from_bytes(definition.to_bytes()),)
    world.must(world.define("registers"))
    given, hours_given = list(frames), sum(map(len, frames))
    if quiet_days:
        given += [[frames[-1][-1]] * n for n in (24 - hours_given % 24, *[24] * quiet_days)]
    for values in given:
        window = Interval(start, start + len(values) * HOUR)
        starts = np.arange(window.start, window.end, HOUR, dtype=np.int64)
        codes = np.array([Status.GAP if value is None else Status.MEASURED for value in values], np.uint8)
        codes[np.isin((starts - FIRST_DAY) // HOUR, estimated)] = Status.ESTIMATED
        world.clock.advance_to(window.end + MINUTE)
        column = Column("main", starts, starts + HOUR, np.array([value or 0 for value in values], np.int64), codes)
        world.append(world.made(window, {"registers": [column]}))
        start = window.end
    world.anchor()
    return world


def proven(world: SimWorld, period: Interval, positions: list[int], context: Interval) -> ProvenPeriod:
    return proven_period(world, world.period("main", period, positions, context))


# A slot that an end of the period cuts

CUT = ([60, 70, 80, 90, 100, 999], [102], [998, *range(1500, 1507)])


def test_a_hidden_slot_cut_by_the_end_of_the_period_settles_no_step(tmp_path: Path) -> None:
    world = register(tmp_path, *CUT)
    period, context = hours(1, 6.5), hours(0, 15)
    whole, cut = (proven(world, period, frames, context) for frames in ([0, 1, 2], [0, 2]))
    assert (whole.value, whole.total.cut, whole.total.complete) == ("40", True, False)
    assert not cut.total.complete
    assert {"steps-marked", "later-fall-possible"} <= codes(world, cut)


def test_a_hidden_slot_cut_by_the_start_of_the_period_is_an_insufficient_context(tmp_path: Path) -> None:
    world = register(tmp_path, *CUT)
    with pytest.raises(StepFailed) as failed:
        proven(world, hours(6.5, 10), [0, 2], hours(0, 15))
    assert isinstance(failed.value.cause, ContextInsufficient)


# A fall that the context ends before

SPIKE = ([95, 96, 97, 98, 99, 100, 999, 999, *range(1000, 1004)], list(range(101, 108)))


def test_a_context_that_ends_before_a_fall_is_not_complete_and_bounds_nothing(tmp_path: Path) -> None:
    world = register(tmp_path, *SPIKE, quiet_days=9)
    shown = (range(12), hours(0, 10 * 24)), (range(1), hours(0, 12))
    whole, cut = (proven(world, hours(5, 8), list(frames), context) for frames, context in shown)
    assert (whole.facts()["at_least"], whole.total.complete) == ("0", False)
    assert (cut.facts()["at_least"], cut.total.complete) == (None, False)
    assert "later-fall-possible" in codes(world, cut)
    assert "later-fall-possible" not in codes(world, whole)


def test_what_another_anchor_added_later_may_hold_the_fall(tmp_path: Path) -> None:
    """The context goes on to the newest slot of its own anchor, and the fall came with the next one."""
    world = register(tmp_path, list(range(100, 112)))
    assert proven(world, hours(1, 4), [0], hours(0, 12)).total.complete
    world.day(1)
    world.anchor()
    found = proven(world, hours(1, 4), [0], hours(0, 12))
    assert not found.total.complete
    assert "later-fall-possible" in codes(world, found)


# An exchange that never was, recorded when the spike was known


def test_an_exchange_recorded_after_a_spike_leaves_renewed_evidence_no_plain_advance(tmp_path: Path) -> None:
    world = register(tmp_path, [100, 101, 102, 103, 104, 105, 999, *range(106, 120)])
    evidence = world.period("main", hours(1, 8), [0], hours(0, 21))
    world.must(world.owner.sign(RecordExchange("main", FIRST_DAY + 7 * HOUR + MINUTE, 999, 106, "worn")))
    before, after = (
        verify_evidence(each.to_bytes(), world.trust(), world.clock.now())
        for each in (evidence, refresh(world.ledger, evidence))
    )
    assert isinstance(before, ProvenPeriod)
    assert isinstance(after, ProvenPeriod)
    assert (before.value, before.total.complete) == ("6", True)
    facts = after.facts()
    assert (facts["value"], facts["stated_by_owner"], facts["complete"]) == ("899", "894", False)
    assert facts["at_least"] == before.facts()["at_least"]


# Frames left out within the period


def test_hours_left_out_before_an_implausible_advance_raise_no_bound(tmp_path: Path) -> None:
    """The register advances 400 within an hour, which would be plausible in the ten hours that are left out."""
    frames = [*range(100, 110)], [110] * 10, [510, 511, 512, 513], [*range(514, 534)]
    world = register(tmp_path, *frames, rate=40, quiet_days=10)
    whole, cut = (
        proven(world, hours(6, 30), list(positions), hours(0, 12 * 24)) for positions in (range(15), [0, *range(2, 15)])
    )
    assert (whole.value, whole.facts()["at_least"]) == ("14", "14")
    steps = cut.facts()["steps"]
    assert isinstance(steps, dict)
    assert (cut.value, cut.total.complete, steps["not_stated"] > 0) == ("414", False, True)
    assert cut.facts()["at_least"] is None


# Slots before the first reading shown


def test_a_first_reading_is_no_beginning_where_slots_before_it_are_not_stated(tmp_path: Path) -> None:
    """The frame left out makes a dip the first reading; after a stretch that does not fall it matters no more."""
    world = register(tmp_path, [100, 101, 102, 103], [5, 104, 105, 106, 107, 108], [*range(109, 123)])
    for context in (hours(0, 24), hours(4, 24)):
        with pytest.raises(StepFailed) as failed:
            proven(world, hours(5, 9), [1, 2], context)
        assert isinstance(failed.value.cause, ContextInsufficient)
    found = proven(world, hours(10, 12), [1, 2], hours(4, 24))
    assert (found.value, found.total.complete) == ("2", True)


# What a reading's evidence says of one slot, a period's says of all


@pytest.mark.parametrize(("kind", "hole"), [(Kind.INTERVAL, True), (Kind.INSTANT, False), (Kind.REGISTER, False)])
def test_a_slot_without_certification_leaves_the_period_without_one(tmp_path: Path, kind: Kind, hole: bool) -> None:
    """The frame's ends are certified, or the end of its last slot, and the slots between them are not."""
    world = SimWorld(tmp_path, certifier="")
    definition = PointDefinition("main", "electricity", "kWh", kind, 0, 1, "1h", "+08:00", terminal="t1")
    world.groups["registers"] = (definition,)
    world.must(world.define("registers"))
    if hole:
        world.must(world.inspector.certify(world.terminal, FIRST_DAY - HOUR, FIRST_DAY + HOUR))
    world.must(world.inspector.certify(world.terminal, FIRST_DAY + 23 * HOUR, FIRST_DAY + 72 * HOUR))
    world.day(0)
    world.anchor()
    assert "not-certified" in codes(world, proven(world, hours(0, 24), [0], hours(0, 24)))


def test_lateness_counts_from_the_earliest_slot(tmp_path: Path) -> None:
    """The last hour of the day was collected within a day of its end, and the first was not."""
    world = SimWorld(tmp_path)
    world.clock.advance_to(FIRST_DAY + 44 * HOUR)
    world.day(0)
    world.anchor()
    evidence = world.period("meter 0", world.window(0), [0])
    found = verify_evidence(evidence.to_bytes(), world.trust(), world.clock.now())
    assert "collected-late" in {caveat.code for caveat in found.caveats(world.trust(), world.clock.now())}


# An exchange recorded afterwards, with which the readings shown decide no more


def test_an_exchange_recorded_afterwards_unsays_no_evidence(tmp_path: Path) -> None:
    """The 112 is an outlier; with the exchange it may be one of a longer run, which may begin before the context."""
    values = [100, 100, 100, 101, 101, 102, 105, 107, 112, 107, 107, 109, 109, 111, 113, 115, 116, *range(122, 129)]
    world = register(tmp_path, values, *([129 + 24 * day + i for i in range(24)] for day in range(1, 12)))
    evidence = world.period("main", hours(10, 12), list(range(12)), hours(3, 24 * 12))

    def renewed() -> ProvenPeriod:
        found = verify_evidence(refresh(world.ledger, evidence).to_bytes(), world.trust(), world.clock.now())
        assert isinstance(found, ProvenPeriod)
        return found

    before = renewed()
    assert before.total.complete
    world.must(world.owner.sign(RecordExchange("main", FIRST_DAY + 10 * HOUR, 112, 119, "worn")))
    after = renewed()
    assert (after.value, after.facts()["stated_by_owner"]) == (before.value, before.value)
    assert (after.total.complete, after.facts()["at_least"]) == (False, "0")
    world.must(world.owner.sign(RecordExchange("main", FIRST_DAY + 10 * HOUR, 1, 1, "withdrawn")))
    assert renewed().total == before.total


# Frames left out at an end of the period, and a period that is not over


def test_the_frame_of_a_fall_left_out_at_the_end_of_the_period_leaves_no_lower_bound(tmp_path: Path) -> None:
    """A spike of some days, whose fall no frame of the file shows."""
    world = register(tmp_path, [*range(100, 110)], [*range(1000, 1014)], [110] * 24, quiet_days=10)
    whole = proven(world, hours(4, 48), list(range(13)), hours(0, 12 * 24))
    cut = proven(world, hours(4, 48), [0, 1], hours(0, 48))
    assert (whole.facts()["at_least"], whole.total.complete) == ("3", False)
    assert (cut.facts()["at_least"], cut.total.complete) == (None, False)


def test_the_frames_of_the_first_readings_left_out_mark_the_steps_they_could_change(tmp_path: Path) -> None:
    """A dip that the file shows as the first reading of the series."""
    world = register(tmp_path, [*range(100, 106)], [10, 107, 108, 109, 110, 111], quiet_days=10)
    whole, cut = (
        proven(world, hours(0, 12), list(positions), hours(0, 11 * 24)) for positions in (range(13), range(1, 13))
    )
    assert (whole.value, whole.facts()["at_least"]) == ("11", "11")
    steps = cut.facts()["steps"]
    assert isinstance(steps, dict)
    assert (cut.facts()["at_least"], cut.total.complete, steps["not_stated"] > 0) == (None, False, True)


def test_nothing_bounds_a_period_from_below_while_a_later_fall_may_still_come(tmp_path: Path) -> None:
    world = register(tmp_path, [*range(100, 124)], quiet_days=7)
    early = proven(world, hours(2, 24), list(range(8)), hours(0, 8 * 24))
    assert (early.value, early.facts()["at_least"]) == ("22", None)
    assert "later-fall-possible" in codes(world, early)


# A period that is not made of its own slots


def test_an_advance_that_began_before_the_period_is_no_complete_figure(tmp_path: Path) -> None:
    """Eighteen hours of gaps, and the next day's first reading holds what was used in them."""
    day = [*range(8000, 8024)]
    world = register(tmp_path, [*range(100, 106), *[None] * 18], day, quiet_days=9)
    later = proven(world, hours(24, 48), list(range(12)), hours(0, 12 * 24))
    assert (later.value, later.total.measured, later.total.complete) == ("7918", 24, False)


def test_a_day_of_its_own_slots_and_advances_is_complete(tmp_path: Path) -> None:
    world = register(tmp_path, [*range(100, 124)], [*range(124, 148)], quiet_days=9)
    assert proven(world, hours(24, 48), list(range(12)), hours(0, 12 * 24)).total.complete


# A context that takes long to judge


def test_a_context_of_more_slots_than_are_judged_is_refused(tmp_path: Path) -> None:
    world = register(tmp_path, list(range(100, 124)))
    with pytest.raises(StepFailed) as failed:
        proven(world, hours(1, 4), [0], hours(0, MOST_SLOTS + 1))
    assert isinstance(failed.value.cause, ContextTooLong)


def test_a_fall_after_a_week_of_gaps_marks_the_steps_before_the_gaps(tmp_path: Path) -> None:
    """What the register advanced in the gaps makes the fall look smaller than the spike was."""
    days = [[*range(100, 124)], [*range(124, 143), *range(100_143, 100_148)], *[[None] * 24] * 8, [*range(340, 364)]]
    world = register(tmp_path, *days, quiet_days=9)
    found = proven(world, hours(24, 48), list(range(21)), hours(0, 21 * 24))
    assert (found.total.complete, found.facts()["at_least"]) == (False, "0")


def test_gaps_after_the_last_reading_shown_may_hide_a_fall(tmp_path: Path) -> None:
    days = [[*range(100, 124)], [*range(124, 143), *range(100_143, 100_148)], *[[None] * 24] * 9, [*range(340, 364)]]
    world = register(tmp_path, *days, quiet_days=9)
    found = proven(world, hours(24, 48), list(range(11)), hours(0, 11 * 24))
    assert (found.total.complete, found.facts()["at_least"]) == (False, None)
    assert "later-fall-possible" in codes(world, found)


def test_a_figure_whose_last_reading_is_an_outlier_is_not_complete(tmp_path: Path) -> None:
    """Its last advance lies in the next period."""
    days = [[*range(100, 124)], [*range(124, 146), 900, 901], [*range(148, 172)]]
    world = register(tmp_path, *days, quiet_days=9)
    found = proven(world, hours(24, 48), list(range(13)), hours(0, 13 * 24))
    assert (found.value, found.total.measured, found.total.complete) == ("22", 24, False)
    assert "ends-at-outlier" in codes(world, found)


def test_the_advance_since_before_the_period_is_no_part_of_its_lower_bound(tmp_path: Path) -> None:
    days = [[*range(100, 124)], [*range(124, 146), 900, 901], [*range(148, 172)]]
    world = register(tmp_path, *days, quiet_days=9)
    found = proven(world, hours(48, 72), list(range(13)), hours(0, 13 * 24))
    assert (found.value, found.facts()["at_least"]) == ("26", "23")


def test_an_estimated_reading_at_the_start_makes_no_complete_figure_and_no_part_of_a_bound(tmp_path: Path) -> None:
    days = [[100, *[None] * 22, 105], [*range(124, 148)]]
    world = register(tmp_path, *days, estimated=[23], quiet_days=9)
    found = proven(world, hours(24, 48), list(range(12)), hours(0, 12 * 24))
    assert (found.value, found.total.measured, found.total.complete) == ("42", 24, False)
    assert found.facts()["at_least"] == "23"
    assert "opening-not-measured" in codes(world, found)


def test_a_garbage_word_just_before_the_meter_is_replaced_is_proven_and_in_doubt(tmp_path: Path) -> None:
    world = register(tmp_path, [8700, 8701, 8702, 999_999, 0, 1, *range(2, 20)], quiet_days=11)
    hour = proven(world, hours(3, 4), list(range(13)), hours(0, 24 * 13))
    facts, steps = hour.facts(), hour.facts()["steps"]
    assert (hour.value, hour.total.complete, facts["at_least"]) == ("991297", False, "0")
    assert isinstance(steps, dict)
    assert steps["beside_fall"] == 1
