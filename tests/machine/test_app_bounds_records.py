"""An org's share of a passport and of a register's record is limited in bytes, whatever names its authority has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from veriwatt.encoding import encode
from veriwatt.machine.terminals.queries import present_passport, register_record
from veriwatt.model.members.organisation import Role
from veriwatt.model.points.register_record import CONFIRMATION_ROOM, MOST_CONFIRMATIONS, ConfirmStep, ReadStep
from veriwatt.model.points.status import Kind
from veriwatt.model.terminals.certification import CERTIFICATION_ROOM, MOST_CERTIFICATIONS
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_genesis, sim_point
from veriwatt.testing.mock_consensus import MockConsensus
from veriwatt.units import DAY, HOUR

POINT = replace(sim_point("hall/a"), kind=Kind.REGISTER)
METER = SimTerminal("acme", "t1")


@pytest.fixture
def inspector() -> tuple[MockConsensus, SimMember]:
    """A member of a founder to which 17 founders with long names granted its role, and a ledger with acme's meter."""
    acme, metro = SimMember("acme", "ann"), SimMember("metro", "max")
    voters = [SimMember(f"founder-{n:02}-{'n' * 53}", "owner") for n in range(32)]
    chain, ida = MockConsensus(sim_genesis(acme, metro, *voters)), SimMember("metro", "ida", Role.METROLOGY)
    chain.must(metro.add_member(ida), acme.enrol(METER), acme.define("plant", POINT))
    chain.must(*(voter.grant_role("metro", Role.METROLOGY) for voter in voters[:17]))
    return chain, ida


def accepted(chain: MockConsensus, most: int, nth: Callable[[int], bytes]) -> tuple[int, str]:
    """How many transactions were accepted before the first that was not, and its code."""
    for n in range(most):
        code = chain.one(nth(n)).code
        if code != "ok":
            return n, code
    raise AssertionError(f"all {most} were accepted")


def test_an_orgs_certifications_of_a_terminal_have_a_limit_of_bytes(inspector: tuple[MockConsensus, SimMember]) -> None:
    chain, ida = inspector
    count, code = accepted(chain, MOST_CERTIFICATIONS, lambda n: ida.certify(METER, START + n, START + DAY))
    held = present_passport(chain.rows, "acme", METER.name).certifications
    sizes = [len(encode(each.fields())) for each in held]
    assert (count, code) == (len(sizes), "not-certifiable")
    assert sum(sizes) <= CERTIFICATION_ROOM < sum(sizes) + sizes[0]


def test_an_orgs_confirmations_of_a_register_have_a_limit_of_bytes(inspector: tuple[MockConsensus, SimMember]) -> None:
    chain, ida = inspector
    step = ReadStep(START - HOUR, 100, START, 500)
    count, code = accepted(
        chain, MOST_CONFIRMATIONS, lambda n: ida.sign(ConfirmStep("acme", POINT.id, step._replace(after=500 + n)))
    )
    sizes = [len(encode(each.fields())) for each in register_record(chain.rows, "acme", POINT.id).confirmations]
    assert (count, code) == (len(sizes), "not-recordable")
    assert sum(sizes) <= CONFIRMATION_ROOM < sum(sizes) + sizes[0]
