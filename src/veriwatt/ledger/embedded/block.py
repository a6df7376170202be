"""A stored block of the embedded ledger, and how the next one is made and signed.

    stored block = [2, body: bstr, commit, [result ...]]      body = [header, [transaction ...]]
    result       = code | data: bstr                          data for an executed bundle

The body is the block's one part: the commit signs its hash together with the header's. The results are
those of this block's transactions; the next header has their hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from veriwatt.crypto.signing import Signer
from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.ledger.executed_items import block_items
from veriwatt.ledger.result_codes import BlockResult, hash_of_results, stored_result
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
    commit_hash,
    consensus_hash,
    data_hash,
    header_hash,
    part_set_hash,
    precommit_bytes,
    validators_hash,
)
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.ports.ledger import Block
from veriwatt.units import UtcMillis

_NO_LIMITS = consensus_hash(max_bytes=-1, max_gas=-1)


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """A block with the commit that makes it final and the results of its transactions, bundles among them."""

    header: Header
    transactions: tuple[bytes, ...]
    commit: Commit
    results: tuple[BlockResult, ...]

    def to_bytes(self) -> bytes:
        return encode([FORMAT, self.body(), self.commit.fields(), list(self.results)])

    def body(self) -> bytes:
        """The block's one part; the commit signs its hash together with the header's."""
        return body_bytes(self.header, self.transactions)

    def as_executed(self) -> Block:
        """The block of the port."""
        header = self.header
        items = block_items(self.transactions, self.results)
        return Block(header.height, self.commit.block_id.hash, header.time_ms, Digest(header.app_hash), items)

    @classmethod
    def from_bytes(cls, raw: bytes) -> StoredBlock:
        f = Fields.versioned(decode(raw, "stored block"), "stored block", 4)
        body, commit = f.bytes("body", 1 << 30), Commit.parse(f.raw())
        results = f.each("results", stored_result)
        b = Fields(decode(body, "block body"), "block body", 2)
        return cls(Header.parse(b.raw()), b.each("transactions", _bytes), commit, results)


@dataclass(frozen=True, slots=True)
class Chain:
    """The values that every header of one embedded chain has in common."""

    chain_id: str
    machine_version: int
    validators: ValidatorSet
    first_height: int

    @classmethod
    def of(cls, genesis: Genesis) -> Chain:
        validators = ValidatorSet.of(*(Validator.of(v.key.raw, v.power) for v in genesis.validators))
        return cls(genesis.chain_id, genesis.machine_version, validators, genesis.first_height)

    def next_header(
        self, before: StoredBlock | None, time: UtcMillis, transactions: Sequence[bytes], app_hash: Digest
    ) -> Header:
        """The only header with this content that may follow the block `before`; None gives the first header."""
        signers = validators_hash(self.validators)
        return Header(
            version_block=BLOCK_PROTOCOL,
            version_app=self.machine_version,
            chain_id=self.chain_id,
            height=self.first_height if before is None else before.header.height + 1,
            time=Timestamp.of_millis(time),
            last_block_id=None if before is None else before.commit.block_id,
            last_commit_hash=commit_hash(None if before is None else before.commit),
            data_hash=data_hash(transactions),
            validators_hash=signers,
            next_validators_hash=signers,
            consensus_hash=_NO_LIMITS,
            app_hash=app_hash,
            last_results_hash=hash_of_results(() if before is None else before.results),
            evidence_hash=EMPTY_ROOT,
            proposer_address=self.validators.validators[0].address,
        )

    def light_block(self, block: StoredBlock) -> LightBlock:
        return LightBlock(block.header, block.commit, self.validators)


def finalise(
    header: Header, transactions: Sequence[bytes], results: Sequence[BlockResult], signer: Signer
) -> StoredBlock:
    """The block with the commit that makes it final: the one signer's precommit in round 0, at the header's time."""
    body = body_bytes(header, transactions)
    block_id = BlockId(header_hash(header), 1, part_set_hash(body))
    signature = signer.sign(precommit_bytes(header.chain_id, header.height, 0, block_id, header.time))
    vote = CommitSig(VoteFlag.COMMIT, header.proposer_address, header.time, signature)
    return StoredBlock(header, tuple(transactions), Commit(header.height, 0, block_id, (vote,)), tuple(results))


def body_bytes(header: Header, transactions: Sequence[bytes]) -> bytes:
    fields: list[Value] = [header.fields(), list(transactions)]
    return encode(fields)


def _bytes(value: object) -> bytes:
    if type(value) is not bytes:
        raise Malformed("block body: a transaction is not a byte string")
    return value
