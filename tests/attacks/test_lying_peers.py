"""What a lying peer may say to a follower: each lie is found out, its peer is named, and one honest peer is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from veriwatt.errors import Malformed, Unavailable, Unsettled
from veriwatt.ids import Digest
from veriwatt.ledger.follower import ledger as followed
from veriwatt.ledger.follower import submitted
from veriwatt.ledger.follower.forks import LedgerForked
from veriwatt.ledger.follower.http_peer import SMALL
from veriwatt.ledger.follower.known_blocks import KnownBlocks, OtherVotes
from veriwatt.ledger.follower.peers import NoPeerAnswers
from veriwatt.ledger.open_ledger import FollowedLedger, create_ledger
from veriwatt.machine.terminals import queries
from veriwatt.merkle.state_proof import MultiProof
from veriwatt.model.evidence.paths import StatePart
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.block import CommitSig, LightBlock, Timestamp, TxResult, commit_hash
from veriwatt.model.ledger.peer_answers import (
    BlockTransactions,
    LogAnswer,
    PeerHead,
    parse_parts,
    parse_state_answer,
    parse_summaries,
    parts_answer,
    state_answer,
    summaries_answer,
)
from veriwatt.model.ledger.state_keys import ROOT_LOG, members_prefix, passport_key
from veriwatt.ports.ledger import STALE_AFTER, StaleHead, check_fresh, submit
from veriwatt.reading import pinned_states
from veriwatt.testing.actors import SimMember, SimTerminal, sim_validator
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.council import sealed, set_of, trusted_set
from veriwatt.testing.lying_peers import Edit, Edits, FollowedWorld
from veriwatt.units import MINUTE, SECOND
from veriwatt.verify.light_block import verify_commit

TERMINAL = SimTerminal("acme", "t1")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FollowedWorld]:
    monkeypatch.setattr(pinned_states, "NEW_PIN_SECONDS", 0)  # the newest head each time
    monkeypatch.setattr(followed, "HEAD_FOR", 0)
    world = FollowedWorld(tmp_path)
    world.clock.advance_to(world.clock.now() + MINUTE)
    submit(world.ledger, [world.ann.open_log(), world.ann.enrol(TERMINAL)])
    yield world
    world.close()


def state_of(follower: FollowedLedger, name: str) -> str:
    return next(each.state for each in follower.following().peers if each.name == f"acme/{name}")


def flipped(raw: bytes, at: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def edited_state(edit: Callable[[StatePart], StatePart]) -> Edit:
    return lambda raw: state_answer(edit(parse_state_answer(raw)))


def shorter_head(raw: bytes) -> bytes:
    return replace(PeerHead.from_bytes(raw), newest=None).to_bytes()


def other_leaf(raw: bytes) -> bytes:
    head = PeerHead.from_bytes(raw)
    assert head.newest is not None
    return replace(head, newest=replace(head.newest, leaf=flipped(head.newest.leaf, 5))).to_bytes()


def other_app_hash(raw: bytes) -> bytes:
    head = PeerHead.from_bytes(raw)
    header = replace(head.light.header, app_hash=bytes(32))
    return replace(head, light=replace(head.light, header=header)).to_bytes()


def read_all(follower: FollowedLedger) -> None:
    """Ask for everything that a ledger is asked for."""
    assert queries.passport(follower, "acme", "t1") is not None
    assert follower.get(passport_key("acme", "none")) is None
    assert [key for key, _ in follower.scan(members_prefix("acme"))] == [b"member/acme/ann"]
    with follower.snapshot() as now:
        assert now.head.root_log_size == len(list(now.log_leaves(ROOT_LOG))) == 1
    assert [each.result.code for each in follower.executed()] == ["ok", "ok"]


OTHER_PROOF = MultiProof(b"\x80", (), (Digest(bytes(32)),))

LIES: dict[str, Edits] = {
    "a head that does not parse": {"head": lambda raw: raw[:-1]},
    "a head with a changed byte": {"head": lambda raw: flipped(raw, len(raw) // 2)},
    "a header with another app hash": {"head": other_app_hash},
    "a head without the newest leaf": {"head": shorter_head},
    "a head with another leaf": {"head": other_leaf},
    "a false absence": {"state": edited_state(lambda part: replace(part, values=tuple(None for _ in part.values)))},
    "a false presence": {"state": edited_state(lambda part: replace(part, values=tuple(b"x" for _ in part.values)))},
    "no values": {"state": edited_state(lambda part: replace(part, values=()))},
    "another proof": {
        "state": edited_state(lambda part: replace(part, proof=MultiProof(b"\x80", (), (Digest(bytes(32)),))))
    },
    "leaves of another order": {
        "log": lambda raw: replace(
            LogAnswer.from_bytes(raw),
            leaves=tuple(replace(each, index=each.index + 1) for each in LogAnswer.from_bytes(raw).leaves),
        ).to_bytes()
    },
    "no leaves": {"log": lambda raw: replace(LogAnswer.from_bytes(raw), leaves=()).to_bytes()},
    "a map without a part": {"parts": lambda raw: summaries_answer(_emptied(raw)) if _is_summaries(raw) else raw},
    "a part without a row": {"parts": lambda raw: raw if _is_summaries(raw) else parts_answer(_fewer_rows(raw))},
    "no transactions": {"transactions": lambda _: BlockTransactions((), ()).to_bytes()},
    "other results": {
        "transactions": lambda raw: replace(
            BlockTransactions.from_bytes(raw), results=(TxResult(0, b""), TxResult(1, b"x"))
        ).to_bytes()
    },
    "a transaction that never was": {
        "transactions": lambda raw: replace(
            BlockTransactions.from_bytes(raw), transactions=(b"x", BlockTransactions.from_bytes(raw).transactions[1])
        ).to_bytes()
    },
    "one transaction of two": {
        "transactions": lambda raw: BlockTransactions(
            BlockTransactions.from_bytes(raw).transactions[:1], BlockTransactions.from_bytes(raw).results[:1]
        ).to_bytes()
    },
    "another block": {"block": lambda raw: flipped(raw, 60)},
    "HTML": {"head": lambda _: b"<html>welcome</html>"},
}


def _is_summaries(raw: bytes) -> bool:
    return raw[:5] == b"\x82\x02\x99\x01\x00"


def _emptied(raw: bytes) -> list[bytes]:
    summaries = list(parse_summaries(raw))
    summaries[next(n for n, each in enumerate(summaries) if each)] = b""
    return summaries


def _fewer_rows(raw: bytes) -> list[tuple[int, tuple[tuple[bytes, bytes], ...]]]:
    return [(n, rows[1:]) for n, rows in parse_parts(raw)]


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_found_out_and_the_honest_peer_is_enough(world: FollowedWorld, lie: str) -> None:
    world.peer("liar", LIES[lie])
    world.peer("honest")
    with world.follow("liar", "honest") as follower:
        read_all(follower)
        assert (state_of(follower, "liar"), state_of(follower, "honest")) == ("left", "ok")
        before = len(world.peers["liar"].asked)
        read_all(follower)
        assert len(world.peers["liar"].asked) == before


@pytest.mark.parametrize("lie", LIES)
def test_with_the_liar_alone_nothing_false_is_read_and_it_is_named(world: FollowedWorld, lie: str) -> None:
    world.peer("liar", LIES[lie])
    with world.follow("liar") as follower, pytest.raises(NoPeerAnswers, match="acme/liar"):
        read_all(follower)


def silent(raw: bytes) -> bytes:
    raise httpx.ReadTimeout("no answer")


@pytest.mark.parametrize("door", ["head", "block", "state", "log", "parts", "transactions", "submit"])
@pytest.mark.parametrize("answer", [silent, lambda _: bytes(25 << 20)], ids=["silence", "megabytes"])
def test_what_withholds_or_floods_costs_one_question(world: FollowedWorld, door: str, answer: Edit) -> None:
    world.peer("mute", {door: answer})
    world.peer("honest")
    with world.follow("mute", "honest") as follower:
        read_all(follower)
        assert submit(follower, [world.ann.add_member(SimMember("acme", "bea"))])[0].ok
        assert state_of(follower, "mute") in ("fails", "ok")


def bomb(item: bytes) -> bytes:
    """A record of one array with as many of the item as a large answer holds."""
    count = 8_000_000 // len(item)
    return b"\x82\x02\x9a" + count.to_bytes(4, "big") + item * count


@pytest.mark.parametrize("item", [b"\x00", b"\x82\x00\x00", b"\x41A"], ids=["numbers", "arrays", "strings"])
def test_of_an_answer_of_millions_of_items_nothing_is_built(item: bytes) -> None:
    for parse in (parse_parts, BlockTransactions.from_bytes):
        with pytest.raises(Malformed, match="more than 6[0-9]{5} items"):
            parse(bomb(item))


def test_an_answer_is_read_no_further_than_its_bound(world: FollowedWorld) -> None:
    sent = 0

    def endless(raw: bytes) -> bytes:
        nonlocal sent
        sent += 1
        return bytes(SMALL + 1)

    world.peer("flood", {"head": endless})
    with world.follow("flood") as follower, pytest.raises(Unavailable, match="more than"):
        follower.head()
    assert sent == 1


def test_a_peer_of_another_chain_is_left(world: FollowedWorld, tmp_path: Path) -> None:
    other = FollowedWorld(tmp_path / "other", name="twin")
    world.peer("twin", ledger=other.ledger)
    world.peer("honest")
    with world.follow("twin", "honest") as follower:
        read_all(follower)
        assert state_of(follower, "twin") == "left"
    other.close()


def lower_head(raw: bytes) -> bytes:
    """A head that nobody signed, below the newest one."""
    head = PeerHead.from_bytes(raw)
    header = replace(head.light.header, height=head.light.header.height - 1)
    return replace(head, light=replace(head.light, header=header)).to_bytes()


@pytest.mark.parametrize("whose", ["of another chain", "signed by nobody"])
def test_a_lower_head_that_is_none_of_the_chain_is_a_lie_and_not_an_old_one(
    world: FollowedWorld, tmp_path: Path, whose: str
) -> None:
    other = FollowedWorld(tmp_path / "other", name="twin")
    assert other.ledger.head().height < world.ledger.head().height
    world.peer("honest")
    if whose == "of another chain":
        world.peer("false", ledger=other.ledger)
    else:
        world.peer("false", {"head": lower_head})
    with world.follow("honest") as follower:
        newest = follower.head()
    with world.follow("false", "honest") as follower:
        assert follower.head() == newest
        assert state_of(follower, "false") == "left"
    other.close()


def later_votes(raw: bytes) -> bytes:
    """The true header under votes that nobody gave: of an hour later."""
    head = PeerHead.from_bytes(raw)
    commit = head.light.commit
    votes = tuple(
        replace(each, timestamp=Timestamp(each.timestamp.seconds + 3_600, each.timestamp.nanos))
        for each in commit.signatures
    )
    return replace(head, light=replace(head.light, commit=replace(commit, signatures=votes))).to_bytes()


def test_the_votes_of_a_head_that_is_known_are_verified_again(world: FollowedWorld) -> None:
    world.peer("liar", {"head": later_votes})
    world.peer("honest")
    with world.follow("honest") as follower:
        head, time = follower.head(), follower.next_time()
    with world.follow("liar", "honest") as follower:
        assert (follower.head(), follower.next_time()) == (head, time)
        with follower.snapshot() as now:
            verify_commit(now.prove([ROOT_LOG]).light, follower.chain_id)
        assert state_of(follower, "liar") == "left"


def test_an_old_head_is_behind_and_alone_it_grows_stale(world: FollowedWorld) -> None:
    frozen: list[bytes] = []

    def old(raw: bytes) -> bytes:
        frozen.append(raw)
        return frozen[0]

    world.peer("old", {"head": old})
    world.peer("honest")
    with world.follow("old", "honest") as follower:
        first = follower.head()
        check_fresh(first, world.clock.now())
    submit(world.ledger, [world.ann.add_member(SimMember("acme", "bea"))])
    world.clock.advance_to(world.clock.now() + STALE_AFTER + 10 * SECOND)
    world.ledger.sign_fresh_head()
    with world.follow("old", folder="alone") as follower:
        head = follower.head()  # true, and old
        assert head == first
        with pytest.raises(StaleHead):
            check_fresh(head, world.clock.now())
        assert follower.following().stale
    with world.follow("old", "honest") as follower:
        assert follower.head().height > first.height
        assert not follower.following().stale
        check_fresh(follower.head(), world.clock.now())
    with world.follow("old") as follower, pytest.raises(NoPeerAnswers, match="known here"):
        follower.head()  # what was proven before is not forgotten over a restart


def test_two_histories_stop_the_follower_whoever_shows_the_second(world: FollowedWorld, tmp_path: Path) -> None:
    (tmp_path / "fork").mkdir()
    clock = SimClock(world.genesis.time)
    with create_ledger(tmp_path / "fork", world.genesis, sim_validator(), clock) as fork:
        clock.advance_to(world.clock.now() + SECOND)
        submit(fork, [world.ann.add_member(SimMember("acme", "eve"))])
        assert fork.head().height == world.ledger.head().height
        world.peer("one")
        world.peer("other", ledger=fork)
        with world.follow("one") as follower:
            follower.head()
        with world.follow("other") as follower:
            with pytest.raises(LedgerForked):
                follower.head()
            with pytest.raises(LedgerForked):
                follower.get(b"org/acme")
        with pytest.raises(LedgerForked), world.follow("one") as follower:
            pass


def test_a_block_by_strangers_is_no_fork_but_a_lie(world: FollowedWorld, tmp_path: Path) -> None:
    (tmp_path / "fake").mkdir()
    genesis = replace(world.genesis, validators=(replace(world.genesis.validators[0], key=sim_validator(7).public),))
    with create_ledger(tmp_path / "fake", genesis, sim_validator(7), SimClock(world.clock.now())) as fake:
        world.peer("fake", ledger=fake)
        world.peer("honest")
        with world.follow("fake", "honest") as follower:
            read_all(follower)
            assert state_of(follower, "fake") == "left"


def test_a_block_ahead_of_the_clock_convicts_nobody(world: FollowedWorld) -> None:
    world.peer("honest")
    with world.follow("honest") as follower:
        follower.head()
        world.clock.advance_to(world.clock.now() + MINUTE)
        submit(world.ledger, [world.ann.add_member(SimMember("acme", "bea"))])
        world.clock.set_back(world.clock.now() - MINUTE)
        with pytest.raises(NoPeerAnswers, match="ahead of this machine's clock"):
            follower.head()
        assert state_of(follower, "honest") == "fails"


def test_a_relay_that_drops_what_it_took_is_passed_by(world: FollowedWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submitted, "NEXT_PEER", 0.2)
    world.peer("dropper")
    dropper = world.peers["dropper"].answers
    monkeypatch.setattr(dropper, "submit", lambda *_: b"\x81\x02")
    world.peer("honest")
    with world.follow("dropper") as follower, pytest.raises(Unsettled):
        submit(follower, [world.ann.add_member(SimMember("acme", "bea"))], within=SECOND)
    with world.follow("dropper", "honest") as follower:
        (result,) = submit(follower, [world.ann.add_member(SimMember("acme", "bo"))], within=10 * SECOND)
        assert result.ok
        again = submit(follower, [world.ann.add_member(SimMember("acme", "bo"))])
        assert [each.code for each in again] == ["record-exists"]


def test_what_is_not_authentic_is_refused_here_and_sent_to_nobody(world: FollowedWorld) -> None:
    world.peer("honest")
    eve = SimMember("acme", "eve", chain=world.ann.chain)
    with world.follow("honest") as follower:
        results = submit(follower, [b"nonsense", eve.open_log()])
        assert [each.code for each in results] == ["malformed", "signer-not-found"]
    assert "submit" not in world.peers["honest"].asked


def test_a_light_block_is_parsed_as_it_was_made(world: FollowedWorld) -> None:
    world.peer("honest")
    with world.follow("honest") as follower:
        for height in range(1, follower.head().height + 1):
            found: LightBlock = follower.light_block(height)
            assert found == world.ledger.light_block(height)


FOUR = [sim_validator(at) for at in range(4)]


def signed_chain(trust: Trust, blocks: int) -> list[LightBlock]:
    """Blocks 1 to `blocks` of a ledger of four validators, each with all four votes, which the next has kept."""
    chain = [sealed(trust.header, FOUR)]
    for _ in range(blocks - 1):
        last = chain[-1]
        header = replace(
            last.header,
            height=last.header.height + 1,
            time=Timestamp.of_millis(last.header.time_ms + SECOND),
            last_block_id=last.commit.block_id,
            last_commit_hash=commit_hash(last.commit),
        )
        chain.append(sealed(header, FOUR))
    return chain


def without_vote(light: LightBlock, at: int) -> LightBlock:
    """A block that is as final with three votes of four."""
    votes = list(light.commit.signatures)
    votes[at] = CommitSig.absent()
    return replace(light, commit=replace(light.commit, signatures=tuple(votes)))


def test_who_signed_a_block_is_what_the_next_block_has_kept_and_no_peer_hides_a_vote(tmp_path: Path) -> None:
    trust = trusted_set(set_of(FOUR))
    chain, now = signed_chain(trust, 4), trust.header.time_ms + MINUTE
    known = KnownBlocks(tmp_path, trust)

    def honest(height: int) -> LightBlock:
        return chain[height - 1]

    def hiding(height: int) -> LightBlock:
        return without_vote(honest(height), 2)

    seen = without_vote(chain[2], 1)  # the head as this peer first had it
    known.advance(seen, now, honest)
    assert known.at(3, now, honest) == seen
    known.advance(chain[3], now, honest)
    with pytest.raises(OtherVotes, match="block 3"):
        known.at(3, now, hiding)
    assert known.at(3, now, honest) == chain[2]
    assert known.at(3, now, hiding) == chain[2], "known by now"
    with pytest.raises(OtherVotes, match="block 2"):
        known.at(2, now, hiding)
    again = KnownBlocks(tmp_path, trust)
    assert again.newest.header == chain[3].header
    with pytest.raises(OtherVotes, match="block 3"):
        again.at(3, now, hiding)
