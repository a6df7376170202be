"""A request names its terminal in the points; points of another terminal it takes only when the org says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.terminal_toml import terminal_toml
from veriwatt.membership.enrolment import (
    PlannedEnrolment,
    ReadByAnotherTerminal,
    enrol_terminal,
    hand_over,
    plan_enrolment,
)
from veriwatt.membership.new_ledger import OWNER
from veriwatt.membership.point_registration import define_point
from veriwatt.model.terminals.handover import parse_request
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.terminal.home import TerminalHome
from veriwatt.terminal.home_files import make_terminal
from veriwatt.testing.clocks import SimClock
from veriwatt.units import DAY, HOUR, MINUTE

MORNING = 20_700 * DAY
ONE, TWO = terminal_toml("works"), terminal_toml("works").replace('name = "t1"', 'name = "t2"')


class Works:
    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, SimClock(MORNING + 20 * MINUTE)
        init_home(folder / "node", "works", unprotected=True, clock=self.clock)
        self.home = Home(folder / "node", self.clock)

    def terminal(self, name: str, text: str) -> TerminalHome:
        config = self.folder / f"{name}.toml"
        config.write_text(text)
        make_terminal(self.folder / name, config, self.home.paths.trust, unprotected=True)
        return TerminalHome(self.folder / name, self.clock)

    def plan(self, terminal: TerminalHome) -> PlannedEnrolment:
        return plan_enrolment(self.home.ledger, "works", parse_request(terminal.request()), self.clock.now())

    def enrol(self, terminal: TerminalHome, *, take_over: bool = False) -> PlannedEnrolment:
        home, request, now = self.home, parse_request(terminal.request()), self.clock.now()
        client = home.member_client("works")
        done = enrol_terminal(home.ledger, client, home.keys, request, now, take_over=take_over)
        terminal.accept(hand_over(home.ledger, client, home.keys.agent, home.keys.member("works", OWNER), request))
        return done

    def named_at(self, t: int) -> str | None:
        return self.home.points.in_force("works", "main", t).definition("main").terminal


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    made = Works(tmp_path)
    yield made
    made.home.close()


def test_points_that_named_no_terminal_name_the_one_that_asks_from_the_next_hour_on(works: Works) -> None:
    with works.terminal("t1", ONE) as terminal:
        unnamed = replace(terminal.config.points[0].definition, terminal=None)
        client = works.home.member_client("works")
        define_point(works.home.points, client, works.home.keys, unnamed, "main", MORNING - 8 * HOUR)
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


def test_nor_are_they_left_out_by_another_terminals_request(works: Works) -> None:
    with works.terminal("t1", ONE) as one, works.terminal("t2", TWO.replace('id = "main"', 'id = "other"')) as two:
        works.enrol(one)
        with pytest.raises(ReadByAnotherTerminal):
            works.enrol(two)
