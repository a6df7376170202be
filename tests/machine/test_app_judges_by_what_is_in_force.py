"""No time of a point lies in two of its slots, whatever is registered before a change to come has begun."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.machine.scene import Scene
from veriwatt.machine.terminals import queries
from veriwatt.metering.calendars import zone_calendar
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.group import DefinePoints
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.point_record import PointRecord, PointSeries
from veriwatt.model.points.register_record import RecordExchange
from veriwatt.model.points.status import Kind
from veriwatt.testing.actors import START, sim_point
from veriwatt.units import DAY, HOUR, MINUTE, UtcMillis

A, OTHER = sim_point("hall/a"), sim_point("hall/b")
CALENDAR = zone_calendar(A.timezone, 0)
MIDNIGHT = START + DAY - 8 * HOUR
MONTHLY = replace(A, slot="month")


def define(scene: Scene, *definitions: PointDefinition, at: UtcMillis, group: str = "plant") -> str:
    """Register the next version of a group; the code of its outcome."""
    return scene.chain.one(scene.ann.define(group, *definitions, effective_from=at, key_window=KeyWindow.MONTH)).code


def record(scene: Scene) -> PointRecord:
    found = queries.point(scene.chain.rows, "acme", A.id)
    assert found is not None
    return found


def test_a_change_to_come_does_not_begin_sooner_because_its_terminal_changes(scene: Scene) -> None:
    later = replace(A, scale=-2, slot="1h")
    assert define(scene, A, at=START) == "ok"
    assert define(scene, later, at=MIDNIGHT + 100 * DAY) == "ok"
    before = record(scene)
    assert define(scene, replace(later, terminal="t2"), at=START) == "not-definable"
    assert define(scene, replace(later, terminal="t2"), at=MIDNIGHT + HOUR) == "not-definable"
    assert record(scene) == before
    assert define(scene, replace(later, terminal="t2"), at=MIDNIGHT + 100 * DAY) == "ok"
    assert [each.effective_from for each in record(scene).series] == [START, MIDNIGHT + 100 * DAY]


def test_another_terminal_of_the_definition_in_force_takes_the_place_of_a_change_to_come(scene: Scene) -> None:
    taken = replace(A, terminal="t2")
    assert define(scene, A, at=START) == define(scene, replace(A, scale=-2), at=MIDNIGHT) == "ok"
    assert define(scene, taken, at=START) == "not-definable"
    assert define(scene, taken, at=MIDNIGHT) == "ok"
    assert [each.definition for each in record(scene).series] == [A.digest, taken.digest]


LATER = replace(A, scale=-2)
DAYS = CALENDAR.starts
SHIFTED = Calendar.of_starts(CALENDAR.first_day, np.where(DAYS > MIDNIGHT + 9 * DAY, DAYS + HOUR, DAYS))


@pytest.mark.parametrize(
    ("definitions", "calendar"),
    [
        ((LATER, OTHER), CALENDAR),
        ((replace(A, terminal="t2"), OTHER), CALENDAR),
        ((OTHER,), CALENDAR),
        ((A, OTHER, sim_point("hall/c")), CALENDAR),
        ((A, OTHER), SHIFTED),
    ],
    ids=["changes", "changes its terminal", "leaves one out", "lets one join again", "has another calendar"],
)
def test_a_version_that_begins_before_one_to_come_changes_nothing(
    scene: Scene, definitions: tuple[PointDefinition, ...], calendar: Calendar
) -> None:
    """It would be in force only from that one on, and its changes hold from its own beginning on."""
    left = sim_point("hall/c")
    assert define(scene, A, OTHER, left, at=START) == define(scene, A, OTHER, at=MIDNIGHT) == "ok"
    assert define(scene, A, OTHER, sim_point("hall/d"), at=MIDNIGHT + 3 * DAY) == "ok"

    def code(t: UtcMillis) -> str:
        body = DefinePoints("plant", KeyWindow.MONTH, t, calendar, (*definitions, sim_point("hall/d")))
        return scene.chain.one(scene.ann.sign(body)).code

    assert [code(MIDNIGHT + n * DAY) for n in (0, 1, 2, 3)] == [*["not-definable"] * 3, "ok"]


@pytest.mark.parametrize("left_out", [False, True])
def test_a_change_to_come_hides_no_slot_in_which_another_change_would_begin(scene: Scene, left_out: bool) -> None:
    daily = replace(A, slot="day")
    next_month = CALENDAR.slot_at("month", MIDNIGHT).end
    assert define(scene, MONTHLY, OTHER, at=CALENDAR.slot_at("month", START).start) == "ok"
    assert define(scene, daily, OTHER, at=next_month) == "ok"
    inside = (OTHER,) if left_out else (replace(daily, maximum=10**9), OTHER)
    assert define(scene, *inside, at=MIDNIGHT) == "not-definable"
    assert define(scene, *inside, at=next_month) == "ok"


def test_an_exchange_is_recorded_of_a_register_that_was_one_then(scene: Scene) -> None:
    register = replace(A, kind=Kind.REGISTER)
    assert define(scene, register, at=START) == "ok"
    assert define(scene, A, at=MIDNIGHT) == "ok"
    scene.chain.must(scene.ann.sign(RecordExchange(A.id, START, 5, 0, "broken")))
    while scene.chain.time < MIDNIGHT + HOUR:
        scene.chain.block()
    assert scene.chain.one(scene.ann.sign(RecordExchange(A.id, MIDNIGHT + MINUTE, 5, 0, "broken"))).code == (
        "not-recordable"
    )
    scene.chain.must(scene.ann.sign(RecordExchange(A.id, MIDNIGHT, 5, 0, "broken")))


DEFINITIONS = st.builds(
    lambda slot, terminal, scale: replace(A, slot=slot, terminal=terminal, scale=scale),
    st.sampled_from(["1h", "day", "month"]),
    st.sampled_from(["t1", "t2"]),
    st.sampled_from([-3, -2]),
)
TIMES = st.sampled_from(
    [
        *(MIDNIGHT + n * DAY + off for n in (-1, 0, 1, 7, 30) for off in (0, HOUR)),
        *(CALENDAR.slot_at(slot, MIDNIGHT + n * DAY).end for slot in ("day", "month") for n in (3, 30, 60)),
    ]
)
VERSIONS = st.lists(
    st.tuples(st.sampled_from(["plant", "shed"]), DEFINITIONS | st.none(), TIMES, st.integers(0, 40)), max_size=5
)


@settings(max_examples=300)
@given(DEFINITIONS, VERSIONS)
def test_every_series_ends_at_an_edge_of_its_slots_and_what_has_begun_stays(
    to_come: PointDefinition, versions: list[tuple[str, PointDefinition | None, UtcMillis, int]]
) -> None:
    """But for another terminal alone, which has the same slots."""
    versions = [("plant", to_come, CALENDAR.slot_at("month", MIDNIGHT + 60 * DAY).end, 0), *versions]
    scene = Scene()
    for group in ("plant", "shed"):
        filler = replace(OTHER, id=f"{group}/b")
        define(
            scene,
            *([MONTHLY, filler] if group == "plant" else [filler]),
            at=CALENDAR.slot_at("month", START).start,
            group=group,
        )
    for group, definition, at, hours in versions:
        before, now = record(scene), scene.chain.time
        filler = replace(OTHER, id=f"{group}/b")
        define(scene, *([filler] if definition is None else [definition, filler]), at=at, group=group)
        after = record(scene)
        assert all(after.at(t) == before.at(t) or cut(after, before, t) for t in range(START, now, DAY // 2))
        for one, other in zip(after.series, (*after.series[1:], None), strict=True):
            check_end(scene, one, other)
        scene.chain.time += hours * HOUR


def cut(after: PointRecord, before: PointRecord, t: UtcMillis) -> bool:
    """Whether the series at `t` is the one of before, with another end."""
    one, other = after.at(t), before.at(t)
    return one is not None and other is not None and replace(one, until=None) == replace(other, until=None)


def check_end(scene: Scene, one: PointSeries, other: PointSeries | None) -> None:
    if one.until is None:
        return
    definition = queries.definition(scene.chain.rows, one.definition)
    if other is not None:
        following = queries.definition(scene.chain.rows, other.definition)
        if replace(following, terminal=definition.terminal) == definition:
            return
    assert CALENDAR.is_edge(definition.slot, one.until), (definition.slot, one.until)
