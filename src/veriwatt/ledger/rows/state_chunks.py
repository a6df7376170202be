"""A state in chunks, for state sync and for the export of a ledger that has ended: every row, every leaf of its logs.

    chunk    = [2, [[key, value] ...], [[log, position, leaf] ...]]     about a megabyte, in the order of the tables
    metadata = [2, [SHA-256 of each chunk ...]]                         a snapshot's hash is the SHA-256 of this

Chunks come from peers and are believed by nobody: the rows must lead to the app hash that the light client verified,
and the leaves to the ranges in those rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed, NotProven, RootMismatch
from veriwatt.ids import Digest
from veriwatt.machine.members.queries import organisations
from veriwatt.machine.state import StateRows, range_at, range_bytes
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.state_tree import StateTree
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.ledger.state_keys import ROOT_LOG, anchors_key

SNAPSHOT_FORMAT = 1
CHUNK_BYTES = 1 << 20

Row = tuple[bytes, bytes]
Leaf = tuple[bytes, int, bytes]


class LeavesMissing(NotProven):
    """A snapshot whose leaves are not those of the logs in its state."""

    code = "leaves-missing"

    def __init__(self, log: bytes) -> None:
        super().__init__(f"the leaves of log {log!r} do not lead to its range in the state")
        self.log = log


def chunks_of(state: Iterable[Row], logs: Iterable[Leaf]) -> Iterator[bytes]:
    """The chunks of a state, by key, and of its logs' leaves, by log and position."""
    rows: list[Value] = []
    size = 0
    for key, value in state:
        rows.append([key, value])
        size += len(key) + len(value)
        if size >= CHUNK_BYTES:
            yield encode([FORMAT, rows, []])
            rows, size = [], 0
    leaves: list[Value] = []
    for log, at, leaf in logs:
        leaves.append([log, at, leaf])
        size += len(log) + len(leaf)
        if size >= CHUNK_BYTES:
            yield encode([FORMAT, rows, leaves])
            rows, leaves, size = [], [], 0
    yield encode([FORMAT, rows, leaves])


def metadata_of(digests: Iterable[Digest]) -> bytes:
    return encode([FORMAT, list(digests)])


def digests_in(metadata: bytes) -> tuple[Digest, ...]:
    f = Fields.versioned(decode(metadata, "snapshot"), "snapshot", 2)
    return f.digests("chunks", Digest)


def rows_in(chunks: Iterable[bytes]) -> Iterator[Row]:
    """The rows, by key; raises Malformed for a key that is not higher than the one before."""
    before = b""
    for raw in chunks:
        f = _chunk(raw)
        for key, value in f.each("rows", _row):
            if key <= before:
                raise Malformed("snapshot chunk: a row is out of order")
            yield key, value
            before = key


def leaves_in(chunks: Iterable[bytes]) -> Iterator[Leaf]:
    for raw in chunks:
        f = _chunk(raw)
        f.raw()
        yield from f.each("leaves", _leaf)


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


def _chunk(raw: bytes) -> Fields:
    return Fields.versioned(decode(raw, "snapshot chunk"), "snapshot chunk", 3)


def _row(value: object) -> Row:
    f = Fields(value, "snapshot row", 2)
    return f.bytes("key"), f.bytes("value", CHUNK_BYTES << 4)


def _leaf(value: object) -> Leaf:
    f = Fields(value, "snapshot leaf", 3)
    return f.bytes("log"), f.uint("position"), f.bytes("leaf", CHUNK_BYTES << 4)
