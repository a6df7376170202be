"""The transactions that a follower submitted, and their results, which it proves: what a peer says of them is not read.

judged     by the machine's own steps over proven records, as a validator does with what comes in
sent       to one peer; while no result is there, to the next one after `NEXT_PEER` seconds
result     the proven record of the first execution, and the time of the next header; of a bundle, what its block says
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Corrupted, Malformed, Unavailable, Unsettled, VeriwattError
from veriwatt.ledger.executed_items import carried_by
from veriwatt.ledger.follower.http_peer import ANSWER_SECONDS
from veriwatt.ledger.follower.peers import waited_for
from veriwatt.ledger.follower.snapshot import FollowerSnapshot
from veriwatt.ledger.result_codes import block_result_of
from veriwatt.machine.admission import admit
from veriwatt.machine.app import OK, TransactionOutcome, judge_ahead
from veriwatt.machine.envelopes import Envelopes
from veriwatt.machine.state import BlockContext, State
from veriwatt.machine.transaction_kinds import parse
from veriwatt.model.ledger.bundle import is_bundle, parse_bundle
from veriwatt.model.ledger.peer_answers import MAX_SUBMISSION, MAX_SUBMITTED
from veriwatt.model.ledger.state_keys import CHAIN, CLOSING, member_key, once_key, suspended_key
from veriwatt.ports.ledger import Head, Ledger, Result, ResultUnknown, Ticket
from veriwatt.units import SECOND, UtcMillis

MOST_RESULTS = 10_000
"""Tickets that are remembered; the oldest are forgotten first."""

NEXT_PEER, LOOK_EVERY = 5.0, 0.1
"""Seconds until the same bytes go to another peer, and between two looks for a result."""


JUDGED_BYTES = 1 << 20
"""The `limit` of the envelopes that are kept while their transactions are judged again and again."""


@dataclass(slots=True)
class _Pending:
    """`carrier` is what was sent: the transaction, or the bundle that it is in; `judged` a height without result."""

    raw: bytes
    carrier: bytes
    sent: float
    asked: list[str]
    judged: int = 0


class Submitted:
    """Tickets with their transactions, until the result is there; callable from many threads."""

    def __init__(
        self,
        newest: Callable[[], FollowerSnapshot],
        blocks: Ledger,
        send: Callable[[Sequence[bytes], Sequence[str]], str],
    ) -> None:
        """`send` gives transactions to one peer, the named ones last, and returns its name."""
        self._newest, self._blocks, self._send = newest, blocks, send
        self._lock, self._judging, self._envelopes = Lock(), Lock(), Envelopes(limit=JUDGED_BYTES)
        self._pending, self._results = OrderedDict[Ticket, _Pending](), OrderedDict[Ticket, Result]()

    def broadcast(self, transactions: Sequence[bytes]) -> tuple[Ticket, ...]:
        """As `ports.Ledger`; nothing is sent of what will not be executed, or was executed before."""
        tickets, now = tuple(sha256(raw) for raw in transactions), self._newest()
        now.look_ahead(key for raw in transactions for key in _keys_of(raw))
        judged = dict(zip(tickets, transactions, strict=True)).items()
        sent = [raw for ticket, raw in judged if not self._settle(ticket, raw, now) and self._admit(ticket, raw, now)]
        for at, batch in enumerate(_batches(sent)):
            try:
                peer = self._send(batch, ())
            except Unavailable as error:
                if at:
                    raise Unsettled(f"some of {len(transactions)} transactions were submitted: {error}") from error
                raise
            with self._lock:
                for carrier in batch:
                    for raw in (carrier, *carried_by(carrier)):
                        self._pending[sha256(raw)] = _Pending(raw, carrier, time.monotonic(), [peer])
                _bound(self._pending)
        return tickets

    def await_result(self, ticket: Ticket, within: int) -> Result:
        """As `ports.Ledger`."""
        until = time.monotonic() + within / SECOND
        while True:
            with self._lock:
                found, pending = self._results.get(ticket), self._pending.get(ticket)
            if found is not None:
                return found
            if pending is not None:
                try:
                    now = self._newest()
                    if now.head.height > pending.judged:
                        now.look_ahead(self._keys_of_pending())
                        if self._settle(ticket, pending.raw, now):
                            continue
                        pending.judged = now.head.height
                    self._send_again(pending)
                except Unavailable:
                    pass  # until the time is over
            if pending is None or time.monotonic() >= until:
                raise ResultUnknown(ticket, within)
            time.sleep(min(LOOK_EVERY, max(0.0, until - time.monotonic())))

    def _keys_of_pending(self) -> list[bytes]:
        """What tells whether any of the oldest pending transactions has a result: one question for all of them."""
        with self._lock:
            oldest = list(self._pending.values())[:MAX_SUBMITTED]
        return [key for each in oldest for key in _keys_of(each.raw)]

    def _send_again(self, pending: _Pending) -> None:
        if time.monotonic() - pending.sent >= NEXT_PEER:
            pending.sent = time.monotonic()
            pending.asked.append(self._send([pending.carrier], pending.asked[-1:]))

    def _settle(self, ticket: Ticket, raw: bytes, now: FollowerSnapshot) -> bool:
        """Note the result if the next block would not execute the transaction; returns whether there is one."""
        with self._lock:
            if ticket in self._results and ticket not in self._pending:
                del self._results[ticket]  # it is judged anew, as every broadcast
        outcome = self._judged(raw, now)
        if outcome is None:
            return False
        result = self._of_bundle(raw, now) if is_bundle(raw) else None
        result = result or self._of(outcome, now.head)
        self._note(ticket, result)
        return True

    def _admit(self, ticket: Ticket, raw: bytes, now: FollowerSnapshot) -> bool:
        """Note the refusal that the state has for it now; peers would turn it away, and nothing would prove that."""
        try:
            with waited_for(self._judging, ANSWER_SECONDS):
                admit(now, _next_block(now), raw, envelopes=self._envelopes)
        except (Corrupted, Unavailable):
            raise
        except VeriwattError as refusal:
            self._note(ticket, Result(refusal.code, str(refusal), now.head.height, now.head.time))
            return False
        return True

    def _note(self, ticket: Ticket, result: Result) -> None:
        with self._lock:
            self._pending.pop(ticket, None)
            self._results[ticket] = result
            _bound(self._results)

    def _judged(self, raw: bytes, now: FollowerSnapshot) -> TransactionOutcome | None:
        """The outcome if the next block would not execute it."""
        with waited_for(self._judging, ANSWER_SECONDS):
            return judge_ahead(raw, State(now, _next_block(now)), self._envelopes)

    def _of(self, outcome: TransactionOutcome, head: Head) -> Result:
        if not outcome.repeated:  # refused at the next height
            return Result(outcome.code, outcome.text, head.height, head.time)
        text = "" if outcome.code == OK else f"refused by the ledger in block {outcome.height}"
        return Result(outcome.code, text, outcome.height, self._time_of(outcome.height))

    def _of_bundle(self, raw: bytes, now: FollowerSnapshot) -> Result | None:
        """The result of a bundle in a block that executed one of its transactions, if it is in one of them."""
        outcomes = [self._judged(each, now) for each in carried_by(raw)]
        for height in sorted({each.height for each in outcomes if each is not None and each.repeated}):
            for item in self._blocks.block(height).items:
                if item.raw == raw:
                    code = block_result_of(item.result)
                    return Result(code if isinstance(code, str) else OK, "", height, self._time_of(height))
        return None

    def _time_of(self, height: int) -> UtcMillis:
        return self._blocks.light_block(height + 1).header.time_ms


def _next_block(now: FollowerSnapshot) -> BlockContext:
    return BlockContext(now.head.height + 1, now.head.time, now.head.app_hash)


def _bound(remembered: OrderedDict[Ticket, _Pending] | OrderedDict[Ticket, Result]) -> None:
    while len(remembered) > MOST_RESULTS:
        remembered.popitem(last=False)


def _keys_of(raw: bytes) -> list[bytes]:
    """The state keys that judging a transaction or bundle reads; none of what is neither."""
    try:
        if is_bundle(raw):
            bundle = parse_bundle(raw)
            relay = [CHAIN, member_key(bundle.org, bundle.member), suspended_key(bundle.org)]
            return relay + [key for each in bundle.transactions for key in _keys_of(each)]
        tx = parse(raw)
    except Malformed:
        return []
    return [CHAIN, CLOSING, member_key(tx.org, tx.member), once_key(tx.key_id, tx.client_id)]


def _batches(transactions: Sequence[bytes]) -> list[list[bytes]]:
    """In submissions of at most `MAX_SUBMITTED` transactions and `MAX_SUBMISSION` bytes."""
    batches: list[list[bytes]] = []
    size = 0
    for raw in transactions:
        size += len(raw) + 16
        if not batches or len(batches[-1]) == MAX_SUBMITTED or size > MAX_SUBMISSION:
            batches.append([])
            size = len(raw) + 16
        batches[-1].append(raw)
    return batches
