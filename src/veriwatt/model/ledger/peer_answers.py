"""What a peer answers to a follower of the ledger, and the two questions that are more than numbers.

    head           = [2, light block, state, newest leaf | null]      state of key `rootlog`; leaf of that log
    state question = [2, height, [key ...]]                           answer [2, state]
    log            = [2, size, [[leaf, index, path] ...]]
    parts          = [2, [summary ...]]
    parts question = [2, height, [n ...]]                             answer [2, [[n, [[key, value] ...]] ...]]
    transactions   = [2, [transaction ...], [code ...]]
    submission     = [2, [transaction ...]]                           the body of a signed request; answer [2]

Nothing here is proven by being parsed. Spec: docs/spec/peers.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.merkle.state_parts import PARTS, Row
from veriwatt.merkle.tree import MAX_SIZE
from veriwatt.model.evidence.paths import PlacedLeaf, StatePart
from veriwatt.model.ledger.block import LightBlock, TxResult

SUBMIT, SESSION = "submit", "session"
"""The doors for signed requests: for transactions of any member, and for a session to read in."""

SESSION_HEADER = "veriwatt-peer-session"
"""The field of a request's head with the token of its session, hexadecimal."""

MAX_KEYS = 256
MAX_KEY = 512
MAX_LEAVES = 64
MAX_SUBMITTED = 64
MAX_SUBMISSION = 256 << 10
"""Bytes of the transactions of one submission."""

MAX_BLOCK = 1 << 20
"""Transactions of one block, at most: each has a hundred bytes and more."""


FREE_ITEMS, BYTES_OF_ITEM = 1024, 12
"""The large answers have at most so many CBOR items, and one more for so many bytes: rows and transactions have fewer.

Without this a peer makes a follower build forty times what it sends.
"""

MAX_RESULT = 1 << 13
"""Bytes of a result: that of a bundle has a code for each of its transactions."""


@dataclass(frozen=True, slots=True)
class PeerHead:
    """The newest block, the root log's range under it (null: no log), and the last leaf of that log if it has any."""

    light: LightBlock
    root_log: StatePart
    newest: PlacedLeaf | None

    def to_bytes(self) -> bytes:
        newest = None if self.newest is None else self.newest.fields()
        return encode([FORMAT, self.light.fields(), self.root_log.fields(), newest])

    @classmethod
    def from_bytes(cls, raw: bytes) -> PeerHead:
        f = Fields.versioned(decode(raw, "head of a peer"), "head of a peer", 4)
        return cls(LightBlock.parse(f.raw()), StatePart.parse(f.raw()), f.optional(PlacedLeaf.parse))


@dataclass(frozen=True, slots=True)
class StateQuestion:
    """The keys that are to be proven under the header of `height`."""

    height: int
    keys: tuple[bytes, ...]

    def to_bytes(self) -> bytes:
        keys: list[Value] = list(self.keys)
        return encode([FORMAT, self.height, keys])

    @classmethod
    def from_bytes(cls, raw: bytes) -> StateQuestion:
        f = Fields.versioned(decode(raw, "state question"), "state question", 3)
        found = cls(f.uint("height"), f.each("keys", _key, MAX_KEYS))
        if not found.keys:
            raise Malformed("state question: it asks for no key")
        return found


@dataclass(frozen=True, slots=True)
class LogAnswer:
    """Some leaves of a log in the state, with their paths to its root of `size` leaves."""

    size: int
    leaves: tuple[PlacedLeaf, ...]

    def to_bytes(self) -> bytes:
        return encode([FORMAT, self.size, [each.fields() for each in self.leaves]])

    @classmethod
    def from_bytes(cls, raw: bytes) -> LogAnswer:
        f = Fields.versioned(decode(raw, "log answer"), "log answer", 3)
        return cls(f.uint("size", MAX_SIZE), f.each("leaves", PlacedLeaf.parse, MAX_LEAVES))


@dataclass(frozen=True, slots=True)
class PartsQuestion:
    """The parts of the map whose rows are asked for, under the header of `height`."""

    height: int
    parts: tuple[int, ...]

    def to_bytes(self) -> bytes:
        return encode([FORMAT, self.height, list(self.parts)])

    @classmethod
    def from_bytes(cls, raw: bytes) -> PartsQuestion:
        f = Fields.versioned(decode(raw, "parts question"), "parts question", 3)
        found = cls(f.uint("height"), f.each("parts", _part, PARTS))
        if not found.parts:
            raise Malformed("parts question: it asks for no part")
        return found


@dataclass(frozen=True, slots=True)
class BlockTransactions:
    """The transactions and bundles of a block, with their results."""

    transactions: tuple[bytes, ...]
    results: tuple[TxResult, ...]

    def to_bytes(self) -> bytes:
        return encode([FORMAT, list(self.transactions), [[each.code, each.data] for each in self.results]])

    @classmethod
    def from_bytes(cls, raw: bytes) -> BlockTransactions:
        what = "transactions of a block"
        f = Fields.versioned(decode(raw, what, _most_items(raw)), what, 3)
        return cls(f.each("transactions", _bytes, MAX_BLOCK), f.each("results", _result, MAX_BLOCK))


def state_answer(state: StatePart) -> bytes:
    return encode([FORMAT, state.fields()])


def parse_state_answer(raw: bytes) -> StatePart:
    f = Fields.versioned(decode(raw, "state answer"), "state answer", 2)
    return StatePart.parse(f.raw())


def summaries_answer(summaries: Sequence[bytes]) -> bytes:
    return encode([FORMAT, list(summaries)])


def parse_summaries(raw: bytes) -> tuple[bytes, ...]:
    return Fields.versioned(decode(raw, "parts of the map"), "parts of the map", 2).each("summaries", _bytes, PARTS)


def parts_answer(parts: Sequence[tuple[int, Sequence[Row]]]) -> bytes:
    return encode([FORMAT, [[n, [list(row) for row in rows]] for n, rows in parts]])


def parse_parts(raw: bytes) -> tuple[tuple[int, tuple[Row, ...]], ...]:
    what = "rows of parts"
    return Fields.versioned(decode(raw, what, _most_items(raw)), what, 2).each("parts", _rows_of_part, PARTS)


def submission(transactions: Sequence[bytes]) -> bytes:
    """The body of the request that submits these."""
    return encode([FORMAT, list(transactions)])


def parse_submission(raw: bytes) -> tuple[bytes, ...]:
    f = Fields.versioned(decode(raw, "submission"), "submission", 2)
    return f.each("transactions", _bytes, MAX_SUBMITTED)


def who_answer(org: str, node: str) -> bytes:
    """How requests for this node are addressed."""
    return encode([FORMAT, org, node])


def parse_who(raw: bytes) -> tuple[str, str]:
    f = Fields.versioned(decode(raw, "name of a node"), "name of a node", 3)
    return f.name("org"), f.name("node")


def session_answer(token: bytes) -> bytes:
    return encode([FORMAT, token])


def parse_session(raw: bytes) -> bytes:
    return Fields.versioned(decode(raw, "session"), "session", 2).bytes("token", 64)


def _most_items(raw: bytes) -> int:
    return FREE_ITEMS + len(raw) // BYTES_OF_ITEM


def _key(value: object) -> bytes:
    if type(value) is not bytes or len(value) > MAX_KEY:
        raise Malformed(f"state question: a key is not a byte string of at most {MAX_KEY} bytes")
    return value


def _part(value: object) -> int:
    if type(value) is not int or not 0 <= value < PARTS:
        raise Malformed(f"parts question: a part is not a number below {PARTS}")
    return value


def _bytes(value: object) -> bytes:
    if type(value) is not bytes:
        raise Malformed("answer of a peer: not a byte string")
    return value


def _result(value: object) -> TxResult:
    f = Fields(value, "result", 2)
    return TxResult(f.uint("code", 1), f.bytes("data", MAX_RESULT))


def _rows_of_part(value: object) -> tuple[int, tuple[Row, ...]]:
    f = Fields(value, "rows of a part", 2)
    return f.uint("n", PARTS - 1), f.each("rows", _row)


def _row(value: object) -> Row:
    f = Fields(value, "row of a part", 2)
    return f.bytes("key"), f.bytes("value", 1 << 24)
