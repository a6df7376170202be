"""The verifier takes the key of the frame's number from the passport's history, and no other key of the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.crypto.signing import Protection, Signer
from veriwatt.errors import BadSignature
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.machine.terminals.queries import present_passport
from veriwatt.model.chain.anchor import AnchorLeaf
from veriwatt.model.evidence.frame_proof import FramePart
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.terminals.passport import KeyPeriod, NotEnrolled, Passport
from veriwatt.testing.actors import sim_key
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import PLANT, SimWorld
from veriwatt.units import DAY
from veriwatt.verify.frame_proof import ParsedFrame, StatedFrame, check_passport, check_signature

NEW_KEY = sim_key("rotated")
FIRST_OF_NEW = FrameNumber(1, 2)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SimWorld]:
    made = SimWorld(tmp_path)
    yield made
    made.close()


def rotated(world: SimWorld, after: int = 0) -> Passport:
    """The terminal's passport with a second key from frame (1, 2) on, registered `after` ms from its enrolment."""
    one = present_passport(world.ledger, "acme", "t1")
    second = KeyPeriod(NEW_KEY.public, Protection.TPM, one.enrolled_at + after, FIRST_OF_NEW)
    return replace(one, keys=(*one.keys, second))


def frame_of_day(
    world: SimWorld, day: int, key: Signer | None = None, after: int = 0
) -> tuple[StatedFrame, AnchorLeaf]:
    """The frame of a day, signed by `key`, under the passport `rotated(world, after)`, and the anchor that added it."""
    envelope = parse_frame(world.day(day, key=key).upload).envelope
    world.anchor()
    with world.ledger.snapshot() as now:
        anchor = AnchorLog(now, "acme").at(day)
    part = FramePart(envelope.payload, envelope.signature, PLANT, day)
    return StatedFrame.of(ParsedFrame.of(part), rotated(world, after)), anchor


def test_frames_before_and_after_a_rotation_are_proven_under_their_own_keys(world: SimWorld) -> None:
    for day, key in ((0, world.terminal.key), (1, NEW_KEY)):
        frame, anchor = frame_of_day(world, day, key)
        found = check_passport(frame, rotated(world), anchor)
        assert found == key.public
        check_signature(frame, found)


@pytest.mark.parametrize("day", [0, 1])
def test_the_other_key_of_the_terminal_proves_nothing(world: SimWorld, day: int) -> None:
    keys = (NEW_KEY, world.terminal.key)
    for each in range(day + 1):
        frame, anchor = frame_of_day(world, each, keys[each])
    with pytest.raises(BadSignature):
        check_signature(frame, check_passport(frame, rotated(world), anchor))


def test_a_new_key_proves_nothing_collected_before_it_was_registered(world: SimWorld) -> None:
    frame_of_day(world, 0)
    frame, anchor = frame_of_day(world, 1, NEW_KEY, 30 * DAY)
    with pytest.raises(NotEnrolled):
        check_passport(frame, rotated(world, after=30 * DAY), anchor)
