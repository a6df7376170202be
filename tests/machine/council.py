"""Orgs that decide together: founders with an owner each, on a mock chain, and what they propose and vote."""

from __future__ import annotations

from veriwatt.machine.decision_kinds import rules_of
from veriwatt.machine.governance import queries
from veriwatt.machine.voting import Voting
from veriwatt.model.governance.decision import Decision
from veriwatt.model.governance.org_decisions import Admit
from veriwatt.model.governance.parameters import CONSORTIUM, Parameters
from veriwatt.model.governance.proposal import Proposal, Result
from veriwatt.testing.actors import SimMember, sim_genesis
from veriwatt.testing.mock_consensus import MockConsensus


class Council:
    """Founders of these names; `owners` has an owner of each, and of every org that `admission` named."""

    def __init__(
        self, founders: str = "abcd", *, parameters: Parameters | None = CONSORTIUM, validators: int = 4
    ) -> None:
        self.owners = {org: SimMember(org, "owner") for org in founders}
        genesis = sim_genesis(*self.owners.values(), validators=validators, parameters=parameters)
        self.chain = MockConsensus(genesis)

    def admission(self, org: str, *, with_vote: bool = False) -> Admit:
        """The decision that admits an org of this name, whose owner may sign from then on."""
        owner = self.owners.setdefault(org, SimMember(org, "owner", chain=self.chain.genesis.chain_id))
        return Admit(org, f"{org} Ltd", owner.new, with_vote)

    def propose(self, org: str, decision: Decision) -> str:
        return self.chain.one(self.owners[org].propose(decision)).code

    def vote(self, org: str, number: int = 0, *, yes: bool = True) -> str:
        """The result of a vote, by default on the newest proposal."""
        return self.chain.one(self.owners[org].vote(self.proposal(number), yes=yes)).code

    def decide(self, decision: Decision, by: str = "abc") -> Result:
        """What becomes of a decision that the first of these orgs proposes and the others vote for."""
        assert self.propose(by[0], decision) == "ok"
        assert [self.vote(org) for org in by[1:]] == ["ok"] * (len(by) - 1)
        return self.result()

    def proposal(self, number: int = 0) -> Proposal:
        found = queries.proposal(self.chain.rows, number or queries.agenda(self.chain.rows).count)
        assert found is not None
        return found

    def result(self, number: int = 0) -> Result:
        return self.proposal(number).result_at(self.chain.time)

    def voting(self, decision: Decision) -> Voting:
        return rules_of(decision).voting(self.chain.rows, decision)
