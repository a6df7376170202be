"""What evidence would refuse, the node never shows: it is left out of the view, and told with both definitions."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import numpy as np
import pytest

from tests.faults.fsck_home import check, import_into, make_home, problem_lines, write_source
from tests.served_home import ServedHome
from tests.unit.api.conftest import Served, serve
from veriwatt.cli.main import main
from veriwatt.home.paths import HomePaths
from veriwatt.metering.slots import slots_of
from veriwatt.model.frames.build import FrameContent, FrameContext, GroupSlots
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.origin import ClockState, Manual
from veriwatt.node.home import Home
from veriwatt.ports.key_agent import Purpose
from veriwatt.units import DAY, Interval

EARLY = 19_002 * DAY
"""A day before the first one for which the points of the home are defined."""

POINT = "press"
ROWS = "select point, start, stop, value, status, position, until from readings order by all"
LEFT_OUT = "select * from left_out order by all"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with readings from the third day on, and a frame that states the day before."""
    root = make_home(tmp_path / "home", write_source(tmp_path / "one", 2, first=3), frames_per_anchor=2)
    with Home(root) as opened:
        (org,) = opened.orgs()
        known, span = opened.points.group_of(org, POINT), Interval(EARLY, EARLY + DAY)
        version, columns = known.version, list[Column]()
        for definition in known.definitions:
            slots = slots_of(version.calendar, definition, span)
            values = np.full(len(slots.starts), 7, np.int64)
            columns.append(Column(definition.id, slots.starts, slots.ends, values, np.ones(len(values), np.uint8)))
        number = version.calendar.key_window(version.key_window, EARLY)
        key = opened.keys.agent.window_key(org, version.group, number, Purpose.SEAL)
        content = FrameContent(span, (GroupSlots(version.group, version.n, version.root, columns, key),))
        head = opened.ledger.head()
        context = FrameContext(
            opened.clock.now(),
            Manual("ann", "a test"),
            head.root_log_size,
            head.root_log_leaf,
            ClockState("system", 0, 0),
        )
        opened.recorder(org).record([content], context, lambda _: None)
    return root


def readings(root: Path) -> list[list[tuple[object, ...]]]:
    """The rows of the view of a home, brought up to the chain: those that count, and those left out."""
    with Home(root) as opened:
        opened.view()
    with duckdb.connect(str(HomePaths(root).readings), read_only=True) as db:
        return [db.execute(ROWS).fetchall(), db.execute(LEFT_OUT).fetchall()]


def shown(
    root: Path, capsys: pytest.CaptureFixture[str], *command: str, words: tuple[str, ...] = ("points", "show")
) -> dict[str, object]:
    with pytest.raises(SystemExit) as ended:
        main([*words, POINT, "--home", str(root), "--json", *command])
    assert not ended.value.code
    return dict(json.loads(capsys.readouterr().out))


def test_slots_before_a_point_is_defined_are_told_and_not_counted(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, left_out = readings(home)
    assert min(int(str(row[1])) for row in found) == EARLY + DAY
    assert len(left_out) == 2, "one stretch of each point"
    told = shown(home, capsys)["left_out"]
    assert isinstance(told, list)
    assert [(each["why"], each["slots"], each["in_force"]) for each in told] == [("not defined then", 24, None)]
    assert told[0]["stated_under"]
    report = check(home)
    assert report.ok, problem_lines(report)


def test_query_and_api_tell_both_definitions_of_what_they_leave_out(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    readings(home)
    told = shown(home, capsys)["left_out"]
    assert isinstance(told, list)
    before, within, after = (np.datetime64(EARLY // DAY + n, "D") for n in (-1, 0, 1))
    spans = {"told": (str(within), str(after)), "before it": (str(before), str(within))}
    asked = {
        name: shown(home, capsys, "--from", start, "--to", end, words=("query",))["left_out"]
        for name, (start, end) in spans.items()
    }
    assert asked == {"told": [{"point": POINT} | each for each in told], "before it": []}
    start, end = spans["told"]
    with pytest.raises(SystemExit):
        main(["query", POINT, "--home", str(home), "--from", start, "--to", end, "--csv"])
    values = capsys.readouterr()
    assert f"{POINT}: left out: " in values.err, "a table of values has no place for it"
    assert "left out" not in values.out
    answers = dict[str, object]()

    async def scenario(served: Served) -> None:
        async with served.client() as client:
            for name, (start, end) in spans.items():
                span = {"from": start, "to": end}
                answers[name] = (await client.get(f"/api/v1/points/{POINT}/totals", params=span)).json()["left_out"]

    serve(ServedHome(home, []), scenario)
    assert answers == {"told": told, "before it": []}


def test_they_count_once_the_point_begins_earlier_and_a_rebuilt_view_is_the_same(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    readings(home)
    import_into(home, write_source(tmp_path / "two", 1, first=0), frames_per_anchor=2)
    found, left_out = readings(home)
    assert sum(EARLY <= int(str(row[1])) < EARLY + DAY for row in found) == 2 * 24
    assert left_out == []
    assert shown(home, capsys)["left_out"] == []
    report = check(home)
    assert report.ok, problem_lines(report)
    HomePaths(home).readings.unlink()
    assert readings(home) == [found, left_out]


def test_fsck_finds_a_view_that_shows_what_it_should_have_left_out(home: Path) -> None:
    readings(home)
    with duckdb.connect(str(HomePaths(home).readings)) as db:
        db.execute("delete from left_out where point = ?", [POINT])
    assert "readings.duckdb#left_out" in problem_lines(check(home))
