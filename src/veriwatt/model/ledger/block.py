"""Blocks with the content of CometBFT's: headers, light blocks, and every hash in a header.

    header      = [block version, app version, chain id, height, time, last block id or null, last commit hash,
                   data hash, validators hash, next validators hash, consensus hash, app hash, last results hash,
                   evidence hash, proposer address]
    light block = [2, header, commit, validator set]

They are stored and sent in our own encoding, but hashed and signed as CometBFT's protobuf, so one procedure verifies
the embedded ledger and a CometBFT network. Spec: docs/spec/light-block.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.encoding.fields import MAX_INT
from veriwatt.errors import Malformed
from veriwatt.ids import Digest, check_name
from veriwatt.merkle.tree import EMPTY_ROOT
from veriwatt.model.ledger.commit import (
    NO_TIME,
    BlockId,
    Commit,
    CommitSig,
    Timestamp,
    VoteFlag,
    commit_hash,
    precommit_bytes,
    vote_sign_bytes,
)
from veriwatt.model.ledger.protowire import bytes_field, message_field, root_of, varint_field
from veriwatt.model.ledger.validators import ADDRESS_LENGTH, Validator, ValidatorSet, address_of, validators_hash
from veriwatt.units import UtcMillis

__all__ = [
    "BLOCK_PROTOCOL",
    "EMPTY_ROOT",
    "NO_TIME",
    "BlockId",
    "Commit",
    "CommitSig",
    "Header",
    "LightBlock",
    "Timestamp",
    "TxResult",
    "Validator",
    "ValidatorSet",
    "VoteFlag",
    "address_of",
    "commit_hash",
    "consensus_hash",
    "data_hash",
    "header_hash",
    "part_set_hash",
    "precommit_bytes",
    "result_leaf",
    "results_hash",
    "validators_hash",
    "vote_sign_bytes",
]

BLOCK_PROTOCOL = 11
"""The version of CometBFT's block rules."""

MAX_CHAIN_ID = 50
MAX_APP_HASH = 64
_UINT64 = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a block, with the fields of CometBFT's.

    `app_hash` and `last_results_hash` are results of the block before: header h + 1 has the root of the state after
    block h. `app_hash` may have 0 to 64 bytes; ours is a 32-byte root.
    """

    version_block: int
    version_app: int
    chain_id: str
    height: int
    time: Timestamp
    last_block_id: BlockId | None
    last_commit_hash: Digest
    data_hash: Digest
    validators_hash: Digest
    next_validators_hash: Digest
    consensus_hash: Digest
    app_hash: bytes
    last_results_hash: Digest
    evidence_hash: Digest
    proposer_address: bytes

    def __post_init__(self) -> None:
        check_name(self.chain_id, "header: chain id")
        if len(self.chain_id) > MAX_CHAIN_ID:
            raise Malformed(f"header: chain id {self.chain_id!r} is longer than {MAX_CHAIN_ID} characters")
        if not 0 <= self.version_block <= _UINT64 or not 0 <= self.version_app <= _UINT64:
            raise Malformed("header: a version is not an unsigned 64-bit integer")
        if not 1 <= self.height <= MAX_INT:
            raise Malformed(f"header: height {self.height} is not 1 to {MAX_INT}")
        if len(self.app_hash) > MAX_APP_HASH or len(self.proposer_address) != ADDRESS_LENGTH:
            raise Malformed(f"header: app hash over {MAX_APP_HASH} bytes, or proposer address not {ADDRESS_LENGTH}")

    @property
    def time_ms(self) -> UtcMillis:
        return self.time.millis

    def fields(self) -> list[Value]:
        return [
            self.version_block,
            self.version_app,
            self.chain_id,
            self.height,
            self.time.fields(),
            self.last_block_id.fields() if self.last_block_id else None,
            self.last_commit_hash,
            self.data_hash,
            self.validators_hash,
            self.next_validators_hash,
            self.consensus_hash,
            self.app_hash,
            self.last_results_hash,
            self.evidence_hash,
            self.proposer_address,
        ]

    def to_bytes(self) -> bytes:
        return encode(self.fields())

    @classmethod
    def from_bytes(cls, raw: bytes) -> Header:
        return cls.parse(decode(raw, "header"))

    @classmethod
    def parse(cls, value: object) -> Header:
        f = Fields(value, "header", 15)
        return cls(
            version_block=f.uint("block version", _UINT64),
            version_app=f.uint("app version", _UINT64),
            chain_id=f.text("chain id", MAX_CHAIN_ID),
            height=f.uint("height"),
            time=Timestamp.parse(f.raw()),
            last_block_id=f.optional(BlockId.parse),
            last_commit_hash=f.digest("last commit hash", Digest),
            data_hash=f.digest("data hash", Digest),
            validators_hash=f.digest("validators hash", Digest),
            next_validators_hash=f.digest("next validators hash", Digest),
            consensus_hash=f.digest("consensus hash", Digest),
            app_hash=f.bytes("app hash", MAX_APP_HASH),
            last_results_hash=f.digest("last results hash", Digest),
            evidence_hash=f.digest("evidence hash", Digest),
            proposer_address=f.bytes("proposer address", ADDRESS_LENGTH),
        )


@dataclass(frozen=True, slots=True)
class LightBlock:
    """A header, the commit that made it final, and the validators that signed it; parsed, not yet verified."""

    header: Header
    commit: Commit
    validators: ValidatorSet

    def fields(self) -> list[Value]:
        return [FORMAT, self.header.fields(), self.commit.fields(), self.validators.fields()]

    def to_bytes(self) -> bytes:
        return encode(self.fields())

    @classmethod
    def from_bytes(cls, raw: bytes) -> LightBlock:
        return cls.parse(decode(raw, "light block"))

    @classmethod
    def parse(cls, value: object) -> LightBlock:
        f = Fields.versioned(value, "light block", 4)
        return cls(Header.parse(f.raw()), Commit.parse(f.raw()), ValidatorSet.parse(f.raw()))


@dataclass(frozen=True, slots=True)
class TxResult:
    """The hashed part of a transaction's result, the same on every node."""

    code: int
    data: bytes
    gas_wanted: int = 0
    gas_used: int = 0


def header_hash(header: Header) -> Digest:
    """The hash of a block: the root over the fourteen fields of its header."""
    version = varint_field(1, header.version_block) + varint_field(2, header.version_app)
    last = header.last_block_id.to_proto() if header.last_block_id else message_field(2, b"")
    numbers = [version, bytes_field(1, header.chain_id.encode()), varint_field(1, header.height)]
    hashes = [
        header.last_commit_hash,
        header.data_hash,
        header.validators_hash,
        header.next_validators_hash,
        header.consensus_hash,
        header.app_hash,
        header.last_results_hash,
        header.evidence_hash,
        header.proposer_address,
    ]
    return root_of([*numbers, header.time.to_proto(), last, *(bytes_field(1, value) for value in hashes)])


def data_hash(txs: Iterable[bytes]) -> Digest:
    """The header's commitment to its block's transactions: the root over their SHA-256, in order."""
    return root_of(sha256(tx) for tx in txs)


def results_hash(results: Sequence[TxResult]) -> Digest:
    """The next header's commitment to the results of this block, one for each transaction in order."""
    return root_of(map(result_leaf, results))


def consensus_hash(max_bytes: int, max_gas: int) -> Digest:
    """The header's commitment to these two consensus parameters; -1 means no limit."""
    return sha256(varint_field(1, max_bytes) + varint_field(2, max_gas))


@lru_cache(1 << 10)  # most results of an embedded ledger are equal
def result_leaf(result: TxResult) -> bytes:
    """The bytes of one result under that commitment."""
    return (
        varint_field(1, result.code)
        + bytes_field(2, result.data)
        + varint_field(5, result.gas_wanted)
        + varint_field(6, result.gas_used)
    )


def part_set_hash(block_bytes: bytes) -> Digest:
    """The parts hash of a block of the embedded ledger: the root over one part, the stored bytes without the commit."""
    return root_of([block_bytes])
