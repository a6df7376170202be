"""The consortium ledger, whatever engine runs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from veriwatt.ids import Digest
from veriwatt.merkle.state import MultiProof
from veriwatt.model.ledger.block import LightBlock
from veriwatt.units import UtcMillis


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one transaction: `code` is "ok" or the code of the error that refused it."""

    code: str
    text: str
    height: int
    time: UtcMillis

    @property
    def ok(self) -> bool:
        return self.code == "ok"


@dataclass(frozen=True, slots=True)
class Head:
    """The newest state: the block that made it, its time, the app hash, and the root log's newest leaf."""

    height: int
    time: UtcMillis
    app_hash: Digest
    root_log_size: int
    root_log_leaf: Digest


@dataclass(frozen=True, slots=True)
class ExecutedTransaction:
    """One transaction as it stands in its block, with what became of it."""

    transaction: bytes
    result: Result


@dataclass(frozen=True, slots=True)
class StateProof:
    """Values (None: proven absent) under the app hash in the header of `light`."""

    light: LightBlock
    values: Mapping[bytes, bytes | None]
    proof: MultiProof


@dataclass(frozen=True, slots=True)
class LogProof:
    """One leaf of a log kept in the ledger's state, with its path to the log's root of `size` leaves."""

    leaf: bytes
    index: int
    size: int
    path: tuple[Digest, ...]


class Ledger(Protocol):
    """The consortium ledger, whatever engine runs it.

    Readers see one state: that of `head()`. Not trusted by evidence, which carries proofs.
    Raises Unavailable when the engine is out of reach, Corrupted when its files are not its own.
    """

    @property
    def chain_id(self) -> str: ...

    def submit(self, transactions: Sequence[bytes]) -> tuple[Result, ...]:
        """Execute the transactions, in order, in one block; durable on return.

        Repeating a transaction that was executed returns its first result (same signer, client id
        and bytes). A refused transaction is a result, never an exception.
        """
        ...

    def head(self) -> Head: ...

    def get(self, key: bytes) -> bytes | None:
        """The value of a state key, unproven; None when absent."""
        ...

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """All keys of that prefix with their values, sorted."""
        ...

    def prove(self, keys: Sequence[bytes]) -> StateProof: ...

    def log_proof(self, log: bytes, index: int) -> LogProof:
        """Leaf `index` of the log whose compact range is at state key `log`; NotFound beyond its end."""
        ...

    def log_leaf(self, log: bytes, index: int) -> bytes:
        """That leaf alone, unproven; NotFound beyond the log's end."""
        ...

    def log_leaves(self, log: bytes, start: int = 0) -> Iterator[bytes]:
        """The leaves of that log from `start` on."""
        ...

    def light_block(self, height: int) -> LightBlock:
        """The block header of `height` with the commit that finalises it; NotFound beyond the head."""
        ...

    def executed(self, height: int = 1) -> Iterator[ExecutedTransaction]:
        """The transactions of block `height` and all after it, in order, refused ones included."""
        ...
