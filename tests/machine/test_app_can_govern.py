"""Orgs propose, vote and enact: who may, how many it takes, and how a proposal ends."""

from __future__ import annotations

import pytest

from tests.machine.council import Council
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.machine.decision_kinds import DECISION_RULES
from veriwatt.machine.governance import queries
from veriwatt.machine.members.queries import organisation, voters
from veriwatt.machine.refusals import UpgradeDue
from veriwatt.machine.version import MACHINE_VERSION
from veriwatt.model.governance.decision import DECISIONS
from veriwatt.model.governance.org_decisions import Admit, Suspend
from veriwatt.model.governance.parameters import Parameter, Parameters, needed
from veriwatt.model.governance.proposal import MOST_OPEN, CastVote, Propose, Result
from veriwatt.model.governance.rule_decisions import ChangeParameters, RegisterFactors, ScheduleUpgrade
from veriwatt.model.members.organisation import Role
from veriwatt.testing.actors import SimMember
from veriwatt.units import DAY

TABLE = RegisterFactors(Digest(bytes(32)), "the standard's")
LONGER = ChangeParameters(Parameters.of({Parameter.VOTING_DAYS: 30}))


def test_every_decision_has_rules() -> None:
    assert DECISION_RULES.keys() == DECISIONS.keys()


@pytest.mark.parametrize(
    ("count", "share", "votes"),
    [
        *((1, 500, 1), (2, 500, 2), (3, 500, 2), (4, 500, 3), (1, 667, 1), (2, 667, 2), (3, 667, 3), (4, 667, 3)),
        *((6, 667, 5), (7, 667, 5), (63, 667, 43), (64, 667, 43), (64, 999, 64), (5, 0, 1)),
    ],
)
def test_a_decision_needs_more_than_its_share(count: int, share: int, votes: int) -> None:
    assert needed(count, share) == votes
    if share == Parameter.CHARTER.preset:
        assert 3 * votes > 2 * count


def test_a_proposal_is_enacted_in_the_block_of_the_vote_that_completes_it() -> None:
    council = Council("abcd")
    assert council.propose("a", TABLE) == "ok"
    assert (council.vote("b"), council.result()) == ("ok", Result.OPEN)
    assert queries.factors(council.chain.rows, TABLE.digest) is None
    assert (council.vote("c"), council.result()) == ("ok", Result.ENACTED)
    found, made = council.proposal(), queries.factors(council.chain.rows, TABLE.digest)
    assert made is not None
    assert (made.in_force, made.proposal, made.height) == (True, 1, council.chain.height)
    assert (found.text, [(vote.org, vote.yes) for vote in found.votes]) == (
        "because",
        [("a", True), ("b", True), ("c", True)],
    )
    assert queries.agenda(council.chain.rows).proposals == ()


def test_what_a_single_founder_proposes_is_enacted_at_once() -> None:
    council = Council("a", parameters=None, validators=1)
    assert council.propose("a", council.admission("bolt")) == "ok"
    assert council.result() is Result.ENACTED
    added = organisation(council.chain.rows, "bolt")
    assert added is not None
    assert (added.admitted_by, added.votes) == ("a", False)


def test_so_many_no_that_the_rest_does_not_suffice_reject_it() -> None:
    council = Council("abcd")
    council.propose("a", LONGER)
    assert (council.vote("b", yes=False), council.result()) == ("ok", Result.OPEN)
    assert (council.vote("c", yes=False), council.result()) == ("ok", Result.REJECTED)
    assert council.vote("d") == "proposal-closed"


def test_a_proposal_that_is_not_completed_in_time_expires() -> None:
    council = Council("abc", parameters=Parameters.of({Parameter.VOTING_DAYS: 1}))
    council.propose("a", TABLE)
    council.chain.time = council.proposal().expires - 2 * 60_000
    council.chain.block()
    assert council.result() is Result.OPEN
    council.chain.block()
    assert council.result() is Result.EXPIRED
    assert council.vote("b") == "proposal-closed"
    assert council.decide(TABLE, "bc") is Result.ENACTED


def test_a_vote_is_of_an_org_and_stands() -> None:
    council = Council("abcd")
    deputy, clerk = SimMember("a", "deputy"), SimMember("b", "clerk", Role.OPERATOR)
    council.chain.must(council.owners["a"].add_member(deputy), council.owners["b"].add_member(clerk))
    council.propose("a", TABLE)
    assert council.chain.one(deputy.vote(council.proposal(), yes=False)).code == "record-exists"
    assert council.chain.one(clerk.vote(council.proposal())).code == "not-allowed"
    assert council.chain.one(clerk.propose(TABLE)).code == "not-allowed"
    assert [vote.member for vote in council.proposal().votes] == ["owner"]


def test_a_vote_is_for_what_its_signer_saw() -> None:
    council = Council("abcd")
    council.propose("a", council.admission("bolt"))
    shown = Council("abcd")
    shown.propose("a", Suspend("d"))
    elsewhere = CastVote(1, shown.proposal().digest, yes=True)
    assert council.chain.one(council.owners["b"].sign(elsewhere)).code == "wrong-proposal"
    assert council.chain.one(council.owners["b"].sign(CastVote(9, shown.proposal().digest, yes=True))).code == (
        "record-not-found"
    )


def test_an_org_has_so_many_open_proposals_and_gets_room_when_one_ends() -> None:
    council = Council("abcd")
    tables = [RegisterFactors(Digest(bytes([at]) * 32), "a table") for at in range(MOST_OPEN + 2)]
    assert [council.propose("a", table) for table in tables[:MOST_OPEN]] == ["ok"] * MOST_OPEN
    assert council.propose("a", tables[-1]) == "too-many-proposals"
    assert council.propose("b", tables[-1]) == "ok"
    assert [council.vote(org, 1) for org in "bc"] == ["ok", "ok"]
    assert council.propose("a", tables[-2]) == "ok"
    assert council.propose("a", tables[-2]) == "too-many-proposals"
    council.chain.time += 14 * DAY
    assert council.propose("a", tables[-2]) == "ok"
    assert len(queries.agenda(council.chain.rows).proposals) == 1


def test_an_org_without_a_vote_neither_proposes_nor_votes() -> None:
    council = Council("abcd")
    council.decide(council.admission("bolt"))
    council.propose("a", TABLE)
    assert (council.propose("bolt", TABLE), council.vote("bolt")) == ("not-allowed", "not-a-voter")


def test_a_decision_that_cannot_be_enacted_any_more_has_failed_and_the_vote_stands() -> None:
    council = Council("abcd")
    council.propose("a", TABLE)
    council.propose("b", TABLE)
    assert [council.vote(org, 1) for org in "bc"] == ["ok", "ok"]
    assert [council.vote(org, 2) for org in "cd"] == ["ok", "ok"]
    outcome = council.proposal(2).outcome
    assert outcome is not None
    assert (outcome.result, outcome.code) == (Result.FAILED, "record-exists")


def test_a_decision_that_could_not_be_enacted_is_not_proposed() -> None:
    council = Council("abcd")
    assert council.propose("a", Suspend("nobody")) == "record-not-found"
    assert council.propose("a", Admit("a", "A again", SimMember("a", "else").new)) == "record-exists"
    assert council.propose("a", ChangeParameters(Parameters.of({Parameter.VOTING_DAYS: 14}))) == "not-enactable"
    assert queries.agenda(council.chain.rows).count == 0


@pytest.mark.parametrize(
    "body",
    [
        [["suspend", "b"], ""],
        [["suspend", "b"], "two  blanks"],
        [["suspend", "b"], "a\nline"],
        [["suspend", "b"], "x" * 501],
        [["suspend"], "why"],
        [["exile", "b"], "why"],
        [[], "why"],
        [["admit", "b", "B", ["own", "reader", 1, bytes(32)], False], "why"],
        [["grant-role", "b", "owner"], "why"],
        [["validators", []], "why"],
        [["parameters", [["voting-days", 0]]], "why"],
        [["parameters", [["voting-days", 9], ["admission", 9]]], "why"],
        [["parameters", [["fees", 9]]], "why"],
        [["upgrade", 9, 0], "why"],
        [["factors", bytes(32), "", True], "why"],
    ],
)
def test_a_proposal_of_another_form_is_malformed(body: object) -> None:
    with pytest.raises(Malformed):
        Propose.parse(body)


def test_parameters_change_those_that_are_named_from_then_on() -> None:
    council = Council("abcd")
    assert council.decide(LONGER) is Result.ENACTED
    assert council.decide(ChangeParameters(Parameters.of({Parameter.ADMISSION: 0}))) is Result.ENACTED
    council.propose("a", TABLE)
    assert council.proposal().expires == council.chain.time + 30 * DAY
    assert council.decide(council.admission("bolt"), "d") is Result.ENACTED
    assert council.chain.one(council.owners["d"].add_org(SimMember("cog", "cal"))).code == "ok"


def test_one_org_alone_admits_only_where_one_vote_suffices() -> None:
    council = Council("abcd")
    assert council.chain.one(council.owners["a"].add_org(SimMember("bolt", "bob"))).code == "not-voted"
    council = Council("abcd", parameters=Parameters())
    assert council.chain.one(council.owners["a"].add_org(SimMember("bolt", "bob"))).code == "ok"


def test_an_org_that_is_admitted_with_a_vote_decides_with_the_others() -> None:
    council = Council("abcd")
    council.decide(council.admission("erin", with_vote=True))
    added = organisation(council.chain.rows, "erin")
    assert added is not None
    assert (added.admitted_by, added.votes) == (("a", "b", "c"), True)
    assert voters(council.chain.rows) == ("a", "b", "c", "d", "erin")
    assert council.decide(TABLE, "ab") is Result.OPEN
    assert (council.vote("erin"), council.result()) == ("ok", Result.ENACTED)


def test_an_upgrade_stops_a_machine_that_is_too_old_for_it() -> None:
    council = Council("abcd")
    height = council.chain.height + 110
    assert council.propose("a", ScheduleUpgrade(council.chain.height + 100, MACHINE_VERSION + 1)) == "not-enactable"
    assert council.propose("a", ScheduleUpgrade(height, MACHINE_VERSION)) == "not-enactable"
    assert council.propose("a", ScheduleUpgrade(0, 0)) == "record-not-found"
    assert council.decide(ScheduleUpgrade(height, MACHINE_VERSION + 1)) is Result.ENACTED
    while council.chain.height < height - 1:
        council.chain.block()
    with pytest.raises(UpgradeDue):
        council.chain.block()


def test_an_upgrade_is_cancelled_by_another_decision() -> None:
    council = Council("abcd")
    council.decide(ScheduleUpgrade(200, MACHINE_VERSION + 1))
    assert council.decide(ScheduleUpgrade(0, 0)) is Result.ENACTED
    assert queries.upgrade(council.chain.rows) is None


def test_a_table_of_factors_comes_into_force_and_ends() -> None:
    council, ended = Council("abcd"), RegisterFactors(TABLE.digest, TABLE.name, in_force=False)
    assert council.propose("a", ended) == "record-not-found"
    council.decide(TABLE)
    assert council.propose("a", TABLE) == "record-exists"
    council.decide(ended)
    assert [each.in_force for each in queries.all_factors(council.chain.rows)] == [False]
