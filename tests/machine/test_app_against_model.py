"""Random transactions: the machine agrees with a naive model of plain dicts."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.machine.scene import Scene
from veriwatt.ids import Digest
from veriwatt.machine.anchors import queries as anchors
from veriwatt.machine.members import queries as members
from veriwatt.machine.state import range_at
from veriwatt.machine.terminals import queries as terminals
from veriwatt.merkle.state_tree import StateTree
from veriwatt.merkle.tree import leaf_hash, tree_root
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.model.members.organisation import Role
from veriwatt.testing.actors import START, SimMember, SimTerminal
from veriwatt.units import DAY

ORGS = ("acme", "city")
NAMES = st.sampled_from(["u", "v", "w"])


class AppAgainstModel(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.scene = Scene(expiry_horizon=6)
        self.owners = {"acme": self.scene.ann, "city": self.scene.cora}
        self.members: dict[tuple[str, str], SimMember] = {(m.org, m.name): m for m in self.scene.members}
        self.terminals: dict[tuple[str, str], list[str]] = {}
        self.chains: dict[str, list[Digest]] = {}
        self.sent: list[tuple[bytes, str, int, int]] = []
        self.nonempty, self.granted = 0, False

    def send(self, raw: bytes, expected: str, expiry: int) -> None:
        outcome = self.scene.chain.one(raw)
        assert outcome.code == expected, outcome
        self.sent.append((raw, expected, self.scene.chain.height, expiry))
        self.nonempty += 1

    def sign_until(self, who: SimMember, ahead: int = 3) -> int:
        who.expiry = self.scene.chain.height + 1 + ahead
        return who.expiry

    @rule(org=st.sampled_from(ORGS), name=NAMES, role=st.sampled_from([Role.OPERATOR, Role.READER]))
    def add_member(self, org: str, name: str, role: Role) -> None:
        new, until = SimMember(org, name, role), self.sign_until(self.owners[org])
        there = (org, name) in self.members
        self.send(self.owners[org].add_member(new), "record-exists" if there else "ok", until)
        self.members.setdefault((org, name), new)

    @rule(data=st.data(), name=NAMES)
    def enrol(self, data: st.DataObject, name: str) -> None:
        who = self.members[data.draw(st.sampled_from(sorted(self.members)))]
        until = self.sign_until(who)
        if who.role not in (Role.OWNER, Role.OPERATOR):
            expected = "not-allowed"
        else:
            expected = "record-exists" if (who.org, name) in self.terminals else "ok"
        self.send(who.enrol(SimTerminal(who.org, name)), expected, until)
        if expected == "ok":
            self.terminals[who.org, name] = []

    @rule(org=st.sampled_from(ORGS))
    def grant(self, org: str) -> None:
        who = self.owners[org]
        until = self.sign_until(who)
        expected = "not-independent" if org == "city" else "record-exists" if self.granted else "ok"
        self.send(who.grant_role("city", Role.METROLOGY), expected, until)
        self.granted |= expected == "ok"

    @precondition(lambda self: self.terminals)
    @rule(data=st.data(), other=st.booleans())
    def certify(self, data: st.DataObject, other: bool) -> None:
        org, name = data.draw(st.sampled_from(sorted(self.terminals)))
        who = self.scene.mia if other else self.owners[org]
        if who.org == org:
            expected = "ok"
        elif who.role is not Role.METROLOGY:
            expected = "not-allowed"
        else:
            expected = "ok" if self.granted else "role-not-granted"
        until = self.sign_until(who)
        self.send(who.certify(SimTerminal(org, name), START, START + DAY), expected, until)
        if expected == "ok":
            self.terminals[org, name].append(who.org)

    @rule(org=st.sampled_from(ORGS))
    def open_log(self, org: str) -> None:
        until = self.sign_until(self.owners[org])
        self.send(self.owners[org].open_log(), "record-exists" if org in self.chains else "ok", until)
        self.chains.setdefault(org, [])

    @rule(org=st.sampled_from(ORGS), new=st.integers(1, 9), skip=st.sampled_from([0, 0, 0, 1]))
    def anchor(self, org: str, new: int, skip: int) -> None:
        until = self.sign_until(self.owners[org])
        present = self.chains.get(org, [])
        grown = present + [leaf_hash(bytes([len(present) + at])) for at in range(new + skip)]
        expected = "record-not-found" if org not in self.chains else "anchor-out-of-sequence" if skip else "ok"
        self.send(self.owners[org].anchor(grown, len(present) + skip), expected, until)
        if expected == "ok":
            self.chains[org] = grown

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        raw, code, height, expiry = data.draw(st.sampled_from(self.sent))
        outcome = self.scene.chain.one(raw)
        assert not outcome.executed
        if self.scene.chain.height <= expiry:
            assert (outcome.code, outcome.height) == (code, height)
        else:
            assert outcome.code == "transaction-expired"

    @rule(count=st.integers(1, 5))
    def idle(self, count: int) -> None:
        for _ in range(count):
            self.scene.chain.block()

    @invariant()
    def the_state_is_that_of_the_model(self) -> None:
        rows = self.scene.chain.rows
        for org in ORGS:
            present = {member.name: member.role for member in members.members(rows, org)}
            assert present == {name: m.role for (of, name), m in self.members.items() if of == org}
            certified = {p.terminal: [c.org for c in p.certifications] for p in terminals.passports(rows, org)}
            assert certified == {name: by for (of, name), by in self.terminals.items() if of == org}
            assert anchors.data_chain(rows, org).root() == tree_root(self.chains.get(org, []))
        assert range_at(rows, ROOT_LOG).size == self.nonempty

    @invariant()
    def the_app_hash_is_the_root_of_the_rows(self) -> None:
        rows = dict(self.scene.chain.rows.scan(b""))
        assert self.scene.chain.app_hashes[-1] == StateTree.from_items(rows.items()).root


AppAgainstModel.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestAppAgainstModel = AppAgainstModel.TestCase
