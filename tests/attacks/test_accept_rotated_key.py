"""A terminal whose key was rotated: each frame is accepted under the key of its number and under no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.crypto.signing import Protection
from veriwatt.errors import Malformed, VeriwattError
from veriwatt.model.frames.frame import Frame
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.terminals.passport import KeyPeriod, NotEnrolled, Passport
from veriwatt.readmodel.ledger_cache import LedgerCache
from veriwatt.testing.actors import sim_key
from veriwatt.testing.edits import replace
from veriwatt.testing.hosts import SimHost
from veriwatt.units import DAY, MINUTE
from veriwatt.verify.frame_checks import CheckedFrame, check_standing, check_uploads, sender_of

NEW_KEY = sim_key("rotated")
FIRST_OF_NEW = FrameNumber(0, 3)


class RotatedCache(LedgerCache):
    """A ledger whose record of every terminal has a second key from frame 3 on; no transaction makes one yet."""

    def __init__(self, host: SimHost, since: int) -> None:
        super().__init__(host.ledger)
        self._second = KeyPeriod(NEW_KEY.public, Protection.TPM, since, FIRST_OF_NEW)
        self.refresh()

    def passport(self, org: str, terminal: str) -> Passport:
        one = super().passport(org, terminal)
        return replace(one, keys=(*one.keys, self._second))


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SimHost]:
    made = SimHost(tmp_path)
    yield made
    made.close()


def outcome(host: SimHost, cache: LedgerCache, upload: bytes) -> Frame | VeriwattError:
    (found,) = check_uploads([upload], cache, host.clock.now())
    return found.frame if isinstance(found, CheckedFrame) else found


def test_frames_on_both_sides_of_a_rotation_are_accepted(host: SimHost) -> None:
    cache = RotatedCache(host, host.ledger.head().time)
    uploads = [host.frame(), host.frame(), host.frame(key=NEW_KEY), host.frame(key=NEW_KEY)]
    found = list(check_uploads(uploads, cache, host.clock.now()))
    for checked in found:
        assert isinstance(checked, CheckedFrame)
        frame = checked.frame
        check_standing(sender_of(frame, cache), cache, host.clock.now(), arriving=True)


def test_the_old_key_signs_no_frame_from_the_rotation_on(host: SimHost) -> None:
    cache = RotatedCache(host, host.ledger.head().time)
    host.frame(), host.frame()
    assert isinstance(outcome(host, cache, host.frame()), Malformed)


def test_the_new_key_signs_no_frame_before_the_rotation(host: SimHost) -> None:
    cache = RotatedCache(host, host.ledger.head().time)
    assert isinstance(outcome(host, cache, host.frame(key=NEW_KEY)), Malformed)


def test_a_key_that_was_used_once_is_still_bound_to_its_numbers(host: SimHost) -> None:
    cache = RotatedCache(host, host.ledger.head().time)
    assert isinstance(outcome(host, cache, host.frame()), Frame)
    host.frame()
    assert isinstance(outcome(host, cache, host.frame()), Malformed)


def test_a_frame_collected_before_the_new_key_was_registered_is_refused(host: SimHost) -> None:
    cache = RotatedCache(host, host.clock.now() + DAY)
    host.frame(), host.frame()
    frame = outcome(host, cache, host.frame(key=NEW_KEY))
    assert isinstance(frame, Frame)
    with pytest.raises(NotEnrolled):
        check_standing(sender_of(frame, cache), cache, host.clock.now(), arriving=True)
    late = RotatedCache(host, host.clock.now() + 9 * MINUTE)
    frame = outcome(host, late, host.frame(key=NEW_KEY))
    assert isinstance(frame, Frame)
    check_standing(sender_of(frame, late), late, host.clock.now(), arriving=True)
