"""The log host submits an equivocation it caught: once, after the first frame is anchored, also after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.loghost.equivocation_reports import EquivocationReports
from veriwatt.loghost.quarantine import Quarantine
from veriwatt.machine.terminals.queries import number_record, present_passport
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.number import FIRST_NUMBER
from veriwatt.model.terminals.number_record import RecordedEquivocation
from veriwatt.testing.edits import replace
from veriwatt.testing.hosts import ORG, QUARANTINE, SimHost
from veriwatt.verify.frame_refusals import Equivocation


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SimHost]:
    made = SimHost(tmp_path)
    yield made
    made.close()


def reports(host: SimHost) -> EquivocationReports:
    return EquivocationReports(host.chain, host.ledger, Quarantine(host.disk, QUARANTINE), host.owner.sign)


def equivocate(host: SimHost) -> tuple[bytes, bytes]:
    """Two frames of number (0, 1): the first is accepted, the second quarantined."""
    second = host.frame(edit=lambda header: replace(header, collected_at=header.collected_at - 1), advance=False)
    first = host.frame()
    host.accept(first)
    assert isinstance(host.refusal(second), Equivocation)
    return first, second


def recorded(host: SimHost) -> RecordedEquivocation | None:
    found = number_record(host.ledger, ORG, "t1", FIRST_NUMBER)
    return None if found is None else found.equivocation


def test_both_headers_reach_the_ledger_once_the_first_frame_is_anchored(host: SimHost) -> None:
    first, second = equivocate(host)
    pending = reports(host)
    assert not pending.submit()
    assert recorded(host) is None
    host.anchor()
    assert pending.submit()
    found = recorded(host)
    assert found is not None
    assert set(found.frames) == {parse_frame(first).frame_id, parse_frame(second).frame_id}


def test_a_host_that_restarts_submits_what_lies_in_quarantine_and_nothing_twice(host: SimHost) -> None:
    equivocate(host)
    host.anchor()
    host.reopen()
    assert reports(host).submit()
    height = host.ledger.head().height
    assert reports(host).submit()
    assert host.ledger.head().height == height
    assert present_passport(host.ledger, ORG, "t1").equivocations == 1


def test_a_quarantined_frame_of_a_compromised_key_is_no_equivocation(host: SimHost) -> None:
    host.must(host.inspector.report_compromised(host.terminal, host.clock.now()))
    host.refusal(host.frame())
    assert len(host.quarantined()) == 1
    assert reports(host).submit()
    assert recorded(host) is None
