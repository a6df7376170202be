"""The founders who are independent of an org decide by majority whether it gets a role that binds others."""

from __future__ import annotations

import pytest

from veriwatt.machine.members.electorate import Electorate, electorate
from veriwatt.machine.members.queries import org_role
from veriwatt.machine.terminals.queries import present_passport
from veriwatt.model.members.org_role import MOST_ROLE_HOLDERS, Authority, Basis, OrgRole
from veriwatt.model.members.organisation import Role
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_genesis
from veriwatt.testing.mock_consensus import MockConsensus
from veriwatt.units import DAY

MAJORITY, SINGLE = Basis.INDEPENDENT_MAJORITY, Basis.SINGLE_FOUNDER


@pytest.mark.parametrize(
    ("founders", "chain", "expected"),
    [
        (("a",), ("m", "a"), Electorate(("a",), 1, SINGLE)),
        (("a",), ("a",), Electorate(("a",), 1, SINGLE)),
        (("a", "b"), ("m", "a"), Electorate(("b",), 1, MAJORITY)),
        (("a", "b"), ("b",), Electorate(("a",), 1, MAJORITY)),
        (("a", "b", "c"), ("m", "a"), Electorate(("b", "c"), 2, MAJORITY)),
        (("a", "b", "c", "d"), ("m", "a"), Electorate(("b", "c", "d"), 2, MAJORITY)),
    ],
)
def test_a_majority_of_the_independent_founders_decides(
    founders: tuple[str, ...], chain: tuple[str, ...], expected: Electorate
) -> None:
    assert electorate(founders, chain) == expected


class Council:
    """Founders a, b and c, each with an owner; a admits metro."""

    def __init__(self, *founders: str) -> None:
        self.owners = {org: SimMember(org, "owner") for org in founders}
        self.chain = MockConsensus(sim_genesis(*self.owners.values()))
        self.metro, self.inspector = SimMember("metro", "max"), SimMember("metro", "ida", Role.METROLOGY)
        self.chain.must(self.owners["a"].add_org(self.metro))
        self.chain.must(self.metro.add_member(self.inspector))

    def vote(self, founder: str, role: Role = Role.METROLOGY) -> str:
        return self.chain.one(self.owners[founder].grant_role("metro", role)).code

    def role(self) -> OrgRole:
        found = org_role(self.chain.rows, "metro", Role.METROLOGY)
        assert found is not None
        return found


def test_a_role_is_held_from_the_vote_that_completes_the_majority_on() -> None:
    council = Council("a", "b", "c")
    assert council.vote("b") == "ok"
    assert not council.role().granted
    assert council.vote("c") == "ok"
    assert (council.role().granted_at, council.role().voters) == (council.chain.time, ("b", "c"))


def test_the_founder_that_admitted_an_org_has_no_vote_on_its_role() -> None:
    council = Council("a", "b")
    assert council.vote("a") == "not-independent"
    assert council.vote("b") == "ok"


def test_a_single_founder_decides_alone_and_the_record_says_so() -> None:
    council = Council("a")
    assert council.vote("a") == "ok"
    assert (council.role().granted, council.role().basis) == (True, Basis.SINGLE_FOUNDER)


def test_a_vote_counts_once_and_a_granted_role_needs_none() -> None:
    council = Council("a", "b", "c", "d")
    assert [council.vote(founder) for founder in ("b", "b", "c", "d")] == ["ok", "record-exists", "ok", "record-exists"]


def test_an_org_has_no_role_that_is_not_to_bind_others_and_an_unknown_org_has_none() -> None:
    council = Council("a")
    assert council.vote("a", Role.OPERATOR) == "malformed"
    unknown = council.owners["a"].grant_role("nobody", Role.METROLOGY)
    assert council.chain.one(unknown).code == "record-not-found"


def test_the_role_of_regulator_does_not_make_a_metrology_member_bind_others() -> None:
    council, terminal = Council("a"), SimTerminal("a", "t1")
    council.chain.must(council.owners["a"].enrol(terminal))
    council.vote("a", Role.REGULATOR)
    certify = council.inspector.certify(terminal, START, START + DAY)
    assert council.chain.one(certify).code == "role-not-granted"


def test_a_certification_says_who_admitted_the_certifier_and_who_granted_its_role() -> None:
    council, terminal = Council("a", "b", "c"), SimTerminal("a", "t1")
    council.chain.must(council.owners["a"].enrol(terminal))
    for founder in ("c", "b"):
        council.vote(founder)
    council.chain.must(council.inspector.certify(terminal, START, START + DAY))
    council.chain.must(council.owners["a"].certify(terminal, START, START + DAY))
    by_metro, by_owner = present_passport(council.chain.rows, "a", "t1").certifications
    assert by_metro.authority == Authority("a", ("c", "b"), Basis.INDEPENDENT_MAJORITY)
    assert by_owner.authority is None


def test_a_ledger_has_so_many_orgs_with_a_role_and_an_org_that_holds_one_may_get_the_other() -> None:
    founder = SimMember("a", "owner")
    chain = MockConsensus(sim_genesis(founder))
    orgs = [f"lab{n}" for n in range(MOST_ROLE_HOLDERS + 1)]
    for org in orgs:
        chain.must(founder.add_org(SimMember(org, "max")))
    for org in orgs[:-1]:
        chain.must(founder.grant_role(org, Role.METROLOGY))
    assert chain.one(founder.grant_role(orgs[-1], Role.METROLOGY)).code == "too-many-role-holders"
    assert chain.one(founder.grant_role(orgs[0], Role.REGULATOR)).code == "ok"
