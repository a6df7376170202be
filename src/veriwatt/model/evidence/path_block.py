"""The short form of the light blocks of a path: what is elsewhere in the file, or follows, is left out.

    path block = [app version, height, time, last block id | null, last commit hash, data hash | null,
                  next validators hash | null, consensus hash | null, app hash, last results hash | null,
                  evidence hash | null, proposer, round, parts, parts hash, [vote | null, ...], [validator, ...]]
    vote       = [seconds after the header's, nanoseconds, signature]
    validator  = place | [public key, power]

Spec: docs/spec/evidence.md, "Blocks of the path".
"""

from __future__ import annotations

from collections.abc import Iterable

from veriwatt.encoding import Fields, Value
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
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
    header_hash,
    validators_hash,
)
from veriwatt.model.ledger.commit import MAX_PARTS, MAX_ROUND, SIGNATURE_LENGTH
from veriwatt.model.ledger.validators import ADDRESS_LENGTH, KEY_LENGTH, MAX_VALIDATORS

_FIELDS = 17
_UINT64 = 2**64 - 1


class PathBlocks:
    """Writes or reads the blocks of one path, in its order: each may name validators of the file and of those before.

    Args:
        light: the light block that the file has whole.
    """

    def __init__(self, light: LightBlock) -> None:
        self._light = light.header
        self._listed = list(light.validators.validators)
        self._places = {each: place for place, each in enumerate(self._listed)}

    def fields(self, block: LightBlock) -> Value:
        header, commit, validators = block.header, block.commit, block.validators.validators
        own = {each.address: place for place, each in enumerate(validators)}
        return [
            header.version_app,
            header.height,
            header.time.fields(),
            header.last_block_id.fields() if header.last_block_id else None,
            header.last_commit_hash,
            _unless(EMPTY_ROOT, header.data_hash),
            _unless(validators_hash(block.validators), header.next_validators_hash),
            _unless(self._light.consensus_hash, header.consensus_hash),
            header.app_hash,
            _unless(EMPTY_ROOT, header.last_results_hash),
            _unless(EMPTY_ROOT, header.evidence_hash),
            own.get(header.proposer_address, header.proposer_address),
            commit.round,
            commit.block_id.parts_total,
            commit.block_id.parts_hash,
            [_vote_fields(vote, header.time) for vote in commit.signatures],
            [self._validator_fields(each) for each in validators],
        ]

    def read(self, value: object, most: int) -> LightBlock:
        """The next block, of at most so many validators; whether this is its one short form is not checked.

        Raises:
            Malformed: the fields are of no light block.
        """
        f = Fields(value, "path block", _FIELDS)
        version_app, height, time = f.uint("app version", _UINT64), f.uint("height"), Timestamp.parse(f.raw())
        last_block_id, last_commit_hash = f.optional(BlockId.parse), f.digest("last commit hash", Digest)
        data, following, consensus = (_hash_or_none(f.raw()) for _ in range(3))
        app_hash, results, evidence, proposer = (
            f.bytes("app hash"),
            _hash_or_none(f.raw()),
            _hash_or_none(f.raw()),
            f.raw(),
        )
        round, parts, parts_hash = f.uint("round", MAX_ROUND), f.uint("parts", MAX_PARTS), f.digest("parts", Digest)
        votes, listed = f.list("votes", most), f.list("validators", most)
        validators = ValidatorSet(tuple([self._read_validator(each) for each in listed]))
        own = validators_hash(validators)
        header = Header(
            version_block=BLOCK_PROTOCOL,
            version_app=version_app,
            chain_id=self._light.chain_id,
            height=height,
            time=time,
            last_block_id=last_block_id,
            last_commit_hash=last_commit_hash,
            data_hash=data or EMPTY_ROOT,
            validators_hash=own,
            next_validators_hash=following or own,
            consensus_hash=consensus or self._light.consensus_hash,
            app_hash=app_hash,
            last_results_hash=results or EMPTY_ROOT,
            evidence_hash=evidence or EMPTY_ROOT,
            proposer_address=_read_proposer(proposer, validators),
        )
        if len(votes) != len(listed):
            raise Malformed(f"path block: {len(votes)} votes for {len(listed)} validators")
        pairs = zip(validators.validators, votes, strict=True)
        signatures = tuple(_read_vote(vote, each, time) for each, vote in pairs)
        return LightBlock(
            header, Commit(height, round, BlockId(header_hash(header), parts, parts_hash), signatures), validators
        )

    def _validator_fields(self, validator: Validator) -> Value:
        place = self._places.get(validator)
        if place is not None:
            return place
        self._list(validator)
        return [validator.public_key, validator.power]

    def _read_validator(self, value: object) -> Validator:
        if isinstance(value, list):
            f = Fields(value, "validator", 2)
            validator = Validator.of(f.bytes("public key", KEY_LENGTH), f.uint("power"))
            self._list(validator)
            return validator
        return self._listed[Fields([value], "validator", 1).uint("place", len(self._listed) - 1)]

    def _list(self, validator: Validator) -> None:
        self._places.setdefault(validator, len(self._listed))
        self._listed.append(validator)


def read_blocks(values: Iterable[object], light: LightBlock) -> tuple[LightBlock, ...]:
    """The light blocks of short forms.

    Raises:
        Malformed: they are no light blocks, not in their one short form, or have with `light` too many validators.
    """
    reading, writing, blocks = PathBlocks(light), PathBlocks(light), list[LightBlock]()
    room = MAX_VALIDATORS - len(light.validators.validators)
    for value in values:
        block = reading.read(value, room)
        if writing.fields(block) != value:
            raise Malformed(f"path block: block {block.header.height} is not in its short form")
        room -= len(block.validators.validators)
        blocks.append(block)
    return tuple(blocks)


def _unless(known: Digest, found: Digest) -> Value:
    return None if found == known else found


def _hash_or_none(value: object) -> Digest | None:
    return None if value is None else Fields([value], "path block", 1).digest("hash", Digest)


def _read_proposer(value: object, validators: ValidatorSet) -> bytes:
    f = Fields([value], "path block", 1)
    if isinstance(value, int):
        return validators.validators[f.uint("proposer", len(validators.validators) - 1)].address
    return f.bytes("proposer", ADDRESS_LENGTH)


def _vote_fields(vote: CommitSig, header: Timestamp) -> Value:
    if vote.flag == VoteFlag.ABSENT:
        return None
    return [vote.timestamp.seconds - header.seconds, vote.timestamp.nanos, vote.signature]


def _read_vote(value: object, validator: Validator, header: Timestamp) -> CommitSig:
    if value is None:
        return CommitSig.absent()
    f = Fields(value, "vote", 3)
    time = Timestamp(header.seconds + f.int("seconds"), f.uint("nanoseconds"))
    return CommitSig(VoteFlag.COMMIT, validator.address, time, f.bytes("signature", SIGNATURE_LENGTH))
