from __future__ import annotations

import pytest

from tests.machine.scene import Scene
from veriwatt.crypto.signing import Protection
from veriwatt.errors import NotProven
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.terminals.certified_times import CertifiedTimes
from veriwatt.model.terminals.passport import CLOCK_MARGIN, KeyPeriod, key_at
from veriwatt.testing.actors import START, SimTerminal, sim_key
from veriwatt.units import DAY


def test_a_passport_has_the_key_and_its_protection(scene: Scene) -> None:
    scene.chain.must(scene.oli.enrol(SimTerminal("acme", "t1", sim_key("terminal acme/t1", Protection.TPM))))
    passport = scene.passport()
    assert passport.version == 1
    assert passport.keys == (KeyPeriod(scene.terminal.key.public, Protection.TPM, scene.chain.time),)


def test_a_certification_by_another_org_ranks_above_one_by_the_own_org(scene: Scene) -> None:
    scene.enrolled()
    scene.chain.must(scene.ann.certify(scene.terminal, START, START + 9 * DAY))
    own = CertifiedTimes(scene.passport()).at(START + DAY)
    scene.chain.must(scene.mia.certify(scene.terminal, START + 2 * DAY, START + 5 * DAY))
    scene.chain.must(scene.ann.certify(scene.terminal, START, START + 9 * DAY))
    other = CertifiedTimes(scene.passport()).at(START + 2 * DAY)
    assert own is not None
    assert other is not None
    assert (own.org, other.org, other.member) == (scene.ann.org, "city", "mia")
    assert scene.passport().version == 4


def test_a_certification_ends_at_its_valid_until(scene: Scene) -> None:
    scene.enrolled()
    scene.chain.must(scene.mia.certify(scene.terminal, START, START + DAY))
    assert CertifiedTimes(scene.passport()).at(START + DAY - 1) is not None
    assert CertifiedTimes(scene.passport()).at(START + DAY) is None
    assert CertifiedTimes(scene.passport()).at(START - 1) is None


def test_a_key_is_valid_from_its_enrolment_less_the_clock_margin(scene: Scene) -> None:
    passport = scene.enrolled().passport()
    assert key_at(passport, FrameNumber(1, 5), passport.enrolled_at - CLOCK_MARGIN) == scene.terminal.key.public
    with pytest.raises(NotProven):
        key_at(passport, FrameNumber(1, 5), passport.enrolled_at - CLOCK_MARGIN - 1)


def test_no_certification_reaches_back_to_before_the_terminal_was_enrolled(scene: Scene) -> None:
    scene.enrolled().chain.must(scene.mia.certify(scene.terminal, START - 9 * DAY, START + 9 * DAY))
    passport = scene.passport()
    first = passport.enrolled_at - CLOCK_MARGIN
    assert CertifiedTimes(passport).weakest([first, START + DAY]) is not None
    assert CertifiedTimes(passport).weakest([first - 1, START + DAY]) is None
