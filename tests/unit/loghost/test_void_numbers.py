"""A number that the log host refuses for good is given up: the next frame has the number after it, and names it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.loghost.accept import Accepted
from veriwatt.model.frames.frame import parse_frame
from veriwatt.testing.hosts import SimHost
from veriwatt.verify.frame_refusals import FrameOutOfSequence, VoidedNumber


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SimHost]:
    made = SimHost(tmp_path)
    yield made
    made.close()


def refused(host: SimHost) -> bytes:
    """A signed frame that no log host accepts, and that has taken a number all the same."""
    return host.frame(edit=lambda header: header._replace(root_log_size=10**6))


def test_a_terminal_that_is_blocked_by_what_it_signed_goes_on_after_a_void(host: SimHost) -> None:
    host.accept(host.frame())
    bad = refused(host)
    after = [host.frame(), host.frame()]
    assert [host.refusal(upload).code for upload in (bad, after[0])] == ["not-found", "frame-out-of-sequence"]
    host.must(host.owner.void(host.terminal, bad, "it names a leaf that the ledger never had"))
    assert isinstance(host.refusal(bad), VoidedNumber)
    host.accept(*after)
    host.anchor()
    host.reopen()
    assert [frame.number.seq for _, frame in host.chain.frames(0)] == [1, 3, 4]


def test_two_voids_in_a_row_and_a_first_frame_are_passed_over(host: SimHost) -> None:
    bad = [refused(host), refused(host)]
    good = host.frame()
    host.must(*[host.owner.void(host.terminal, upload, "wrong") for upload in bad])
    assert [outcome.known for outcome in host.accept(good)] == [False]
    assert parse_frame(good).prev == parse_frame(bad[1]).frame_id


def test_only_the_voided_header_is_passed_over(host: SimHost) -> None:
    """Another header of the number, or a frame that does not name the voided one, does not continue the chain."""
    bad = refused(host)
    other = host.frame(advance=False)
    host.must(host.owner.void(host.terminal, bad, "wrong"))
    skipping = host.frame(edit=lambda header: header._replace(prev=parse_frame(other).frame_id), advance=False)
    assert isinstance(host.refusal(skipping), FrameOutOfSequence)
    host.accept(host.frame())


def test_a_number_that_is_voided_after_it_was_accepted_stays_known(host: SimHost) -> None:
    first = host.frame()
    host.accept(first)
    host.must(host.owner.void(host.terminal, first, "by mistake"))
    (outcome,) = host.offer(first).outcomes
    assert isinstance(outcome, Accepted)
    assert outcome.known
    host.accept(host.frame())
