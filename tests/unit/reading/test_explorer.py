"""The explorer over any engine: bundles with their members' results, alarms, times, and a node that knows less."""

from __future__ import annotations

import pytest

from veriwatt.errors import NotFound
from veriwatt.ids import Digest
from veriwatt.model.ledger.block import CommitSig, LightBlock, Timestamp, Validator, ValidatorSet, VoteFlag
from veriwatt.ports.ledger import Block, submit
from veriwatt.reading.explorer import standing
from veriwatt.reading.explorer.asked import read_asked
from veriwatt.reading.explorer.blocks import block_at, block_json, blocks_json, transaction_place
from veriwatt.reading.explorer.standing import STALE_AFTER, alarms, ledger_json, stale_for, validators_json
from veriwatt.reading.explorer.transactions import whole_transaction_json
from veriwatt.readmodel.hash_index import HashIndex
from veriwatt.system.sqlite import MEMORY
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_genesis, sim_validator
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.edits import replace
from veriwatt.testing.queued_ledger import QueuedLedger
from veriwatt.units import MINUTE, SECOND

ANN = SimMember("acme", "ann")


class LateLedger(QueuedLedger):
    """As a follower: the newest block cannot be told before the next header; as one from a snapshot, nor the first."""

    late, first = False, 1

    def block(self, height: int) -> Block:
        if height < self.first or (self.late and height == self.head().height):
            raise NotFound(f"the ledger has no block {height} here")
        return super().block(height)


@pytest.fixture
def ledger() -> LateLedger:
    return LateLedger(sim_genesis(ANN), sim_validator(), SimClock(START))


def index_of(ledger: QueuedLedger) -> HashIndex:
    made = HashIndex(MEMORY, ledger.chain_id)
    while made.follow(ledger, 100):
        pass
    return made


def test_a_bundle_shows_its_members_with_each_result(ledger: LateLedger) -> None:
    opened, again, enrolled = ANN.open_log(), ANN.open_log(), ANN.enrol(SimTerminal("acme", "t1"))
    first = submit(ledger, [opened])[0]
    bundled = submit(ledger, [bundle := ANN.bundle(opened, again, enrolled)])[0]
    (item,) = block_json(ledger, bundled.height)["items"]
    assert (item["kind"], item["org"], item["result"]) == ("bundle", "acme", "ok")
    members = [(each["kind"], each["result"], each["first_height"]) for each in item["transactions"]]
    assert members == [("log", "ok", first.height), ("log", "record-exists", None), ("enrol", "ok", None)]
    assert [each["kind"] for each in block_json(ledger, bundled.height)["transactions"]] == ["log", "enrol"]
    hashes = index_of(ledger)
    carried = item["transactions"][2]["digest"]
    whole = whole_transaction_json(ledger, transaction_place(ledger, hashes, Digest.from_hex(carried)))
    assert (whole["raw"], whole["bundle"], whole["relay"]) == (enrolled.hex(), item["digest"], "acme/ann")
    told = whole_transaction_json(ledger, transaction_place(ledger, hashes, Digest.from_hex(item["digest"])))
    assert (told["raw"], len(told["transactions"])) == (bundle.hex(), 3)
    before = whole_transaction_json(
        ledger, transaction_place(ledger, hashes, Digest.from_hex(item["transactions"][0]["digest"]))
    )
    assert (before["height"], before["bundle"]) == (first.height, None)


def test_the_block_in_force_is_the_newest_that_is_not_later(ledger: LateLedger) -> None:
    for _ in range(6):
        submit(ledger, [ANN.enrol(SimTerminal("acme", f"t{ledger.head().height}"))])
    times = {height: ledger.block(height).time for height in range(1, ledger.head().height + 1)}
    for height, time in times.items():
        assert block_at(ledger, time).height == height
        assert height == 1 or block_at(ledger, time - 1).height == height - 1
    assert block_at(ledger, times[len(times)] + 10**9).height == len(times)
    with pytest.raises(NotFound, match="begins at"):
        block_at(ledger, times[1] - 1)


def test_a_node_that_does_not_have_every_block_tells_those_that_it_has(ledger: LateLedger) -> None:
    for _ in range(4):
        submit(ledger, [ANN.enrol(SimTerminal("acme", f"t{ledger.head().height}"))])
    newest = ledger.head().height
    times = {height: ledger.block(height).time for height in range(1, newest + 1)}
    ledger.late, ledger.first = True, 4
    assert [each["height"] for each in blocks_json(ledger, 100, None)["blocks"]] == [*range(newest - 1, 3, -1)]
    assert block_at(ledger, times[5]).height == 5
    assert block_at(ledger, times[newest] + SECOND).height == newest - 1
    assert ledger_json(ledger, times[newest], None)["rate"]["blocks"] == newest - 4
    hashes = index_of(ledger)
    last = ledger.light_block(newest).commit.block_id.hash
    assert hashes.find(last, 9) == []
    ledger.late = False
    hashes.follow(ledger, 100)
    assert [each.height for each in hashes.find(last, 9)] == [newest]


def test_a_ledger_of_one_validator_is_stale_when_something_waits_and_no_block_comes(ledger: LateLedger) -> None:
    head, light = ledger.head(), ledger.light_block(1)
    late = head.time + 10 * STALE_AFTER
    assert stale_for(head, light, late, None) is None
    assert stale_for(head, light, late, late - STALE_AFTER + 1) is None
    assert stale_for(head, light, late, late - STALE_AFTER) == STALE_AFTER
    assert stale_for(head, light, head.time + STALE_AFTER - 1, 0) is None
    assert stale_for(head, light, head.time + STALE_AFTER, 0) == STALE_AFTER
    (alarm,) = ledger_json(ledger, late, 0)["alarms"]
    assert (alarm["code"], alarm["values"]["minutes"]) == ("ledger-stale", 10 * STALE_AFTER // MINUTE)


def test_a_network_is_stale_without_a_block_for_three_heartbeats_whatever_waits(ledger: LateLedger) -> None:
    head, light = ledger.head(), signed_by(ledger.light_block(1), 0, 1, 2, 3)
    assert stale_for(head, light, head.time + STALE_AFTER - 1, None) is None
    assert stale_for(head, light, head.time + STALE_AFTER, None) == STALE_AFTER


def test_a_follower_tells_a_head_that_no_peer_renews_whether_something_waits_or_not(ledger: LateLedger) -> None:
    head = ledger.head()
    for waits in (None, 0):
        assert "head-stale" not in str(ledger_json(ledger, head.time + STALE_AFTER, waits, follows=True)["alarms"])
        (alarm,) = ledger_json(ledger, head.time + STALE_AFTER + MINUTE, waits, follows=True)["alarms"]
        assert (alarm["code"], alarm["values"]["height"]) == ("head-stale", head.height)


FOUR = ValidatorSet.of(*(Validator.of(sim_validator(at).public.raw, 10) for at in range(4)))


def signed_by(light: LightBlock, *signers: int) -> LightBlock:
    """The block as four validators would have it, these of them with a vote."""
    given = CommitSig(VoteFlag.COMMIT, bytes(20), Timestamp.of_millis(START), bytes(64))
    votes = [
        replace(given, validator_address=each.address) if at in signers else CommitSig.absent()
        for at, each in enumerate(FOUR.validators)
    ]
    return replace(light, validators=FOUR, commit=replace(light.commit, signatures=tuple(votes)))


def test_a_validator_without_a_vote_in_the_newest_blocks_is_missing_and_one_that_came_late_is_not(
    ledger: LateLedger,
) -> None:
    light, head = ledger.light_block(1), ledger.head()
    whole, three = signed_by(light, 0, 1, 2, 3), signed_by(light, 0, 1, 3)
    assert alarms(head, [whole] * 9, head.time, None) == []
    assert alarms(head, [three, three, three, three, whole], head.time, None) == []
    assert alarms(head, [three] * 5 + [whole] * 9, head.time, None) == [], "votes for the newest still come"
    (alarm,) = alarms(head, [whole] + [three] * 5 + [whole] * 9, head.time, None)
    gone = FOUR.validators[2].address.hex()[:10]
    values = {"count": 1, "of": 4, "power": 10, "total": 40, "blocks": 5, "names": gone}
    assert alarm == {"code": "validators-missing", "values": values}


def test_votes_are_counted_of_blocks_that_have_a_next_one(ledger: LateLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the newest block each node has other votes."""
    light = ledger.light_block(1)
    told = []
    for newest in (signed_by(light, 0, 1, 2, 3), signed_by(light, 0, 1, 3), signed_by(light, 1, 2, 3)):
        found = [newest, *[signed_by(light, 0, 1, 2, 3)] * 5]
        monkeypatch.setattr(standing, "newest_lights", lambda _ledger, most, found=found: found[:most])
        told.append(validators_json(ledger))
    assert told[0] == told[1] == told[2]
    assert {(each["signed"], each["of"]) for each in told[0]["validators"]} == {(5, 5)}


def test_a_validator_that_has_just_come_is_not_missing(ledger: LateLedger) -> None:
    """The vote that brought it in took effect in the newest block alone."""
    light, head = ledger.light_block(1), ledger.head()
    three = ValidatorSet(FOUR.validators[:3])
    before = signed_by(light, 0, 1, 2)
    before = replace(before, validators=three, commit=replace(before.commit, signatures=before.commit.signatures[:3]))
    assert alarms(head, [signed_by(light, 0, 1, 2), *[before] * 6], head.time, None) == []


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("46", ["height", "name"]),
        ("#46", ["height", "name"]),
        ("12345678", ["height", "hash", "name"]),
        ("0xABCDEF01", ["hash", "name"]),
        ("ab" * 32, ["hash", "name"]),
        ("abcdef0", ["name"]),
        ("steel-1 0/17", ["frame", "name"]),
        ("2026-03-01T08:00Z", ["time", "name"]),
        ("2026-03-01", ["time", "name"]),
        ("hall.total 2026-03-01T08:00", ["slot", "name"]),
        ("0", ["name"]),
        ("9" * 19, ["hash", "name"]),
    ],
)
def test_a_text_is_read_as_all_that_it_may_mean(text: str, meant: list[str]) -> None:
    assert read_asked(text).meanings == meant
