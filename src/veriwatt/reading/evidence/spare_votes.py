"""Leaving out of a light block the votes that its reader does not need: each is 75 bytes of an evidence file."""

from __future__ import annotations

from dataclasses import replace

from veriwatt.model.ledger.block import CommitSig, LightBlock, ValidatorSet, VoteFlag


def without_spare_votes(light: LightBlock, trusted: ValidatorSet) -> LightBlock:
    """The same final block with as few votes as a reader needs who trusts that set: steps 5 and 9 of the light block.

    All are votes for the block. Those of trusted validators are kept first, and of them those with the most power.
    """
    known = {validator.public_key: validator.power for validator in trusted.validators}
    voted = [
        (known.get(validator.public_key, 0), validator.power, -place)
        for place, (validator, vote) in enumerate(
            zip(light.validators.validators, light.commit.signatures, strict=True)
        )
        if vote.flag == VoteFlag.COMMIT
    ]
    kept, signed, shared = set[int](), 0, 0
    for trust, power, place in sorted(voted, reverse=True):
        if 3 * signed > 2 * light.validators.total_power and 3 * shared > trusted.total_power:
            break
        kept.add(-place)
        signed, shared = signed + power, shared + trust
    votes = (vote if place in kept else CommitSig.absent() for place, vote in enumerate(light.commit.signatures))
    return replace(light, commit=replace(light.commit, signatures=tuple(votes)))
