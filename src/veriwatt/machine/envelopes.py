"""Parsed transactions and bundles, with the fact that their signature verified.

An engine meets the same bytes up to four times: when they come in, in a proposal of its own or of another, and in the
block. With one `Envelopes` for all of these, they are parsed and verified once. Spec: docs/spec/bundle.md, Signatures.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from veriwatt.crypto.hashing import sha256
from veriwatt.ids import Digest
from veriwatt.machine.transaction_kinds import KINDS, Kinds, parse
from veriwatt.model.ledger.bundle import Bundle, parse_bundle
from veriwatt.model.ledger.transaction import Body, Transaction

C = TypeVar("C", Transaction[Body], Bundle)

CACHED_BYTES = 4 << 20
"""The `limit` for an engine: 6,000 to 12,000 anchors in bundles, in at most 30 MB."""


class Envelope(Generic[C]):
    """What was parsed from one envelope.

    `carried` are the envelopes of a bundle's transactions, once they were found to fit. `verified` says whether the
    signature verified under the key whose id is in the envelope, None if nobody tried. A key id is a hash of the key,
    so this stays true; whether that key is still its member's is for the state to say.
    """

    __slots__ = ("carried", "content", "verified")

    def __init__(self, content: C) -> None:
        self.content: C = content
        self.carried: tuple[Envelope[Transaction[Body]], ...] | None = None
        self.verified: bool | None = None


class Envelopes:
    """Parses envelopes, and keeps the newest of them: those of `limit` bytes, and at most as many again.

    They are kept by the hash of all their bytes, signature included, and are of one ledger: that the transactions of a
    bundle fit is found by the limits in its genesis. Callable from many threads: at worst something is parsed or
    verified twice.
    """

    __slots__ = ("_kinds", "_limit", "_newer", "_older", "_size")

    def __init__(self, kinds: Kinds = KINDS, limit: int = 0) -> None:
        self._kinds, self._limit, self._size = kinds, limit, 0
        self._newer, self._older = dict[Digest, Envelope[Any]](), dict[Digest, Envelope[Any]]()

    def transaction(self, raw: bytes) -> Envelope[Transaction[Body]]:
        """The envelope of a transaction; raises Malformed as `parse`."""
        return self._of(raw, self._parse)

    def bundle(self, raw: bytes) -> Envelope[Bundle]:
        """The envelope of a bundle, its transactions not parsed; raises Malformed as `parse_bundle`."""
        return self._of(raw, parse_bundle)

    def _parse(self, raw: bytes) -> Transaction[Body]:
        return parse(raw, self._kinds)

    def _of(self, raw: bytes, parse_content: Callable[[bytes], C]) -> Envelope[C]:
        if not self._limit:
            return Envelope(parse_content(raw))
        ticket = sha256(raw)
        found: Envelope[C] | None = self._newer.get(ticket)
        if found is None:
            found = self._older.get(ticket) or Envelope(parse_content(raw))
            self._keep(ticket, found, len(raw))
        return found

    def _keep(self, ticket: Digest, envelope: Envelope[C], size: int) -> None:
        if self._size + size > self._limit:
            self._newer, self._older, self._size = {}, self._newer, 0
        self._newer[ticket] = envelope
        self._size += size
