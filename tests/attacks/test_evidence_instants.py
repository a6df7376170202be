"""A reading's own time is bound as its slot is, and what a terminal states after its retirement is not certified."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.attacks.evidence_cases import EvidenceReader, codes, step_that_refuses
from veriwatt.crypto.hashing import sha256
from veriwatt.ids import FrameId
from veriwatt.model.frames.columns import NO_INSTANT
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.model.frames.origin import File, Meter, Origin
from veriwatt.model.terminals.revocation import Reason, Revoke
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import FIRST_DAY, PLANT, SimWorld
from veriwatt.units import DAY, HOUR, MINUTE, UtcMillis
from veriwatt.verify.claims.period import ProvenPeriod
from veriwatt.verify.claims.reading import ProvenReading
from veriwatt.verify.procedure import verify_evidence

SLOT, END = 41, FIRST_DAY + 42 * 15 * MINUTE
IN_2099 = 4_070_908_800_000


def read_at(world: SimWorld, instant: UtcMillis, collected_at: UtcMillis | None = None) -> int:
    """The position of a frame of day 0 whose slots of "meter 0" were read at their ends, but one at `instant`."""
    world.clock.advance_to(FIRST_DAY + DAY + MINUTE)
    first, *others = world.group_columns(PLANT, world.window(0))
    instants = np.full(len(first.starts), NO_INSTANT, np.int64)
    instants[SLOT] = instant
    columns = {PLANT: [replace(first, instants=instants), *others]}
    collected = collected_at or world.clock.now()
    made = world.made(world.window(0), columns, edit=lambda h: replace(h, collected_at=collected))
    world.append(made)
    world.clock.advance_to(FIRST_DAY + DAY + HOUR)
    world.anchor()
    return made.position


def reading(world: SimWorld, position: int, day: int = 0) -> ProvenReading:
    return EvidenceReader(world).verify(world.evidence(day, SLOT, position=position))


def period(world: SimWorld, position: int, day: int = 0) -> ProvenPeriod:
    evidence = world.period("meter 0", world.window(day), [position])
    found = verify_evidence(evidence.to_bytes(), world.trust(), world.clock.now())
    assert isinstance(found, ProvenPeriod)
    return found


@pytest.mark.parametrize("instant", [IN_2099, FIRST_DAY + DAY + 30 * MINUTE])
def test_a_value_was_not_read_after_it_was_anchored_nor_a_meters_after_it_was_collected(
    tmp_path: Path, instant: UtcMillis
) -> None:
    world = SimWorld(tmp_path)
    position = read_at(world, instant)
    assert step_that_refuses(lambda: reading(world, position)) == 14
    assert step_that_refuses(lambda: period(world, position)) == 14


def test_a_files_value_was_read_before_it_was_anchored(tmp_path: Path) -> None:
    world = SimWorld(tmp_path, origin=File(sha256(b"file"), "file.csv", sha256(b"mapping")))
    assert step_that_refuses(lambda: reading(world, read_at(world, IN_2099))) == 14


def test_a_value_that_was_read_before_its_slot_says_so(tmp_path: Path) -> None:
    """It was still in force at the slot's end."""
    world = SimWorld(tmp_path)
    position = read_at(world, FIRST_DAY + HOUR)
    assert "read-outside-slot" in codes(world, reading(world, position))
    assert "read-outside-slot" in codes(world, period(world, position))


def test_a_value_that_was_read_within_its_slot_needs_no_caveat(tmp_path: Path) -> None:
    world = SimWorld(tmp_path)
    assert "read-outside-slot" not in codes(world, reading(world, read_at(world, END - MINUTE)))


@pytest.mark.parametrize(("instant", "certified_by"), [(FIRST_DAY + HOUR, None), (END - MINUTE, "metro")])
def test_what_was_read_before_the_certification_is_not_certified(
    tmp_path: Path, instant: UtcMillis, certified_by: str | None
) -> None:
    world = SimWorld(tmp_path, certifier="")
    world.must(world.inspector.certify(world.terminal, END - HOUR, END + 30 * DAY))
    position = read_at(world, instant)
    assert reading(world, position).certified_by == certified_by


@pytest.mark.parametrize("origin", [Meter(), File(sha256(b"file"), "file.csv", sha256(b"mapping"))])
def test_what_is_stated_after_the_retirement_is_not_certified_and_says_so(tmp_path: Path, origin: Origin) -> None:
    """The retirement named a last frame far ahead, so that every later one comes before it."""
    world = SimWorld(tmp_path, origin=origin)
    world.day(0)
    world.anchor()
    last = FrameRef("t1", FrameNumber(2**40, 2**40), FrameId(b"\1" * 32))
    world.must(world.owner.sign(Revoke("acme", "t1", Reason.RETIRED, last)))
    before = reading(world, 0)
    assert before.certified_by == "metro"
    assert "retired" not in codes(world, before)
    made = world.day(60)
    world.anchor()
    after = reading(world, made.position, 60)
    assert after.certified_by is None
    assert {"retired", "not-certified"} <= codes(world, after)
    assert {"retired", "not-certified"} <= codes(world, period(world, made.position, 60))
