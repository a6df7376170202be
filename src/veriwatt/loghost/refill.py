"""Filling a data chain again that lost acknowledged frames: each frame takes the position that it had.

Positions come from receipts, which this log host signed, and from spools in its own home. A frame that was accepted
and whose answer was lost has no receipt: it is tried at the positions that stay free. Frames are appended only where
they lead to a root that is known, from the ledger, the high-water mark or a receipt; so the refilled chain is the one
that was acknowledged. Spec: docs/spec/data-chain.md, section 7.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, islice

import structlog

from veriwatt.errors import NotFound, Unavailable, VeriwattError
from veriwatt.ids import Digest
from veriwatt.loghost.accept import Accepted
from veriwatt.loghost.data_chain import ChainForked, DataChain
from veriwatt.model.frames.frame import Frame
from veriwatt.model.frames.number import FrameNumber
from veriwatt.verify.frame_refusals import Equivocation

HELD_BYTES = 128 << 20
"""Bytes of frames that are held while frames before them are missing; beyond it those of the last positions go,
and frames without a position are not held."""

HELD_WITHOUT_POSITION = 1_024
"""Frames without a position that are held of one terminal."""

TRIES, RUNS = 10_000, 8
"""Orders of frames without a position that are tried for one root, each of at most so many runs of one terminal."""

log = structlog.get_logger("veriwatt.node")


class Refilling(Unavailable):
    """The log host is being filled again: it has this frame or not, and takes its place once those before it are in."""

    code = "refilling"

    def __init__(self, org: str, size: int, acknowledged: int) -> None:
        has = f"of {acknowledged} acknowledged frames of {org} it has {size}"
        if acknowledged <= size:
            has = f"it has the {size} frames of {org} that it knows of, and others may be missing"
        super().__init__(
            f"the log host is being filled again: {has}. Frames that it acknowledged are to be sent again; new ones "
            "are accepted once every terminal has called, and its operator starts it without --refill"
        )
        self.org, self.size, self.acknowledged = org, size, acknowledged


class Refill:
    """The frames that come back for one chain; used by the chain's thread."""

    def __init__(self, chain: DataChain) -> None:
        self._chain = chain
        self._roots: dict[int, Digest | None] = {}
        self._placed: dict[int, Frame] = {}
        self._loose: dict[str, dict[FrameNumber, Frame]] = {}
        self._held = 0
        self._tried: object = None

    @property
    def target(self) -> int:
        """The frames that were acknowledged, as far as is known."""
        return max(self._roots, default=0)

    @property
    def is_done(self) -> bool:
        return self._chain.size >= self.target

    def know(self, size: int, root: Digest | None) -> None:
        """Fill up to `size`, where the chain had this root; None if only the size is known.

        Raises:
            ChainForked: the log host signed two roots for the size.
        """
        if size <= self._chain.size:
            present = self._chain.root_at(size)
            if root is not None and root != present:
                raise ChainForked(self._chain.org, f"a signed checkpoint of {size} frames has another root")
            return
        known = self._roots.get(size)
        if known is not None and root is not None and known != root:
            raise ChainForked(self._chain.org, f"two checkpoints of {size} frames are signed, with two roots")
        self._roots[size] = root or known

    def place(self, position: int, frame: Frame) -> None:
        """Take a frame that had this position; raises ChainForked if the chain has another frame there."""
        if position < self._chain.size:
            if self._chain.upload(position) != frame.upload:
                raise ChainForked(self._chain.org, f"two frames were acknowledged at position {position}")
            return
        if position not in self._placed:
            self._placed[position] = frame
            self._held += len(frame.upload)
            self._let_go(frame.terminal, frame.number)
        while self._held > HELD_BYTES and len(self._placed) > 1:
            self._held -= len(self._placed.pop(max(self._placed)).upload)

    def take(self, frame: Frame) -> Accepted | VeriwattError:
        """The outcome of a frame that was sent without a receipt: the chain has it, or it is held."""
        try:
            position, found = self._chain.find(frame.terminal, frame.number)
        except NotFound:
            held = self._loose.setdefault(frame.terminal, {})
            has_room = len(held) < HELD_WITHOUT_POSITION and self._held + len(frame.upload) <= HELD_BYTES
            if has_room and frame.number not in held:
                held[frame.number] = frame
                self._held += len(frame.upload)
            return self.error()
        return Accepted(position, found, known=True) if found == frame.frame_id else Equivocation(frame.ref, found)

    def error(self) -> Refilling:
        return Refilling(self._chain.org, self._chain.size, max(self.target, self._chain.size))

    def drain(self) -> bool:
        """Append what is certain to have its position again; returns whether the chain has grown.

        Raises:
            ChainForked: what was acknowledged leads to other roots than were signed.
        """
        before = self._chain.size
        for size in sorted(size for size in self._roots if size > before):
            frames = self._order(size)
            if frames is None:
                break
            self._append(frames)
        self._forget()
        return self._chain.size > before

    def missing(self) -> Iterator[int]:
        """The positions for which no frame has been sent again."""
        return (p for p in range(self._chain.size, self.target) if p not in self._placed)

    def _append(self, frames: list[Frame]) -> None:
        self._chain.append(frames)
        log.info("refilled", org=self._chain.org, frames=self._chain.size, of=self.target)

    def _order(self, size: int) -> list[Frame] | None:
        """The frames from the chain's end to `size`, in the order that leads to the known root; None if unknown."""
        start, root = self._chain.size, self._roots[size]
        free = [p for p in range(start, size) if p not in self._placed]
        fixed = {p: self._placed[p] for p in range(start, size) if p in self._placed}
        if not free:
            frames = list(fixed.values())
            if root is not None and self._chain.root_after(frames) != root:
                raise ChainForked(self._chain.org, f"the frames acknowledged do not lead to the root at {size}")
            return frames
        loose = {name: len(held) for name, held in self._loose.items()}
        if root is None or sum(loose.values()) < len(free) or self._tried == (size, free, loose):
            return None
        self._tried = size, free, loose
        queues = {name: [held[number] for number in sorted(held)] for name, held in self._loose.items() if held}
        likely_first = (_fillings(len(free), queues, {}, runs) for runs in range(1, RUNS + 1))
        for filling in islice(chain.from_iterable(likely_first), TRIES):
            placed = fixed | dict(zip(free, filling, strict=True))
            frames = [placed[p] for p in range(start, size)]
            if self._chain.root_after(frames) == root:
                return frames
        return None

    def _forget(self) -> None:
        size = self._chain.size
        for position in [p for p in self._placed if p < size]:
            self._held -= len(self._placed.pop(position).upload)
        for known in [s for s in self._roots if s <= size]:
            del self._roots[known]
        for name, held in self._loose.items():
            tip = self._chain.tips.get(name)
            for number in [n for n in held if tip is not None and n <= tip.number]:
                self._let_go(name, number)

    def _let_go(self, terminal: str, number: FrameNumber) -> None:
        frame = self._loose.get(terminal, {}).pop(number, None)
        self._held -= 0 if frame is None else len(frame.upload)


def _fillings(
    count: int, queues: Mapping[str, list[Frame]], used: Mapping[str, int], runs: int
) -> Iterator[list[Frame]]:
    """Every way to take `count` frames off the queues, each in its order, in exactly `runs` runs.

    Frames that were posted together lie together in the chain, so few runs suffice.
    """
    if not count and not runs:
        yield []
    for name in queues if runs else ():
        at = used.get(name, 0)
        for length in range(min(count - runs + 1, len(queues[name]) - at), 0, -1):
            after = {**used, name: at + length}
            for rest in _fillings(count - length, queues, after, runs - 1):
                yield queues[name][at : at + length] + rest
