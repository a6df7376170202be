"""A ledger whose blocks several validators sign, that change from height to height: a network's light blocks, quickly.

    world.ledger = CouncilLedger(world.ledger, lambda height: [sim_validator(n) for n in range(4)])

State, transactions and results are the inner ledger's; headers are its own, of other validators, and so their hashes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Self

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signing import Signer
from veriwatt.machine.version import MACHINE_VERSION
from veriwatt.merkle.tree import EMPTY_ROOT, NodeReader
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.block import (
    BLOCK_PROTOCOL,
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
    vote_sign_bytes,
)
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.ports.ledger import (
    Block,
    ExecutedTransaction,
    Head,
    LedgerEngine,
    LogProof,
    Result,
    Snapshot,
    StateProof,
    Ticket,
)
from veriwatt.testing.actors import START, sim_validator
from veriwatt.units import UtcMillis

Council = Callable[[int], Sequence[Signer]]
"""Who signs the block of a height, each with the power 1."""


def set_of(signers: Sequence[Signer]) -> ValidatorSet:
    """The validators in the set's order, each with the power 1."""
    return ValidatorSet.of(*(Validator.of(signer.public.raw, 1) for signer in signers))


def power_set(*powers: int) -> ValidatorSet:
    """Simulated validators of these powers, validator 0 first."""
    return ValidatorSet.of(*(Validator.of(sim_validator(at).public.raw, power) for at, power in enumerate(powers)))


def trusted_set(validators: ValidatorSet, *orgs: str) -> Trust:
    """A trust file with a checkpoint of these validators, of these orgs in the set's order."""
    genesis = sha256(b"a simulated genesis")
    header = Header(
        version_block=BLOCK_PROTOCOL,
        version_app=MACHINE_VERSION,
        chain_id=f"sim-{genesis.hex()[:16]}",
        height=1,
        time=Timestamp.of_millis(START),
        last_block_id=None,
        last_commit_hash=EMPTY_ROOT,
        data_hash=EMPTY_ROOT,
        validators_hash=validators_hash(validators),
        next_validators_hash=validators_hash(validators),
        consensus_hash=EMPTY_ROOT,
        app_hash=bytes(32),
        last_results_hash=EMPTY_ROOT,
        evidence_hash=EMPTY_ROOT,
        proposer_address=validators.validators[0].address,
    )
    return Trust(genesis, MACHINE_VERSION, header, validators, 0, START, validator_orgs=orgs)


def sealed(header: Header, signers: Sequence[Signer]) -> LightBlock:
    """The light block of a header that all these signers vote for."""
    by_key = {signer.public.raw: signer for signer in signers}
    validators = set_of(signers)
    block_id = BlockId(header_hash(header), 1, header.data_hash)
    blank = tuple(CommitSig(VoteFlag.COMMIT, each.address, header.time, bytes(64)) for each in validators.validators)
    unsigned = Commit(header.height, 0, block_id, blank)
    votes = tuple(
        replace(vote, signature=by_key[each.public_key].sign(vote_sign_bytes(header.chain_id, unsigned, at)))
        for at, (vote, each) in enumerate(zip(blank, validators.validators, strict=True))
    )
    return LightBlock(header, replace(unsigned, signatures=votes), validators)


class CouncilLedger:
    """A `LedgerEngine` over another one, whose light blocks a council signs."""

    def __init__(self, inner: LedgerEngine, council: Council) -> None:
        self._inner, self._council = inner, council
        self._blocks = dict[int, LightBlock]()

    @property
    def chain_id(self) -> str:
        return self._inner.chain_id

    @property
    def genesis(self) -> Genesis:
        return self._inner.genesis

    def light_block(self, height: int) -> LightBlock:
        for at in range(len(self._blocks) + 1, height + 1):
            self._blocks[at] = self._signed(at)
        return self._blocks[height]

    def _signed(self, height: int) -> LightBlock:
        header, before = self._inner.light_block(height).header, self._blocks.get(height - 1)
        signers = self._council(height)
        own = replace(
            header,
            last_block_id=None if before is None else before.commit.block_id,
            validators_hash=validators_hash(set_of(signers)),
            next_validators_hash=validators_hash(set_of(self._council(height + 1))),
            proposer_address=set_of(signers).validators[0].address,
        )
        return sealed(own, signers)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        with self._inner.snapshot() as now:
            yield _Snapshot(now, self)

    def broadcast(self, transactions: Sequence[bytes]) -> tuple[Ticket, ...]:
        return self._inner.broadcast(transactions)

    def await_result(self, ticket: Ticket, within: int) -> Result:
        return self._inner.await_result(ticket, within)

    def head(self) -> Head:
        return self._inner.head()

    def next_time(self) -> UtcMillis:
        return self._inner.next_time()

    def renew_next_time(self) -> None:
        self._inner.renew_next_time()

    def sign_fresh_head(self) -> None:
        self._inner.sign_fresh_head()

    def get(self, key: bytes) -> bytes | None:
        return self._inner.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return self._inner.scan(prefix)

    def executed(self, height: int = 1) -> Iterator[ExecutedTransaction]:
        return self._inner.executed(height)

    def block(self, height: int) -> Block:
        return replace(self._inner.block(height), hash=header_hash(self.light_block(height).header))

    def check_in_place(self) -> None:
        self._inner.check_in_place()

    def close(self) -> None:
        self._inner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """A snapshot whose proofs are under the council's blocks."""

    _inner: Snapshot
    _ledger: CouncilLedger

    @property
    def head(self) -> Head:
        return self._inner.head

    def get(self, key: bytes) -> bytes | None:
        return self._inner.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return self._inner.scan(prefix)

    def prove(self, keys: Sequence[bytes]) -> StateProof:
        proof = self._inner.prove(keys)
        return replace(proof, light=self._ledger.light_block(proof.light.header.height))

    def log_proof(self, log: bytes, index: int) -> LogProof:
        return self._inner.log_proof(log, index)

    def log_leaf(self, log: bytes, index: int) -> bytes:
        return self._inner.log_leaf(log, index)

    def log_leaves(self, log: bytes, start: int = 0) -> Iterator[bytes]:
        return self._inner.log_leaves(log, start)

    def log_nodes(self, log: bytes) -> NodeReader:
        return self._inner.log_nodes(log)
