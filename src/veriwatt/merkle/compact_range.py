"""The compact range of a log: its size and peaks, from which it is extended and its root computed.

    compact range = [size, [peak, ...]]

A peak is the root of a perfect subtree; there is one for each set bit of `size`, the largest and
leftmost first. The owner of a range computes every later root from the new leaves or their subtrees, so the leaves
under the range cannot be rewritten. Spec: docs/spec/tree.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from veriwatt.encoding import Fields, Value
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.tree import MAX_SIZE, NodeReader, cover, fold_peaks, node_hash


@dataclass(frozen=True, slots=True)
class CompactRange:
    """The first `size` leaves of a log, 0 .. MAX_SIZE, as the roots of their perfect subtrees.

    Raises:
        Malformed: `size` is out of range, or does not have as many set bits as there are peaks.
    """

    size: int
    peaks: tuple[Digest, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SIZE:
            raise Malformed(f"a log does not hold {self.size} leaves")
        if self.size.bit_count() != len(self.peaks):
            raise Malformed(f"a log of {self.size} leaves has {self.size.bit_count()} peaks, not {len(self.peaks)}")

    @classmethod
    def empty(cls) -> CompactRange:
        return cls(0, ())

    def append(self, leaf_hash: Digest) -> CompactRange:
        return self.extend((leaf_hash,))

    def extend(self, leaf_hashes: Iterable[Digest]) -> CompactRange:
        """The range after appending `leaf_hashes`; on average at most two hashes for each leaf."""
        size, peaks = self.size, list(self.peaks)
        for leaf in leaf_hashes:
            _merge(peaks, leaf, size)
            size += 1
        return CompactRange(size, tuple(peaks))

    def extend_subtrees(self, new_size: int, subtrees: Sequence[Digest]) -> CompactRange:
        """The range at `new_size`, extended by the subtrees of `subtrees_between(.., self.size, new_size)`.

        `subtrees` cannot change any leaf below the present size.

        Raises:
            Malformed: `new_size` is below the present size or out of range, or the number of subtrees is wrong.
        """
        _check_span(self.size, new_size)
        places = list(cover(self.size, new_size))
        if len(places) != len(subtrees):
            raise Malformed(
                f"growth from {self.size} to {new_size} leaves takes {len(places)} subtrees, not {len(subtrees)}"
            )
        peaks = list(self.peaks)
        for (_, index), subtree in zip(places, subtrees, strict=True):
            _merge(peaks, Digest(subtree), index)
        return CompactRange(new_size, tuple(peaks))

    def root(self) -> Digest:
        """The RFC 9162 root of the log at this size."""
        return fold_peaks(self.peaks)

    def fields(self) -> list[Value]:
        return [self.size, [bytes(peak) for peak in self.peaks]]

    @classmethod
    def parse(cls, value: object) -> CompactRange:
        """Parse a decoded value; raises Malformed for any other shape or number of peaks."""
        fields = Fields(value, "compact range", count=2)
        size = fields.uint("size", MAX_SIZE)
        return cls(size, fields.digests("peaks", Digest, limit=MAX_SIZE.bit_length()))


def subtrees_between(reader: NodeReader, old_size: int, new_size: int) -> tuple[Digest, ...]:
    """The hashes of the largest aligned perfect subtrees over the leaves `[old_size, new_size)`, in order.

    Raises:
        Malformed: not 0 <= old_size <= new_size <= MAX_SIZE. Errors of the reader pass through.
    """
    _check_span(old_size, new_size)
    return tuple(reader.node(level, index) for level, index in cover(old_size, new_size))


def _merge(peaks: list[Digest], node: Digest, index: int) -> None:
    """Append subtree `index` of its level to `peaks`, and merge it with its left siblings."""
    while index & 1:
        node = node_hash(peaks.pop(), node)
        index >>= 1
    peaks.append(node)


def _check_span(old_size: int, new_size: int) -> None:
    if not 0 <= old_size <= new_size <= MAX_SIZE:
        raise Malformed(f"a log does not grow from {old_size} to {new_size} leaves")
