"""A passport's history of keys: every frame number has one key, from the block that registered it on."""

from __future__ import annotations

import pytest

from veriwatt.crypto.signing import Protection
from veriwatt.errors import Malformed, NotProven
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.terminals.certification import Certification
from veriwatt.model.terminals.passport import CLOCK_MARGIN, KeyPeriod, Passport, key_at
from veriwatt.testing.actors import START, sim_key
from veriwatt.units import DAY

FIRST = KeyPeriod(sim_key("first").public, Protection.FILE, START)
SECOND = KeyPeriod(sim_key("second").public, Protection.TPM, START + 30 * DAY, FrameNumber(1, 100))
CERTIFIED = Certification("city", "mia", START, START + 60 * DAY, START)
ROTATED = Passport(3, "acme", "t1", (FIRST, SECOND), "model", "1.0", (CERTIFIED,))


@pytest.mark.parametrize(
    ("number", "period"), [((0, 0), FIRST), ((1, 99), FIRST), ((1, 100), SECOND), ((1, 101), SECOND), ((2, 0), SECOND)]
)
def test_the_frame_number_determines_the_key(number: tuple[int, int], period: KeyPeriod) -> None:
    assert ROTATED.key_for(FrameNumber(*number)) == period


def test_a_late_frame_with_an_old_number_keeps_its_old_key() -> None:
    assert key_at(ROTATED, FrameNumber(1, 99), SECOND.since + DAY) == FIRST.key


def test_a_key_signs_nothing_that_was_collected_before_it_was_registered() -> None:
    assert key_at(ROTATED, FrameNumber(1, 100), SECOND.since - CLOCK_MARGIN) == SECOND.key
    with pytest.raises(NotProven):
        key_at(ROTATED, FrameNumber(1, 100), SECOND.since - CLOCK_MARGIN - 1)


def test_the_newest_key_signs_new_frames_and_enrolment_is_the_registration_of_the_first_key() -> None:
    assert (ROTATED.newest_key, ROTATED.enrolled_at) == (SECOND, START)


@pytest.mark.parametrize(
    "keys",
    [
        (),
        (SECOND,),
        (FIRST, FIRST),
        (FIRST, SECOND, KeyPeriod(FIRST.key, Protection.TPM, SECOND.since, FrameNumber(1, 100))),
        (FIRST, KeyPeriod(SECOND.key, Protection.TPM, START - 1, FrameNumber(1, 100))),
    ],
    ids=["none", "no key of the first frame", "one number twice", "no new number", "an earlier time"],
)
def test_periods_that_leave_a_number_without_one_key_are_refused(keys: tuple[KeyPeriod, ...]) -> None:
    with pytest.raises(Malformed):
        Passport(1, "acme", "t1", keys, "model", "1.0")


def test_a_record_of_version_1_has_one_key_and_a_longer_history_is_refused() -> None:
    single = Passport(1, "acme", "t1", (FIRST,), "model", "1.0")
    assert Passport.from_bytes(single.to_bytes()) == single
    with pytest.raises(ValueError, match="states one key"):
        ROTATED.to_bytes()
