"""Which light blocks are accepted and which are refused; each attack is one edit of an honest chain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.errors import BadSignature, Malformed, NotProven
from veriwatt.model.ledger.block import (
    BLOCK_PROTOCOL,
    EMPTY_ROOT,
    BlockId,
    Commit,
    CommitSig,
    Header,
    LightBlock,
    Timestamp,
    Validator,
    ValidatorSet,
    VoteFlag,
    consensus_hash,
    header_hash,
    part_set_hash,
    precommit_bytes,
    validators_hash,
)
from veriwatt.units import HOUR, SECOND
from veriwatt.utc_text import utc_text
from veriwatt.verify.block_refusals import NotEnoughPower, NotEnoughTrust, TrustExpired, WrongBlock
from veriwatt.verify.light_block import (
    MAX_CLOCK_DRIFT,
    verify_adjacent,
    verify_commit,
    verify_skipping,
    verify_successor,
)

CHAIN = "plant-0123456789abcdef"
START = 1_700_000_000_000
SIGNERS = {n: Ed25519Signer(bytes([n]) * 32) for n in range(1, 12)}
BY_KEY = {signer.public.raw: signer for signer in SIGNERS.values()}


def set_of(**powers: int) -> ValidatorSet:
    """`set_of(v1=10, v2=5)`: signer 1 with power 10, signer 2 with power 5."""
    return ValidatorSet.of(*(Validator.of(SIGNERS[int(name[1:])].public.raw, power) for name, power in powers.items()))


def header_of(height: int, validators: ValidatorSet, after: LightBlock | None = None, **changes: object) -> Header:
    honest = Header(
        version_block=BLOCK_PROTOCOL,
        version_app=1,
        chain_id=CHAIN,
        height=height,
        time=Timestamp.of_millis(START + height * SECOND),
        last_block_id=after.commit.block_id if after else None,
        last_commit_hash=EMPTY_ROOT,
        data_hash=EMPTY_ROOT,
        validators_hash=validators_hash(validators),
        next_validators_hash=validators_hash(validators),
        consensus_hash=consensus_hash(1 << 20, -1),
        app_hash=bytes(32),
        last_results_hash=EMPTY_ROOT,
        evidence_hash=EMPTY_ROOT,
        proposer_address=validators.validators[0].address,
    )
    return replace(honest, **changes)  # type: ignore[arg-type]


def vote(header: Header, validator: Validator, block_id: BlockId | None, round: int = 0) -> CommitSig:
    time = Timestamp(header.time.seconds + 1, 7)
    signed = precommit_bytes(header.chain_id, header.height, round, block_id, time)
    flag = VoteFlag.COMMIT if block_id else VoteFlag.NIL
    return CommitSig(flag, validator.address, time, BY_KEY[validator.public_key].sign(signed))


def sealed(header: Header, validators: ValidatorSet, votes: str = "") -> LightBlock:
    """The light block as the set signs it: `c` for the block, `n` for none, `a` absent, in the set's order."""
    block_id = BlockId(header_hash(header), 1, part_set_hash(b"the block"))
    letters = votes or "c" * len(validators.validators)
    signatures = tuple(
        CommitSig.absent() if letter == "a" else vote(header, one, block_id if letter == "c" else None)
        for letter, one in zip(letters, validators.validators, strict=True)
    )
    return LightBlock(header, Commit(header.height, 0, block_id, signatures), validators)


def with_votes(light: LightBlock, *votes: CommitSig) -> LightBlock:
    return replace(light, commit=replace(light.commit, signatures=votes))


FOUR = set_of(v1=10, v2=9, v3=7, v4=4)
BLOCK = sealed(header_of(5, FOUR), FOUR)


class TestItsOwnValidators:
    def test_a_block_signed_by_all_is_proven(self) -> None:
        verify_commit(BLOCK, CHAIN)

    def test_a_ledger_of_one_signer_is_proven_by_that_one(self) -> None:
        one = set_of(v1=1)

        verify_commit(sealed(header_of(1, one), one), CHAIN)

    @pytest.mark.parametrize("votes", ["cca", "ccn", "caa", "cnn", "nnn", "aaa"])
    def test_two_thirds_exactly_or_less_is_refused_and_nil_and_absent_votes_count_for_nothing(self, votes: str) -> None:
        three = set_of(v1=1, v2=1, v3=1)

        with pytest.raises(NotEnoughPower) as refused:
            verify_commit(sealed(header_of(5, three), three, votes), CHAIN)

        assert refused.value.signed == votes.count("c")
        assert refused.value.total == 3

    def test_one_unit_of_power_more_than_two_thirds_is_proven(self) -> None:
        verify_commit(sealed(header_of(5, FOUR), FOUR, "cacc"), CHAIN)  # 21 of 30
        with pytest.raises(NotEnoughPower):
            verify_commit(sealed(header_of(5, FOUR), FOUR, "ccna"), CHAIN)  # 19 of 30, and 7 for no block

    def test_a_block_of_another_chain_is_refused(self) -> None:
        with pytest.raises(WrongBlock) as refused:
            verify_commit(BLOCK, "other-0123456789abcdef")

        assert refused.value.what == "chain id"

    def test_votes_signed_for_another_chain_do_not_count_here(self) -> None:
        there = sealed(header_of(5, FOUR, chain_id="other-0123456789abcdef"), FOUR)
        here = replace(there, header=replace(there.header, chain_id=CHAIN))
        block_id = replace(there.commit.block_id, hash=header_hash(here.header))

        with pytest.raises(BadSignature):
            verify_commit(replace(here, commit=replace(there.commit, block_id=block_id)), CHAIN)

    def test_an_unknown_block_version_is_refused(self) -> None:
        with pytest.raises(WrongBlock):
            verify_commit(sealed(header_of(5, FOUR, version_block=12), FOUR), CHAIN)

    def test_a_header_that_the_commit_does_not_name_is_refused(self) -> None:
        with pytest.raises(WrongBlock) as refused:
            verify_commit(replace(BLOCK, header=replace(BLOCK.header, app_hash=b"\x01" * 32)), CHAIN)

        assert refused.value.what == "hash in the commit"

    def test_a_commit_of_another_height_is_refused(self) -> None:
        with pytest.raises(WrongBlock):
            verify_commit(replace(BLOCK, commit=replace(BLOCK.commit, height=6)), CHAIN)

    def test_validators_that_the_header_does_not_name_are_refused(self) -> None:
        stronger = set_of(v1=10, v2=9, v3=7, v4=5)

        with pytest.raises(WrongBlock) as refused:
            verify_commit(replace(BLOCK, validators=stronger), CHAIN)

        assert refused.value.what == "validators hash"

    def test_a_block_signed_by_a_foreign_validator_set_is_refused(self) -> None:
        forged = sealed(BLOCK.header, set_of(v9=30))

        with pytest.raises(WrongBlock):
            verify_commit(forged, CHAIN)

    def test_one_validators_vote_twice_is_refused(self) -> None:
        first, second, third, _ = BLOCK.commit.signatures

        with pytest.raises(WrongBlock) as refused:
            verify_commit(with_votes(BLOCK, first, second, third, first), CHAIN)

        assert refused.value.what == "address of a voter"

    def test_a_vote_too_many_or_too_few_is_refused(self) -> None:
        votes = BLOCK.commit.signatures

        for count in (votes[:3], (*votes, votes[0])):
            with pytest.raises(WrongBlock):
                verify_commit(with_votes(BLOCK, *count), CHAIN)

    def test_a_set_that_lists_a_validator_twice_is_no_set(self) -> None:
        with pytest.raises(Malformed):
            ValidatorSet((FOUR.validators[0], FOUR.validators[0]))

    def test_swapped_signatures_are_refused(self) -> None:
        first, second, *rest = BLOCK.commit.signatures
        swapped = (replace(first, signature=second.signature), replace(second, signature=first.signature))

        with pytest.raises(BadSignature):
            verify_commit(with_votes(BLOCK, *swapped, *rest), CHAIN)

    def test_a_vote_for_no_block_does_not_pass_for_one_for_the_block(self) -> None:
        light = sealed(BLOCK.header, FOUR, "nccc")
        first, *rest = light.commit.signatures

        with pytest.raises(BadSignature):
            verify_commit(with_votes(light, replace(first, flag=VoteFlag.COMMIT), *rest), CHAIN)

    def test_a_false_vote_for_no_block_is_refused_though_it_does_not_count(self) -> None:
        light = sealed(BLOCK.header, FOUR, "cccn")
        *rest, last = light.commit.signatures
        verify_commit(light, CHAIN)

        with pytest.raises(BadSignature):
            verify_commit(with_votes(light, *rest, replace(last, signature=bytes(64))), CHAIN)

    def test_votes_of_another_round_or_for_other_parts_are_refused(self) -> None:
        parts = replace(BLOCK.commit.block_id, parts_total=2)

        for commit in (replace(BLOCK.commit, round=1), replace(BLOCK.commit, block_id=parts)):
            with pytest.raises(BadSignature):
                verify_commit(replace(BLOCK, commit=commit), CHAIN)


class TestTheNextBlock:
    next = sealed(header_of(6, FOUR, BLOCK), FOUR)

    def test_it_follows_whatever_the_time_is(self) -> None:
        verify_successor(BLOCK.header, self.next)

    def test_it_follows_within_the_trust_period(self) -> None:
        verify_adjacent(BLOCK.header, self.next, trust_period_ms=HOUR, now_ms=START + 10 * SECOND)

    def test_a_block_that_names_another_before_it_is_refused(self) -> None:
        fork = sealed(header_of(5, FOUR, app_hash=b"\x02" * 32), FOUR)

        for header in (header_of(6, FOUR, fork), header_of(6, FOUR)):
            with pytest.raises(WrongBlock):
                verify_successor(BLOCK.header, sealed(header, FOUR))

    def test_validators_that_were_not_announced_are_refused(self) -> None:
        strangers = set_of(v8=1, v9=1)

        with pytest.raises(WrongBlock) as refused:
            verify_successor(BLOCK.header, sealed(header_of(6, strangers, BLOCK), strangers))

        assert refused.value.what == "validators hash"

    def test_announced_validators_are_accepted(self) -> None:
        strangers = set_of(v8=1, v9=1)
        before = sealed(header_of(5, FOUR, next_validators_hash=validators_hash(strangers)), FOUR)

        verify_successor(before.header, sealed(header_of(6, strangers, before), strangers))

    def test_time_that_stands_still_or_goes_back_is_refused(self) -> None:
        for time in (BLOCK.header.time, Timestamp.of_millis(START)):
            with pytest.raises(WrongBlock):
                verify_successor(BLOCK.header, sealed(header_of(6, FOUR, BLOCK, time=time), FOUR))

    def test_it_must_be_final_by_its_own_validators_all_the_same(self) -> None:
        with pytest.raises(NotEnoughPower):
            verify_successor(BLOCK.header, sealed(header_of(6, FOUR, BLOCK), FOUR, "caca"))

    def test_a_height_left_out_is_refused(self) -> None:
        with pytest.raises(WrongBlock):
            verify_successor(BLOCK.header, sealed(header_of(7, FOUR, BLOCK), FOUR))


class TestALaterBlock:
    def skip(self, new: LightBlock, trusted: LightBlock = BLOCK, now_ms: int = START + 60 * SECOND) -> None:
        verify_skipping(trusted.header, trusted.validators, new, trust_period_ms=HOUR, now_ms=now_ms)

    def refused(self, new: LightBlock) -> str | None:
        """The code with which `new` is refused; None when it is accepted."""
        try:
            self.skip(new)
        except NotProven as error:
            return error.code
        return None

    def test_it_is_accepted_when_the_same_validators_signed(self) -> None:
        assert self.refused(sealed(header_of(50, FOUR), FOUR)) is None

    def test_the_next_block_is_accepted_as_adjacent(self) -> None:
        self.skip(TestTheNextBlock.next)
        with pytest.raises(WrongBlock):
            self.skip(sealed(header_of(6, FOUR), FOUR))

    def test_a_third_of_the_trusted_power_exactly_is_not_enough(self) -> None:
        mostly_new = set_of(v1=1, v6=1, v7=1)

        with pytest.raises(NotEnoughTrust) as refused:
            self.skip(sealed(header_of(50, mostly_new), mostly_new))

        assert (refused.value.signed, refused.value.total) == (10, 30)

    def test_more_than_a_third_of_the_trusted_power_is_enough(self) -> None:
        mostly_new = set_of(v1=1, v4=1, v7=1)

        assert self.refused(sealed(header_of(50, mostly_new), mostly_new)) is None

    def test_trusted_validators_who_voted_for_no_block_or_not_at_all_do_not_lead_on(self) -> None:
        mixed = set_of(v6=50, v1=9, v2=8)

        for votes in ("cna", "can", "cnn"):
            with pytest.raises(NotEnoughTrust):
                self.skip(sealed(header_of(50, mixed), mixed, votes))

    def test_power_in_the_new_set_gives_no_trust(self) -> None:
        rich = set_of(v4=1000, v9=1)

        with pytest.raises(NotEnoughTrust):
            self.skip(sealed(header_of(50, rich), rich))

    def test_a_trusted_key_named_without_its_signature_is_refused(self) -> None:
        light = sealed(header_of(50, FOUR), FOUR)
        forged = with_votes(light, *(replace(sig, signature=bytes(64)) for sig in light.commit.signatures))

        with pytest.raises(BadSignature):
            self.skip(forged)

    def test_a_validator_set_that_the_trusted_header_does_not_name_is_refused(self) -> None:
        with pytest.raises(WrongBlock):
            self.skip(sealed(header_of(50, FOUR), FOUR), replace(BLOCK, validators=set_of(v1=1)))

    def test_two_thirds_of_its_own_power_are_needed_all_the_same(self) -> None:
        with pytest.raises(NotEnoughPower):
            self.skip(sealed(header_of(50, FOUR), FOUR, "caca"))

    def test_trust_ends_with_its_period(self) -> None:
        new = sealed(header_of(50, FOUR), FOUR)
        end = BLOCK.header.time_ms + HOUR
        self.skip(new, now_ms=end - 1)

        with pytest.raises(TrustExpired):
            self.skip(new, now_ms=end)

    def test_a_block_ahead_of_the_clock_is_refused(self) -> None:
        new = sealed(header_of(50, FOUR), FOUR)
        self.skip(new, now_ms=new.header.time_ms - MAX_CLOCK_DRIFT + 1)

        with pytest.raises(WrongBlock) as refused:
            self.skip(new, now_ms=new.header.time_ms - MAX_CLOCK_DRIFT)
        at = utc_text(new.header.time_ms)
        assert (refused.value.found, refused.value.expected) == (at, f"< {at}")
        assert "set the clock of this machine" in str(refused.value)

    def test_a_vote_too_many_or_too_few_is_refused(self) -> None:
        light = sealed(header_of(50, FOUR), FOUR)
        votes = light.commit.signatures

        for count in (votes[:3], (*votes, votes[0])):
            with pytest.raises(WrongBlock):
                self.skip(with_votes(light, *count))

    def test_an_older_block_an_earlier_time_and_a_twin_of_the_trusted_height_are_refused(self) -> None:
        early = header_of(50, FOUR, time=BLOCK.header.time)
        twin = header_of(5, FOUR, time=Timestamp.of_millis(START + 30 * SECOND))

        for header in (header_of(4, FOUR), BLOCK.header, early, twin):
            with pytest.raises(WrongBlock):
                self.skip(sealed(header, FOUR))
