"""Which spool may sign: one that made the newest frame of its log host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.ids import FrameId
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.terminal.delivery.continuity import SpoolBehind, check_continues
from veriwatt.terminal.spool.spool import RETENTION, Spool
from veriwatt.terminal.spool.spooled_frame import PreparedFrame


def frame_id(seq: int) -> FrameId:
    return FrameId(seq.to_bytes(32, "big"))


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    """A spool with frames 1 to 3."""
    with Spool(tmp_path / "spool.db") as opened:
        opened.prepare_frames(
            [PreparedFrame(FrameNumber(0, seq), frame_id(seq), seq, b"header", b"") for seq in (1, 2, 3)], []
        )
        yield opened


@pytest.mark.parametrize(
    "newest", [None, FrameRef("t1", FrameNumber(0, 1), frame_id(1)), FrameRef("t1", FrameNumber(0, 3), frame_id(3))]
)
def test_a_spool_that_made_the_log_hosts_newest_frame_may_sign(spool: Spool, newest: FrameRef | None) -> None:
    check_continues(spool, newest)


def test_a_fresh_terminal_may_sign(tmp_path: Path) -> None:
    with Spool(tmp_path / "fresh.db") as fresh:
        check_continues(fresh, None)


@pytest.mark.parametrize(
    "newest",
    [
        FrameRef("t1", FrameNumber(0, 4), frame_id(4)),
        FrameRef("t1", FrameNumber(1, 1), frame_id(1)),
        FrameRef("t1", FrameNumber(0, 3), frame_id(9)),
        FrameRef("t1", FrameNumber(0, 2), frame_id(9)),
    ],
)
def test_a_spool_that_did_not_make_the_log_hosts_newest_frame_may_not_sign(spool: Spool, newest: FrameRef) -> None:
    with pytest.raises(SpoolBehind, match="backup") as raised:
        check_continues(spool, newest)
    assert raised.value.own == (0, 3)


def test_a_new_spool_under_an_old_key_may_not_sign(tmp_path: Path) -> None:
    with Spool(tmp_path / "fresh.db") as fresh, pytest.raises(SpoolBehind):
        check_continues(fresh, FrameRef("t1", FrameNumber(0, 1), frame_id(1)))


def test_a_spool_that_purged_the_log_hosts_newest_frame_may_sign(spool: Spool) -> None:
    spool.set_signatures([(FrameNumber(0, seq), b"s") for seq in (1, 2, 3)])
    spool.mark_accepted([(FrameNumber(0, seq), seq) for seq in (1, 2, 3)])
    spool.mark_final(9)
    assert spool.purge(RETENTION + 9) == 3
    check_continues(spool, FrameRef("t1", FrameNumber(0, 3), frame_id(3)))
