"""An anchor covers a frame only once its own header's time has reached every time that the frame states."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.loghost.accept import ANCHOR_WITHIN
from veriwatt.merkle.tiles import tile_path
from veriwatt.model.chain.checkpoint import open_note
from veriwatt.model.chain.log_epochs import LogName
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.header import FrameHeader
from veriwatt.testing.actors import SimTerminal
from veriwatt.testing.frames import Edit
from veriwatt.testing.hosts import CHAIN, LOG_KEY, ORG, SimHost
from veriwatt.testing.queued_ledger import QueuedLedger
from veriwatt.units import HOUR, MINUTE
from veriwatt.verify.frame_checks import CLOCK_TOLERANCE


@pytest.fixture(params=["embedded", "queued"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SimHost]:
    made = SimHost(tmp_path, engine=QueuedLedger if request.param == "queued" else None)
    yield made
    made.close()


def collected_ahead(host: SimHost, by: int) -> Edit:
    """A terminal whose clock runs ahead by `by` ms."""

    def edit(header: FrameHeader) -> FrameHeader:
        return header._replace(collected_at=host.clock.now() + by)

    return edit


def check_every_anchor_is_late_enough(host: SimHost) -> None:
    for leaf in host.leaves():
        frames = [frame for at, frame in host.chain.frames(leaf.old_size) if at < leaf.new_size]
        assert leaf.time >= max(frame.latest for frame in frames)


def test_a_frame_of_a_clock_that_runs_ahead_waits_and_those_before_it_do_not(host: SimHost) -> None:
    other = SimTerminal(ORG, "t2")
    host.admit(other)
    on_time = [host.frame(other), host.frame(other)]
    ahead = host.frame(edit=collected_ahead(host, CLOCK_TOLERANCE - 1))
    host.accept(on_time[0], ahead, on_time[1])
    first = host.anchor()
    assert first is not None
    assert (first.old_size, first.new_size) == (0, 1)
    assert host.anchor() is None
    host.clock.advance_to(parse_frame(ahead).latest)
    second = host.anchor()
    assert second is not None
    assert (second.old_size, second.new_size) == (1, 3)
    check_every_anchor_is_late_enough(host)


def test_frames_that_wait_survive_a_power_cut(host: SimHost) -> None:
    frames = [host.frame(), host.frame(edit=collected_ahead(host, 2 * MINUTE))]
    host.accept(*frames)
    host.anchor()
    host.disk.cut_power()
    host.reopen()
    assert (host.chain.anchored_size, host.chain.size) == (1, 2)
    assert host.anchor() is None
    host.clock.advance_to(host.chain.latest)
    host.anchor()
    assert [frame.upload for _, frame in host.chain.frames(0)] == frames
    assert host.chain.anchored_size == 2


def test_the_promise_of_a_receipt_runs_from_the_latest_time_that_a_frame_states(host: SimHost) -> None:
    origin = LogName(host.ledger.chain_id, ORG).origin
    frame = host.frame(edit=collected_ahead(host, 3 * MINUTE))
    by = open_note(host.offer(frame).note, origin, LOG_KEY.public).anchored_by
    assert by == parse_frame(frame).latest + ANCHOR_WITHIN > host.clock.now() + ANCHOR_WITHIN
    host.clock.advance_to(host.chain.latest)
    host.anchor()
    host.clock.advance_to(host.clock.now() + HOUR)
    by = open_note(host.offer(host.frame()).note, origin, LOG_KEY.public).anchored_by
    assert by == host.clock.now() + ANCHOR_WITHIN


def test_an_idle_ledger_anchors_at_once(host: SimHost) -> None:
    host.clock.advance_to(host.clock.now() + 50 * HOUR)
    host.accept(host.frame())
    assert host.anchor() is not None
    check_every_anchor_is_late_enough(host)


def test_late_uploads_of_days_are_anchored_at_once(host: SimHost) -> None:
    frames = [host.frame() for _ in range(100)]
    host.clock.advance_to(host.clock.now() + 50 * HOUR)
    host.accept(*frames)
    leaf = host.anchor()
    assert leaf is not None
    assert leaf.new_size == 100
    check_every_anchor_is_late_enough(host)


@pytest.mark.slow
def test_a_tile_with_frames_that_wait_is_not_written(tmp_path: Path) -> None:
    host = SimHost(tmp_path, points=1)
    host.accept(*[host.frame() for _ in range(255)])
    host.accept(host.frame(edit=collected_ahead(host, MINUTE)))
    host.anchor()
    assert not host.disk.exists(CHAIN / tile_path(0, 0))
    host.clock.advance_to(host.chain.latest)
    host.anchor()
    assert host.disk.exists(CHAIN / tile_path(0, 0))
    host.close()
