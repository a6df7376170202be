"""A commit: the precommit votes that made a block final, hashed and signed as in CometBFT.

    time       = [seconds, nanoseconds]
    block id   = [hash, parts, parts hash]
    commit sig = [flag, validator address, time, signature]
    commit     = [height, round, block id, [commit sig, ...]]

A commit lists one vote for each validator of its height, in the set's order. Spec: docs/spec/light-block.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from veriwatt.encoding import Fields, Value, decode, encode
from veriwatt.encoding.fields import MAX_INT
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.model.ledger.protowire import bytes_field, delimited, message_field, root_of, sfixed64_field, varint_field
from veriwatt.model.ledger.validators import ADDRESS_LENGTH, MAX_VALIDATORS
from veriwatt.units import UtcMillis

SIGNATURE_LENGTH = 64
MAX_ROUND = 2**31 - 1
MAX_PARTS = 2**32 - 1
PRECOMMIT = 2

_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799
_SECOND_NANOS, _MILLI_NANOS = 1_000_000_000, 1_000_000


@dataclass(frozen=True, slots=True, order=True)
class Timestamp:
    """An instant of the years 1 to 9999 UTC: seconds since 1970, which may be negative, and 0..999,999,999 ns."""

    seconds: int
    nanos: int

    def __post_init__(self) -> None:
        if not _FIRST_SECOND <= self.seconds <= _LAST_SECOND or not 0 <= self.nanos < _SECOND_NANOS:
            raise Malformed(f"time: {self.seconds} s and {self.nanos} ns is no instant of the years 1 to 9999")

    @classmethod
    def of_millis(cls, millis: UtcMillis) -> Timestamp:
        seconds, rest = divmod(millis, 1000)
        return cls(seconds, rest * _MILLI_NANOS)

    @property
    def millis(self) -> UtcMillis:
        """The millisecond that contains this instant."""
        return self.seconds * 1000 + self.nanos // _MILLI_NANOS

    def fields(self) -> list[Value]:
        return [self.seconds, self.nanos]

    @classmethod
    def parse(cls, value: object) -> Timestamp:
        f = Fields(value, "time", 2)
        return cls(f.int("seconds"), f.uint("nanoseconds"))

    def to_proto(self) -> bytes:
        return varint_field(1, self.seconds) + varint_field(2, self.nanos)


NO_TIME = Timestamp(_FIRST_SECOND, 0)
"""CometBFT's value for a missing time: the first instant of year 1."""


@dataclass(frozen=True, slots=True)
class BlockId:
    """The hash of a block's header, and the number and root of the block's parts."""

    hash: Digest
    parts_total: int
    parts_hash: Digest

    def __post_init__(self) -> None:
        if not 1 <= self.parts_total <= MAX_PARTS:
            raise Malformed(f"block id: {self.parts_total} parts, not 1 to {MAX_PARTS}")

    def fields(self) -> list[Value]:
        return [self.hash, self.parts_total, self.parts_hash]

    @classmethod
    def parse(cls, value: object) -> BlockId:
        f = Fields(value, "block id", 3)
        return cls(f.digest("hash", Digest), f.uint("parts", MAX_PARTS), f.digest("parts hash", Digest))

    def to_proto(self) -> bytes:
        parts = varint_field(1, self.parts_total) + bytes_field(2, self.parts_hash)
        return bytes_field(1, self.hash) + message_field(2, parts)


class VoteFlag(IntEnum):
    """A validator sent no precommit, a precommit for the block, or one for no block."""

    ABSENT = 1
    COMMIT = 2
    NIL = 3


@dataclass(frozen=True, slots=True)
class CommitSig:
    """One validator's precommit; an absent one has no address, no time and no signature."""

    flag: VoteFlag
    validator_address: bytes
    timestamp: Timestamp
    signature: bytes

    def __post_init__(self) -> None:
        if self.flag == VoteFlag.ABSENT:
            if self.validator_address or self.signature or self.timestamp != NO_TIME:
                raise Malformed("commit sig: an absent vote has an address, a time or a signature")
        elif len(self.validator_address) != ADDRESS_LENGTH or len(self.signature) != SIGNATURE_LENGTH:
            raise Malformed(f"commit sig: address and signature are not {ADDRESS_LENGTH} and {SIGNATURE_LENGTH} bytes")

    @classmethod
    def absent(cls) -> CommitSig:
        return cls(VoteFlag.ABSENT, b"", NO_TIME, b"")

    def fields(self) -> list[Value]:
        return [self.flag.value, self.validator_address, self.timestamp.fields(), self.signature]

    @classmethod
    def parse(cls, value: object) -> CommitSig:
        f = Fields(value, "commit sig", 4)
        return cls(
            _flag(f.uint("flag")),
            f.bytes("validator address", ADDRESS_LENGTH),
            Timestamp.parse(f.raw()),
            f.bytes("signature", SIGNATURE_LENGTH),
        )

    def to_proto(self) -> bytes:
        return (
            varint_field(1, self.flag)
            + bytes_field(2, self.validator_address)
            + message_field(3, self.timestamp.to_proto())
            + bytes_field(4, self.signature)
        )


@dataclass(frozen=True, slots=True)
class Commit:
    """The votes of one height and round for one block; `round` counts from 0."""

    height: int
    round: int
    block_id: BlockId
    signatures: tuple[CommitSig, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.height <= MAX_INT or not 0 <= self.round <= MAX_ROUND:
            raise Malformed(f"commit: height {self.height} or round {self.round} is out of range")
        if not 1 <= len(self.signatures) <= MAX_VALIDATORS:
            raise Malformed(f"commit: {len(self.signatures)} votes, not 1 to {MAX_VALIDATORS}")

    def fields(self) -> list[Value]:
        return [self.height, self.round, self.block_id.fields(), [sig.fields() for sig in self.signatures]]

    def to_bytes(self) -> bytes:
        return encode(self.fields())

    @classmethod
    def from_bytes(cls, raw: bytes) -> Commit:
        return cls.parse(decode(raw, "commit"))

    @classmethod
    def parse(cls, value: object) -> Commit:
        f = Fields(value, "commit", 4)
        return cls(
            f.uint("height"),
            f.uint("round", MAX_ROUND),
            BlockId.parse(f.raw()),
            f.each("signatures", CommitSig.parse, MAX_VALIDATORS),
        )


def vote_sign_bytes(chain_id: str, commit: Commit, index: int) -> bytes:
    """The bytes that the validator at `index` signed: its CanonicalVote, prefixed by its length.

    A vote for no block has no block id. Raises RuntimeError for an absent vote.
    """
    sig = commit.signatures[index]
    if sig.flag == VoteFlag.ABSENT:
        raise RuntimeError(f"vote {index} is absent: it has no sign bytes")
    return precommit_bytes(
        chain_id, commit.height, commit.round, commit.block_id if sig.flag == VoteFlag.COMMIT else None, sig.timestamp
    )


def precommit_bytes(chain_id: str, height: int, round: int, block_id: BlockId | None, time: Timestamp) -> bytes:
    """The bytes that a validator signs to precommit `block_id`, or no block, at this height and round."""
    return delimited(
        varint_field(1, PRECOMMIT)
        + sfixed64_field(2, height)
        + sfixed64_field(3, round)
        + (message_field(4, block_id.to_proto()) if block_id else b"")
        + message_field(5, time.to_proto())
        + bytes_field(6, chain_id.encode())
    )


def commit_hash(commit: Commit | None) -> Digest:
    """The next header's commitment to this commit; for None (before the first block) the root of the empty tree."""
    return root_of(sig.to_proto() for sig in commit.signatures) if commit else root_of([])


def _flag(number: int) -> VoteFlag:
    try:
        return VoteFlag(number)
    except ValueError:
        raise Malformed(f"commit sig: unknown flag {number}; it is 1, 2 or 3") from None
