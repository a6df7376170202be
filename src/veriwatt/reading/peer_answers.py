"""What a node answers as a peer: public data of the ledger with its proofs, whatever engine it has.

Each method is one door of docs/spec/peers.md; the API bounds and charges what comes in.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Lock

from veriwatt.encoding import FORMAT, encode
from veriwatt.errors import NotFound
from veriwatt.machine.members import queries
from veriwatt.machine.state import range_at
from veriwatt.model.evidence.paths import PlacedLeaf, StatePart
from veriwatt.model.ledger.peer_answers import (
    MAX_LEAVES,
    MAX_SUBMISSION,
    SESSION,
    SUBMIT,
    BlockTransactions,
    LogAnswer,
    PartsQuestion,
    PeerHead,
    StateQuestion,
    parse_submission,
    parts_answer,
    session_answer,
    state_answer,
    summaries_answer,
    who_answer,
)
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.model.members.member_request import Door, parse_request
from veriwatt.model.members.organisation import Member
from veriwatt.ports.ledger import Ledger, Snapshot
from veriwatt.reading.peer_sessions import PeerSessions
from veriwatt.reading.pinned_states import PinnedStates
from veriwatt.units import UtcMillis
from veriwatt.verify.member_request import Nonces, check_addressed, check_signed

PARTS_BYTES = 1 << 20
"""Bytes of rows in one answer, unless the first part has more."""


class PeerAnswers:
    """The doors of one node, known to others as `org`/`node`; callable from many threads."""

    def __init__(
        self,
        ledger: Ledger,
        org: str,
        node: str,
        now: Callable[[], UtcMillis],
        relay: Callable[[Sequence[bytes]], object] | None = None,
    ) -> None:
        """`relay` takes what members submit; by default it is broadcast as it comes."""
        self._ledger, self._now, self._lock = ledger, now, Lock()
        self._relay = relay or ledger.broadcast
        self._door = Door(ledger.chain_id, org, node, SUBMIT)
        self._pins, self._nonces, self._sessions = PinnedStates(ledger), Nonces(now()), PeerSessions(os.urandom)

    def close(self) -> None:
        """Let go of the ledger, before it is closed."""
        self._pins.close()

    def who(self) -> bytes:
        return who_answer(self._door.org, self._door.node)

    def genesis(self) -> bytes:
        return self._ledger.genesis.to_bytes()

    def head(self) -> bytes:
        with self._pins.newest() as pin:
            state, size = pin.now.prove([ROOT_LOG]), range_at(pin.now, ROOT_LOG).size
            newest = _placed(pin.now, ROOT_LOG, size - 1) if size else None
        return PeerHead(state.light, StatePart((state.values[ROOT_LOG],), state.proof), newest).to_bytes()

    def block(self, height: int) -> bytes:
        return self._ledger.light_block(height).to_bytes()

    def transactions(self, height: int) -> bytes:
        """What stands in one block, bundles whole, with the results that the next header commits to."""
        items = self._ledger.block(height).items
        return BlockTransactions(tuple(each.raw for each in items), tuple(each.result for each in items)).to_bytes()

    def state(self, raw: bytes) -> bytes:
        asked = StateQuestion.from_bytes(raw)
        with self._pins.at(asked.height) as pin:
            found = pin.now.prove(asked.keys)
        return state_answer(StatePart(tuple(found.values[key] for key in asked.keys), found.proof))

    def log(self, height: int, log: bytes, start: int) -> bytes:
        with self._pins.at(height) as pin:
            size = range_at(pin.now, log).size
            if not 0 <= start < size:
                raise NotFound(f"log {log!r} has no leaf {start}")
            leaves = tuple(_placed(pin.now, log, index) for index in range(start, min(start + MAX_LEAVES, size)))
        return LogAnswer(size, leaves).to_bytes()

    def summaries(self, height: int) -> bytes:
        with self._pins.at(height) as pin:
            return summaries_answer(pin.summaries())

    def parts(self, raw: bytes) -> bytes:
        asked = PartsQuestion.from_bytes(raw)
        found, size = list[tuple[int, list[tuple[bytes, bytes]]]](), 0
        with self._pins.at(asked.height) as pin:
            for n in dict.fromkeys(asked.parts):
                rows = pin.part(n)
                size += sum(len(key) + len(value) for key, value in rows)
                if found and size > PARTS_BYTES:
                    break
                found.append((n, rows))
        return parts_answer(found)

    def session(self, raw: bytes) -> bytes:
        """A session for the member that signed this request; raises as the check of a request."""
        member, _ = self._checked(raw, SESSION, 0)
        return session_answer(self._sessions.open(member.org, member.name))

    def check_session(self, token: bytes) -> None:
        """Raise PeerSessionNeeded unless a member reads in a session with this token."""
        self._sessions.check(token)

    def submit(self, raw: bytes, charge: Callable[[Member, int], None]) -> bytes:
        """Relay what a member submits; `charge` is called with the member and the number of transactions before.

        Raises:
            Malformed, RequestRefused, BadSignature, TooManyRequests: as the check of a request.
            As `Relay.take`, and what `charge` raises.
        """
        member, body = self._checked(raw, SUBMIT, MAX_SUBMISSION)
        transactions = parse_submission(body)
        charge(member, len(transactions))
        self._relay(transactions)
        return encode([FORMAT])

    def _checked(self, raw: bytes, door: str, body_limit: int) -> tuple[Member, bytes]:
        """The member that signed a request for this door of this node, and the body."""
        signed, now = parse_request(raw, body_limit), self._now()
        check_addressed(signed, replace(self._door, name=door), now, self._nonces.since)
        member = queries.member(self._ledger, signed.request.org, signed.request.member)
        with self._lock:
            check_signed(signed, member, self._nonces, now)
        assert member is not None  # else the check refused it
        return member, signed.body


def _placed(now: Snapshot, log: bytes, index: int) -> PlacedLeaf:
    found = now.log_proof(log, index)
    return PlacedLeaf(found.leaf, found.index, found.path)
