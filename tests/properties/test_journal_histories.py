"""Any history of appends, rotations, drops, failures and power cuts keeps every acknowledged record, in order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Corrupted, Unavailable
from veriwatt.store.journal import Journal, recover
from veriwatt.testing.faults import FILE_CHANGES, Failure, FaultPlan
from veriwatt.testing.power import ForgetfulFiles, Tail

FOLDER = Path("/chain/journal")
records = st.lists(st.binary(max_size=40), min_size=1, max_size=4)
steps = st.one_of(
    st.tuples(st.just("append"), records),
    st.tuples(st.just("fail"), records, st.integers(1, 5), st.booleans()),
    st.tuples(st.just("full"), records, st.integers(0, 200)),
    st.tuples(st.just("beside"), records, st.integers(0, 5), st.booleans(), st.booleans()),
    st.tuples(st.just("rotate")),
    st.tuples(st.just("anchor")),
    st.tuples(st.just("cut"), st.sampled_from(Tail), st.booleans()),
)


@given(st.lists(steps, max_size=12))
def test_no_history_loses_or_doubles_an_acknowledged_record(history: list[tuple[object, ...]]) -> None:
    disk, plan = ForgetfulFiles(), FaultPlan(failure=Failure.REPORT)
    files = plan.around(disk, FILE_CHANGES)
    journal, _ = recover(files, FOLDER, 0, sha256)
    kept: list[bytes] = []
    anchored = 0
    for kind, *rest in history:
        match kind:
            case "append":
                _add(journal, rest[0])  # type: ignore[arg-type]
                kept += rest[0]  # type: ignore[arg-type]
            case "fail":
                plan.nth, plan.applied, plan.calls = rest[1], rest[2], 0  # type: ignore[assignment]
                kept += _tried(journal, rest[0])  # type: ignore[arg-type]
                plan.nth = 0
            case "full":
                disk.room = rest[1]  # type: ignore[assignment]
                kept += _tried(journal, rest[0])  # type: ignore[arg-type]
                disk.room = None
            case "beside":
                plan.nth, plan.applied, plan.calls = rest[1], rest[2], 0  # type: ignore[assignment]
                kept += _tried(journal, rest[0], beside=_breaks if rest[3] else _works)  # type: ignore[arg-type]
                plan.nth = 0
            case "rotate":
                journal.rotate()
            case "anchor":
                journal.rotate()
                anchored = len(kept)
                journal.drop(anchored)
            case "cut":
                disk.cut_power(rest[0], names_kept=rest[1])  # type: ignore[arg-type]
                journal, tail = recover(files, FOLDER, anchored, sha256)
                assert tail[: len(kept) - anchored] == kept[anchored:]
                kept = kept[:anchored] + tail  # a batch that was never acknowledged may be there whole
        assert journal.size == len(kept)
    assert recover(disk, FOLDER, anchored, sha256)[1][: len(kept) - anchored] == kept[anchored:]


def _add(journal: Journal, batch: list[bytes], beside: Callable[[], object] | None = None) -> None:
    journal.append(batch, [sha256(record) for record in batch], beside)


def _tried(journal: Journal, batch: list[bytes], beside: Callable[[], object] | None = None) -> list[bytes]:
    try:
        _add(journal, batch, beside)
    except (Unavailable, Corrupted):
        return []
    return batch


def _works() -> None:
    """What is done while the disk syncs."""


def _breaks() -> None:
    raise Corrupted("what is done while the disk syncs has failed")
