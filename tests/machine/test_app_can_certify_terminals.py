from __future__ import annotations

import pytest

from tests.machine.scene import Scene
from veriwatt.crypto.signing import Protection
from veriwatt.errors import NotProven
from veriwatt.ids import FrameId
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.model.terminals.enrolment import Reason
from veriwatt.model.terminals.passport import (
    CLOCK_MARGIN,
    KeyPeriod,
    certified_at,
    check_anchored_in_time,
    check_last_frame,
    key_at,
    weakest_certification,
)
from veriwatt.testing.actors import START, SimTerminal, sim_key
from veriwatt.units import DAY

LAST = FrameId(bytes([7]) * 32)


def test_a_passport_has_the_key_and_its_protection(scene: Scene) -> None:
    scene.chain.must(scene.oli.enrol(SimTerminal("acme", "t1", sim_key("terminal acme/t1", Protection.TPM))))
    passport = scene.passport()
    assert passport.version == 1
    assert passport.keys == (KeyPeriod(scene.terminal.key.public, Protection.TPM, scene.chain.time),)


def test_a_certification_by_another_org_ranks_above_one_by_the_own_org(scene: Scene) -> None:
    scene.enrolled()
    scene.chain.must(scene.ann.certify(scene.terminal, START, START + 9 * DAY))
    own = certified_at(scene.passport(), START + DAY)
    scene.chain.must(scene.mia.certify(scene.terminal, START + 2 * DAY, START + 5 * DAY))
    scene.chain.must(scene.ann.certify(scene.terminal, START, START + 9 * DAY))
    other = certified_at(scene.passport(), START + 2 * DAY)
    assert own is not None
    assert other is not None
    assert (own.org, other.org, other.member) == (scene.ann.org, "city", "mia")
    assert scene.passport().version == 4


def test_a_certification_ends_at_its_valid_until(scene: Scene) -> None:
    scene.enrolled()
    scene.chain.must(scene.mia.certify(scene.terminal, START, START + DAY))
    assert certified_at(scene.passport(), START + DAY - 1) is not None
    assert certified_at(scene.passport(), START + DAY) is None
    assert certified_at(scene.passport(), START - 1) is None


def test_a_key_is_valid_from_its_enrolment_less_the_clock_margin(scene: Scene) -> None:
    passport = scene.enrolled().passport()
    assert key_at(passport, FrameNumber(1, 5), passport.enrolled_at - CLOCK_MARGIN) == scene.terminal.key.public
    with pytest.raises(NotProven):
        key_at(passport, FrameNumber(1, 5), passport.enrolled_at - CLOCK_MARGIN - 1)


def test_no_certification_reaches_back_to_before_the_terminal_was_enrolled(scene: Scene) -> None:
    scene.enrolled().chain.must(scene.mia.certify(scene.terminal, START - 9 * DAY, START + 9 * DAY))
    passport = scene.passport()
    first = passport.enrolled_at - CLOCK_MARGIN
    assert weakest_certification(passport, [first, START + DAY]) is not None
    assert weakest_certification(passport, [first - 1, START + DAY]) is None


def test_frames_of_a_retired_terminal_are_valid_up_to_its_last_frame(scene: Scene) -> None:
    scene.enrolled().chain.must(scene.ann.retire(scene.terminal, _frame(1, 5, LAST)))
    passport = scene.passport()
    check_last_frame(passport, _frame(1, 4, FrameId(bytes(32))))
    check_last_frame(passport, _frame(1, 5, LAST))
    check_anchored_in_time(passport, 10**9)
    for epoch, seq, frame in [(1, 5, FrameId(bytes(32))), (1, 6, LAST), (2, 0, LAST)]:
        with pytest.raises(NotProven):
            check_last_frame(passport, _frame(epoch, seq, frame))


def test_a_terminal_retired_without_a_last_frame_has_no_valid_frame(scene: Scene) -> None:
    scene.enrolled().chain.must(scene.ann.retire(scene.terminal))
    with pytest.raises(NotProven):
        check_last_frame(scene.passport(), _frame(0, 0, LAST))


def test_another_org_may_report_a_key_compromised_in_the_past(scene: Scene) -> None:
    scene.enrolled().chain.must(scene.reg.report_compromised(scene.terminal, START))
    passport = scene.passport()
    assert passport.revocation is not None
    assert passport.revocation.since == START
    check_anchored_in_time(passport, scene.chain.height - 1)
    with pytest.raises(NotProven):
        check_anchored_in_time(passport, scene.chain.height)


def test_both_revocation_rules_apply_to_a_retired_terminal_reported_compromised(scene: Scene) -> None:
    scene.enrolled()
    scene.chain.must(scene.ann.retire(scene.terminal, _frame(0, 3, LAST)))
    scene.chain.must(scene.reg.report_compromised(scene.terminal, START))
    passport = scene.passport()
    assert passport.revocation is not None
    assert passport.revocation.reason is Reason.COMPROMISED
    with pytest.raises(NotProven):
        check_last_frame(passport, _frame(0, 4, LAST))
    with pytest.raises(NotProven):
        check_anchored_in_time(passport, scene.chain.height)


def test_an_earlier_report_by_another_org_keeps_the_block_of_the_first_report(scene: Scene) -> None:
    scene.enrolled()
    scene.chain.must(scene.reg.report_compromised(scene.terminal, START + 2))
    first = scene.chain.height
    scene.chain.must(scene.mia.report_compromised(scene.terminal, START + 1))
    revocation = scene.passport().revocation
    assert revocation is not None
    assert (revocation.since, revocation.at_height) == (START + 1, first)


def _frame(epoch: int, seq: int, frame_id: FrameId) -> FrameRef:
    return FrameRef("t1", FrameNumber(epoch, seq), frame_id)
