"""What a terminal's request does to points that are registered: none vanishes, and none is redefined without a word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.enrolling_works import Works
from tests.terminal_toml import POINT, terminal_toml
from veriwatt.errors import BadInput
from veriwatt.machine.terminals.queries import passport
from veriwatt.membership.enrolment import RedefinesPoints
from veriwatt.membership.member_client import LedgerRefused
from veriwatt.model.points.point import PointDefinition
from veriwatt.terminal.home import TerminalHome
from veriwatt.units import DAY

TWO_POINTS = terminal_toml("works", POINT, POINT.replace('"main"', '"second"'))


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    made = Works(tmp_path)
    yield made
    made.home.close()


def configured(works: Works, text: str = TWO_POINTS) -> list[PointDefinition]:
    """The points of a configuration as a file would have them: without a terminal."""
    with works.terminal("other", text) as terminal:
        return [replace(point.definition, terminal=None) for point in terminal.config.points]


def test_a_point_of_a_file_stays_in_its_group_when_a_terminal_joins_it(works: Works) -> None:
    works.define(replace(configured(works)[0], id="from a file"))
    with works.terminal("t1", terminal_toml("works")) as terminal:
        (change,) = works.enrol(terminal).changes
    assert [d.id for d in change.body.definitions] == ["from a file", "main"]
    works.clock.advance_to(works.clock.now() + 3 * DAY)
    found = works.home.points.group_of("works", "from a file")
    assert found.version.n == 2
    record = works.home.points.record("works", "from a file")
    assert record is not None and record.newest.until is None


def test_another_meaning_of_a_points_values_is_told_and_asked_for(works: Works) -> None:
    works.define(replace(configured(works)[0], country="US", width=10_000))
    text = terminal_toml("works", POINT.replace('"kWh"', '"MWh"') + 'country = "CN"\ndata_code = "7"\n')
    with works.terminal("t1", text) as terminal:
        (change,) = works.plan(terminal).changes
        told = [tuple(each) for each in change.changed[0].differences]
        assert told == [
            ("unit", "kWh", "MWh"),
            ("country", "US", "CN"),
            ("width", "100.00 kWh", "none"),
            ("data_code", "none", "7"),
        ]
        with pytest.raises(RedefinesPoints, match="main: unit kWh, now MWh, country US, now CN"):
            works.enrol(terminal)
        assert passport(works.home.ledger, "works", "t1") is None, "nothing was done"
        assert works.enrol(terminal, redefine=True).changes == (change,)


def test_a_wrong_meaning_is_mended_before_it_begins(works: Works) -> None:
    works.define(configured(works)[0])
    wrong = terminal_toml("works", POINT.replace('"kWh"', '"MWh"'))
    with works.terminal("t1", wrong) as terminal:
        (mistaken,) = works.enrol(terminal, redefine=True).changes
    (works.folder / "t1" / "terminal.toml").write_text(terminal_toml("works"))
    with TerminalHome(works.folder / "t1", works.clock) as terminal:
        (mended,) = works.enrol(terminal, redefine=True).changes
    assert mended.body.effective_from == mistaken.body.effective_from
    record = works.home.points.record("works", "main")
    assert record is not None
    assert [works.home.points.defined("works", "main", each).unit for each in record.series] == ["kWh", "kWh"]


def test_a_data_code_changes_no_meaning_and_is_told(works: Works) -> None:
    works.define(configured(works)[0])
    with works.terminal("t1", terminal_toml("works", POINT + 'data_code = "7"\n')) as terminal:
        (change,) = works.enrol(terminal).changes
    assert [tuple(each) for each in change.changed[0].differences] == [("data_code", "none", "7")]


def test_a_point_of_the_terminal_ends_only_when_asked_and_is_found_ever_after(works: Works) -> None:
    with works.terminal("t1", TWO_POINTS) as terminal:
        works.enrol(terminal)
    works.clock.advance_to(works.clock.now() + DAY)
    (works.folder / "t1" / "terminal.toml").write_text(terminal_toml("works"))
    with TerminalHome(works.folder / "t1", works.clock) as terminal:
        with pytest.raises(RedefinesPoints, match="second: ends"):
            works.enrol(terminal)
        (change,) = works.enrol(terminal, redefine=True).changes
        assert change.ended == ("second",)
    for _ in range(2):
        points = works.home.points
        assert points.find("second")[1].terminal == "t1"
        assert [definition.id for _, definition in points.registered("works")] == ["main", "second"]
        works.clock.advance_to(works.clock.now() + 3 * DAY)


def test_a_group_of_other_days_is_refused_with_both_zones(works: Works) -> None:
    works.define(configured(works)[0])
    text = terminal_toml("works").replace("+08:00", "UTC")
    with (
        works.terminal("t1", text) as terminal,
        pytest.raises(BadInput, match=r"timezone is \+08:00.*timezone UTC.*another group"),
    ):
        works.plan(terminal)


def test_a_point_of_another_group_is_refused_with_that_group_and_nothing_is_done(works: Works) -> None:
    works.define(configured(works)[0], "hall")
    with works.terminal("t1", terminal_toml("works")) as terminal:
        for attempt in (works.plan, works.enrol):
            with pytest.raises(BadInput, match='it belongs to group hall, .*write group = "hall"'):
                attempt(terminal)
    assert passport(works.home.ledger, "works", "t1") is None


def test_what_the_ledger_would_refuse_is_told_before_the_terminal_is_enrolled(works: Works) -> None:
    works.define(replace(configured(works)[0], id="MAIN"), "hall")
    with works.terminal("t1", terminal_toml("works")) as terminal:
        for attempt in (works.plan, works.enrol):
            with pytest.raises(LedgerRefused):
                attempt(terminal)
    assert passport(works.home.ledger, "works", "t1") is None
