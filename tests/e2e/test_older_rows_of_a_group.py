"""Older rows of one point of a group move its beginning; what a terminal states of the others stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_changed_group import NEXT, NOON, ORG, QUARTER, Works, quarters
from tests.e2e.test_learnt_definition import changed, known, learn
from veriwatt.metering.calendars import next_version
from veriwatt.units import DAY, HOUR


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    made = changed(Works(tmp_path))
    yield made
    made.home.close()


def begin_earlier(works: Works) -> None:
    """What an import of rows of two days ago registers."""
    newest = works.home.points.newest(ORG, "main")
    body = next_version("main", NOON - 2 * DAY, newest.definitions, works.clock.now(), newest.version)
    works.home.member_client(ORG).submit(body)


def left_out(works: Works) -> list[str]:
    return [point for point in ("same", "coded", "gone", "turned") if works.home.view().left_out(ORG, point)]


def test_a_change_to_come_comes_no_sooner(works: Works) -> None:
    begin_earlier(works)
    learn(works)
    assert known(works) == {"main": 3}
    works.run(NEXT + 2 * HOUR)
    for point in ("same", "coded"):
        assert works.proven(point, NOON).items() >= quarters(NOON, NEXT, 15).items(), point
    assert left_out(works) == []


def test_slots_of_before_a_change_that_wait_for_their_frame_are_stated_as_they_were_defined(works: Works) -> None:
    learn(works)
    works.run(NEXT - 2 * HOUR)
    works.run(NEXT + HOUR, framing=False)
    begin_earlier(works)
    learn(works)
    works.run(NEXT + 2 * HOUR)
    assert works.proven("coded", NOON) == quarters(NOON, NEXT + 2 * HOUR, 15)
    assert left_out(works) == []


def test_a_later_handover_has_what_was_in_force_before(works: Works) -> None:
    works.run(NEXT + HOUR)
    begin_earlier(works)
    works.hand_over()
    works.run(NEXT + 2 * HOUR)
    assert works.proven("coded", NOON) == quarters(NOON, NEXT + 2 * HOUR, 15)
    assert works.proven("turned", NEXT)[NEXT + HOUR + QUARTER] == 30
