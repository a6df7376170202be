"""Owners of several orgs propose and vote through one ledger, and read what became of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from veriwatt.cli.proposals import decision_text, proposal_text
from veriwatt.crypto.hashing import sha256
from veriwatt.errors import NotFound
from veriwatt.ids import Digest
from veriwatt.ledger.open_ledger import create_ledger
from veriwatt.membership.member_client import LedgerRefused, MemberClient
from veriwatt.membership.proposals import decision_json, proposal_json, proposal_of, proposals, propose, vote, voting_on
from veriwatt.model.governance.decision import DECISIONS, Decision
from veriwatt.model.governance.org_decisions import Admit, GrantOrgRole, Reinstate, RevokeOrgRole, Suspend
from veriwatt.model.governance.parameters import CONSORTIUM
from veriwatt.model.governance.rule_decisions import (
    ChangeParameters,
    ChangeValidators,
    CloseLedger,
    RegisterFactors,
    ScheduleUpgrade,
    ValidatorPower,
)
from veriwatt.model.members.organisation import Role
from veriwatt.ports.ledger import RESULT_WITHIN, Ledger, Result, ResultUnknown, Ticket
from veriwatt.testing.actors import START, SimMember, sim_genesis, sim_key, sim_validator
from veriwatt.testing.clocks import SimClock

LAB = SimMember("lab", "owner").new
ADMIT = Admit("lab", "A lab", LAB)


class Table:
    """The owners of four founders at one ledger."""

    def __init__(self, folder: Path) -> None:
        owners = [SimMember(org, "owner") for org in "abcd"]
        genesis = sim_genesis(*owners, parameters=CONSORTIUM)
        self.ledger = create_ledger(folder, genesis, sim_validator(), SimClock(START))
        self.clients = {each.org: MemberClient(self.ledger, each.org, "owner", each.key, os.urandom) for each in owners}


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    made = Table(tmp_path)
    yield made
    made.ledger.close()


def told(ledger: Ledger, number: int) -> dict[str, object]:
    return proposal_json(ledger, proposal_of(ledger, number), ledger.next_time())


def test_a_proposal_is_found_voted_on_and_enacted(table: Table) -> None:
    made = propose(table.ledger, table.clients["b"], ADMIT, "calibrates our meters")
    assert (made.number, [each.org for each in made.votes]) == (1, ["b"])
    again = propose(table.ledger, table.clients["a"], Suspend("d"), "its licence has ended")
    assert [each.number for each in proposals(table.ledger)] == [2, 1]
    assert voting_on(table.ledger, again.decision) == (("a", "b", "c"), 3)
    made = vote(table.ledger, table.clients["d"], made, yes=False)
    open_one = told(table.ledger, 1)
    assert (open_one["result"], open_one["needed"], open_one["voters"]) == ("open", 3, ["a", "b", "c", "d"])
    for org in "ac":
        made = vote(table.ledger, table.clients[org], made, yes=True)
    closed = told(table.ledger, 1)
    assert (closed["result"], closed["needed"], closed["why"]) == ("enacted", None, None)
    with pytest.raises(LedgerRefused) as refused:
        vote(table.ledger, table.clients["d"], made, yes=True)
    assert refused.value.code == "proposal-closed"
    with pytest.raises(NotFound):
        proposal_of(table.ledger, 3)


class Halted:
    """The ledger of a network that stands still: it takes transactions, and gives the result of none."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self.taken = ledger, list[bytes]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def broadcast(self, transactions: Sequence[bytes]) -> tuple[Ticket, ...]:
        self.taken += transactions
        return tuple(sha256(raw) for raw in transactions)

    def await_result(self, ticket: Ticket, within: int) -> Result:
        raise ResultUnknown(ticket, within)


def test_what_is_proposed_again_while_the_ledger_stands_still_is_one_proposal(table: Table) -> None:
    halted, key = Halted(table.ledger), SimMember("b", "owner").key
    for _ in range(2):  # two commands, each of which does not learn whether its transaction arrived
        client = MemberClient(cast("Ledger", halted), "b", "owner", key, os.urandom)
        with pytest.raises(ResultUnknown):
            propose(cast("Ledger", halted), client, ADMIT, "calibrates our meters")
    table.ledger.broadcast(halted.taken)
    assert table.ledger.await_result(sha256(halted.taken[-1]), RESULT_WITHIN).ok
    again = propose(table.ledger, table.clients["b"], ADMIT, "calibrates our meters")
    assert [each.number for each in proposals(table.ledger)] == [again.number] == [1]


def test_an_open_proposal_is_not_made_again_but_others_and_closed_ones_are(table: Table) -> None:
    owner, other = table.clients["b"], table.clients["a"]
    first = propose(table.ledger, owner, ADMIT, "calibrates our meters")
    assert propose(table.ledger, owner, ADMIT, "calibrates our meters") == first
    assert propose(table.ledger, owner, ADMIT, "for another reason").number == 2
    assert propose(table.ledger, other, ADMIT, "calibrates our meters").number == 3
    for org in "acd":
        if proposal_of(table.ledger, 1).outcome is None:
            vote(table.ledger, table.clients[org], first, yes=False)
    assert propose(table.ledger, owner, ADMIT, "calibrates our meters").number == 4


def test_a_second_vote_of_an_org_counts_no_second_time(table: Table) -> None:
    made = propose(table.ledger, table.clients["b"], ADMIT, "calibrates our meters")
    voted = vote(table.ledger, table.clients["a"], made, yes=True)
    for org, yes in (("a", True), ("a", False), ("b", True)):
        with pytest.raises(LedgerRefused) as refused:
            vote(table.ledger, table.clients[org], made, yes=yes)
        assert refused.value.code == "record-exists"
    assert proposal_of(table.ledger, 1) == voted  # with two of three votes


def test_the_text_of_a_proposal_names_those_who_voted_and_those_who_did_not(table: Table) -> None:
    made = propose(table.ledger, table.clients["b"], ADMIT, "calibrates our meters")
    vote(table.ledger, table.clients["d"], made, yes=False)
    text = proposal_text(told(table.ledger, 1), decision_text(ADMIT))
    lines = dict(line.strip().split(maxsplit=1) for line in text.splitlines()[1:])
    assert lines["yes"] == "b (3 needed)"
    assert lines["no"] == "d"
    assert lines["waits"].startswith("for a, c, until 2026-01-15")
    assert lines["text"] == "calibrates our meters"


def test_every_decision_has_fields_and_a_sentence() -> None:
    key = sim_key("x").public
    each: list[Decision] = [
        ADMIT,
        Suspend("lab"),
        Reinstate("lab"),
        GrantOrgRole("lab", Role.METROLOGY),
        RevokeOrgRole("lab", Role.METROLOGY),
        RegisterFactors(Digest(bytes(32)), "a table", in_force=False),
        ChangeValidators((ValidatorPower(key, 0),)),
        ChangeParameters(CONSORTIUM),
        ScheduleUpgrade(7, 3),
        CloseLedger(Digest(bytes(32))),
    ]
    assert [decision.kind for decision in each] == list(DECISIONS)
    assert all(decision_json(decision) for decision in each)
    assert len({decision_text(decision) for decision in each}) == len(each)
    assert decision_json(each[6]) == {"validators": [{"key": key.raw.hex(), "power": 0}]}
