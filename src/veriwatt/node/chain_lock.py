"""The lock of a node's data chains, which the accepting, the keeping and the reading threads share.

Whoever uses a chain holds the lock for as long as the chain's own files and memory are used. It is free while the
ledger makes a block, however long that takes, so that frames are accepted meanwhile: a chain may grow between the
preparation of an anchor and its result (docs/adr/0037).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from threading import Lock, get_ident

from veriwatt.ids import FrameId
from veriwatt.loghost.data_chain import DataChain
from veriwatt.merkle.tree import NodeReader
from veriwatt.model.frames.frame import Frame
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.ledger.block import LightBlock
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.ports.ledger import Block, ExecutedTransaction, Head, Ledger, Result, Snapshot, Ticket
from veriwatt.units import UtcMillis

FRAMES_AT_ONCE = 64
"""Frames that are read under one hold of the lock."""


class ChainLock:
    """One thread at a time holds it; it may not be taken twice."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._owner: int | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        with self._lock:
            self._owner = get_ident()
            try:
                yield
            finally:
                self._owner = None

    @contextmanager
    def released(self) -> Iterator[None]:
        """Free the lock inside the block if this thread holds it."""
        if self._owner != get_ident():
            yield
            return
        self._owner = None
        self._lock.release()
        try:
            yield
        finally:
            self._lock.acquire()
            self._owner = get_ident()


class SharedChain:
    """A data chain for the threads that do not hold the lock: each call holds it for a moment."""

    def __init__(self, chain: DataChain, lock: ChainLock) -> None:
        self._chain, self._lock, self.org = chain, lock, chain.org

    @property
    def size(self) -> int:
        """As `DataChain.size`."""
        return self._chain.size

    @property
    def anchored_size(self) -> int:
        """As `DataChain.anchored_size`."""
        return self._chain.anchored_size

    def find(self, terminal: str, number: FrameNumber) -> tuple[int, FrameId]:
        """As `DataChain.find`."""
        with self._lock.held():
            return self._chain.find(terminal, number)

    def upload(self, position: int) -> bytes:
        """As `DataChain.upload`."""
        with self._lock.held():
            return self._chain.upload(position)

    def reader(self) -> NodeReader:
        """As `DataChain.reader`, which many threads may use."""
        return self._chain.reader()

    def frames(self, start: int) -> Iterator[tuple[int, Frame]]:
        """As `DataChain.frames`, some at a time."""
        objects = self._chain.objects()
        while True:
            with self._lock.held():
                page = list(islice(self._chain.frames(start, objects), FRAMES_AT_ONCE))
            yield from page
            if len(page) < FRAMES_AT_ONCE:
                return
            start = page[-1][0] + 1

    def newest_frames(self) -> Iterator[tuple[int, Frame]]:
        """Position and frame of each terminal's newest frame, by position; some at a time, each object read once."""
        with self._lock.held():
            tips = iter(list(self._chain.tips.values()))
        positions = list[int]()
        while some := list(islice(tips, FRAMES_AT_ONCE)):
            with self._lock.held():
                positions += [self._chain.find(tip.terminal, tip.number)[0] for tip in some]
        waiting = iter(sorted(positions))
        while at := list(islice(waiting, FRAMES_AT_ONCE)):
            with self._lock.held():
                found = list(self._chain.frames_at(at))
            yield from found


class LedgerBesideChains:
    """A `Ledger` that frees the lock while transactions are executed; every other call is passed on."""

    def __init__(self, ledger: Ledger, lock: ChainLock) -> None:
        self._ledger, self._lock = ledger, lock

    @property
    def chain_id(self) -> str:
        return self._ledger.chain_id

    @property
    def genesis(self) -> Genesis:
        return self._ledger.genesis

    def broadcast(self, transactions: Sequence[bytes]) -> tuple[Ticket, ...]:
        with self._lock.released():
            return self._ledger.broadcast(transactions)

    def await_result(self, ticket: Ticket, within: int) -> Result:
        with self._lock.released():
            return self._ledger.await_result(ticket, within)

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        return self._ledger.snapshot()

    def head(self) -> Head:
        return self._ledger.head()

    def next_time(self) -> UtcMillis:
        return self._ledger.next_time()

    def renew_next_time(self) -> None:
        with self._lock.released():
            self._ledger.renew_next_time()

    def sign_fresh_head(self) -> None:
        with self._lock.released():
            self._ledger.sign_fresh_head()

    def get(self, key: bytes) -> bytes | None:
        return self._ledger.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return self._ledger.scan(prefix)

    def light_block(self, height: int) -> LightBlock:
        return self._ledger.light_block(height)

    def executed(self, height: int = 1) -> Iterator[ExecutedTransaction]:
        return self._ledger.executed(height)

    def block(self, height: int) -> Block:
        return self._ledger.block(height)
