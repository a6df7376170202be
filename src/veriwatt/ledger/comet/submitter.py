"""Submitting to the ledger on CometBFT, by the process that runs the node or by another one on its machine.

A broadcast answers at once what the next block would not execute, and makes no block of it.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import TypeAlias

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Unavailable, Unsettled
from veriwatt.ledger.comet.awaited_results import AwaitedResults
from veriwatt.ledger.comet.reader import CometReader
from veriwatt.ledger.comet.rpc import Submission, batches
from veriwatt.ledger.comet.wake_up import wake_up_call
from veriwatt.ledger.executed_items import carried_by
from veriwatt.machine.app import TransactionOutcome
from veriwatt.machine.envelopes import CACHED_BYTES, Envelopes
from veriwatt.ports.ledger import Result, Ticket

POLL_EVERY = 0.05
"""Seconds between two looks for a new block."""

AWAKE_WITHIN = 10
"""Seconds in which validators that go on have made the block of a wake-up call: some rounds."""

OutcomeOutside: TypeAlias = Callable[[bytes], TransactionOutcome | None]
"""`Application.outcome_outside`."""


class SomeSubmitted(Unsettled):
    """A broadcast that stopped after some of its transactions were given to the mempool."""

    code = "some-submitted"

    def __init__(self, *, submitted: int, count: int, why: str) -> None:
        super().__init__(
            f"{submitted} or more of {count} transactions were submitted ({why}); submit the same transactions again"
        )
        self.submitted, self.count, self.why = submitted, count, why


class CometSubmitter(CometReader, ABC):
    """A `CometReader` that submits through the RPC of the node. Callable from many threads."""

    def __init__(self, file: Path, rpc_port: int) -> None:
        """As `CometReader`."""
        super().__init__(file, rpc_port)
        self._results = AwaitedResults()
        self.envelopes = Envelopes(limit=CACHED_BYTES)
        """What this process parsed and verified, for whoever else in it judges the ledger's transactions."""

    @abstractmethod
    def judging(self) -> AbstractContextManager[OutcomeOutside]:
        """What tells, inside the block, the outcome of a transaction that the next block would not execute."""

    def broadcast(self, transactions: Sequence[bytes]) -> tuple[Ticket, ...]:
        """Give the transactions to this node's mempool; see `ports.Ledger`.

        A transaction that is refused now, or was executed before, has its result at once, and is given to nobody.

        Raises:
            Unavailable: none was given to the mempool.
            Unsettled: some were; broadcast the same bytes again to learn all results.
            LedgerReplaced: the ledger was moved away under this process.
        """
        self.check_in_place()
        tickets = tuple(sha256(raw) for raw in transactions)
        self._results.expect([*tickets, *(sha256(each) for raw in transactions for each in carried_by(raw))])
        waiting = [raw for raw in transactions if not self._settled_outside(raw)]
        for batch in batches(waiting):
            self._submit(waiting, batch)
        return tickets

    def await_result(self, ticket: Ticket, within: int) -> Result:
        return self._results.of(ticket, within)

    def renew_next_time(self) -> None:
        """Have a block made whose votes are of the present time, by a wake-up call; in vain while none is made."""
        height = self.head().height
        try:
            self._rpc.submit([wake_up_call(height)])
        except (Unavailable, Unsettled):
            return
        deadline = time.monotonic() + AWAKE_WITHIN
        while self.head().height == height and time.monotonic() < deadline:
            time.sleep(POLL_EVERY)

    def _settled_outside(self, raw: bytes) -> bool:
        """Whether the next block would not execute it; then its result is given, or comes with the next header."""
        with self.judging() as outcome_outside:
            found = outcome_outside(raw)
        if found is not None:
            self._settle([(raw, found)])
        return found is not None

    def _submit(self, waiting: Sequence[bytes], which: range) -> None:
        """Submit a batch of the waiting transactions; those before it were submitted."""
        at, batch = which.start, waiting[which.start : which.stop]
        try:
            submissions = self._rpc.submit(batch)
        except Unavailable as error:
            if at == 0:
                raise
            raise SomeSubmitted(submitted=at, count=len(waiting), why=str(error)) from error
        taken = sum(submission is not Submission.NOT_NOW for submission in submissions)
        if at + taken == 0:
            raise Unavailable("CometBFT takes no transactions now: it is catching up, or its mempool is full")
        if taken < len(batch):
            raise SomeSubmitted(submitted=at + taken, count=len(waiting), why="CometBFT takes no more now")
        for raw, submission in zip(batch, submissions, strict=True):
            # A block may have been made since we checked it ourselves.
            if submission is Submission.REFUSED:
                self._settled_outside(raw)

    def _settle(self, outcomes: Iterable[tuple[bytes, TransactionOutcome]]) -> None:
        """Give the results of transactions, and of those that they carry, as far as the newest header commits to them.

        Those in the newest block come with the next header.
        """
        with self.snapshot() as now:
            results, time_after = list[tuple[Ticket, Result]](), cache(now.time_after)
            for raw, outcome in _with_carried(outcomes):
                ticket = sha256(raw)
                if not self._results.expects(ticket):
                    continue
                if outcome.height >= now.height:
                    height, time = now.height, None if outcome.repeated else now.head.time
                else:
                    height, time = outcome.height, time_after(outcome.height)
                if time is not None:
                    results.append((ticket, Result(outcome.code, outcome.text, height, time)))
        self._results.settle(results)


def _with_carried(outcomes: Iterable[tuple[bytes, TransactionOutcome]]) -> Iterator[tuple[bytes, TransactionOutcome]]:
    for raw, outcome in outcomes:
        yield raw, outcome
        yield from outcome.carried
