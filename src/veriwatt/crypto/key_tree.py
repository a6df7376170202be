"""The key tree: one master key for each group, one key for each window, and covers for spans of windows.

The leaves of a binary tree of height 32 are the window indices 0 .. 2**32 - 1. The key of a node derives the keys of
its two children, but not the reverse. So it gives the keys of the windows below the node and no others: past keys do
not reveal future ones. Spec: docs/spec/key-tree.md.

    cover = [2, first, end, [node key, ...]]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from veriwatt.crypto.hashing import prf
from veriwatt.errors import Malformed, Refused

HEIGHT = 32
WINDOWS = 1 << HEIGHT
KEY_LENGTH = 32
_FORMAT = 2
MAX_NODES = 2 * (HEIGHT - 1)
"""The most nodes that a minimal cover needs."""

_ROOT = b"veriwatt/key-tree/1/window"
_CHILD = (b"veriwatt/key-tree/1/0", b"veriwatt/key-tree/1/1")


class OutsideCover(Refused):
    """Key windows outside the cover."""

    code = "outside-cover"

    def __init__(self, *, first: int, end: int, covered: tuple[int, int]) -> None:
        opened = f"[{covered[0]}, {covered[1]})"
        super().__init__(f"key windows [{first}, {end}) are not inside {opened}, which these keys open")
        self.first, self.end, self.covered = first, end, covered


@dataclass(frozen=True, slots=True)
class TreeNode:
    """The subtree over the windows `[first, end)`; its size is a power of two that divides `first`."""

    height: int
    position: int

    @property
    def first(self) -> int:
        return self.position << self.height

    @property
    def end(self) -> int:
        return (self.position + 1) << self.height


@dataclass(frozen=True, slots=True)
class Cover:
    """The keys of the windows `[first, end)`, 0 <= first < end <= 2**32, as the fewest node keys that derive them.

    `keys` are the keys of `nodes(first, end)`, in that order, 32 bytes each; they are secret.
    """

    first: int
    end: int
    keys: tuple[bytes, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.keys) != sum(1 for _ in nodes(self.first, self.end)):
            raise Malformed(f"cover [{self.first}, {self.end}): {len(self.keys)} keys are not those of its nodes")

    def key(self, index: int) -> bytes:
        """The key of window `index`, 32 bytes; raises OutsideCover unless this cover has it."""
        return self._node_key(TreeNode(0, index))

    def part(self, first: int, end: int) -> Cover:
        """The cover of the windows `[first, end)`; raises OutsideCover unless this cover has them all."""
        return Cover(first, end, tuple(self._node_key(node) for node in nodes(first, end)))

    def fields(self) -> list[int | list[bytes]]:
        return [_FORMAT, self.first, self.end, list(self.keys)]

    @classmethod
    def parse(cls, value: object) -> Cover:
        """Parse a decoded record; raises Malformed for any other shape."""
        match value:
            case [int() as version, int() as first, int() as end, [*keys]] if len(keys) <= MAX_NODES:
                if version == _FORMAT and bool not in map(type, (version, first, end)):
                    return cls(first, end, tuple(_key_bytes(key) for key in keys))
        raise Malformed("key cover: not [2, first, end, keys]")

    def _node_key(self, node: TreeNode) -> bytes:
        for top, key in zip(nodes(self.first, self.end), self.keys, strict=True):
            if top.first <= node.first and node.end <= top.end:
                return _descend(key, top, node)
        raise OutsideCover(first=node.first, end=node.end, covered=(self.first, self.end))


def window_key(master: bytes, index: int) -> bytes:
    """The key of one window, 32 bytes; `master` is 32 bytes, 0 <= index < 2**32."""
    return cover(master, index, index + 1).keys[0]


def cover(master: bytes, first: int, end: int) -> Cover:
    """The minimal cover of the windows `[first, end)`; raises Malformed if the span is empty or out of range."""
    if len(master) != KEY_LENGTH:
        raise Malformed(f"a master is {KEY_LENGTH} bytes, not {len(master)}")
    root = Cover(0, WINDOWS, (prf(master, _ROOT),))
    return root.part(first, end)


def nodes(first: int, end: int) -> Iterator[TreeNode]:
    """The fewest subtrees whose leaves are exactly `[first, end)`, from left to right; at most 62.

    Raises:
        Malformed: not 0 <= first < end <= 2**32.
    """
    if not 0 <= first < end <= WINDOWS:
        raise Malformed(f"key windows [{first}, {end}) are empty or beyond 0 .. 2^{HEIGHT}")
    while first < end:
        aligned = (first & -first).bit_length() - 1 if first else HEIGHT
        height = min(aligned, (end - first).bit_length() - 1)
        yield TreeNode(height, first >> height)
        first += 1 << height


def _key_bytes(key: object) -> bytes:
    if type(key) is not bytes or len(key) != KEY_LENGTH:
        raise Malformed(f"key cover: a key is not {KEY_LENGTH} bytes")
    return key


def _descend(key: bytes, top: TreeNode, node: TreeNode) -> bytes:
    for bit in _path(top, node):
        key = prf(key, _CHILD[bit])
    return key


def _path(top: TreeNode, node: TreeNode) -> Sequence[int]:
    """The child (0 or 1) to take at each step from `top` down to `node`."""
    return [node.position >> below & 1 for below in range(top.height - node.height - 1, -1, -1)]
