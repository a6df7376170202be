"""Retirement and reports of compromise: each has its place in the passport, and binds what is anchored after it."""

from __future__ import annotations

import pytest

from tests.machine.scene import Scene
from veriwatt.errors import NotProven
from veriwatt.ids import FrameId
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.model.governance.parameters import Parameter
from veriwatt.model.terminals.revocation import Reason, Report, ReportAnswer, Retirement
from veriwatt.model.terminals.revocation_rules import check_anchored, check_retirement
from veriwatt.testing.actors import START
from veriwatt.units import DAY

LAST = FrameId(bytes([7]) * 32)


def _frame(epoch: int, seq: int, frame_id: FrameId) -> FrameRef:
    return FrameRef("t1", FrameNumber(epoch, seq), frame_id)


def test_frames_of_a_retired_terminal_are_valid_up_to_its_last_frame(scene: Scene) -> None:
    scene.enrolled().chain.must(scene.ann.retire(scene.terminal, _frame(1, 5, LAST)))
    passport, now = scene.passport(), scene.chain.time
    check_retirement(passport, _frame(1, 4, FrameId(bytes(32))), now)
    check_retirement(passport, _frame(1, 5, LAST), now)
    for epoch, seq, frame in [(1, 5, FrameId(bytes(32))), (1, 6, LAST), (2, 0, LAST)]:
        with pytest.raises(NotProven):
            check_retirement(passport, _frame(epoch, seq, frame), now)


def test_a_terminal_retired_without_a_last_frame_has_no_valid_frame(scene: Scene) -> None:
    scene.enrolled().chain.must(scene.ann.retire(scene.terminal))
    with pytest.raises(NotProven):
        check_retirement(scene.passport(), _frame(0, 0, LAST), scene.chain.time)


def test_a_retirement_binds_only_what_is_anchored_in_later_blocks(scene: Scene) -> None:
    scene.enrolled().chain.must(scene.ann.retire(scene.terminal, _frame(0, 1, LAST)))
    passport, height, time = scene.passport(), scene.chain.height, scene.chain.time
    check_anchored(passport, _frame(3, 9, LAST), height - 1, time)
    check_anchored(passport, _frame(3, 9, LAST), height, time)
    with pytest.raises(NotProven):
        check_anchored(passport, _frame(3, 9, LAST), height + 1, time)


def test_another_org_may_report_a_key_compromised_in_the_past(scene: Scene) -> None:
    scene.enrolled().chain.must(scene.reg.report_compromised(scene.terminal, START))
    passport, height, time = scene.passport(), scene.chain.height, scene.chain.time
    assert passport.report == Report("city", "reg", START, height, time)
    check_anchored(passport, _frame(0, 1, LAST), height - 1, time)
    with pytest.raises(NotProven):
        check_anchored(passport, _frame(0, 1, LAST), height, time)


@pytest.mark.parametrize(("earlier", "code"), [(0, "ok"), (1, "not-revocable")])
def test_a_report_of_another_org_reaches_back_thirty_days(scene: Scene, earlier: int, code: str) -> None:
    block = scene.enrolled().chain.time + 60_000
    since = block - Parameter.REPORT_REACH_DAYS.preset * DAY - earlier
    assert scene.chain.one(scene.reg.report_compromised(scene.terminal, since)).code == code


def test_the_own_org_reports_from_the_blocks_time_on_at_the_earliest(scene: Scene) -> None:
    block = scene.enrolled().chain.time + 60_000
    assert scene.chain.one(scene.ann.report_compromised(scene.terminal, block - 1)).code == "not-revocable"
    assert scene.chain.one(scene.ann.report_compromised(scene.terminal, block + 60_000)).code == "ok"


def test_a_report_leaves_the_retirement_as_it_is(scene: Scene) -> None:
    scene.enrolled()
    scene.chain.must(scene.ann.retire(scene.terminal, _frame(0, 3, LAST)))
    retired_at, height = scene.chain.time, scene.chain.height
    scene.chain.must(scene.reg.report_compromised(scene.terminal, START))
    passport = scene.passport()
    assert passport.retirement == Retirement("acme", "ann", height, retired_at, _frame(0, 3, LAST))
    assert passport.revoked is Reason.COMPROMISED
    with pytest.raises(NotProven):
        check_retirement(passport, _frame(0, 4, LAST), scene.chain.time)
    with pytest.raises(NotProven):
        check_anchored(passport, _frame(0, 3, LAST), scene.chain.height, scene.chain.time)


def test_an_earlier_report_by_another_org_keeps_the_block_of_the_first_report(scene: Scene) -> None:
    scene.enrolled()
    scene.chain.must(scene.reg.report_compromised(scene.terminal, START + 2))
    first = scene.chain.height
    scene.chain.must(scene.mia.report_compromised(scene.terminal, START + 1))
    report = scene.passport().report
    assert report is not None
    assert (report.member, report.since, report.at_height) == ("mia", START + 1, first)


def test_the_terminals_org_answers_a_report_once(scene: Scene) -> None:
    scene.enrolled()
    assert scene.chain.one(scene.ann.answer(scene.terminal, "too early")).code == "record-not-found"
    scene.chain.must(scene.reg.report_compromised(scene.terminal, START))
    assert scene.chain.one(scene.ann.answer(scene.terminal, "  ")).code == "malformed"
    scene.chain.must(scene.oli.answer(scene.terminal, "the key never left its device"))
    report, answered_at = scene.passport().report, scene.chain.time
    assert report is not None
    assert report.answer == ReportAnswer("oli", answered_at, "the key never left its device")
    assert scene.chain.one(scene.ann.answer(scene.terminal, "again")).code == "record-exists"
    assert scene.passport().revoked is Reason.COMPROMISED, "an answer does not lift the report"


def test_another_org_and_a_reader_cannot_answer_a_report(scene: Scene) -> None:
    scene.enrolled().chain.must(scene.reg.report_compromised(scene.terminal, START))
    assert scene.chain.one(scene.cora.answer(scene.terminal, "no")).code == "record-not-found"
    assert scene.chain.one(scene.rae.answer(scene.terminal, "no")).code == "not-allowed"
