"""When a purge explains that a spool lacks a frame, and when it does not."""

from __future__ import annotations

from veriwatt.fsck.purged import OLDER_PRESENT, TOO_RECENT, PurgeCheck
from veriwatt.ids import Digest, ObjectId
from veriwatt.model.chain.anchor import AnchorLeaf
from veriwatt.model.frames.number import FrameNumber
from veriwatt.terminal.spool.spool import RETENTION
from veriwatt.units import DAY

NOW = 2_000 * DAY
OLD = NOW - RETENTION - 100 * DAY


def anchor(time: int, new_size: int = 10) -> AnchorLeaf:
    nothing = Digest(bytes(32))
    return AnchorLeaf("acme", 3, time, 0, new_size, nothing, ObjectId(bytes(32)), nothing)


def test_old_frames_that_all_went_are_explained() -> None:
    purged, leaf = PurgeCheck(NOW), anchor(OLD)
    assert [purged.missing(FrameNumber(0, seq), OLD + seq, leaf) for seq in (1, 2, 3)] == [[], [], []]


def test_a_frame_of_recent_days_was_taken() -> None:
    (taken,) = PurgeCheck(NOW).missing(FrameNumber(0, 1), NOW - 30 * DAY, anchor(NOW - 30 * DAY))
    assert taken.why == TOO_RECENT


def test_a_frame_after_one_that_stayed_was_taken() -> None:
    purged, leaf = PurgeCheck(NOW), anchor(OLD)
    assert purged.present(OLD, leaf) == []
    (taken,) = purged.missing(FrameNumber(0, 2), OLD + DAY, leaf)
    assert (taken.number.seq, taken.why) == (2, OLDER_PRESENT)


def test_a_first_frame_of_old_windows_was_taken_when_the_rest_of_its_late_anchor_stayed() -> None:
    purged, imported = PurgeCheck(NOW), anchor(NOW - DAY)
    assert purged.missing(FrameNumber(0, 1), OLD, imported) == []
    (taken,) = purged.present(OLD + DAY, imported)
    assert (taken.number.seq, taken.why) == (1, OLDER_PRESENT)


def test_a_frame_purged_before_the_next_anchor_is_explained_by_time() -> None:
    purged = PurgeCheck(NOW)
    assert purged.missing(FrameNumber(0, 1), OLD, anchor(OLD + DAY)) == []
    assert purged.present(OLD + 50 * DAY, anchor(OLD + 51 * DAY, 20)) == []


def test_a_newer_window_that_stayed_convicts_no_one() -> None:
    purged, leaf = PurgeCheck(NOW), anchor(OLD + 3 * DAY)
    assert purged.missing(FrameNumber(0, 1), OLD, leaf) == []
    assert purged.present(OLD + 2 * DAY, leaf) == []
