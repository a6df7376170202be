"""A state of the file under the changes of a block that no header commits to yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from veriwatt.ids import Digest
from veriwatt.machine.state import BlockContext, Shaped, ShapeOf, State, StateRows

_NO_BLOCK = BlockContext(0, 0, Digest(bytes(Digest.LENGTH)))


class PendingRows:
    """`StateRows` of `below` with `changes`, those of compact ranges included."""

    def __init__(self, below: StateRows, changes: Mapping[bytes, bytes | None]) -> None:
        self._layer = State(below, _NO_BLOCK)
        self._layer.changes.update(changes)

    def get(self, key: bytes) -> bytes | None:
        return self._layer.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return self._layer.scan(prefix)

    def shaped(self, prefix: bytes, shape_of: ShapeOf, shapes: frozenset[str]) -> Shaped:
        return self._layer.shaped(prefix, shape_of, shapes)
