"""Idempotency: each transaction is executed once, because its result is stored until it expires.

The key of the record is (signing key, client id). A transaction with the same digest returns the first result; one with
another digest is refused. The first non-empty block after the expiry deletes the record, so that an empty block changes
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from veriwatt.encoding import FORMAT, Fields, decode, encode
from veriwatt.ids import Digest, KeyId
from veriwatt.machine.refusals import ClientIdUsed
from veriwatt.machine.state import State, View
from veriwatt.model.ledger.state_keys import EXPIRY, ONCE, expiry_key, once_key
from veriwatt.model.ledger.transaction import CLIENT_ID_LENGTH, Body, Transaction

_ID_LENGTH = KeyId.LENGTH + CLIENT_ID_LENGTH

Expiries: TypeAlias = dict[int, list[bytes]]
"""The ids of the records that a block makes, by the height at which they expire."""


@dataclass(frozen=True, slots=True)
class FirstResult:
    """The result of a transaction, executed in block `height`."""

    digest: Digest
    expiry: int
    height: int
    code: str

    def to_bytes(self) -> bytes:
        return encode([FORMAT, self.digest, self.expiry, self.height, self.code])

    @classmethod
    def from_bytes(cls, raw: bytes) -> FirstResult:
        f = Fields.versioned(decode(raw, "once record"), "once record", 5)
        return cls(f.digest("digest", Digest), f.uint("expiry"), f.uint("height"), f.text("code", 64))


def first_result(view: View, tx: Transaction[Body]) -> FirstResult | None:
    """The first result of this transaction, or None if it was not executed yet; a record that expired is none.

    Raises:
        ClientIdUsed: the signer used the client id for another transaction that has not expired.
    """
    raw = view.get(once_key(tx.key_id, tx.client_id))
    first = None if raw is None else FirstResult.from_bytes(raw)
    if first is None or first.expiry < view.block.height:
        return None
    if first.digest != tx.digest:
        raise ClientIdUsed(tx.client_id)
    return first


def record(state: State, tx: Transaction[Body], code: str, expiries: Expiries) -> None:
    """Store the result of `tx`, executed in this block, and add its id to `expiries`."""
    first = FirstResult(tx.digest, tx.expiry, state.block.height, code)
    state.put(once_key(tx.key_id, tx.client_id), first.to_bytes())
    expiries.setdefault(tx.expiry, []).append(tx.key_id + tx.client_id)


def file_expiries(state: State, expiries: Expiries) -> None:
    """Store the ids of this block's records by expiry, one row for each distinct expiry."""
    for expiry, ids in sorted(expiries.items()):
        state.put(expiry_key(expiry, state.block.height), b"".join(ids))


def purge(state: State) -> None:
    """Delete the records that expired before this block."""
    end = expiry_key(state.block.height, 0)
    expired = []
    for key, ids in state.scan(EXPIRY):
        if key >= end:
            break
        expired.append((key, ids))
    for key, ids in expired:
        state.delete(key)
        for at in range(0, len(ids), _ID_LENGTH):
            state.delete(ONCE + ids[at : at + _ID_LENGTH])
