from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.errors import Unavailable, WrongFormat
from veriwatt.ids import FrameId
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.points.status import Status
from veriwatt.terminal.drivers.base import GapReason
from veriwatt.terminal.sampling.samples import NewestSlot, Sample
from veriwatt.terminal.spool.spool import RETENTION, Spool
from veriwatt.terminal.spool.spool_errors import SpoolDamaged, SpoolFull, SpoolMoved
from veriwatt.terminal.spool.spooled_frame import FrameState, PreparedFrame
from veriwatt.units import DAY


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with Spool(tmp_path / "spool.db") as opened:
        yield opened


def sample(slot: int, value: int | None = 1, point: str = "p") -> Sample:
    if value is None:
        return Sample(point, slot * 10, slot * 10 + 10, None, Status.GAP, 7, GapReason.SILENT)
    return Sample(point, slot * 10, slot * 10 + 10, value, Status.MEASURED, 7, register=value)


def frame(seq: int, epoch: int = 0, window_end: int = 100) -> PreparedFrame:
    return PreparedFrame(
        FrameNumber(epoch, seq), FrameId(seq.to_bytes(32, "big")), window_end, b"header %d" % seq, b"payload"
    )


def values(spool: Spool, point: str = "p", until: int = 10**9) -> list[tuple[int, int, int]]:
    columns = spool.unframed([point], until).get(point)
    if columns is None:
        return []
    return list(zip(columns.starts.tolist(), columns.values.tolist(), columns.statuses.tolist(), strict=True))


def test_a_sample_given_twice_is_stored_once(spool: Spool) -> None:
    batch = [sample(1, 5), sample(2, None), sample(1, 8, "q")]
    assert spool.add_samples(batch) == 3
    assert spool.add_samples(batch) == 0
    assert values(spool) == [(10, 5, Status.MEASURED), (20, 0, Status.GAP)]


def test_a_value_replaces_a_gap_and_nothing_replaces_a_value(spool: Spool) -> None:
    spool.add_samples([sample(1, None), sample(2, 5)])
    assert spool.add_samples([sample(1, 3), sample(2, None)]) == 1
    assert spool.add_samples([sample(2, 6)]) == 0
    assert values(spool) == [(10, 3, Status.MEASURED), (20, 5, Status.MEASURED)]


def test_a_zero_comes_back_as_a_measured_zero_and_a_gap_as_a_gap(spool: Spool) -> None:
    spool.add_samples([sample(1, 0), sample(2, None)])
    assert values(spool) == [(10, 0, Status.MEASURED), (20, 0, Status.GAP)]


def test_unframed_returns_only_slots_that_have_ended(spool: Spool) -> None:
    spool.add_samples([sample(slot) for slot in range(5)])
    assert len(values(spool, until=30)) == 3
    assert spool.unframed(["p", "unknown"], 30).keys() == {"p"}


def test_the_newest_slot_of_a_point_is_stored_after_all_its_samples_are_framed(tmp_path: Path) -> None:
    with Spool(tmp_path / "s") as spool:
        spool.add_samples([sample(1, 5), sample(2, None)])
        spool.prepare_frames([frame(1)], list(spool.unframed(["p"], 100).values()))
    with Spool(tmp_path / "s") as spool:
        assert spool.newest_slots() == {"p": NewestSlot(30, 5, 20)}


def test_framing_deletes_exactly_the_consumed_samples(spool: Spool) -> None:
    spool.add_samples([sample(slot) for slot in range(4)])
    columns = spool.unframed(["p"], 100)["p"]
    spool.prepare_frames([frame(1)], [columns.only(slice(0, 3))])
    assert [start for start, _, _ in values(spool)] == [30]
    assert spool.add_samples([sample(2, 9)]) == 0, "a framed slot is closed"
    with pytest.raises(SpoolMoved):
        spool.prepare_frames([frame(2)], [columns])
    assert spool.tip().number.next() == (0, 2), "a refused frame changes nothing"


def test_a_sample_that_was_replaced_since_it_was_read_is_not_consumed(spool: Spool) -> None:
    spool.add_samples([sample(1, None)])
    read = spool.unframed(["p"], 100)["p"]
    spool.add_samples([sample(1, 5)])
    with pytest.raises(SpoolMoved):
        spool.prepare_frames([frame(1)], [read])
    assert values(spool) == [(10, 5, Status.MEASURED)]


@pytest.mark.parametrize("wrong", [frame(2), frame(0), frame(1, epoch=1)])
def test_a_frame_that_does_not_continue_the_numbers_is_refused(spool: Spool, wrong: PreparedFrame) -> None:
    with pytest.raises(SpoolMoved):
        spool.prepare_frames([wrong], [])
    assert spool.unsigned() == ()


def test_the_state_of_a_frame_only_moves_forward(spool: Spool) -> None:
    spool.prepare_frames([frame(1), frame(2)], [])
    assert [f.header for f in spool.unsigned()] == [b"header 1", b"header 2"]
    spool.mark_accepted([(FrameNumber(0, 1), 0)])
    assert len(spool.unsigned()) == 2, "an unsigned frame cannot have been accepted"
    spool.set_signatures([(FrameNumber(0, 1), b"first")])
    spool.set_signatures([(FrameNumber(0, 1), b"second")])
    (pending,) = spool.pending()
    assert pending.signature == b"first"
    spool.mark_accepted([(FrameNumber(0, 1), 0)])
    spool.mark_accepted([(FrameNumber(0, 1), 5)])
    spool.mark_final(0)
    assert spool.counts() == {FrameState.PREPARED: 1, FrameState.ACCEPTED: 1}
    spool.mark_final(1)
    spool.set_signatures([(FrameNumber(0, 1), b"third")])
    accepted = spool.frame(FrameNumber(0, 1))
    assert accepted is not None
    assert (accepted.state, accepted.position, accepted.signature) == (FrameState.FINAL, 0, b"first")


def test_only_old_final_frames_are_purged_and_numbers_continue(spool: Spool) -> None:
    spool.prepare_frames([frame(seq, window_end=seq * DAY) for seq in range(1, 5)], [])
    spool.set_signatures([(FrameNumber(0, seq), b"s") for seq in range(1, 4)])
    spool.mark_accepted([(FrameNumber(0, 1), 0), (FrameNumber(0, 2), 1)])
    spool.mark_final(1)
    assert spool.purge(RETENTION + DAY) == 0
    assert spool.purge(RETENTION + 100 * DAY) == 1
    assert spool.frame(FrameNumber(0, 1)) is None
    assert spool.counts() == {FrameState.PREPARED: 1, FrameState.SIGNED: 1, FrameState.ACCEPTED: 1}
    spool.set_signatures([(FrameNumber(0, 4), b"s")])
    spool.mark_accepted([(FrameNumber(0, 3), 2), (FrameNumber(0, 4), 3)])
    spool.mark_final(4)
    assert spool.purge(RETENTION + 100 * DAY) == 3
    tip = spool.tip()
    assert (tip.number, tip.frame_id) == (FrameNumber(0, 4), frame(4).frame_id)


def test_a_full_disk_loses_nothing_and_is_reported(tmp_path: Path) -> None:
    with Spool(tmp_path / "s") as spool:
        spool.add_samples([sample(1)])
        (pages,) = spool.file.db.execute("PRAGMA page_count").fetchone()
        spool.file.db.execute(f"PRAGMA max_page_count = {pages + 1}")
        with pytest.raises(SpoolFull, match="free some space there"):
            spool.add_samples([sample(slot) for slot in range(2, 2_000)])
        assert len(values(spool)) == 1
        spool.file.db.execute("PRAGMA max_page_count = 1000000")
        assert spool.add_samples([sample(slot) for slot in range(2, 2_000)]) == 1_998


def test_a_damaged_file_is_corrupted_not_empty(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with Spool(path) as spool:
        spool.add_samples([sample(slot) for slot in range(500)])
    raw = bytearray(path.read_bytes())
    raw[4096 : 4096 * 6] = b"\x5a" * (4096 * 5)
    path.write_bytes(raw)
    with pytest.raises(SpoolDamaged, match="damaged"), Spool(path) as spool:
        values(spool)
    path.write_bytes(b"this is no database at all, whatever its name says" * 40)
    with pytest.raises(SpoolDamaged):
        Spool(path)


def test_a_spool_of_another_version_is_refused(tmp_path: Path) -> None:
    with Spool(tmp_path / "s") as spool:
        spool.file.db.execute("PRAGMA user_version = 99")
    with pytest.raises(WrongFormat, match=r"the spool .* is of format 99, this program reads format 2"):
        Spool(tmp_path / "s")


def test_a_locked_file_or_an_absent_folder_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        Spool(tmp_path / "no such directory" / "s")
    with Spool(tmp_path / "s") as spool:
        spool.file.db.execute("PRAGMA busy_timeout = 10")
        other = sqlite3.connect(tmp_path / "s", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            spool.add_samples([sample(1)])
        other.close()
        assert spool.add_samples([sample(1)]) == 1
