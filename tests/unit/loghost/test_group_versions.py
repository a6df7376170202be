"""Versions of a group with the same definitions may differ in their calendars: a frame is checked under its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from veriwatt.errors import NotFound
from veriwatt.metering.calendars import zone_calendar
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.group import DefinePoints, definitions_root
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.readmodel.ledger_cache import LedgerCache
from veriwatt.testing.actors import START
from veriwatt.testing.hosts import GROUP, ORG, SimHost
from veriwatt.units import DAY, HOUR

LATER = START + 10 * DAY - 8 * HOUR
"""A midnight of +08:00 to come, from which the group has a new calendar."""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SimHost]:
    made = SimHost(tmp_path)
    yield made
    made.close()


def moved_clocks() -> Calendar:
    """The days of +08:00, and from two days after `LATER` on those of +09:00."""
    before, after = zone_calendar("+08:00", 0), zone_calendar("+09:00", 0)
    at = before.day_of(LATER) - before.first_day + 2
    return Calendar.of_starts(before.first_day, np.concatenate((before.starts[:at], after.starts[at:])))


def test_the_version_of_a_frame_is_the_one_that_it_names(host: SimHost) -> None:
    ledger, root = LedgerCache(host.ledger), definitions_root(host.definitions)
    host.must(host.owner.sign(DefinePoints(GROUP, KeyWindow.DAY, LATER, moved_clocks(), host.definitions)))
    ledger.refresh()
    assert [ledger.group_points(ORG, GROUP, n, root).version.n for n in (1, 2)] == [1, 2]
    for n, named in ((3, root), (2, bytes(32))):
        with pytest.raises(NotFound):
            ledger.group_points(ORG, GROUP, n, named)
