"""A group's calendar is renewed years before it ends, and when the zone table has other days to come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from veriwatt.energy.calendar import Zone
from veriwatt.machine.terminals.queries import newest_version, point
from veriwatt.membership.calendar_renewal import RENEW_BEFORE, TOLD_BEFORE, due_renewals
from veriwatt.metering.calendars import zone_calendar
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.calendar_difference import first_difference
from veriwatt.model.points.group import DefinePoints, GroupVersion
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.node.node_service import NodeService
from veriwatt.testing.actors import START
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import DAY, HOUR, UtcMillis


class World:
    """A ledger on which one group, "own", is registered with a calendar of its own."""

    def __init__(self, folder: Path, calendar: Calendar) -> None:
        self.world = SimWorld(folder)
        own = replace(self.world.groups["plant"][0], id="own")
        body = DefinePoints("own", KeyWindow.DAY, FIRST_DAY, calendar, (own,))
        self.world.must(self.world.owner.sign(body))

    def due(self, now: UtcMillis) -> list[DefinePoints]:
        return [body for body in due_renewals(self.world.ledger, "acme", now) if body.group == "own"]

    def renew(self) -> DefinePoints:
        """Register what is due now; once registered it is due no more."""
        (body,) = self.due(self.world.clock.now())
        self.world.must(self.world.owner.sign(body))
        assert self.due(self.world.clock.now() + DAY) == []
        return body

    def newest(self) -> GroupVersion:
        found = newest_version(self.world.ledger, "acme", "own")
        assert found is not None
        return found

    def close(self) -> None:
        self.world.close()


def stated(years: int, shift_from: UtcMillis | None = None) -> Calendar:
    """The calendar of +08:00 for so many years; from a day on an hour later, as a law would have it."""
    made = zone_calendar("+08:00", 0, 2025, 2025 + years)
    if shift_from is None:
        return made
    starts = np.where(made.starts > shift_from, made.starts + HOUR, made.starts)
    return Calendar.of_starts(made.first_day, starts)


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[list[World]]:
    made = list[World]()
    yield made
    for each in made:
        each.close()


def test_a_calendar_that_covers_enough_is_left_alone(tmp_path: Path, worlds: list[World]) -> None:
    worlds.append(world := World(tmp_path, stated(12)))
    assert world.due(world.world.clock.now()) == []
    assert world.due(world.newest().calendar.span.end - RENEW_BEFORE - DAY) == []


def test_it_is_extended_years_before_it_ends_and_no_point_begins_anew(tmp_path: Path, worlds: list[World]) -> None:
    worlds.append(world := World(tmp_path, stated(3)))
    before = world.newest().calendar
    world.renew()
    after = world.newest().calendar
    assert first_difference(before, after) is None
    assert after.span.end > START + 10 * 365 * DAY
    record = point(world.world.ledger, "acme", "own")
    assert record is not None
    assert len(record.series) == 1


@pytest.mark.parametrize("days", [10, 200])
def test_a_law_that_changes_days_to_come_is_registered_and_the_past_stays(
    days: int, tmp_path: Path, worlds: list[World]
) -> None:
    """The registered calendar has a shift that the zone table, which is newer, no longer has."""
    shift = FIRST_DAY + days * DAY
    worlds.append(world := World(tmp_path, stated(12, shift)))
    before, now = world.newest().calendar, world.world.clock.now()
    body = world.renew()
    after = world.newest().calendar
    assert now < body.effective_from <= min(shift, now + TOLD_BEFORE)
    assert first_difference(before, after) == shift
    assert first_difference(after, zone_calendar("+08:00", 0)) is None


def test_days_that_began_already_are_never_changed(tmp_path: Path, worlds: list[World]) -> None:
    worlds.append(world := World(tmp_path, stated(12, FIRST_DAY - 100 * DAY)))
    before = world.newest().calendar
    body = world.renew()
    differs = first_difference(before, world.newest().calendar)
    assert differs is not None
    assert differs >= body.effective_from > world.world.clock.now()


def test_the_node_renews_calendars_once_a_day(tmp_path: Path) -> None:
    init_home(tmp_path / "node", "works", unprotected=True)
    definition = PointDefinition("m", "electricity", "kWh", Kind.INTERVAL, 0, 1, "15m", "+08:00")
    with Home(tmp_path / "node") as home:
        (org,) = home.orgs()
        member_client, now = home.member_client(org), home.clock.now()
        year = Zone.parse("+08:00").year(now)
        calendar = zone_calendar("+08:00", 0, year, year + 1)
        begins = int(calendar.starts[calendar.starts <= now][-1])
        member_client.submit(DefinePoints("main", KeyWindow.DAY, begins, calendar, (definition,)))
    node = NodeService(tmp_path / "node")
    try:
        assert node.upkeep.calendars_due() == [org]
        assert node.upkeep.renew_calendars(org) == ["main"]
        assert node.upkeep.calendars_due() == []
        assert node.upkeep.renew_calendars(org) == []
        assert node.points.newest(org, "main").version.calendar.span.end > now + 10 * 365 * DAY
    finally:
        node.close()
