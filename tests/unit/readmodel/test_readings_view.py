from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from veriwatt.errors import NotFound, Unavailable
from veriwatt.model.points.status import Status
from veriwatt.readmodel.reading_rows import ProjectedFrame, ReadingRows
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import HOUR, MINUTE

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
) -> None:
    """Frame `position` states `slots` of a point: number -> value, None for a gap."""
    starts = np.array(sorted(slots), np.int64) * SLOT
    values = np.array([slots[n] or 0 for n in sorted(slots)], np.int64)
    codes = np.array([Status.GAP if slots[n] is None else Status.MEASURED for n in sorted(slots)], np.uint8)
    number = np.full(len(starts), view.point_ids(ORG, [point])[0], np.int32)
    rows = ReadingRows(number, starts, starts + SLOT, values, codes, np.full(len(starts), position, np.int64))
    view.add([ProjectedFrame(ORG, position, anchored_at, "main", None, None)], rows, starts - starts % HOUR)


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
    number = view.point_ids(ORG, ["p"])[0]
    zeros = np.zeros(3, np.int64)
    rows = ReadingRows(
        np.full(3, number, np.int32), zeros, zeros + SLOT, np.array([10, 11, 12]), np.ones(3, np.uint8), np.arange(3)
    )
    view.add([ProjectedFrame(ORG, n, NEVER, "main", None, None) for n in range(3)], rows, zeros)
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
    assert view.point_ids(ORG, ["p"]) != view.point_ids("other", ["p"])
    assert view.point_ids(ORG, ["p", "q", "p"]) == [view.point_ids(ORG, [name])[0] for name in ("p", "q", "p")]


def test_a_failed_add_leaves_nothing(view: ReadingsView) -> None:
    put(view, 0, {0: 10})
    zero = np.zeros(1, np.int64)
    rows = ReadingRows(np.zeros(1, np.int32), zero, zero + SLOT, zero + 99, np.ones(1, np.uint8), zero + 1)

    class Stop(Exception):
        pass

    def frames() -> Iterator[ProjectedFrame]:
        yield ProjectedFrame(ORG, 1, NEVER, "main", None, None)
        raise Stop

    with pytest.raises(Stop):
        view.add(frames(), rows, zero)  # type: ignore[arg-type]
    assert (values(view), view.size(ORG)) == ({0: 10}, 1)


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
