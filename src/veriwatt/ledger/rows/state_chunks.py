"""A state in chunks, for state sync and for the export of a ledger that has ended: every row, every leaf of its logs.

    chunk = [2, [[key, value] ...], [[log, position, leaf] ...]]     about a megabyte

Chunks come from strangers and are believed by nobody: the rows must lead to the app hash of a proven header, and the
leaves to the ranges in those rows. A snapshot's chunks come with proofs (`comet/snapshot_parts.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from veriwatt.encoding import FORMAT, Fields, decode, encode
from veriwatt.errors import Malformed, NotProven, RootMismatch
from veriwatt.machine.members.queries import organisations
from veriwatt.machine.state import StateRows, range_at, range_bytes
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.state_tree import StateTree
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.ledger.state_keys import ROOT_LOG, anchors_key, org_key

CHUNK_BYTES = 1 << 20
"""Bytes of keys, values, log names and leaves at which a chunk is full."""

MOST_ROWS = 1 << 15
"""Rows and leaves at which a chunk is full: what is built of one is bounded."""

MOST_ITEMS = 4 * MOST_ROWS + 4
"""CBOR items of a chunk, the arrays included."""

LOG_ROWS = (ROOT_LOG, anchors_key(""), org_key(""))
"""Beginnings of the keys of the rows that name the logs and have their ranges."""

Row = tuple[bytes, bytes]
Leaf = tuple[bytes, int, bytes]


class LeavesMissing(NotProven):
    """A snapshot whose leaves are not those of the logs in its state."""

    code = "leaves-missing"

    def __init__(self, log: bytes) -> None:
        super().__init__(f"the leaves of log {log!r} do not lead to its range in the state")
        self.log = log


@dataclass(slots=True)
class Chunk:
    """Some rows, and some leaves; `content` is the bytes of their keys, values, log names and leaves."""

    rows: list[Row] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)
    content: int = 0

    @property
    def is_full(self) -> bool:
        """Whether nothing more is added; every chunk of a state but the last one is full."""
        return self.content >= CHUNK_BYTES or len(self.rows) + len(self.leaves) >= MOST_ROWS

    def to_bytes(self) -> bytes:
        return encode([FORMAT, self.rows, self.leaves])

    @classmethod
    def from_bytes(cls, raw: bytes, most_items: int | None = None) -> Chunk:
        """Raises Malformed; with `most_items`, of strangers' bytes, before more than so many items are built."""
        f = Fields.versioned(decode(raw, "snapshot chunk", most_items), "snapshot chunk", 3)
        rows, leaves = list(f.each("rows", _row)), list(f.each("leaves", _leaf))
        content = sum(len(key) + len(value) for key, value in rows) + sum(
            len(log) + len(leaf) for log, _, leaf in leaves
        )
        return cls(rows, leaves, content)


def state_chunks(state: Iterable[Row], logs: Iterable[Leaf]) -> Iterator[Chunk]:
    """The chunks of a state's rows and then of its logs' leaves, in the order given."""
    chunk = Chunk()
    for row in state:
        chunk.rows.append(row)
        chunk.content += len(row[0]) + len(row[1])
        if chunk.is_full:
            yield chunk
            chunk = Chunk()
    for leaf in logs:
        chunk.leaves.append(leaf)
        chunk.content += len(leaf[0]) + len(leaf[2])
        if chunk.is_full:
            yield chunk
            chunk = Chunk()
    yield chunk


def chunks_of(state: Iterable[Row], logs: Iterable[Leaf]) -> Iterator[bytes]:
    """The chunks of a state, by key, and of its logs' leaves, by log and position."""
    return (chunk.to_bytes() for chunk in state_chunks(state, logs))


def rows_in(chunks: Iterable[bytes], order: Callable[[bytes], bytes] = bytes) -> Iterator[Row]:
    """The rows, by `order` of the key; raises Malformed for a key that is not higher than the one before."""
    before = b""
    for raw in chunks:
        for key, value in Chunk.from_bytes(raw).rows:
            place = order(key)
            if place <= before:
                raise Malformed("snapshot chunk: a row is out of order")
            yield key, value
            before = place


def leaves_in(chunks: Iterable[bytes]) -> Iterator[Leaf]:
    for raw in chunks:
        yield from Chunk.from_bytes(raw).leaves


def check_rows(rows: Iterable[Row], app_hash: bytes) -> None:
    """Raise RootMismatch unless these are the rows of the state with this root."""
    root = StateTree.from_items(rows).root
    if root != app_hash:
        raise RootMismatch(committed=app_hash, computed=root)


def check_leaves(leaves: Iterable[Leaf], state: StateRows) -> bytes | None:
    """The newest leaf of the root log, if any.

    Raises:
        LeavesMissing: these are not the leaves of every log in `state`, in order, and no others.
    """
    newest = None
    ranges = {log: CompactRange.empty() for log in (ROOT_LOG, *(anchors_key(o.org) for o in organisations(state)))}
    for log, at, leaf in leaves:
        if log not in ranges or ranges[log].size != at:
            raise LeavesMissing(log)
        ranges[log] = ranges[log].append(leaf_hash(leaf))
        newest = leaf if log == ROOT_LOG else newest
    for log, compact in ranges.items():
        if range_bytes(compact) != range_bytes(range_at(state, log)):
            raise LeavesMissing(log)
    return newest


def _row(value: object) -> Row:
    f = Fields(value, "snapshot row", 2)
    return f.bytes("key"), f.bytes("value", CHUNK_BYTES << 4)


def _leaf(value: object) -> Leaf:
    f = Fields(value, "snapshot leaf", 3)
    return f.bytes("log"), f.uint("position"), f.bytes("leaf", CHUNK_BYTES << 4)
