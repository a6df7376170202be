"""Random proposals and votes: the machine decides as a naive model does, and nobody is left unable to decide."""

from __future__ import annotations

from random import Random
from typing import Any

import hypothesis.strategies as st
from hypothesis import Phase, given, settings

from tests.machine.council import Council
from tests.properties.government_model import DAY_MS, PRESETS, Government
from veriwatt.crypto.signing import PublicKey
from veriwatt.ids import Digest
from veriwatt.machine.governance import queries
from veriwatt.machine.members import queries as members
from veriwatt.machine.parameters import parameters
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.governance.decision import Decision
from veriwatt.model.governance.org_decisions import GrantOrgRole, Reinstate, RevokeOrgRole, Suspend
from veriwatt.model.governance.parameters import Parameters, parameter_named
from veriwatt.model.governance.proposal import Result
from veriwatt.model.governance.rule_decisions import ChangeParameters, ChangeValidators, RegisterFactors, ValidatorPower
from veriwatt.model.members.organisation import Role
from veriwatt.testing.actors import sim_key, sim_validator

STEPS = 120
ABOUT = ("a", "b", "ned", "ned", "oda", "nobody")
"""Few orgs are voted about, so that what befalls one meets what is open about it."""

VALIDATORS: dict[str, PublicKey] = {f"v{at}": sim_validator(at).public for at in range(3)} | {
    f"w{at}": sim_key(f"another validator {at}").public for at in range(2)
}
ROLES = {role.value: role for role in (Role.METROLOGY, Role.REGULATOR)}


class Life:
    """A ledger and its model; every step is a block, or some days."""

    def __init__(self, random: Random) -> None:
        founders = "abcdefg"[: random.choice([1, 2, 3, 4, 4, 5, 6, 7])]
        admission = random.choice([0, 0, 500, 667])
        stated = Parameters((("admission", admission), ("voting-days", 3)))
        self.random, self.council = random, Council(founders, parameters=stated, validators=3)
        self.model = Government(
            {org: [] for org in founders}, set(founders), dict(stated.stated), {f"v{at}": 1 for at in range(3)}
        )

    @property
    def next_block(self) -> int:
        return self.council.chain.time + 60_000

    def step(self) -> None:
        chance = self.random.random()
        if chance < 0.35:
            self.propose(self.what())
        elif chance < 0.6 and self.model.motions:
            org = self.random.choice(sorted(self.model.parents))
            self.vote(org, self.random.randint(1, len(self.model.motions)), yes=chance < 0.5)
        elif chance < 0.97:
            self.propose(self.what())
            voters = self.random.sample(sorted(self.model.seats), len(self.model.seats))
            for org in voters[: self.random.randint(0, len(voters))] if self.model.motions else ():
                self.vote(org, len(self.model.motions), yes=True)
        else:
            self.council.chain.time += self.random.randint(1, 2) * DAY_MS
        self.compare()

    def propose(self, what: tuple[Any, ...]) -> None:
        org, now = self.random.choice([*sorted(self.model.seats), *sorted(self.model.parents)]), self.next_block
        assert self.council.propose(org, self.decision(what)) == self.model.propose(org, what, now), what

    def vote(self, org: str, number: int, *, yes: bool) -> None:
        now = self.next_block
        assert self.council.vote(org, number, yes=yes) == self.model.vote(org, number, yes, now), (org, number)

    def what(self) -> tuple[Any, ...]:
        """A decision that somebody may have thought of."""
        random = self.random
        org, role = random.choice(ABOUT), random.choice(sorted(ROLES))
        names = random.sample(["admission", "charter", "ordinary", "voting-days"], 2)
        values = {name: random.choice([2, 3] if name == "voting-days" else [500, 600, 667, 750]) for name in names}
        chosen = random.sample(sorted(VALIDATORS), random.randint(1, 3))
        offered: list[tuple[Any, ...]] = [
            *[("admit", random.choice(["ned", "oda"]), random.random() < 0.5)] * 3,
            *[("suspend", org)] * 3,
            ("reinstate", org),
            *[("grant-role", org, role)] * 3,
            ("revoke-role", org, role),
            ("factors", random.randint(0, 1), random.random() < 0.5),
            ("parameters", values),
            ("validators", {name: random.randint(0, 2) for name in chosen}),
        ]
        return random.choice(offered)

    def compare(self) -> None:
        rows, model = self.council.chain.rows, self.model
        orgs = {each.org: each for each in members.organisations(rows)}
        assert {org: parents(each.admitted_by) for org, each in orgs.items()} == model.parents
        assert set(members.voters(rows)) == model.seats - model.suspended
        assert {org for org in orgs if members.suspension(rows, org)} == model.suspended
        assert {(org, r.role.value) for org in orgs for r in members.org_roles(rows, org) if r.granted} == model.roles
        assert {each.digest[0] for each in queries.all_factors(rows) if each.in_force} == model.tables
        for name in PRESETS:
            assert parameters(rows).value(parameter_named(name)) == model.value(name)
        names = {key.raw: name for name, key in VALIDATORS.items()}
        assert {names[each.key.raw]: each.power for each in queries.validators(rows) or ()} == model.powers
        assert model.seats - model.suspended, "nobody may vote any more"
        assert model.powers, "nobody signs any more"

    def compare_proposals(self) -> None:
        found = list(queries.proposals(self.council.chain.rows))
        assert [each.number for each in found] == list(range(1, len(self.model.motions) + 1))
        for each, motion in zip(found, self.model.motions, strict=True):
            assert {vote.org: vote.yes for vote in each.votes} == motion.votes
            code = "" if each.outcome is None or each.outcome.code is None else f" {each.outcome.code}"
            result = Result.OPEN if each.outcome is None else each.outcome.result
            assert f"{result.value}{code}" == motion.result
        listed = {each.number for each in queries.agenda(self.council.chain.rows).proposals}
        undecided = {each.number for each in found if each.outcome is None}
        in_time = {n for n in undecided if found[n - 1].expires > self.council.chain.time}
        assert in_time <= listed <= undecided

    def decision(self, what: tuple[Any, ...]) -> Decision:
        match what:
            case ("admit", org, with_vote):
                return self.council.admission(org, with_vote=with_vote)
            case ("suspend", org):
                return Suspend(org)
            case ("reinstate", org):
                return Reinstate(org)
            case ("grant-role", org, role):
                return GrantOrgRole(org, ROLES[role])
            case ("revoke-role", org, role):
                return RevokeOrgRole(org, ROLES[role])
            case ("factors", table, in_force):
                return RegisterFactors(Digest(bytes([table] * 32)), "a table", in_force)
            case ("parameters", values):
                return ChangeParameters(Parameters(tuple(sorted(values.items()))))
            case ("validators", powers):
                changes = [ValidatorPower(VALIDATORS[name], power) for name, power in powers.items()]
                return ChangeValidators(tuple(sorted(changes, key=lambda each: each.key.raw)))
        raise AssertionError(what)


def parents(admitted_by: str | tuple[str, ...] | None) -> list[str]:
    return [admitted_by] if isinstance(admitted_by, str) else list(admitted_by or ())


@settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_the_orgs_decide_as_the_model_says(seed: int) -> None:
    life = Life(Random(seed))
    for _ in range(STEPS):
        life.step()
    life.compare_proposals()
    rows = dict(life.council.chain.rows.scan(b""))
    assert life.council.chain.app_hashes[-1] == StateTree.from_items(rows.items()).root
