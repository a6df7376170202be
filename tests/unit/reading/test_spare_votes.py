"""Which votes of a light block its reader does not need."""

from __future__ import annotations

from veriwatt.model.ledger.block import LightBlock, ValidatorSet, VoteFlag
from veriwatt.reading.evidence.spare_votes import without_spare_votes
from veriwatt.testing.actors import sim_validator
from veriwatt.testing.council import sealed, set_of, trusted_set


def block(*places: int) -> LightBlock:
    """The first block of these simulated validators, all of whom sign."""
    signers = [sim_validator(at) for at in places]
    return sealed(trusted_set(set_of(signers)).header, signers)


def voters(light: LightBlock, trusted: ValidatorSet) -> set[bytes]:
    less = without_spare_votes(light, trusted)
    pairs = zip(less.validators.validators, less.commit.signatures, strict=True)
    return {each.public_key for each, vote in pairs if vote.flag == VoteFlag.COMMIT}


def keys(*places: int) -> set[bytes]:
    return {sim_validator(at).public.raw for at in places}


def test_more_than_two_thirds_of_its_own_set_are_left() -> None:
    for count, needed in ((1, 1), (3, 3), (4, 3), (6, 5), (7, 5), (10, 7)):
        light = block(*range(count))
        assert len(voters(light, light.validators)) == needed


def test_those_whom_the_reader_trusts_are_left_first() -> None:
    trusted = block(0, 1, 2, 3).validators
    assert voters(block(2, 3, 4, 5), trusted) >= keys(2, 3)
    assert len(voters(block(2, 3, 4, 5), trusted)) == 3


def test_more_than_a_third_of_the_trusted_set_are_left_even_where_fewer_would_make_it_final() -> None:
    trusted = block(*range(12)).validators
    found = voters(block(7, 8, 9, 10, 11), trusted)
    assert found == keys(7, 8, 9, 10, 11), "five of twelve, where four of five are final"


def test_where_all_are_needed_the_block_stays_as_it_is() -> None:
    light = block(4, 5, 6)
    assert without_spare_votes(light, block(0, 1, 2).validators) == light
