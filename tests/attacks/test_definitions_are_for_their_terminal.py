"""Who asks a log host for the definitions of a group: its own terminal is answered, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as changed
from pathlib import Path

import pytest

from veriwatt.errors import BadSignature, Malformed, NotFound
from veriwatt.loghost import group_question
from veriwatt.loghost.group_question import QuestionRefused, answer_group_question
from veriwatt.model.frames.signing import CONTENT_TYPE
from veriwatt.model.terminals.group_question import GroupQuestion, parse_group_question
from veriwatt.model.terminals.signed_record import sign_record
from veriwatt.testing.actors import START, SimMember, SimTerminal
from veriwatt.testing.hosts import GROUP, ORG, SimHost
from veriwatt.units import DAY, HOUR, Decimal10
from veriwatt.verify.frame_refusals import WrongLedger

BEGINS = START + 10 * DAY + 16 * HOUR
"""A local midnight at +08:00 to come."""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SimHost]:
    made = SimHost(tmp_path)
    made.admit(SimTerminal(ORG, "t2"))
    yield made
    made.close()


def question(host: SimHost, *, org: str = ORG, terminal: str = "t1", group: str = GROUP, n: int = 2) -> GroupQuestion:
    head = host.ledger.head()
    return GroupQuestion(host.ledger.chain_id, org, terminal, group, n, head.root_log_size, head.root_log_leaf)


def ask(host: SimHost, asked: GroupQuestion, by: SimTerminal | None = None) -> int:
    """How many definitions the terminal is shown, by default terminal t1."""
    return len(answer_group_question(host.ledger, asked.sign((by or host.terminal).key)).definitions)


def change(host: SimHost, reads: str | None = "t1") -> None:
    """The org registers another version of the group, whose points that terminal reads."""
    definitions = [changed(each, multiplier=Decimal10(2, 0), terminal=reads) for each in host.definitions]
    host.must(host.owner.define(GROUP, *definitions, effective_from=BEGINS))


def test_the_terminal_that_reads_a_group_is_shown_its_versions(host: SimHost) -> None:
    assert ask(host, question(host)) == 0, "there is no second version"
    change(host)
    assert ask(host, question(host)) == len(host.definitions)


def test_a_terminal_whose_points_are_anothers_now_is_told_so(host: SimHost) -> None:
    change(host, reads="t2")
    assert ask(host, question(host)) == len(host.definitions)
    assert ask(host, question(host, n=3)) == 0


def test_a_stranger_is_refused(host: SimHost) -> None:
    stranger = SimTerminal("elsewhere", "t1")
    with pytest.raises(NotFound, match="no terminal 'nobody'"):
        ask(host, question(host, terminal="nobody"), stranger)
    with pytest.raises(Malformed, match="signed by the key expected"):
        ask(host, question(host), stranger)


def test_a_terminal_of_another_org_is_refused(host: SimHost) -> None:
    rival, terminal = SimMember("rival", "owner"), SimTerminal("rival", "t1")
    host.must(host.owner.add_org(rival))
    host.must(rival.enrol(terminal))
    with pytest.raises(Malformed, match="signed by the key expected"):
        ask(host, question(host), terminal)
    with pytest.raises(QuestionRefused, match="names the terminal"):
        ask(host, question(host, org="rival"), terminal)


def test_another_terminal_of_the_org_is_refused(host: SimHost) -> None:
    change(host)
    with pytest.raises(QuestionRefused, match="no version of it has a point that names the terminal"):
        ask(host, question(host, terminal="t2"), SimTerminal(ORG, "t2"))


def test_a_terminal_that_is_revoked_is_refused(host: SimHost) -> None:
    host.must(host.owner.retire(host.terminal))
    with pytest.raises(QuestionRefused, match="the terminal is retired"):
        ask(host, question(host))
    stolen = SimTerminal(ORG, "t2")
    host.must(host.inspector.report_compromised(stolen, START + HOUR))
    with pytest.raises(QuestionRefused, match="the terminal is compromised"):
        ask(host, question(host, terminal="t2", group="t2"), stolen)


def test_a_recorded_question_is_answered_for_a_short_time_alone(host: SimHost, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = question(host)
    monkeypatch.setattr(group_question, "RECENT_LEAVES", 2)
    host.admit(SimTerminal(ORG, "t3"))
    change(host)
    with pytest.raises(QuestionRefused, match="no recent leaf"):
        ask(host, recorded)
    for size in (0, recorded.root_log_size + 1, host.ledger.head().root_log_size + 1):
        with pytest.raises(QuestionRefused, match="no recent leaf"):
            ask(host, changed(recorded, root_log_size=size))


def test_a_question_for_another_ledger_is_refused(host: SimHost) -> None:
    with pytest.raises(WrongLedger):
        ask(host, changed(question(host), chain="sim-0123456789abcdef"))


def test_no_other_signature_of_the_terminal_is_a_question(host: SimHost) -> None:
    payload = parse_group_question(question(host).sign(host.terminal.key)).envelope.payload
    with pytest.raises(Malformed):
        answer_group_question(host.ledger, sign_record(host.terminal.key, CONTENT_TYPE, payload))


def test_a_question_with_any_flipped_byte_is_refused(host: SimHost) -> None:
    raw = question(host).sign(host.terminal.key)
    for at in range(len(raw)):
        with pytest.raises((BadSignature, Malformed, NotFound)):
            answer_group_question(host.ledger, raw[:at] + bytes([raw[at] ^ 0x01]) + raw[at + 1 :])
