"""The consortium ledger, whatever engine runs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, Self, TypeAlias

from veriwatt.errors import Unsettled
from veriwatt.ids import Digest
from veriwatt.merkle.state_proof import MultiProof
from veriwatt.model.ledger.block import LightBlock
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.units import MINUTE, SECOND, UtcMillis

RESULT_WITHIN = MINUTE
"""How long `submit` waits for each result, in milliseconds: many times the interval between blocks of any engine."""

Ticket: TypeAlias = Digest
"""Names a transaction that was broadcast: the SHA-256 of its bytes as sent."""


class ResultUnknown(Unsettled):
    """A transaction whose result is not known yet: it may still be executed, until its expiry height."""

    code = "result-unknown"

    def __init__(self, ticket: bytes, within: int) -> None:
        super().__init__(
            f"the ledger has not given the result of transaction {ticket.hex()} within {within // SECOND} s; "
            "send the same bytes again to learn it"
        )
        self.ticket, self.within = ticket, within


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one transaction: `code` is "ok" or the code of the error that refused it.

    `height` is the block that executed it and `time` that block's time, which the next header states. A
    transaction that no block may carry (not authentic) has the height and time of the head that refused it.
    """

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
    """One transaction as it stands in its block, with its result."""

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
    """One leaf of a log in the ledger's state, with its path to the log's root of `size` leaves."""

    leaf: bytes
    index: int
    size: int
    path: tuple[Digest, ...]


class Snapshot(Protocol):
    """The ledger at one height: every answer is as of `head`, whatever blocks are made meanwhile.

    It is read inside its `with` block, by one thread, and not for long: an engine keeps old rows for it.
    Its answers are not trusted by evidence, which carries the proofs. Raises as `Ledger`.
    """

    @property
    def head(self) -> Head: ...

    def get(self, key: bytes) -> bytes | None:
        """The value of a state key, unproven; None when absent."""
        ...

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """All keys of that prefix with their values, sorted by key."""
        ...

    def prove(self, keys: Sequence[bytes]) -> StateProof:
        """The values of these keys, absence included, with one proof under a signed header."""
        ...

    def log_proof(self, log: bytes, index: int) -> LogProof:
        """Leaf `index` of the log whose compact range is at state key `log`; NotFound beyond its end."""
        ...

    def log_leaf(self, log: bytes, index: int) -> bytes:
        """That leaf alone, unproven; NotFound beyond the log's end."""
        ...

    def log_leaves(self, log: bytes, start: int = 0) -> Iterator[bytes]:
        """The leaves of that log from `start` on, unproven."""
        ...


class Ledger(Protocol):
    """The consortium ledger, whatever engine runs it. Callable from many threads.

    Engines are not trusted by evidence, which carries proofs. Every call raises Unavailable when the
    engine is out of reach and Corrupted when its files are damaged.
    """

    @property
    def chain_id(self) -> str: ...

    @property
    def genesis(self) -> Genesis: ...

    def broadcast(self, transactions: Sequence[bytes]) -> tuple[Ticket, ...]:
        """Hand the transactions over for execution, each exactly once; a ticket for each, in order.

        An engine puts those of one call into one block, in order, where it can; it promises neither, so a
        transaction that rests on another is sent after that one's result. May be repeated with the same
        bytes at any time, by any process: the first result then stands (same signer, client id and bytes).

        Raises:
            Unavailable: none of them was handed over.
            Unsettled: some of them may have been; broadcast the same bytes again.
        """
        ...

    def await_result(self, ticket: Ticket, within: int) -> Result:
        """The result of a transaction that this process broadcast, once its block is final and durable.

        Results come in any order, each as soon as its block is made. A refusal is a result, never an
        exception. May be repeated.

        Raises:
            ResultUnknown: `within` milliseconds have passed, or this process did not broadcast it: the
                transaction may be executed yet, until its expiry height. Broadcast the same bytes again.
        """
        ...

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """The ledger at its newest height, to be read inside a `with` block."""
        ...

    def head(self) -> Head:
        """The head that a snapshot taken now would have."""
        ...

    def get(self, key: bytes) -> bytes | None:
        """One value of the newest state. Two calls may answer as of two heights; see `snapshot`."""
        ...

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The keys of one prefix with their values, all as of the newest height."""
        ...

    def light_block(self, height: int) -> LightBlock:
        """The block header of `height` with the commit that finalises it; NotFound beyond the head."""
        ...

    def executed(self, height: int = 1) -> Iterator[ExecutedTransaction]:
        """The transactions of block `height` and all after it, in order, refused ones included."""
        ...


class LedgerEngine(Ledger, Protocol):
    """A ledger that this process opened and must close."""

    def close(self) -> None:
        """Release files and locks; nothing may be called afterwards. What was executed stays."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def submit(ledger: Ledger, transactions: Sequence[bytes], within: int = RESULT_WITHIN) -> tuple[Result, ...]:
    """Broadcast the transactions and wait for all results, in the order of the transactions; durable on return.

    Args:
        ledger: any engine.
        transactions: independent of each other; see `Ledger.broadcast`.
        within: milliseconds that each result may take after the one before it.

    Raises:
        Unavailable: nothing was sent.
        Unsettled: one of the results is not known; submit the same bytes again to learn all of them.
    """
    return tuple(ledger.await_result(ticket, within) for ticket in ledger.broadcast(transactions))
