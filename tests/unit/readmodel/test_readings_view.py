from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from veriwatt.errors import Corrupted, NotFound, Unavailable
from veriwatt.model.frames.columns import Column
from veriwatt.model.points.status import Status
from veriwatt.readmodel.reading_rows import ProjectedFrame, ProjectedGroup
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import MINUTE

SLOT, ORG, CHAIN = 15 * MINUTE, "acme", "sim-0123456789abcdef"
NEVER = None


@pytest.fixture
def view() -> Iterator[ReadingsView]:
    made = ReadingsView(None, CHAIN)
    yield made
    made.close()


def put(
    view: ReadingsView,
    position: int,
    slots: dict[int, int | None],
    *,
    point: str = "p",
    anchored_at: int | None = NEVER,
    org: str = ORG,
) -> None:
    """Frame `position` states `slots` of a point: number -> value, None for a gap."""
    starts = np.array(sorted(slots), np.int64) * SLOT
    values = np.array([slots[n] or 0 for n in sorted(slots)], np.int64)
    codes = np.array([Status.GAP if slots[n] is None else Status.MEASURED for n in sorted(slots)], np.uint8)
    column = Column(point, starts, starts + SLOT, values, codes)
    view.add(org, [ProjectedGroup(ProjectedFrame(org, position, anchored_at, "main", None, None), "UTC", [column])])


def values(view: ReadingsView, *, as_of: int | None = None, first: int = 0, end: int = 100) -> dict[int, int]:
    rows = view.read(ORG, "p", first * SLOT, end * SLOT, as_of)
    return dict(zip((rows.starts // SLOT).tolist(), rows.values.tolist(), strict=True))


def test_slots_are_read_in_order(view: ReadingsView) -> None:
    put(view, 0, {2: 30, 0: 10, 1: 20})
    assert list(values(view).items()) == [(0, 10), (1, 20), (2, 30)]
    assert view.size(ORG) == 1


def test_a_slot_belongs_to_a_span_by_its_end(view: ReadingsView) -> None:
    put(view, 0, {0: 10, 1: 20, 2: 30})
    assert values(view, first=1, end=2) == {1: 20}


def test_the_newest_version_of_a_slot_is_in_force_and_all_versions_stay(view: ReadingsView) -> None:
    put(view, 0, {0: 10, 1: 20})
    put(view, 1, {1: 21})
    put(view, 2, {1: 22})
    assert values(view) == {0: 10, 1: 22}
    assert view.versions(ORG, "p", SLOT) == [0, 1, 2]
    assert view.versions(ORG, "p", 0) == [0]


def test_versions_added_together_replace_one_another(view: ReadingsView) -> None:
    start, end, code = np.zeros(1, np.int64), np.full(1, SLOT), np.ones(1, np.uint8)
    groups = [
        ProjectedGroup(
            ProjectedFrame(ORG, n, NEVER, "main", None, None),
            "UTC",
            [Column("p", start, end, np.array([10 + n]), code)],
        )
        for n in range(3)
    ]
    assert view.add(ORG, groups) == 3
    assert values(view) == {0: 12}


def test_as_of_reads_the_versions_in_force_then(view: ReadingsView) -> None:
    put(view, 0, {0: 10, 1: None}, anchored_at=1000)
    put(view, 1, {1: 20}, anchored_at=2000)
    put(view, 2, {0: 11, 2: 30}, anchored_at=3000)
    assert values(view, as_of=999) == {}
    assert values(view, as_of=1000) == {0: 10, 1: 0}
    assert values(view, as_of=2500) == {0: 10, 1: 20}
    assert values(view, as_of=3000) == values(view) == {0: 11, 1: 20, 2: 30}


def test_as_of_ignores_frames_that_are_not_anchored(view: ReadingsView) -> None:
    put(view, 0, {0: 10}, anchored_at=1000)
    put(view, 1, {0: 11})
    assert values(view) == {0: 11}
    assert values(view, as_of=5000) == {0: 10}
    view.mark_anchored(ORG, 2, 4000)
    assert values(view, as_of=5000) == {0: 11}
    assert values(view, as_of=3999) == {0: 10}


def test_marking_a_frame_as_anchored_again_keeps_its_time(view: ReadingsView) -> None:
    put(view, 0, {0: 10}, anchored_at=1000)
    view.mark_anchored(ORG, 1, 9000)
    assert values(view, as_of=1000) == {0: 10}


def test_a_gap_has_no_value(view: ReadingsView) -> None:
    put(view, 0, {0: None, 1: 20, 2: None})
    assert view.last_before(ORG, "p", 3 * SLOT) == SLOT
    assert view.last_before(ORG, "p", 2 * SLOT - 1) is None
    assert view.span(ORG, "p") == (0, 3 * SLOT)


def test_a_point_without_readings_is_not_found(view: ReadingsView) -> None:
    with pytest.raises(NotFound):
        view.read(ORG, "nobody", 0, 1)
    assert view.span(ORG, "nobody") is None


def test_points_of_two_orgs_with_one_id_are_two(view: ReadingsView) -> None:
    put(view, 0, {0: 10})
    put(view, 0, {0: 20, 1: 30}, org="other")
    assert values(view) == {0: 10}
    assert view.read("other", "p", 0, 100 * SLOT).values.tolist() == [20, 30]


def test_absent_slots_are_left_out_and_a_point_without_others_is_not_found(view: ReadingsView) -> None:
    starts, zeros = np.arange(3) * SLOT, np.zeros(3, np.int64)
    some = Column("p", starts, starts + SLOT, np.array([10, 0, 30]), np.array([1, Status.ABSENT, 1], np.uint8))
    none = Column("q", starts, starts + SLOT, zeros, np.full(3, Status.ABSENT, np.uint8))
    frame = ProjectedFrame(ORG, 0, NEVER, "main", None, None)
    assert view.add(ORG, [ProjectedGroup(frame, "UTC", [some, none])]) == 2
    assert values(view) == {0: 10, 2: 30}
    with pytest.raises(NotFound):
        view.read(ORG, "q", 0, 1)


def test_a_failed_add_leaves_nothing(view: ReadingsView) -> None:
    put(view, 0, {0: 10})
    starts = np.array([0])
    added = Column("new", starts, starts + SLOT, starts + 99, np.ones(1, np.uint8))
    frames = [ProjectedFrame(ORG, position, NEVER, "main", None, None) for position in (1, 0)]
    with pytest.raises(Corrupted, match="primary key"):
        view.add(ORG, [ProjectedGroup(frame, "UTC", [added]) for frame in frames])
    assert (values(view), view.size(ORG)) == ({0: 10}, 1)
    with pytest.raises(NotFound):
        view.read(ORG, "new", 0, 1)


def test_a_view_is_durable_and_one_of_another_chain_is_emptied(tmp_path: Path) -> None:
    path = tmp_path / "readings.duckdb"
    view = ReadingsView(path, CHAIN)
    put(view, 0, {0: 10})
    view.close()
    view = ReadingsView(path, CHAIN)
    assert values(view) == {0: 10}
    view.close()
    view = ReadingsView(path, "sim-fedcba9876543210")
    assert view.size(ORG) == 0
    view.close()


def test_a_rebuilt_view_equals_one_that_followed_each_frame() -> None:
    frames: list[dict[int, int | None]] = [{0: 1, 1: None}, {1: 5, 2: 6}, {0: 2}, {2: None}]
    followed, rebuilt = ReadingsView(None, CHAIN), ReadingsView(None, CHAIN)
    for position, slots in enumerate(frames):
        put(followed, position, slots)
        followed.mark_anchored(ORG, position + 1, 1000 * (position + 1))
    for position, slots in enumerate(frames):
        put(rebuilt, position, slots, anchored_at=1000 * (position + 1))
    for as_of in (None, 1000, 2000, 3000, 4000):
        assert values(followed, as_of=as_of) == values(rebuilt, as_of=as_of)
    followed.close()
    rebuilt.close()


def test_a_full_disk_is_reported_and_loses_nothing_written_before(tmp_path: Path) -> None:
    """A file-size limit stands for the disk: what does not fit cannot be committed, nor taken back."""
    path = tmp_path / "v.duckdb"
    view = ReadingsView(path, CHAIN)
    put(view, 0, {1: 1})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, hard))
    try:
        with pytest.raises(Unavailable, match="Could not write"):
            put(view, 1, {n: n * 7_919 % 104_729 for n in range(2, 20_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    view.close()
    again = ReadingsView(path, CHAIN)
    assert values(again) == {1: 1}
    again.close()


def test_a_slow_query_prints_nothing_among_what_a_command_answers() -> None:
    """A Python without a script file, such as that of a node, is an interactive one to DuckDB."""
    script = """
from veriwatt.readmodel.readings_tables import open_view
view = open_view(None, 'sim-0123456789abcdef')
for each in (view, view.cursor()):
    print(*each.execute("select current_setting('enable_progress_bar')").fetchone())
"""

    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert told.split() == ["False", "False"]
