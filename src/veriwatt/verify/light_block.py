"""Light blocks: verifying that a block is final by its own validators, and that it follows from a trusted block.

The steps have the numbers of docs/spec/light-block.md. One procedure serves the embedded ledger, which has one
validator, and a CometBFT network; the caller states how much the signature of a single validator is worth.
"""

from __future__ import annotations

from veriwatt.crypto.vote_signing import verify_vote
from veriwatt.model.ledger.block import (
    BLOCK_PROTOCOL,
    Commit,
    Header,
    LightBlock,
    Timestamp,
    ValidatorSet,
    VoteFlag,
    header_hash,
    validators_hash,
    vote_sign_bytes,
)
from veriwatt.units import SECOND, UtcMillis
from veriwatt.utc_text import utc_text
from veriwatt.verify.block_refusals import NotEnoughPower, NotEnoughTrust, TrustExpired, WrongBlock

MAX_CLOCK_DRIFT = 10 * SECOND
"""How far a block's time may be ahead of the reader's clock, in ms; CometBFT's default."""

_MILLI_NANOS = 1_000_000
_SECOND_NANOS = 1_000 * _MILLI_NANOS


def verify_commit(light: LightBlock, chain_id: str) -> None:
    """Raise unless more than two thirds of the block's own validators made it final on this chain.

    This does not decide whether to trust these validators: the caller knows their hash, or continues with
    `verify_successor`, `verify_adjacent` or `verify_skipping`. Every signature in the commit is verified, also the
    votes for no block, so no byte of a proven light block can be changed.

    Raises:
        WrongBlock: header, commit and validators belong to different blocks, or to another chain.
        NotEnoughPower: two thirds or less of the power signed.
        BadSignature: a vote is not signed by its validator.
    """
    header, commit, validators = light.header, light.commit, light.validators
    # 1. the protocol version and the chain are those that the reader expects
    _require_equal("block version", BLOCK_PROTOCOL, header.version_block)
    _require_equal("chain id", chain_id, header.chain_id)
    # 2. the commit is for this header
    _require_equal("height of the commit", header.height, commit.height)
    _require_equal("hash in the commit", header_hash(header), commit.block_id.hash)
    # 3. the validators are the header's
    _require_equal("validators hash", header.validators_hash, validators_hash(validators))
    # 4. one vote for each validator, in the set's order
    _check_voters(commit, validators)
    # 5. more than two thirds of the power is for the block
    signed = _power_for_block(commit, validators)
    if 3 * signed <= 2 * validators.total_power:
        raise NotEnoughPower(height=header.height, signed=signed, total=validators.total_power)
    # 6. every vote is signed by its validator
    _verify_votes(light)


def verify_successor(before: Header, light: LightBlock) -> None:
    """Raise unless `light` is the final block right after the trusted header `before`, whatever its age.

    Raises:
        WrongBlock: its height is not the next one, its time is not later, it does not name `before`, or its
            validators are not those that `before` announced.
        NotProven: as `verify_commit`.
    """
    header = light.header
    # 7. it has the next height and a later time, names the previous block, and has the validators announced there
    _require_equal("height", before.height + 1, header.height)
    _check_later(before, header)
    _require_equal("validators hash", before.next_validators_hash, header.validators_hash)
    _require_equal("hash of the block before", header_hash(before), header.last_block_id and header.last_block_id.hash)
    verify_commit(light, before.chain_id)


def verify_adjacent(trusted: Header, new: LightBlock, *, trust_period_ms: int, now_ms: UtcMillis) -> None:
    """Raise unless the next block follows from `trusted` at the reader's time.

    Raises:
        TrustExpired: `trusted` is `trust_period_ms` old or older.
        WrongBlock: `new` lies `MAX_CLOCK_DRIFT` or more ahead of `now_ms`, or as `verify_successor`.
        NotProven: as `verify_successor`.
    """
    _check_in_period(trusted, trust_period_ms, now_ms)
    _check_not_ahead(new.header, now_ms)
    verify_successor(trusted, new)


def verify_skipping(
    trusted: Header, trusted_validators: ValidatorSet, new: LightBlock, *, trust_period_ms: int, now_ms: UtcMillis
) -> None:
    """Raise unless `new`, of any later height, follows from `trusted` and its validators at the reader's time.

    Safe while less than a third of the power at `trusted` is dishonest for `trust_period_ms` after it.

    Args:
        trusted: a header already proven or configured.
        trusted_validators: the set of that header's own height.
        new: a light block two or more heights later; for the next height this calls `verify_adjacent`.
        trust_period_ms: how long after its time `trusted` may be used; shorter than the time for which a validator
            that left remains accountable.
        now_ms: the reader's clock.

    Raises:
        TrustExpired: `trusted` is too old.
        WrongBlock: the height or time of `new` is not later, its time is ahead of the clock, or
            `trusted_validators` are not those of `trusted`.
        NotEnoughTrust: a third or less of the trusted power signed `new`; try a block in between.
        NotProven: as `verify_commit`.
    """
    _require_equal("trusted validators hash", trusted.validators_hash, validators_hash(trusted_validators))
    if new.header.height == trusted.height + 1:
        verify_adjacent(trusted, new, trust_period_ms=trust_period_ms, now_ms=now_ms)
        return
    # 8. the trust period has not ended, and the block is later and not ahead of the clock
    _check_in_period(trusted, trust_period_ms, now_ms)
    _check_later(trusted, new.header)
    _check_not_ahead(new.header, now_ms)
    # 9. more than a third of the trusted power is for the block
    signed = _trusted_power(new, trusted_validators)
    if 3 * signed <= trusted_validators.total_power:
        raise NotEnoughTrust(height=new.header.height, signed=signed, total=trusted_validators.total_power)
    # 10. the block is final by its own validators; this verifies the votes counted in step 9
    verify_commit(new, trusted.chain_id)


def _require_equal(what: str, expected: object, found: object) -> None:
    if expected != found:
        raise WrongBlock(what=what, expected=expected, found=found)


def _check_voters(commit: Commit, validators: ValidatorSet) -> None:
    _require_equal("number of votes", len(validators.validators), len(commit.signatures))
    for validator, vote in zip(validators.validators, commit.signatures, strict=True):
        if vote.flag != VoteFlag.ABSENT:
            _require_equal("address of a voter", validator.address, vote.validator_address)


def _power_for_block(commit: Commit, validators: ValidatorSet) -> int:
    pairs = zip(validators.validators, commit.signatures, strict=True)
    return sum(validator.power for validator, vote in pairs if vote.flag == VoteFlag.COMMIT)


def _verify_votes(light: LightBlock) -> None:
    header, commit = light.header, light.commit
    for index, (validator, vote) in enumerate(zip(light.validators.validators, commit.signatures, strict=True)):
        if vote.flag != VoteFlag.ABSENT:
            what = f"vote {index} on block {header.height} by {validator.address.hex()}"
            verify_vote(validator.public_key, vote_sign_bytes(header.chain_id, commit, index), vote.signature, what)


def _trusted_power(new: LightBlock, trusted: ValidatorSet) -> int:
    """The power of the trusted validators whose keys have votes for the block; the votes are not verified here."""
    _check_voters(new.commit, new.validators)
    power = {validator.public_key: validator.power for validator in trusted.validators}
    votes = zip(new.validators.validators, new.commit.signatures, strict=True)
    return sum(power.get(validator.public_key, 0) for validator, vote in votes if vote.flag == VoteFlag.COMMIT)


def _check_in_period(trusted: Header, trust_period_ms: int, now_ms: UtcMillis) -> None:
    if _nanos(trusted.time) + trust_period_ms * _MILLI_NANOS <= now_ms * _MILLI_NANOS:
        raise TrustExpired(height=trusted.height, until=trusted.time_ms + trust_period_ms, now=now_ms)


def _check_later(trusted: Header, new: Header) -> None:
    if new.height <= trusted.height:
        raise WrongBlock(what="height", expected=f"> {trusted.height}", found=new.height)
    if new.time <= trusted.time:
        raise WrongBlock(what="time", expected=f"> {utc_text(trusted.time_ms)}", found=utc_text(new.time_ms))


def _check_not_ahead(new: Header, now_ms: UtcMillis) -> None:
    limit = now_ms + MAX_CLOCK_DRIFT
    if _nanos(new.time) >= limit * _MILLI_NANOS:
        raise WrongBlock(
            what="time (set the clock of this machine if it is behind; else the clock of the ledger was ahead: verify "
            "the file again when that time has come)",
            expected=f"< {utc_text(limit)}",
            found=utc_text(new.time_ms),
        )


def _nanos(time: Timestamp) -> int:
    return time.seconds * _SECOND_NANOS + time.nanos
