"""A suspended org signs nothing that binds others; what was anchored before stays, and no few throw others out."""

from __future__ import annotations

import pytest

from tests.machine.council import Council
from veriwatt.machine.anchors.queries import data_chain
from veriwatt.machine.members.queries import org_role, organisation, suspension, voters
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.governance.org_decisions import GrantOrgRole, Reinstate, RevokeOrgRole, Suspend
from veriwatt.model.governance.parameters import Parameter, Parameters
from veriwatt.model.governance.proposal import Result
from veriwatt.model.governance.rule_decisions import ChangeParameters
from veriwatt.model.members.org_role import Basis
from veriwatt.model.members.organisation import Role
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_key
from veriwatt.units import DAY

LEAVES = [leaf_hash(bytes([at])) for at in range(4)]


def test_the_anchors_of_a_suspended_org_are_refused_and_what_was_anchored_stays() -> None:
    council = Council("abcd")
    owner = council.owners["d"]
    council.chain.must(owner.open_log(), owner.anchor(LEAVES[:2], 0))
    root = data_chain(council.chain.rows, "d").root()
    assert council.decide(Suspend("d")) is Result.ENACTED
    assert council.chain.one(owner.anchor(LEAVES, 2)).code == "org-suspended"
    assert data_chain(council.chain.rows, "d").root() == root
    assert council.decide(Reinstate("d")) is Result.ENACTED
    assert council.chain.one(owner.anchor(LEAVES, 2)).code == "ok"


def test_a_suspended_org_protects_its_own_keys_and_terminals_and_binds_nobody() -> None:
    council, terminal, foreign = Council("abcd"), SimTerminal("d", "t1"), SimTerminal("a", "t1")
    owner, inspector = council.owners["d"], SimMember("d", "ida", Role.REGULATOR)
    council.chain.must(owner.add_member(inspector), owner.enrol(terminal), council.owners["a"].enrol(foreign))
    council.decide(GrantOrgRole("d", Role.REGULATOR), "ab")
    council.decide(Suspend("d"))
    refused = [
        owner.enrol(SimTerminal("d", "t2")),
        owner.certify(terminal, START, START + DAY),
        inspector.certify(foreign, START, START + DAY),
        inspector.report_compromised(foreign, START),
        owner.add_org(SimMember("e", "eve")),
        owner.propose(Reinstate("d")),
    ]
    assert [council.chain.one(raw).code for raw in refused] == ["org-suspended"] * len(refused)
    council.chain.must(owner.retire(terminal), owner.remove("ida"), owner.rekey("owner", sim_key("again")))
    council.propose("a", Reinstate("d"))
    assert council.vote("d") == "signer-not-found"
    owner.key = sim_key("again")
    assert council.vote("d") == "org-suspended"


def test_a_suspended_org_does_not_relay_and_is_relayed_by_others() -> None:
    council = Council("abcd")
    owner, relay = council.owners["d"], council.owners["a"]
    council.decide(Suspend("d"))
    refused = council.chain.one(owner.bundle(relay.open_log()))
    assert (refused.code, refused.executed) == ("org-suspended", False)
    carried = council.chain.one(relay.bundle(relay.open_log(), owner.open_log(), owner.rekey("owner", sim_key("n"))))
    assert [each.outcome.code for each in carried.carried] == ["ok", "org-suspended", "ok"]


def test_of_two_founders_neither_suspends_the_other_nor_itself() -> None:
    for founders in ("a", "ab", "abc"):
        council = Council(founders)
        assert {council.propose(org, Suspend("a")) for org in founders} == {"not-enactable"}


@pytest.mark.parametrize(("founders", "takes"), [("abcd", 3), ("abcde", 4), ("abcdef", 5), ("abcdefg", 5)])
def test_a_suspension_takes_two_thirds_of_all_and_never_the_vote_of_the_org_itself(founders: str, takes: int) -> None:
    council = Council(founders)
    others, itself = founders[:-1], founders[-1]
    assert council.voting(Suspend(itself)) == (tuple(others), takes)
    assert council.propose(itself, Suspend(itself)) == "ok"
    assert council.proposal().votes == ()
    assert council.vote(itself) == "not-a-voter"
    for org in others[: takes - 1]:
        assert council.vote(org) == "ok"
        assert council.result() is Result.OPEN
    assert council.vote(others[takes - 1]) == "ok"
    assert council.result() is Result.ENACTED
    assert voters(council.chain.rows) == tuple(others)


def test_the_vote_of_an_org_that_was_suspended_meanwhile_does_not_count() -> None:
    council = Council("abcdefg")
    longer = ChangeParameters(Parameters.of({Parameter.VOTING_DAYS: 30}))
    council.propose("g", longer)
    assert [council.vote(org, 1) for org in "abc"] == ["ok"] * 3
    assert council.decide(Suspend("g"), "abcde") is Result.ENACTED
    assert council.vote("d", 1) == "ok"
    assert council.result(1) is Result.OPEN
    assert council.vote("e", 1) == "ok"
    assert council.result(1) is Result.ENACTED


def test_a_suspended_org_counts_again_when_it_is_reinstated() -> None:
    council = Council("abcd")
    council.decide(Suspend("d"))
    assert council.propose("a", Suspend("d")) == "record-exists"
    assert council.propose("a", GrantOrgRole("d", Role.METROLOGY)) == "org-suspended"
    found = suspension(council.chain.rows, "d")
    assert found is not None
    assert (found.proposal, found.height) == (1, council.chain.height - 2)
    council.decide(Reinstate("d"))
    assert voters(council.chain.rows) == ("a", "b", "c", "d")
    assert council.propose("a", Reinstate("d")) == "record-not-found"


def test_an_electorate_is_stuffed_and_thinned_out_by_no_bare_majority() -> None:
    council = Council("abcd", parameters=Parameters.of({Parameter.ADMISSION: 0}))
    assert council.decide(council.admission("creature"), "a") is Result.ENACTED
    assert voters(council.chain.rows) == ("a", "b", "c", "d")
    assert council.voting(council.admission("second", with_vote=True)).needed == 3
    assert council.decide(council.admission("second", with_vote=True), "ab") is Result.OPEN


def test_an_org_that_one_org_alone_would_admit_gets_no_vote() -> None:
    council = Council("a")
    assert council.propose("a", council.admission("bolt", with_vote=True)) == "not-enactable"


def test_a_role_is_decided_by_the_orgs_independent_of_the_candidate_and_revoked_by_them() -> None:
    council = Council("abcd", parameters=Parameters())
    council.decide(council.admission("metro"), "a")
    grant, revoke = (kind("metro", Role.METROLOGY) for kind in (GrantOrgRole, RevokeOrgRole))
    assert council.voting(grant) == (("b", "c", "d"), 2)
    assert council.propose("b", revoke) == "record-not-found"
    assert council.propose("a", grant) == "ok"
    assert council.proposal().votes == ()
    assert [council.vote(org) for org in "abc"] == ["not-a-voter", "ok", "ok"]
    held = org_role(council.chain.rows, "metro", Role.METROLOGY)
    assert held is not None
    assert (held.granted_at, held.voters, held.basis) == (council.chain.time, ("b", "c"), Basis.INDEPENDENT_MAJORITY)
    assert council.decide(revoke, "cd") is Result.ENACTED
    assert org_role(council.chain.rows, "metro", Role.METROLOGY) is None


def test_an_org_that_several_admitted_is_independent_of_each_of_them() -> None:
    council = Council("abcd")
    council.decide(council.admission("metro"))
    assert council.voting(GrantOrgRole("metro", Role.METROLOGY)) == (("a", "b", "c", "d"), 3)
    assert council.voting(GrantOrgRole("a", Role.METROLOGY)) == (("b", "c", "d"), 2)


def test_what_an_org_certified_stays_when_its_role_is_revoked_and_it_is_suspended() -> None:
    council, terminal = Council("abcd"), SimTerminal("a", "t1")
    inspector = SimMember("metro", "ida", Role.METROLOGY, chain=council.chain.genesis.chain_id)
    council.decide(council.admission("metro"))
    council.chain.must(council.owners["metro"].add_member(inspector), council.owners["a"].enrol(terminal))
    council.decide(GrantOrgRole("metro", Role.METROLOGY))
    council.chain.must(inspector.certify(terminal, START, START + DAY))
    before = council.chain.rows.get(b"terminal/a/t1")
    council.decide(RevokeOrgRole("metro", Role.METROLOGY))
    assert council.chain.one(inspector.certify(terminal, START, START + DAY)).code == "role-not-granted"
    council.decide(Suspend("metro"))
    assert council.chain.rows.get(b"terminal/a/t1") == before
    added = organisation(council.chain.rows, "metro")
    assert added is not None
    assert added.admitted_by == ("a", "b", "c")
