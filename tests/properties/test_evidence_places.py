"""The verifier finds a leaf's place from the header alone, just where the writer of the frame put it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.metering.calendars import zone_calendar
from veriwatt.metering.slots import slots_of
from veriwatt.model.frames.columns import Column, leaves
from veriwatt.model.frames.header import FrameGroup
from veriwatt.model.frames.statuses import make_runs, make_spans
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import FIRST_DAY
from veriwatt.units import DAY, MINUTE, Interval
from veriwatt.verify.point_place import point_span

ZERO = Digest(bytes(32))
SLOTS = st.sampled_from(["1m", "5m", "15m", "30m", "1h", "8h", "day", "week", "month", "quarter"])
ZONES = st.sampled_from(["+08:00", "Europe/London", "America/St_Johns", "Australia/Lord_Howe"])
WINDOWS = st.builds(
    lambda start, length: Interval(FIRST_DAY + start * MINUTE, FIRST_DAY + (start + length) * MINUTE),
    st.integers(0, 400 * 1440),
    st.one_of(st.integers(1, 3000), st.integers(1, 62 * 1440)),
)


def columns_of(slots: list[str], zone: str, window: Interval) -> list[Column]:
    columns = []
    for at, slot in enumerate(slots):
        definition = PointDefinition(f"p{at}", "electricity", "kWh", Kind.INTERVAL, 0, 1, slot, zone)
        found = slots_of(zone_calendar(zone, 0), definition, window)
        codes = (np.arange(len(found.starts)) % 3 + 1).astype(np.uint8)
        columns.append(Column(found.point, found.starts, found.ends, codes.astype(np.int64), codes))
    return columns


def entry_of(columns: list[Column]) -> FrameGroup:
    spans = make_spans([len(column.codes) for column in columns])
    runs = make_runs(np.concatenate([column.codes for column in columns]))
    return FrameGroup("g", 1, ZERO, spans, runs, (), ZERO, ZERO, ZERO, 0)


def version_of(count: int) -> GroupVersion:
    return GroupVersion(1, "g", KeyWindow.DAY, "+08:00", 0, zone_calendar("+08:00", 0), 0, count, ZERO, 0, 0)


@given(st.lists(SLOTS, min_size=1, max_size=4), ZONES, WINDOWS)
def test_every_point_has_the_place_that_follows_from_the_header(slots: list[str], zone: str, window: Interval) -> None:
    columns = columns_of(slots, zone, window)
    written = [leaf.point for leaf in leaves(columns)]
    assume(0 < len(written) < 3000)
    entry, version, statuses = entry_of(columns), version_of(len(columns)), 0
    for ordinal, column in enumerate(columns):
        span = point_span(entry, version, ordinal)
        assert (span.leaves, span.slots, span.first_status) == (len(written), len(column.codes), statuses)
        assert not len(column.codes) or span.first_leaf == written.index(column.point)
        statuses += len(column.codes)


def test_a_header_of_another_number_of_points_is_refused() -> None:
    window = Interval(FIRST_DAY, FIRST_DAY + DAY)
    entry = entry_of(columns_of(["15m", "15m"], "+08:00", window))
    for count in (1, 3):
        with pytest.raises(Malformed):
            point_span(entry, version_of(count), 0)
    with pytest.raises(Malformed):
        point_span(entry, version_of(2), 2)


@pytest.mark.parametrize("spans", [((1 << 60, 0),), ((-1, -96),), ((2, -1), (1, 98)), ((1 << 62, 0), (1, 96))])
def test_impossible_spans_cost_nothing_and_are_refused(spans: tuple[tuple[int, int], ...]) -> None:
    window = Interval(FIRST_DAY, FIRST_DAY + DAY)
    entry = replace(entry_of(columns_of(["15m"], "+08:00", window)), spans=spans)
    with pytest.raises(Malformed):
        point_span(entry, version_of(1), 0)
