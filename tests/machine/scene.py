"""Two founding orgs on a mock chain: acme with a plant to measure, city with those who check it."""

from __future__ import annotations

from veriwatt.machine.terminals import queries
from veriwatt.model.members.org_role import BINDING_ROLES
from veriwatt.model.members.organisation import Role
from veriwatt.model.terminals.passport import Passport
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_genesis
from veriwatt.testing.mock_consensus import MockConsensus


class Scene:
    def __init__(self, expiry_horizon: int = 10_000) -> None:
        self.ann = SimMember("acme", "ann")
        self.oli = SimMember("acme", "oli", Role.OPERATOR)
        self.rae = SimMember("acme", "rae", Role.READER)
        self.cora = SimMember("city", "cora")
        self.mia = SimMember("city", "mia", Role.METROLOGY)
        self.reg = SimMember("city", "reg", Role.REGULATOR)
        self.members = (self.ann, self.oli, self.rae, self.cora, self.mia, self.reg)
        self.chain = MockConsensus(sim_genesis(*self.members, expiry_horizon=expiry_horizon))
        self.terminal = SimTerminal("acme", "t1")

    def enrolled(self) -> Scene:
        """The scene with acme's terminal enrolled, and city with its roles by acme's vote."""
        self.chain.must(*(self.ann.grant_role("city", role) for role in BINDING_ROLES))
        self.chain.must(self.ann.enrol(self.terminal))
        return self

    def reported(self) -> SimTerminal:
        """The terminal, after a report that its key is compromised."""
        self.chain.must(self.reg.report_compromised(self.terminal, START))
        return self.terminal

    def passport(self) -> Passport:
        found = queries.passport(self.chain.rows, "acme", "t1")
        assert found is not None
        return found
