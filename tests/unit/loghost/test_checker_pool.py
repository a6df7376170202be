"""Frames judged in several processes: the same findings, in the same order, as in this one alone."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from veriwatt.cli.bench.rig import ORG, Rig, rig
from veriwatt.errors import VeriwattError
from veriwatt.ledger.opening import open_reader
from veriwatt.loghost.accept import Accepted
from veriwatt.loghost.checker_pool import PART, CheckerPool
from veriwatt.loghost.frame_checks import CheckedFrame, check_frames
from veriwatt.model.terminals.enrolment import Reason, Revoke
from veriwatt.units import DAY
from veriwatt.verify.frame_refusals import KeyCompromised


@pytest.fixture(scope="module")
def built() -> Iterator[Rig]:
    with rig() as made:
        yield made


@pytest.fixture(scope="module")
def judges(built: Rig) -> Iterator[CheckerPool]:
    with CheckerPool(2, partial(open_reader, built.home.paths.ledger), built.home.ledger_cache) as running:
        yield running


def test_helpers_find_what_the_node_itself_finds(built: Rig, judges: CheckerPool) -> None:
    uploads, now = built.frames(18), built.home.clock.now()
    assert len(uploads) > 4 * PART
    uploads[5] = uploads[5][:-1]
    uploads[200] = uploads[200][:80] + bytes([uploads[200][80] ^ 1]) + uploads[200][81:]

    judges.begin(uploads, now)
    found = judges.finish()

    here = list(check_frames(uploads, built.home.ledger_cache, now))
    assert [_told(each) for each in found] == [_told(each) for each in here]
    assert [i for i, each in enumerate(found) if isinstance(each, VeriwattError)] == [5, 200]


def test_batches_under_way_together_are_finished_in_order_and_accepted(built: Rig, judges: CheckerPool) -> None:
    uploads, org_log, now = built.frames(6), built.home.org_log(ORG), built.home.clock.now()
    judges.begin(uploads[:100], now)
    judges.begin(uploads[100:], now)

    outcomes = [o for _ in range(2) for o in org_log.acceptance.take(judges.finish(), now).outcomes]

    assert [o.position if isinstance(o, Accepted) else o for o in outcomes] == list(range(len(uploads)))


def test_what_a_dead_helper_had_is_judged_by_others(built: Rig, judges: CheckerPool) -> None:
    uploads, now = built.frames(16), built.home.clock.now()
    judges.begin(uploads, now)
    judges.finish()
    for pid in _processes(judges):
        os.kill(pid, signal.SIGKILL)
    for _ in range(2):
        judges.begin(uploads, now)
    for _ in range(2):
        assert [_told(each) for each in judges.finish()] == [
            _told(each) for each in check_frames(uploads, built.home.ledger_cache, now)
        ]
    assert len(_processes(judges)) == 2


def test_a_helper_that_never_helped_is_not_replaced(built: Rig, tmp_path: Path) -> None:
    uploads, now = built.frames(2), built.home.clock.now()
    with CheckerPool(1, partial(open_reader, tmp_path), built.home.ledger_cache) as judges:
        judges.begin(uploads, now)

        assert len(judges.finish()) == len(uploads)
        assert _processes(judges) == []


def test_a_block_between_begin_and_finish_is_known_to_what_was_judged_before_it() -> None:
    with (
        rig() as built,
        CheckerPool(1, partial(open_reader, built.home.paths.ledger), built.home.ledger_cache) as judges,
    ):
        (upload, *_), now = built.frames(1), built.home.clock.now()
        judges.begin([upload], now)
        built.home.member_client(ORG).submit(Revoke(ORG, "t0", Reason.COMPROMISED, since=now + DAY))

        (found,) = judges.finish()

        assert isinstance(found, CheckedFrame)
        assert isinstance(found.refusal, KeyCompromised)


def _processes(judges: CheckerPool) -> list[int]:
    return [helper._process.pid or 0 for helper in judges._helpers]


def _told(found: CheckedFrame | VeriwattError) -> object:
    return (found.code, str(found)) if isinstance(found, VeriwattError) else found
