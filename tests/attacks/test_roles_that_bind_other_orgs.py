"""Nobody binds another org by a role that its own org gave it: the founders grant such roles to orgs."""

from __future__ import annotations

import pytest

from veriwatt.machine.lookalikes import LooksAlike
from veriwatt.machine.terminals.queries import present_passport
from veriwatt.model.members.organisation import Role
from veriwatt.model.terminals.passport import Passport
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_genesis
from veriwatt.testing.mock_consensus import MockConsensus
from veriwatt.units import DAY


class Park:
    """Founders acme and city; a terminal of acme's, which every attack here is about."""

    def __init__(self) -> None:
        self.ann, self.cora = SimMember("acme", "ann"), SimMember("city", "cora")
        self.chain = MockConsensus(sim_genesis(self.ann, self.cora))
        self.terminal = SimTerminal("acme", "t1")
        self.chain.must(self.ann.enrol(self.terminal))

    def admit(self, by: SimMember, org: str, role: Role) -> SimMember:
        """An org that `by` admits, with a member whom its owner gives `role`; returns that member."""
        owner, member = SimMember(org, "boss"), SimMember(org, "inspector", role)
        self.chain.must(by.add_org(owner))
        self.chain.must(owner.add_member(member))
        return member

    def passport(self) -> Passport:
        return present_passport(self.chain.rows, "acme", "t1")


@pytest.fixture
def park() -> Park:
    return Park()


def test_a_rival_that_makes_itself_regulator_revokes_no_key_from_1970(park: Park) -> None:
    regulator = park.admit(park.cora, "rival", Role.REGULATOR)
    assert park.chain.one(regulator.report_compromised(park.terminal, 0)).code == "role-not-granted"
    assert park.passport().version == 1


def test_a_creature_of_a_founder_certifies_nothing(park: Park) -> None:
    creature = park.admit(park.ann, "metr0", Role.METROLOGY)
    assert park.chain.one(creature.certify(park.terminal, START, START + DAY)).code == "role-not-granted"
    assert park.passport().certifications == ()


def test_a_founders_own_member_binds_no_other_org_without_the_orgs_role(park: Park) -> None:
    member = SimMember("city", "mia", Role.METROLOGY)
    park.chain.must(park.cora.add_member(member))
    assert park.chain.one(member.certify(park.terminal, START, START + DAY)).code == "role-not-granted"
    assert park.chain.one(member.report_compromised(park.terminal, START + DAY)).code == "role-not-granted"


@pytest.mark.parametrize("creature", ["metr0", "metrO", "rnetro"])
def test_no_org_is_admitted_that_looks_like_another(park: Park, creature: str) -> None:
    park.chain.must(park.cora.add_org(SimMember("metro", "max")))
    assert park.chain.one(park.ann.add_org(SimMember(creature, "boss"))).code == "looks-alike"


def test_no_org_is_admitted_that_looks_like_a_founder(park: Park) -> None:
    assert park.chain.one(park.cora.add_org(SimMember("acrne", "boss"))).code == "looks-alike"


def test_no_terminal_and_no_member_looks_like_another_of_its_org(park: Park) -> None:
    assert park.chain.one(park.ann.enrol(SimTerminal("acme", "tl"))).code == "looks-alike"
    assert park.chain.one(park.cora.enrol(SimTerminal("city", "tl"))).code == "ok", "another org's terminal may"
    park.chain.must(park.ann.add_member(SimMember("acme", "oli", Role.OPERATOR)))
    assert park.chain.one(park.ann.add_member(SimMember("acme", "o1i"))).code == "looks-alike"


def test_a_genesis_with_two_orgs_that_look_alike_is_refused() -> None:
    with pytest.raises(LooksAlike):
        MockConsensus(sim_genesis(SimMember("metro", "max"), SimMember("metr0", "moe")))
