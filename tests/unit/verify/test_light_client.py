"""The light client over chains whose validators change, and peers that lie; each lie is one edit of an honest chain."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace

import pytest

from tests.unit.verify.test_light_block import START, header_of, sealed, set_of
from veriwatt.errors import BadSignature, NotProven
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.block import LightBlock, ValidatorSet, validators_hash
from veriwatt.units import HOUR, SECOND
from veriwatt.verify.block_refusals import NotEnoughTrust, TrustExpired, WrongBlock
from veriwatt.verify.light_client import ProvenPath, TrustedBlock, find_long_steps, find_path, prove_block, prove_path

LENGTH = 40
NOW = START + 60 * SECOND
Peer = Callable[[int], LightBlock]
Finder = Callable[[TrustedBlock, LightBlock, int], Generator[int, LightBlock, ProvenPath]]


def set_at(height: int) -> ValidatorSet:
    """Four of eight validators, one of them another with every eighth block: the first and the last share none."""
    return set_of(**{f"v{(height - 1) // 8 + n}": 1 for n in range(1, 5)})


def chain(length: int = LENGTH) -> dict[int, LightBlock]:
    blocks: dict[int, LightBlock] = {}
    for height in range(1, length + 1):
        announced = validators_hash(set_at(min(height + 1, length)))
        header = header_of(height, set_at(height), blocks.get(height - 1), next_validators_hash=announced)
        blocks[height] = sealed(header, set_at(height))
    return blocks


CHAIN = chain()


def trusted(height: int, period: int = HOUR) -> TrustedBlock:
    return TrustedBlock(CHAIN[height].header, CHAIN[height].validators, period)


def walk(
    start: TrustedBlock, target: LightBlock, peer: Peer, now: int = NOW, find: Finder = find_path
) -> tuple[ProvenPath, list[int]]:
    """What `find` returns, and the heights that it asked the peer for."""
    search, asked = find(start, target, now), []
    try:
        asked.append(next(search))
        while True:
            asked.append(search.send(peer(asked[-1])))
    except StopIteration as end:
        return end.value, asked


def forged(height: int, **changes: object) -> LightBlock:
    """A block by strangers, who signed it honestly."""
    strangers = set_of(v9=1, v10=1, v11=1)
    return sealed(header_of(height, strangers, **changes), strangers)  # type: ignore[arg-type]


class TestAStep:
    def test_the_proven_block_is_trusted_in_its_turn_and_by_its_own_time(self) -> None:
        start = trusted(1, period=30 * SECOND)
        proven = prove_block(start, CHAIN[6], START + 20 * SECOND)

        assert proven == TrustedBlock(CHAIN[6].header, CHAIN[6].validators, 30 * SECOND)
        late = START + 33 * SECOND  # 31 s is the end of trust in block 1, 36 s of that in block 6
        assert prove_block(proven, CHAIN[8], late).header == CHAIN[8].header
        with pytest.raises(TrustExpired):
            prove_block(start, CHAIN[8], late)

    def test_a_trust_file_is_where_it_begins(self) -> None:
        light = CHAIN[1]
        genesis = light.header.chain_id.rsplit("-", 1)[1]
        trust = Trust(
            genesis_hash=type(light.header.data_hash).from_hex(genesis + "0" * 48),
            machine_version=1,
            header=light.header,
            validators=light.validators,
            root_log_size=0,
            written=START,
            trust_period_days=1,
        )

        start = TrustedBlock.checkpoint(trust)

        assert start == trusted(1, trust.trust_period_ms)
        assert prove_block(start, CHAIN[2], NOW).header == CHAIN[2].header


class TestAPath:
    def test_each_block_leads_to_the_next(self) -> None:
        steps = [CHAIN[height] for height in (11, 21, 31, 40)]

        assert prove_path(trusted(1), steps, NOW).header == CHAIN[40].header
        assert prove_path(trusted(1), [], NOW) == trusted(1)

    def test_a_block_left_out_breaks_it(self) -> None:
        with pytest.raises(NotEnoughTrust):
            prove_path(trusted(1), [CHAIN[11], CHAIN[40]], NOW)

    def test_blocks_in_another_order_or_twice_are_refused(self) -> None:
        for heights in ((11, 11), (11, 6), (21, 11)):
            with pytest.raises(NotProven):
                prove_path(trusted(1), [CHAIN[height] for height in heights], NOW)


class TestFindingAPath:
    def test_a_near_block_needs_none_in_between(self) -> None:
        found, asked = walk(trusted(1), CHAIN[9], CHAIN.__getitem__)

        assert (found.blocks, asked) == ((CHAIN[9],), [])

    def test_a_far_block_is_reached_over_few(self) -> None:
        found, asked = walk(trusted(1), CHAIN[40], CHAIN.__getitem__)

        assert found.head.header == CHAIN[40].header
        assert prove_path(trusted(1), found.blocks, NOW) == found.head
        assert len(found.blocks) <= 6
        assert len(asked) <= 8

    def test_every_pair_of_heights_is_connected_and_no_height_is_asked_for_twice(self) -> None:
        for start in range(1, LENGTH, 3):
            for target in range(start + 1, LENGTH + 1, 4):
                found, asked = walk(trusted(start), CHAIN[target], CHAIN.__getitem__)

                assert found.head.header == CHAIN[target].header
                assert len(set(asked)) == len(asked)
                assert all(start < height < target for height in asked)

    def test_strangers_in_between_are_found_out_by_halving(self) -> None:
        asked: list[int] = []

        def liar(height: int) -> LightBlock:
            asked.append(height)
            return forged(height)

        with pytest.raises(WrongBlock):
            walk(trusted(1), CHAIN[40], liar)
        assert asked == [20, 10, 5, 3, 2]

    def test_a_target_by_strangers_is_refused_over_the_honest_chain(self) -> None:
        with pytest.raises(WrongBlock):
            walk(trusted(1), forged(40), CHAIN.__getitem__)

    def test_a_peer_that_answers_another_height_is_refused(self) -> None:
        for other in (CHAIN[19], CHAIN[21], CHAIN[1], CHAIN[40]):
            with pytest.raises(WrongBlock) as refused:
                walk(trusted(1), CHAIN[40], lambda _, other=other: other)  # type: ignore[misc]

            assert refused.value.what == "height of the block asked for"

    def test_a_block_in_between_with_false_signatures_is_refused_and_not_searched_around(self) -> None:
        def mis_signed(height: int) -> LightBlock:
            honest = CHAIN[height]
            votes = tuple(replace(vote, signature=bytes(64)) for vote in honest.commit.signatures)
            return replace(honest, commit=replace(honest.commit, signatures=votes))

        with pytest.raises(BadSignature):
            walk(trusted(1), CHAIN[40], mis_signed)

    def test_an_older_target_and_a_twin_of_the_trusted_block_are_refused(self) -> None:
        for target in (CHAIN[4], CHAIN[5]):
            with pytest.raises(WrongBlock):
                walk(trusted(5), target, CHAIN.__getitem__)


class TestLongSteps:
    def test_no_step_could_go_farther(self) -> None:
        found, _ = walk(trusted(1), CHAIN[40], CHAIN.__getitem__, find=find_long_steps)

        assert [block.header.height for block in found.blocks] == [24, 40]
        assert prove_path(trusted(1), found.blocks, NOW) == found.head
        with pytest.raises(NotEnoughTrust):
            prove_block(trusted(1), CHAIN[25], NOW)

    def test_every_pair_of_heights_is_connected_over_no_more_blocks_than_by_halving(self) -> None:
        for start in range(1, LENGTH, 3):
            for target in range(start + 1, LENGTH + 1, 4):
                found, _ = walk(trusted(start), CHAIN[target], CHAIN.__getitem__, find=find_long_steps)

                assert prove_path(trusted(start), found.blocks, NOW).header == CHAIN[target].header
                assert len(found.blocks) <= len(walk(trusted(start), CHAIN[target], CHAIN.__getitem__)[0].blocks)

    def test_a_chain_that_changes_all_validators_at_once_is_gone_along_block_by_block_there(self) -> None:
        sets = {height: set_of(**{f"v{4 * (height > 3) + n}": 1 for n in range(1, 5)}) for height in range(1, 7)}
        blocks: dict[int, LightBlock] = {}
        for height in range(1, 7):
            announced = validators_hash(sets[min(height + 1, 6)])
            header = header_of(height, sets[height], blocks.get(height - 1), next_validators_hash=announced)
            blocks[height] = sealed(header, sets[height])
        start = TrustedBlock(blocks[1].header, blocks[1].validators, HOUR)
        found, _ = walk(start, blocks[6], blocks.__getitem__, find=find_long_steps)

        assert [block.header.height for block in found.blocks] == [3, 4, 6]

    def test_lies_are_refused_as_by_halving(self) -> None:
        for peer in (forged, lambda _: CHAIN[19]):
            with pytest.raises(WrongBlock):
                walk(trusted(1), CHAIN[40], peer, find=find_long_steps)
        with pytest.raises(WrongBlock):
            walk(trusted(1), forged(40), CHAIN.__getitem__, find=find_long_steps)
        with pytest.raises(TrustExpired):
            walk(trusted(1, period=SECOND), CHAIN[40], CHAIN.__getitem__, find=find_long_steps)


class TestValidatorsThatLeftLongAgo:
    fork = sealed(header_of(30, set_at(1), app_hash=b"\x09" * 32), set_at(1))

    def test_their_fork_is_refused_when_trust_in_their_time_has_ended(self) -> None:
        with pytest.raises(TrustExpired):
            prove_block(trusted(1, period=50 * SECOND), self.fork, NOW)

    def test_their_fork_is_refused_from_a_later_block_over_any_path(self) -> None:
        for height in (25, 29):
            with pytest.raises(NotProven):
                walk(trusted(height), self.fork, CHAIN.__getitem__)
        with pytest.raises(WrongBlock):
            prove_block(trusted(40), self.fork, NOW)
