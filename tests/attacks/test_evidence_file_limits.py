"""Nothing recorded later makes an evidence file larger than a file may be, and what is in no file says how to ask."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from veriwatt.ids import FrameId
from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.file_limits import MAX_FRAMES, MAX_KEPT, NotInOneFile
from veriwatt.model.evidence.period_claim import PeriodClaim
from veriwatt.model.frames.columns import Column
from veriwatt.model.terminals.contradiction import REASON_LIMIT
from veriwatt.reading.evidence.build import refresh
from veriwatt.testing.worlds import FIRST_DAY, PLANT, SimWorld
from veriwatt.units import DAY, MINUTE, SECOND, Interval
from veriwatt.verify.outcome import verification_outcome
from veriwatt.verify.verdict import Verdict

QUARTER = 15 * MINUTE


@pytest.fixture
def world(tmp_path: Path) -> SimWorld:
    return SimWorld(tmp_path, points=1)


def quarters(world: SimWorld, count: int, *, replaces: tuple[FrameId, ...] = ()) -> list[bytes]:
    """Anchored frames of one quarter of an hour each."""
    for n in range(count):
        window = Interval(FIRST_DAY + n * QUARTER, FIRST_DAY + (n + 1) * QUARTER)
        world.clock.advance_to(max(world.clock.now(), window.end + SECOND))
        column = Column(
            "meter 0", np.array([window.start]), np.array([window.end]), np.array([7]), np.ones(1, np.uint8)
        )
        world.append(world.made(window, {PLANT: [column]}, replaces=replaces))
    world.anchor()
    return world.chain.uploads


def evidence(world: SimWorld, frames: int) -> Evidence[PeriodClaim]:
    return world.period("meter 0", Interval(FIRST_DAY, FIRST_DAY + frames * QUARTER), range(frames))


def verdict(world: SimWorld, file: bytes) -> Verdict | None:
    return verification_outcome(file, world.trust(), world.clock.now()).verdict


def sizes_after_voids(world: SimWorld, uploads: Sequence[bytes], reason: str) -> tuple[bytes, bytes]:
    """Evidence of all frames, and the same renewed after the owner voided each of their numbers."""
    made = evidence(world, len(uploads))
    world.must(*(world.owner.void(world.terminal, upload, reason) for upload in uploads))
    return made.to_bytes(), refresh(world.ledger, made).to_bytes()


def test_an_owner_who_voids_its_anchored_frames_with_long_reasons_makes_their_evidence_no_larger(
    world: SimWorld,
) -> None:
    before, renewed = sizes_after_voids(world, quarters(world, 8), REASON_LIMIT * "\N{GRINNING FACE}")
    assert verdict(world, renewed) is Verdict.PROVEN
    assert len(renewed) - len(before) < 8 * 500


def test_a_period_of_more_frames_than_a_file_holds_is_refused_by_its_maker_with_the_remedy(world: SimWorld) -> None:
    with pytest.raises(NotInOneFile, match="shorter period") as refused:
        world.period("meter 0", Interval(FIRST_DAY, FIRST_DAY + 31 * DAY), range(MAX_FRAMES + 1))
    assert (refused.value.found, refused.value.most) == (MAX_FRAMES + 1, MAX_FRAMES)


def test_a_shorter_period_is_in_a_file_where_the_whole_one_is_not(world: SimWorld) -> None:
    headers = 30
    quarters(world, 2 * headers, replaces=tuple(FrameId(n.to_bytes(32, "big")) for n in range(3_000)))
    with pytest.raises(NotInOneFile, match="shorter period") as refused:
        evidence(world, 2 * headers)
    assert refused.value.most == MAX_KEPT
    file = evidence(world, headers).to_bytes()
    assert verdict(world, file) is Verdict.PROVEN
