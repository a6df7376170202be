"""The state that transactions read and write: rows of the last commit under layers of uncommitted changes.

A transaction writes to its own layer, which is dropped if it is refused. The ledger commits the changes of the block's
layer; the machine itself stores nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

from veriwatt.ids import Digest
from veriwatt.machine.range_cache import RangeCache
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.tree import leaf_hash
from veriwatt.units import UtcMillis


class StateRows(Protocol):
    """The state at one height; `scan` yields the rows with a key prefix, sorted by the bytes of the key."""

    def get(self, key: bytes) -> bytes | None: ...

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]: ...


_RANGES = RangeCache()

ShapeOf = Callable[[bytes], str]
"""What a value looks like; a function of the module, so that it is one key of a cache."""

Shaped = dict[str, tuple[bytes, bytes]]
"""The row, key and value, of each shape."""


@runtime_checkable
class ShapedRows(Protocol):
    """Rows that are found by what their values look like, without a scan."""

    def shaped(self, prefix: bytes, shape_of: ShapeOf, shapes: frozenset[str]) -> Shaped: ...


def shaped_rows(rows: StateRows, prefix: bytes, shape_of: ShapeOf, shapes: frozenset[str]) -> Shaped:
    """The last row, by its key, of each of the shapes that a row with the prefix has.

    The rows are written once: none of them is changed or deleted.
    """
    if isinstance(rows, ShapedRows):
        return rows.shaped(prefix, shape_of, shapes)
    return {shape: row for row in rows.scan(prefix) if (shape := shape_of(row[1])) in shapes}


class ReadOnce:
    """A cache of rows for one block: each value is read once."""

    __slots__ = ("_rows", "_values")

    def __init__(self, rows: StateRows) -> None:
        self._rows, self._values = rows, dict[bytes, bytes | None]()

    def get(self, key: bytes) -> bytes | None:
        if key not in self._values:
            self._values[key] = self._rows.get(key)
        return self._values[key]

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return self._rows.scan(prefix)

    def shaped(self, prefix: bytes, shape_of: ShapeOf, shapes: frozenset[str]) -> Shaped:
        return shaped_rows(self._rows, prefix, shape_of, shapes)


@dataclass(frozen=True, slots=True)
class BlockContext:
    """The block being executed: its height, and the time and app hash in its header. `app_hash` is the root of the

    state before this block.
    """

    height: int
    time: UtcMillis
    app_hash: Digest


class View(StateRows, Protocol):
    """The read-only state that a check may use, within the block being executed."""

    @property
    def block(self) -> BlockContext: ...


class Appended(NamedTuple):
    """A leaf that a block appended to a log; the state has only the compact range of the log, at key `log`."""

    log: bytes
    position: int
    leaf: bytes


class State:
    """A layer of changes over `below`; `changes` maps a key to its new value, or to None when deleted.

    `ranges` are the changed compact ranges, as objects because a block may extend one many times; `all_changes`
    includes them. `appends` are the leaves to store for proofs, in order.
    """

    __slots__ = ("_below", "appends", "block", "changes", "ranges")

    def __init__(self, below: StateRows, block: BlockContext) -> None:
        self._below, self.block = below, block
        self.changes: dict[bytes, bytes | None] = {}
        self.ranges: dict[bytes, CompactRange] = {}
        self.appends: list[Appended] = []

    def get(self, key: bytes) -> bytes | None:
        if key in self.changes:
            return self.changes[key]
        if key in self.ranges:
            return range_bytes(self.ranges[key])
        return self._below.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        self.changes[key] = value

    def delete(self, key: bytes) -> None:
        self.changes[key] = None

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The rows with a prefix, sorted by key, changes included; not for prefixes of compact ranges."""
        own = sorted((key for key in self.changes if key.startswith(prefix)), reverse=True)
        return self._with(own, prefix) if own else self._below.scan(prefix)

    def shaped(self, prefix: bytes, shape_of: ShapeOf, shapes: frozenset[str]) -> Shaped:
        found = shaped_rows(self._below, prefix, shape_of, shapes)
        for key, value in self.changes.items():
            if key.startswith(prefix) and value is not None and (shape := shape_of(value)) in shapes:
                found[shape] = max(found.get(shape, (key, value)), (key, value))
        return found

    def append(self, log: bytes, leaf: bytes) -> None:
        """Append `leaf` to the log whose compact range is at key `log`."""
        before = self.range_at(log)
        self.ranges[log] = before.append(leaf_hash(leaf))
        self.appends.append(Appended(log, before.size, leaf))

    def range_at(self, log: bytes) -> CompactRange:
        changed = self.ranges.get(log)
        return range_at(self._below, log) if changed is None else changed

    def layer(self) -> State:
        """A new layer over this one."""
        return State(self, self.block)

    def absorb(self, layer: State) -> None:
        """Merge the changes of a layer made by `layer`."""
        self.changes.update(layer.changes)
        self.ranges.update(layer.ranges)
        self.appends.extend(layer.appends)

    def all_changes(self) -> dict[bytes, bytes | None]:
        """All changes by key, compact ranges included."""
        ranges = {log: range_bytes(compact) for log, compact in self.ranges.items()}
        return dict(sorted({**self.changes, **ranges}.items()))

    def _with(self, own: list[bytes], prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The rows below with the changes of the keys `own`, which are in descending order."""
        for key, value in self._below.scan(prefix):
            while own and own[-1] < key:
                yield from self._own(own.pop())
            if own and own[-1] == key:
                yield from self._own(own.pop())
            else:
                yield key, value
        while own:
            yield from self._own(own.pop())

    def _own(self, key: bytes) -> Iterator[tuple[bytes, bytes]]:
        value = self.changes[key]
        if value is not None:
            yield key, value


def range_at(rows: StateRows, log: bytes) -> CompactRange:
    """The compact range at key `log`; empty if there is none."""
    if isinstance(rows, State):
        return rows.range_at(log)
    raw = rows.get(log)
    return CompactRange.empty() if raw is None else _RANGES.parse(raw)


def range_bytes(compact: CompactRange) -> bytes:
    return _RANGES.to_bytes(compact)
