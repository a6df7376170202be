"""A node of the org "works" that enrols terminals in one process, at simulated times."""

from __future__ import annotations

from pathlib import Path

from veriwatt.membership.enrolment import PlannedEnrolment, enrol_terminal, hand_over, plan_enrolment
from veriwatt.membership.new_ledger import OWNER
from veriwatt.membership.point_registration import define_point
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.terminals.handover import parse_request
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.terminal.home import TerminalHome
from veriwatt.terminal.home_files import make_terminal
from veriwatt.testing.clocks import SimClock
from veriwatt.units import DAY, HOUR, MINUTE

MORNING = 20_700 * DAY


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
        client = self.home.member_client("works")
        return plan_enrolment(self.home.ledger, client, parse_request(terminal.request()), self.clock.now())

    def enrol(self, terminal: TerminalHome, *, take_over: bool = False, redefine: bool = False) -> PlannedEnrolment:
        home, request, now = self.home, parse_request(terminal.request()), self.clock.now()
        client = home.member_client("works")
        done = enrol_terminal(home.ledger, client, home.keys, request, now, take_over=take_over, redefine=redefine)
        terminal.accept(hand_over(home.ledger, client, home.keys.agent, home.keys.member("works", OWNER), request))
        return done

    def define(self, definition: PointDefinition, group: str = "main") -> None:
        client = self.home.member_client("works")
        define_point(self.home.points, client, self.home.keys, definition, group, MORNING - 8 * HOUR)

    def named_at(self, t: int) -> str | None:
        return self.home.points.in_force("works", "main", t).definition("main").terminal
