"""The consortium ledger, whatever engine runs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, Self, TypeAlias

from veriwatt.errors import Unavailable, Unsettled
from veriwatt.ids import Digest
from veriwatt.merkle.state_proof import MultiProof
from veriwatt.merkle.tree import NodeReader
from veriwatt.model.ledger.block import LightBlock, TxResult
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.units import MINUTE, SECOND, UtcMillis

RESULT_WITHIN = MINUTE
"""The time in milliseconds that `submit` waits for each result: many times the block interval of any engine."""

HEARTBEAT = MINUTE
"""Milliseconds between two headers, at most, while somebody asks for the newest one."""

STALE_AFTER = 3 * HEARTBEAT
"""Milliseconds after which a head is not the newest any more, whoever says so."""

Ticket: TypeAlias = Digest
"""The id of a broadcast transaction: the SHA-256 of its bytes as sent."""


class ResultUnknown(Unsettled):
    """A transaction without a result yet: it may still be executed, until its expiry height."""

    code = "result-unknown"

    def __init__(self, ticket: bytes, within: int) -> None:
        super().__init__(
            f"the ledger has not given the result of transaction {ticket.hex()} within {within // SECOND} s; "
            "it may still be executed, once. When the ledger goes on (`veriwatt ledger status`) see whether it took "
            "effect, and repeat the command only if it did not"
        )
        self.ticket, self.within = ticket, within


class StaleHead(Unavailable):
    """The newest head that is known is too old to open anything on it: a key may have been revoked since."""

    code = "stale-head"

    def __init__(self, height: int, age: int) -> None:
        super().__init__(
            f"the newest block known here, {height}, is {age // SECOND} s old, more than {STALE_AFTER // SECOND} s: "
            "nothing is opened on it; see which peers answer in `veriwatt ledger status`"
        )
        self.height, self.age = height, age


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one transaction: `code` is "ok" or the code of the error that refused it.

    `height` is the block that executed it and `time` that block's time, which the next header states. A transaction
    that is not authentic is in no block and has the height and time of the head that refused it, and so has one that
    an engine turns away because the state would refuse it now.
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
    """The newest state: the height and time of its block, its app hash, and the newest leaf of the root log."""

    height: int
    time: UtcMillis
    app_hash: Digest
    root_log_size: int
    root_log_leaf: Digest


@dataclass(frozen=True, slots=True)
class ExecutedTransaction:
    """One transaction of a block, with its result; `relay` is "ORG/MEMBER" if it came in a bundle."""

    transaction: bytes
    result: Result
    relay: str = ""


@dataclass(frozen=True, slots=True)
class BlockItem:
    """One item of a block as its header commits to it: a transaction or a bundle, and its result.

    The result is the one that the next header commits to; of the newest block it is what this node found.
    """

    raw: bytes
    result: TxResult


@dataclass(frozen=True, slots=True)
class Block:
    """A block as this node has it, unproven: hash, time and app hash of its header, and its items in order.

    `Ledger.light_block` has the signed header, which commits to all of it but the results; the next one to those.
    """

    height: int
    hash: Digest
    time: UtcMillis
    app_hash: Digest
    items: tuple[BlockItem, ...]


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
    """The ledger at the height of `head`; later blocks do not change its answers.

    One thread reads it, inside its `with` block and for a short time, because the engine must retain old rows. Its
    answers are not trusted; evidence includes proofs. Raises as `Ledger`.
    """

    @property
    def head(self) -> Head: ...

    def get(self, key: bytes) -> bytes | None:
        """The value of a state key, unproven; None if absent."""
        ...

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """All keys with the prefix and their values, sorted by key."""
        ...

    def prove(self, keys: Sequence[bytes]) -> StateProof:
        """The values of these keys, absence included, with one proof under a signed header."""
        ...

    def log_proof(self, log: bytes, index: int) -> LogProof:
        """Leaf `index` of the log whose compact range is at state key `log`; raises NotFound beyond its end."""
        ...

    def log_leaf(self, log: bytes, index: int) -> bytes:
        """The leaf without proof; raises NotFound beyond the log's end."""
        ...

    def log_leaves(self, log: bytes, start: int = 0) -> Iterator[bytes]:
        """The leaves of the log from `start` on, without proof."""
        ...

    def log_nodes(self, log: bytes) -> NodeReader:
        """The tree over the leaves of the log; the reader is used inside the `with` block of the snapshot."""
        ...


class Ledger(Protocol):
    """The consortium ledger, whatever engine runs it. Callable from many threads. Engines are not trusted; evidence

    includes proofs. Every call raises Unavailable if the engine cannot be reached, and Corrupted if its files are

    damaged.
    """

    @property
    def chain_id(self) -> str: ...

    @property
    def genesis(self) -> Genesis: ...

    def broadcast(self, transactions: Sequence[bytes]) -> tuple[Ticket, ...]:
        """Submit transactions for execution, each exactly once; returns a ticket for each, in order.

        A bundle is one of `transactions`, with a ticket of its own; the transactions in it have their own tickets
        too, the SHA-256 of their bytes, by which this process can await them.
        An engine puts them into one block, in order, if it can, but guarantees neither: send a dependent transaction
        after the result of the other. May be repeated with the same bytes at any time, by any process; the first result
        stays valid (same signer, client id and bytes).

        Raises:
            Unavailable: none of them was submitted.
            Unsettled: some of them may have been submitted; broadcast the same bytes again.
        """
        ...

    def await_result(self, ticket: Ticket, within: int) -> Result:
        """The result of a transaction that this process broadcast, alone or in a bundle, once its block is final and

        durable.

        Results come in any order, each when its block is made. A refusal is a result, not an exception. May be
        repeated.

        Raises:
            ResultUnknown: `within` milliseconds have passed, or this process did not broadcast it; the transaction may
                still be executed, until its expiry height. Broadcast the same bytes again.
        """
        ...

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """The ledger at its newest height, to be read inside a `with` block."""
        ...

    def head(self) -> Head:
        """The newest head."""
        ...

    def next_time(self) -> UtcMillis:
        """A lower bound of the time in the header of every block made from now on, as long as no clock is set back.

        A log host anchors a frame once it has reached the frame's times: evidence compares them with the time in the
        header of the anchor's own block.
        """
        ...

    def renew_next_time(self) -> None:
        """Let `next_time` reach the present time, as far as this engine can: no work of a caller depends on it.

        An engine whose bound is the clock does nothing.
        """
        ...

    def sign_fresh_head(self) -> None:
        """Let a header be signed that is at most `HEARTBEAT` old; an engine that does so by itself does nothing.

        Raises:
            Unavailable: it cannot be signed now; the newest header stays as it is.
        """
        ...

    def get(self, key: bytes) -> bytes | None:
        """One value of the newest state. Two calls may read two heights; see `snapshot`."""
        ...

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The keys with the prefix and their values, all at the newest height."""
        ...

    def light_block(self, height: int) -> LightBlock:
        """The block header of `height` with the commit that finalises it; raises NotFound beyond the head."""
        ...

    def executed(self, height: int = 1) -> Iterator[ExecutedTransaction]:
        """The transactions of block `height` and all after it, in order, refused ones and those of bundles included."""
        ...

    def block(self, height: int) -> Block:
        """One block with all its items; cheaper than `light_block`.

        Raises:
            NotFound: beyond the head, and of a block that this node does not have.
        """
        ...


class LedgerEngine(Ledger, Protocol):
    """A ledger engine opened by this process, which must close it."""

    def close(self) -> None:
        """Release files and locks; no other method may be called afterwards. Executed transactions are durable."""
        ...

    def check_in_place(self) -> None:
        """Raise Corrupted once the files were moved away or replaced under this process; cheap."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def submit(ledger: Ledger, transactions: Sequence[bytes], within: int = RESULT_WITHIN) -> tuple[Result, ...]:
    """Broadcast the transactions and return all results, in the order of the transactions; durable on return.

    Args:
        ledger: any engine.
        transactions: independent of each other; see `Ledger.broadcast`.
        within: the milliseconds to wait for each result.

    Raises:
        Unavailable: nothing was sent.
        Unsettled: one of the results is unknown; submit the same bytes again to get all results.
    """
    return tuple(ledger.await_result(ticket, within) for ticket in ledger.broadcast(transactions))


def check_fresh(head: Head, now: UtcMillis) -> None:
    """Raise StaleHead if the head is older than `STALE_AFTER` at `now`: then nothing is opened on it."""
    if now - head.time > STALE_AFTER:
        raise StaleHead(head.height, now - head.time)
