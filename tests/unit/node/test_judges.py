"""Frames judged in several processes: the same findings, in the same order, as in this one alone."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.cli.bench.rig import ORG, Rig, rig
from veriwatt.errors import VeriwattError
from veriwatt.model.enrolment import Reason, Revoke
from veriwatt.node.judges import PART, Judges
from veriwatt.services.accept import Accepted
from veriwatt.services.frame_refusals import KeyCompromised
from veriwatt.services.judging import Judged, judge
from veriwatt.units import DAY


@pytest.fixture(scope="module")
def built() -> Iterator[Rig]:
    with rig() as made:
        yield made


@pytest.fixture(scope="module")
def judges(built: Rig) -> Iterator[Judges]:
    with Judges(2, built.home.paths.ledger, built.home.facts) as running:
        yield running


def test_helpers_find_what_the_node_itself_finds(built: Rig, judges: Judges) -> None:
    uploads, now = built.frames(18), built.home.clock.now()
    assert len(uploads) > 4 * PART
    uploads[5] = uploads[5][:-1]
    uploads[200] = uploads[200][:80] + bytes([uploads[200][80] ^ 1]) + uploads[200][81:]

    judges.begin(uploads, now)
    found = judges.finish()

    here = list(judge(uploads, built.home.facts, now))
    assert [_told(each) for each in found] == [_told(each) for each in here]
    assert [i for i, each in enumerate(found) if isinstance(each, VeriwattError)] == [5, 200]


def test_batches_under_way_together_are_finished_in_order_and_accepted(built: Rig, judges: Judges) -> None:
    uploads, room, now = built.frames(6), built.home.room(ORG), built.home.clock.now()
    judges.begin(uploads[:100], now)
    judges.begin(uploads[100:], now)

    outcomes = [o for _ in range(2) for o in room.acceptance.take(judges.finish(), now).outcomes]

    assert [o.position if isinstance(o, Accepted) else o for o in outcomes] == list(range(len(uploads)))


def test_what_a_dead_helper_had_is_judged_by_others(built: Rig, judges: Judges) -> None:
    uploads, now = built.frames(16), built.home.clock.now()
    judges.begin(uploads, now)
    judges.finish()
    for pid in _processes(judges):
        os.kill(pid, signal.SIGKILL)
    for _ in range(2):
        judges.begin(uploads, now)
    for _ in range(2):
        assert [_told(each) for each in judges.finish()] == [
            _told(each) for each in judge(uploads, built.home.facts, now)
        ]
    assert len(_processes(judges)) == 2


def test_a_helper_that_never_helped_is_not_replaced(built: Rig, tmp_path: Path) -> None:
    uploads, now = built.frames(2), built.home.clock.now()
    with Judges(1, tmp_path / "no-ledger.db", built.home.facts) as judges:
        judges.begin(uploads, now)

        assert len(judges.finish()) == len(uploads)
        assert _processes(judges) == []


def test_a_block_between_begin_and_finish_is_known_to_what_was_judged_before_it() -> None:
    with rig() as built, Judges(1, built.home.paths.ledger, built.home.facts) as judges:
        (upload, *_), now = built.frames(1), built.home.clock.now()
        judges.begin([upload], now)
        built.home.desk(ORG).submit(Revoke(ORG, "t0", Reason.COMPROMISED, since=now + DAY))

        (found,) = judges.finish()

        assert isinstance(found, Judged)
        assert isinstance(found.refusal, KeyCompromised)


def _processes(judges: Judges) -> list[int]:
    return [helper._process.pid or 0 for helper in judges._helpers]


def _told(found: Judged | VeriwattError) -> object:
    return (found.code, str(found)) if isinstance(found, VeriwattError) else found
