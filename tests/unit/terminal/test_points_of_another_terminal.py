"""A request names its terminal in the points; points of another terminal it takes only when the org says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.enrolling_works import MORNING, Works
from tests.terminal_toml import terminal_toml
from veriwatt.membership.enrolment import ReadByAnotherTerminal
from veriwatt.metering.calendars import next_version
from veriwatt.units import DAY, HOUR

ONE, TWO = terminal_toml("works"), terminal_toml("works").replace('name = "t1"', 'name = "t2"')


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    made = Works(tmp_path)
    yield made
    made.home.close()


def test_points_that_named_no_terminal_name_the_one_that_asks_from_the_next_hour_on(works: Works) -> None:
    with works.terminal("t1", ONE) as terminal:
        unnamed = replace(terminal.config.points[0].definition, terminal=None)
        works.define(unnamed)
        (change,) = works.enrol(terminal).changes
        assert (change.named, change.taken, change.body.effective_from) == (("main",), (), MORNING + HOUR)
        assert terminal.definitions.waiting(terminal.clock.now()) == {"main": MORNING + HOUR}, (
            "until then it states nothing"
        )
    assert [works.named_at(t) for t in (MORNING, MORNING + HOUR)] == [None, "t1"]


def test_points_of_another_terminal_are_taken_only_when_asked_for(works: Works) -> None:
    with works.terminal("t1", ONE) as one, works.terminal("t2", TWO) as two:
        works.enrol(one)
        with pytest.raises(ReadByAnotherTerminal):
            works.enrol(two)
        planned = works.plan(two)
        assert (planned.new, planned.changes[0].taken) == (True, (("main", "t1"),))
        assert works.named_at(MORNING + HOUR) == "t1", "a plan changes nothing"
        assert works.enrol(two, take_over=True) == planned
        assert [works.named_at(t) for t in (MORNING + HOUR - 1, MORNING + HOUR)] == ["t1", "t2"]
        assert works.enrol(two).changes == ()


def test_points_that_another_terminals_request_does_not_list_stay_as_they_are(works: Works) -> None:
    with works.terminal("t1", ONE) as one, works.terminal("t2", TWO.replace('id = "main"', 'id = "other"')) as two:
        works.enrol(one)
        (change,) = works.enrol(two).changes
        assert (change.taken, change.ended) == ((), ())
        assert {d.id: d.terminal for d in change.body.definitions} == {"other": "t2", "main": "t1"}
        assert works.named_at(MORNING + 3 * DAY) == "t1"
        assert works.enrol(two).changes == works.enrol(one).changes == (), "nor does either end the other's"


def test_a_point_taken_while_a_change_of_it_is_to_come_changes_no_sooner(works: Works) -> None:
    with works.terminal("t1", ONE) as one, works.terminal("t2", TWO.replace('"kWh"', '"MWh"')) as two:
        works.enrol(one)
        change, points = MORNING + 30 * DAY - 8 * HOUR, works.home.points
        (before,) = (point.definition for point in one.config.points)
        group = points.group_of("works", "main").version
        later = next_version(group.group, change, (replace(before, unit="MWh"),), works.clock.now(), group)
        works.home.member_client("works").submit(later)
        works.enrol(two, take_over=True, redefine=True)
        assert [points.in_force("works", "main", t).definition("main").unit for t in (change - 1, change)] == [
            "kWh",
            "MWh",
        ]
        assert [works.named_at(t) for t in (change - 1, change)] == ["t1", "t2"]
