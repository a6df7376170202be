"""Which problems of a terminal are reported, and with which remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from veriwatt.ids import Digest, FrameId
from veriwatt.model.frames.number import FIRST_NUMBER
from veriwatt.model.points.status import Status
from veriwatt.terminal.remedies import CLOCK_SLOW, CLOCK_STEP, DELIVERY_LATE, WARN_DAYS, remedies
from veriwatt.terminal.sampling.samples import Sample
from veriwatt.terminal.spool.spool import Spool
from veriwatt.terminal.spool.spooled_frame import PreparedFrame
from veriwatt.units import DAY, MINUTE, UtcMillis
from veriwatt.verify.root_log_head import NO_HEAD, ProvenRootLogHead

NOW: UtcMillis = 20_000 * DAY


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with Spool(tmp_path / "spool.db") as opened:
        yield opened


def read_up_to(spool: Spool, end: UtcMillis) -> None:
    spool.add_samples([Sample("p", end - MINUTE, end, 1, Status.MEASURED, end)])


def deliverable(spool: Spool, window_end: UtcMillis) -> None:
    spool.prepare_frames([PreparedFrame(FIRST_NUMBER, FrameId(bytes(32)), window_end, b"header", b"")], [])
    spool.set_signatures([(FIRST_NUMBER, b"signature")])


def report(
    spool: Spool,
    head: ProvenRootLogHead = NO_HEAD,
    key_days: int | None = 30,
    waiting: Mapping[str, UtcMillis | None] | None = None,
) -> str:
    return "; ".join(remedies(spool, head, key_days, waiting or {}, NOW))


def test_a_terminal_in_order_has_no_remedies(spool: Spool) -> None:
    read_up_to(spool, NOW + CLOCK_STEP)
    deliverable(spool, NOW - DELIVERY_LATE)
    assert report(spool, ProvenRootLogHead(5, Digest(bytes(32)), NOW + CLOCK_SLOW, NOW + CLOCK_SLOW), WARN_DAYS) == ""


@pytest.mark.parametrize(("days", "what"), [(None, "terminal enrol"), (WARN_DAYS - 1, "6 days: `veriwatt terminal")])
def test_missing_or_ending_window_keys_are_reported(spool: Spool, days: int | None, what: str) -> None:
    assert what in report(spool, key_days=days)


def test_points_without_values_are_reported_with_when_or_how_values_begin(spool: Spool) -> None:
    reports = report(spool, waiting={"a": None, "b": NOW, "c": NOW, "d": NOW + DAY}).split("; ")
    assert ["point 'a' is" in reports[0], "terminal enrol" in reports[0], len(reports)] == [True, True, 3]
    assert "2 points, 'b' among them, are defined as configured from 2024-10-04T00:00:00" in reports[1]


def test_a_clock_that_was_set_back_is_reported(spool: Spool) -> None:
    read_up_to(spool, NOW + CLOCK_STEP + 1)
    assert "set back" in report(spool)


def test_a_clock_behind_the_newest_block_is_reported(spool: Spool) -> None:
    assert "slow" in report(spool, ProvenRootLogHead(5, Digest(bytes(32)), NOW + CLOCK_SLOW + 1, NOW + CLOCK_SLOW + 1))


def test_frames_that_are_not_accepted_for_long_are_reported(spool: Spool) -> None:
    deliverable(spool, NOW - DELIVERY_LATE - 1)
    assert "not accepted" in report(spool)
