"""Totals and completeness from hourly totals equal those from the readings, whatever frames were added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from veriwatt.energy.calendar import Zone, period_edges
from veriwatt.energy.completeness import Completeness
from veriwatt.errors import Malformed, NotFound
from veriwatt.metering.point_history import PointHistory
from veriwatt.metering.register_context import judge_steps
from veriwatt.metering.register_track import RegisterRule
from veriwatt.metering.slots import grid_of
from veriwatt.metering.totals import ReadingColumns as Known
from veriwatt.metering.totals import Total, totals
from veriwatt.model.frames.columns import Column
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.reading.completeness import completeness
from veriwatt.reading.hourly_totals import hourly_totals
from veriwatt.reading.query import many_totals, point_totals, span_total
from veriwatt.reading.series_readings import no_history
from veriwatt.readmodel.reading_rows import ProjectedFrame, ProjectedGroup, ReadingRows, join_columns
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import DAY, HOUR, MINUTE, Interval

ZONES = ("UTC", "Asia/Kolkata", "Europe/Paris", "Australia/Lord_Howe", "America/St_Johns", "+05:45")
AROUND_CHANGES = (1_711_756_800_000, 1_729_900_800_000, 1_712_361_600_000, 1_728_086_400_000, 1_735_603_200_000)
PERIODS = ("1m", "5m", "15m", "30m", "1h", "1d", "1mo", "1y")

Batch = list[tuple[int, int, list[tuple[int, int]]]]
"""Frames in order: (point, first slot, [(value, status) of each slot from there on])."""


@dataclass(frozen=True)
class World:
    definitions: tuple[PointDefinition, ...]
    start: int
    batches: list[Batch]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Points of one zone, and frames that leave gaps, come late and state slots again."""
    zone = draw(st.sampled_from(ZONES))
    kinds = st.sampled_from([Kind.INTERVAL, Kind.INTERVAL, Kind.INSTANT, Kind.REGISTER])
    slots = st.sampled_from(["10m", "15m", "20m", "30m", "1h", "8h", "day"])
    definitions = tuple(
        PointDefinition(f"p{i}", "heat", "GJ", draw(kinds), -2, draw(st.sampled_from([1, 5])), draw(slots), zone)
        for i in range(draw(st.integers(1, 3)))
    )
    largest = draw(st.sampled_from([10**4, 10**4, 2**61]))
    slot = st.tuples(st.integers(-largest, largest), st.sampled_from([1, 1, 1, 2, 3, 4]))
    values = st.lists(slot, min_size=1, max_size=40)
    frame = st.tuples(st.integers(0, len(definitions) - 1), st.sampled_from([0, 0, 2, 7, 30, 150]), values)
    batches = draw(st.lists(st.lists(frame, min_size=1, max_size=5), min_size=1, max_size=5))
    return World(definitions, draw(st.sampled_from(AROUND_CHANGES)), batches)


GAP_LONG_AFTER = World(
    (PointDefinition("p0", "heat", "GJ", Kind.REGISTER, -2, 1, "1h", "UTC"),),
    AROUND_CHANGES[0],
    [[(0, 0, [(1, 1), (2, 1), (3, 1), (4, 1)]), (0, 150, [(0, 4)])]],
)
"""Slots that no frame states lie behind the last reading, and a gap behind them."""


@settings(max_examples=30, deadline=None)
@example(GAP_LONG_AFTER, "1d", 0, 90, HOUR)
@given(worlds(), st.sampled_from(PERIODS), st.integers(0, 60), st.integers(1, 90), st.sampled_from([HOUR, MINUTE]))
def test_totals_from_hours_are_those_of_the_readings(
    world: World, every: str, after: int, length: int, step: int
) -> None:
    view = filled(world, world.batches)
    start = world.start - world.start % DAY + after * step
    span = Interval(start, start + length * HOUR)
    allowed = [d for d in world.definitions if plainly(view, d, span, every) is not None]
    found = many_totals(view, "Works", allowed, span, every, no_history)
    for definition, many in zip(allowed, found, strict=True):
        expected = plainly(view, definition, span, every)
        assert list(many.totals) == expected
        assert list(point_totals(view, "Works", definition, span, every, no_history).totals) == expected
        assert [span_total(view, "Works", definition, span, no_history)[1]] == plainly_whole(view, definition, span)
    view.close()


@settings(max_examples=40, deadline=None)
@given(worlds(), st.integers(0, 60), st.integers(1, 90), st.sampled_from([HOUR, MINUTE, DAY]))
def test_completeness_from_hours_is_that_of_the_readings_for_every_kind(
    world: World, after: int, length: int, step: int
) -> None:
    view = filled(world, world.batches)
    start = world.start - world.start % DAY + after * step
    span = Interval(start, start + length * step)
    due, known = {d.id: span for d in world.definitions}, {d.id: PointHistory() for d in world.definitions}
    found = completeness(view, "Works", world.definitions, span, due, known)
    for definition in world.definitions:
        (total,) = plainly_whole(view, definition, span)
        counts = (total.measured, total.estimated, total.manual, total.gap)
        assert found[definition.id] == Completeness(max(total.expected, sum(counts)), *counts)
        rows = readings_of(view, definition)
        assert view.spans("Works").get(definition.id) == (view.span("Works", definition.id) if len(rows) else None)
    view.close()


def test_completeness_of_whole_days_is_counted_from_hours_and_that_of_no_readings_is_none() -> None:
    definitions = tuple(PointDefinition(f"p{i}", "heat", "GJ", Kind.REGISTER, 0, 1, "15m", "UTC") for i in range(2))
    start = 1_735_603_200_000
    view = filled(World(definitions, start, []), [[(0, 0, [(1, 1), (2, 2), (0, 4), (3, 3)])]])
    assert view.count_slots("Works", ["p0", "p1", "p2"], start, start + DAY) == {
        "p0": (1, 1, 1, 1),
        "p1": (0, 0, 0, 0),
        "p2": (0, 0, 0, 0),
    }
    assert view.count_slots("Works", ["p0", "p1"], start, start + HOUR // 2) == {"p1": (0, 0, 0, 0)}


@settings(max_examples=15, deadline=None)
@given(worlds())
def test_hours_do_not_depend_on_the_batches(world: World) -> None:
    kept, rebuilt = filled(world, world.batches), filled(world, [[f for batch in world.batches for f in batch]])
    assert stored(kept, world) == stored(rebuilt, world)
    kept.close()
    rebuilt.close()


@settings(max_examples=15, deadline=None)
@given(worlds(), st.sampled_from(["1h", "1d", "1mo", "1y"]))
def test_whole_local_days_are_answered_from_hours(world: World, every: str) -> None:
    view = filled(world, world.batches)
    for definition in world.definitions:
        zone = Zone(definition.timezone)
        day = zone.day(world.start)
        span = Interval(zone.midnight(day - 1), zone.midnight(day + 20))
        small = definition.slot not in ("8h", "day") or every != "1h"
        if (definition.slot, zone.name) == ("20m", "Australia/Lord_Howe"):
            continue  # the last half-hour of a day of 24.5 hours has slots of 20 and 10 minutes
        if definition.kind is not Kind.REGISTER and small and below(view, definition, 2**40):
            grid, edges = grid_of(definition.timezone, definition.slot), period_edges(zone, every, span)
            assert [d for d, _ in hourly_totals(view, "Works", [definition], edges, grid)]
    view.close()


def test_points_with_a_divided_hour_or_without_readings_do_not_affect_others() -> None:
    definitions = tuple(PointDefinition(f"p{i}", "heat", "GJ", Kind.INTERVAL, 0, 1, "30m", "UTC") for i in range(3))
    start = 1_735_603_200_000
    world = World(definitions, start, [[(0, 1, [(5, 1)] * 2), (2, 0, [(7, 1)])]])  # p1 is never read
    view = filled(world, world.batches)
    span = Interval(start, start + HOUR + 30 * MINUTE)  # cuts p0's second hour
    found = {
        p.definition.id: [t.value for t in p.totals]
        for p in many_totals(view, "Works", definitions, span, "1h", no_history)
    }
    assert found == {"p0": [5, 5], "p1": [None, None], "p2": [7, None]}


def test_a_corrected_slot_counts_once_and_an_hour_beyond_64_bits_is_summed_from_its_readings() -> None:
    definitions = tuple(PointDefinition(f"p{i}", "heat", "GJ", Kind.INTERVAL, 0, 1, "15m", "UTC") for i in range(2))
    corrected: Batch = [(0, 0, [(5, 1)] * 4), (0, 1, [(6, 3)])]
    world = World(definitions, 1_735_603_200_000, [corrected, [(0, 2, [(0, 4)]), (1, 0, [(2**61, 1)] * 4)]])
    view = filled(world, world.batches)
    span = Interval(world.start, world.start + HOUR)
    first, vast = (p.totals[0] for p in many_totals(view, "Works", definitions, span, "1h", no_history))
    assert first == Total(span.start, span.end, 16, 4, 2, 0, 1, 1, False)
    assert vast.value == 2**63


def filled(world: World, batches: Iterable[Batch]) -> ReadingsView:
    view = ReadingsView(None, "test")
    position = 0
    for batch in batches:
        groups = []
        for point, first, slots in batch:
            frame = ProjectedFrame("Works", position, 0, "main", None, None)
            column = column_of(world, world.definitions[point], first, slots)
            groups.append(ProjectedGroup(frame, world.definitions[0].timezone, [column]))
            position += 1
        view.add("Works", groups)
    return view


def column_of(world: World, definition: PointDefinition, first: int, slots: list[tuple[int, int]]) -> Column:
    grid = grid_of(definition.timezone, definition.slot)
    long = definition.slot in ("8h", "day")
    late = first // 10 if long else first
    edges = grid.edges(world.start, world.start + 300 * (DAY if long else HOUR))
    starts, stops = edges[late : late + len(slots)], edges[late + 1 : late + len(slots) + 1]
    values, statuses = np.array(slots, np.int64).T
    return Column(definition.id, starts, stops, np.where(statuses == 4, 0, values), statuses.astype(np.uint8))


def plainly(view: ReadingsView, definition: PointDefinition, span: Interval, every: str) -> list[Total] | None:
    """From every reading of the point; None when there are no such periods of it."""
    try:
        point_totals(view, "Works", definition, span, every, no_history)
    except Malformed:
        return None
    return by_edges(view, definition, period_edges(Zone(definition.timezone), every, span))


def plainly_whole(view: ReadingsView, definition: PointDefinition, span: Interval) -> list[Total]:
    return by_edges(view, definition, np.array([span.start, span.end], np.int64))


def by_edges(
    view: ReadingsView, definition: PointDefinition, edges: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> list[Total]:
    rows = readings_of(view, definition)
    known = Known(rows.starts, rows.stops, rows.values, rows.statuses)
    grid = grid_of(definition.timezone, definition.slot)
    valued, holes = known.with_value(), known.holes()
    holes = holes.only(
        holes.starts < max(valued.starts, default=0)
    )  # without a history, none is behind the last reading
    steps = (
        judge_steps(valued.starts, valued.ends, valued.values, RegisterRule(), holes.starts)
        if definition.kind is Kind.REGISTER
        else None
    )
    starts, ends, kind = edges[:-1], edges[1:], definition.kind.value
    return list(totals(kind, known, starts, ends, grid, definition.step, steps=steps, holes=holes).rows())


def stored(view: ReadingsView, world: World) -> list[tuple[int, ...]]:
    hours = view.read_hours("Works", [d.id for d in world.definitions], 0, 2**53)
    columns = (hours.points, hours.starts, hours.ends, hours.values, hours.vast, hours.measured, hours.gap)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def below(view: ReadingsView, definition: PointDefinition, bound: int) -> bool:
    return bool((np.abs(readings_of(view, definition).values) < bound).all())


def readings_of(view: ReadingsView, definition: PointDefinition) -> ReadingRows:
    """Every reading of the point, which may have none."""
    try:
        return view.read("Works", definition.id, 0, 2**53)
    except NotFound:
        return join_columns([])
