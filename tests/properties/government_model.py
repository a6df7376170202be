"""A government of plain dicts and lists: what the orgs of a ledger have decided, counted anew with every vote.

It shares no code with the machine: shares are compared as fractions, and chains are walked by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

PRESETS = {"admission": 0, "charter": 667, "ordinary": 500, "voting-days": 14}
DAY_MS = 86_400_000


@dataclass
class Motion:
    """A proposal: `what` is the kind and its fields as plain values."""

    org: str
    what: tuple[Any, ...]
    ends: int
    votes: dict[str, bool] = field(default_factory=dict)
    result: str = "open"


@dataclass
class Government:
    """`parents` names who admitted each org: nobody a founder."""

    parents: dict[str, list[str]]
    seats: set[str]
    values: dict[str, int]
    powers: dict[str, int]
    suspended: set[str] = field(default_factory=set)
    roles: set[tuple[str, str]] = field(default_factory=set)
    tables: set[int] = field(default_factory=set)
    motions: list[Motion] = field(default_factory=list)

    def value(self, name: str) -> int:
        return self.values.get(name, PRESETS[name])

    def propose(self, org: str, what: tuple[Any, ...], now: int) -> str:
        """The result code of a proposal in a block at `now`."""
        if org in self.suspended:
            return "org-suspended"
        if org not in self.seats:
            return "not-allowed"
        if sum(m.org == org and m.result == "open" and now < m.ends for m in self.motions) >= 8:
            return "too-many-proposals"
        if (why := self.objection(what)) != "":
            return why
        voters, counted, share = self.electorate(what)
        if not self.suffices(len(voters), counted, share):
            return "not-enactable"
        motion = Motion(org, what, now + self.value("voting-days") * DAY_MS)
        self.motions.append(motion)
        if org in voters:
            motion.votes[org] = True
        self.settle(motion)
        return "ok"

    def vote(self, org: str, number: int, yes: bool, now: int) -> str:
        if org in self.suspended:
            return "org-suspended"
        motion = self.motions[number - 1]
        if motion.result != "open" or now >= motion.ends:
            return "proposal-closed"
        if org in motion.votes:
            return "record-exists"
        if org not in self.electorate(motion.what)[0]:
            return "not-a-voter"
        motion.votes[org] = yes
        self.settle(motion)
        return "ok"

    def settle(self, motion: Motion) -> None:
        voters, counted, share = self.electorate(motion.what)
        for_it = [org for org, yes in motion.votes.items() if yes and org in voters]
        against = [org for org, yes in motion.votes.items() if not yes and org in voters]
        if self.suffices(len(for_it), counted, share):
            failed = self.objection(motion.what)
            motion.result = f"failed {failed}" if failed else "enacted"
            if not failed:
                self.enact(motion.what, for_it)
        elif not self.suffices(len(voters) - len(against), counted, share):
            motion.result = "rejected"

    def suffices(self, votes: int, of: int, share: int) -> bool:
        return votes > 0 and Fraction(votes) > Fraction(share * of, 1000)

    def electorate(self, what: tuple[Any, ...]) -> tuple[set[str], int, int]:
        """Who may vote, how many count, and the share that has to be exceeded."""
        kind, everyone = what[0], self.seats - self.suspended
        if kind in ("grant-role", "revoke-role"):
            above, chain = what[1], {what[1]}
            while len(self.parents.get(above, [])) == 1:
                (above,) = self.parents[above]
                chain.add(above)
            independent = everyone - chain
            return (independent, len(independent), self.value("ordinary")) if independent else (everyone, 1, 0)
        if kind == "factors":
            return everyone, len(everyone), self.value("ordinary")
        if kind == "admit" and not what[2]:
            return everyone, len(everyone), self.value("admission")
        voters = everyone - {what[1]} if kind == "suspend" else everyone
        return voters, len(everyone), self.value("charter")

    def objection(self, what: tuple[Any, ...]) -> str:
        match what:
            case ("admit", org, with_vote):
                if org in self.parents:
                    return "record-exists"
                _, counted, share = self.electorate(what)
                return "not-enactable" if with_vote and self.suffices(1, counted, share) else ""
            case ("suspend", org):
                if org not in self.parents:
                    return "record-not-found"
                return "record-exists" if org in self.suspended else ""
            case ("reinstate", org):
                return "" if org in self.suspended else "record-not-found"
            case ("grant-role", org, role):
                if org not in self.parents:
                    return "record-not-found"
                if org in self.suspended:
                    return "org-suspended"
                return "record-exists" if (org, role) in self.roles else ""
            case ("revoke-role", org, role):
                return "" if (org, role) in self.roles else "record-not-found"
            case ("factors", table, True):
                return "record-exists" if table in self.tables else ""
            case ("factors", table, False):
                return "" if table in self.tables else "record-not-found"
            case ("parameters", values):
                same = all(self.value(name) == value for name, value in values.items())
                return "not-enactable" if same else ""
            case ("validators", powers):
                if any(self.powers.get(name, 0) == power for name, power in powers.items()):
                    return "not-enactable"
                return "" if any((self.powers | powers).values()) else "not-enactable"
        raise AssertionError(what)

    def enact(self, what: tuple[Any, ...], for_it: list[str]) -> None:
        match what:
            case ("admit", org, with_vote):
                self.parents[org] = for_it
                self.seats |= {org} if with_vote else set()
            case ("suspend", org):
                self.suspended.add(org)
            case ("reinstate", org):
                self.suspended.remove(org)
            case ("grant-role", org, role):
                self.roles.add((org, role))
            case ("revoke-role", org, role):
                self.roles.remove((org, role))
            case ("factors", table, in_force):
                self.tables ^= {table}
                assert (table in self.tables) == in_force
            case ("parameters", values):
                self.values |= values
            case ("validators", powers):
                self.powers = {name: power for name, power in (self.powers | powers).items() if power}
