"""What the application keeps of a block that CometBFT has decided; CometBFT itself keeps header and commit.

decided block = [2, hash or null, time of its header, app hash in its header, [transaction ...], [result ...],
                 [misbehaviour ...]]
result        = code | data: bstr                                  data for an executed bundle
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.encoding import FORMAT, Fields, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.ledger.executed_items import block_items
from veriwatt.ledger.result_codes import BlockResult, stored_result
from veriwatt.machine.state import BlockContext
from veriwatt.model.ledger.misbehaviour import Misbehaviour
from veriwatt.ports.ledger import Block
from veriwatt.units import UtcMillis


@dataclass(frozen=True, slots=True)
class DecidedBlock:
    """A block with the results of its transactions and bundles, and with the misbehaviour that CometBFT proved in it.

    Its `app_hash` is the root of the state *before* it.

    The first block of a snapshot has no `hash`, and as `app_hash` the root of the state *after* it.
    """

    hash: Digest | None
    time: UtcMillis
    app_hash: Digest
    transactions: tuple[bytes, ...] = ()
    results: tuple[BlockResult, ...] = ()
    misbehaviour: tuple[Misbehaviour, ...] = ()

    def at(self, height: int) -> BlockContext:
        return BlockContext(height, self.time, self.app_hash)

    def as_executed(self, height: int) -> Block:
        """The block of the port, of one that is not the first of a snapshot."""
        assert self.hash is not None
        return Block(height, self.hash, self.time, self.app_hash, block_items(self.transactions, self.results))

    def to_bytes(self) -> bytes:
        told = [each.fields() for each in self.misbehaviour]
        return encode([FORMAT, self.hash, self.time, self.app_hash, list(self.transactions), list(self.results), told])

    @classmethod
    def from_bytes(cls, raw: bytes) -> DecidedBlock:
        f = Fields.versioned(decode(raw, "decided block"), "decided block", 7)
        hash, time, app_hash = f.optional(_digest), f.uint("time"), f.digest("app hash", Digest)
        transactions, results = f.each("transactions", _bytes), f.each("results", stored_result)
        return cls(hash, time, app_hash, transactions, results, f.each("misbehaviour", Misbehaviour.parse))


def _digest(value: object) -> Digest:
    return Fields([value], "decided block: hash", 1).digest("hash", Digest)


def _bytes(value: object) -> bytes:
    if type(value) is not bytes:
        raise Malformed("decided block: a transaction is not a byte string")
    return value
