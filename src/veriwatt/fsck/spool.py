"""The check of a terminal's spool: every row of `frames` and `tip` is compared with the data chain.

Rows and the chain's frames of the terminal are read together in the order of their numbers. A row whose frame is in
the chain must equal it byte for byte; later rows must continue the chain. A frame without a row was purged, or its
row was removed by hand. The tip is the newest frame of both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from veriwatt.encoding import encode
from veriwatt.errors import VeriwattError
from veriwatt.fsck.chain_check import PositionedFrame
from veriwatt.fsck.purged import PurgeCheck, RemovedFrame
from veriwatt.fsck.report import Findings
from veriwatt.fsck.spooled_row import check_row
from veriwatt.model.frames.number import NO_FRAME, FrameRef, Voids, number_after, voids_before
from veriwatt.model.terminals.passport import Passport
from veriwatt.terminal.spool.spool_rows import RawFrame, SpoolRows
from veriwatt.terminal.spool.spooled_frame import FrameState
from veriwatt.units import UtcMillis

_IN_CHAIN = (FrameState.SIGNED, FrameState.ACCEPTED, FrameState.FINAL)


class SpoolCheck:
    """A `ChainCheck` of the chain that a terminal's frames go to."""

    def __init__(
        self,
        path: Path,
        rows: SpoolRows,
        passport: Passport,
        chains: Sequence[str],
        voids: Voids,
        now: UtcMillis,
        has_grown: Callable[[], bool],
        findings: Findings,
    ) -> None:
        """`voids` are the terminal's; `chains` are the ledger and those that it continues.

        `has_grown` says whether the chain has grown since it was read: then later positions are no problem.
        """
        self._path, self._rows, self._passport, self._chains = path, rows, passport, chains
        self._voids = voids
        self._has_grown, self._findings = has_grown, findings
        self._frames: Iterator[RawFrame] = rows.frames()
        self._newest: FrameRef | None = None
        self._state = int(FrameState.FINAL)
        self._purged = PurgeCheck(now)
        self._final_in = 0
        self._lost: list[tuple[int, int]] = []
        self._next = self._following()

    def check_frame(self, positioned: PositionedFrame) -> None:
        header = positioned.frame.header
        if (header.org, header.terminal) != (self._passport.org, self._passport.terminal):
            return
        while self._next is not None and self._next.number < header.number:
            self._outside(self._next)
        self._newest = positioned.frame.ref
        if self._next is not None and self._next.number == header.number:
            self._same(self._next, positioned)
        else:
            self._without_row(positioned)

    def skip(self, start: int, end: int) -> None:
        self._lost.append((start, end))

    def finish(self) -> None:
        while self._next is not None:
            self._outside(self._next)
        self._check_tip()

    def _same(self, row: RawFrame, positioned: PositionedFrame) -> None:
        """Compare a row with its frame in the chain: bytes, position and state."""
        frame = positioned.frame
        wanted = {
            "frame_id": frame.frame_id,
            "window_end": frame.header.window.end,
            "header": frame.header.to_bytes(),
            "signature": frame.signature,
            "payloads": encode(list(frame.payloads)),
        }
        differing = [name for name, value in wanted.items() if getattr(row, name) != value]
        if row.position != positioned.position and not (row.position is None and row.state == FrameState.SIGNED):
            differing.append("position")
        if differing:
            self._problem(row, f"{', '.join(differing)} not as in the data chain")
        self._check_state(row, positioned)
        if positioned.location is not None:
            self._report(self._purged.present(frame.header.window.end, positioned.location.anchor))
        self._next = self._following()

    def _check_state(self, row: RawFrame, positioned: PositionedFrame) -> None:
        """A row is final only if an anchor covers its frame; all frames of an anchor become final together."""
        self._note(row)
        block = 0 if positioned.location is None else positioned.location.anchor.height
        if row.state not in _IN_CHAIN:
            self._problem(row, f"state {row.state!r}, and yet the data chain has the frame")
        elif row.state == FrameState.FINAL:
            self._final_in = block
            if not block and not self._has_grown():
                self._problem(row, "it is marked final, and no anchor covers it")
        elif row.state == FrameState.ACCEPTED and block and block == self._final_in:
            self._problem(row, "it is not marked final, and others of its anchor are")

    def _outside(self, row: RawFrame) -> None:
        """A row whose frame is not in the chain: not sent yet, accepted after the chain was read, or unreadable."""
        self._note(row)
        if row.position is None:
            if row.state not in (FrameState.PREPARED, FrameState.SIGNED):
                self._problem(row, f"state {row.state!r} without a position")
        elif not self._is_lost(row.position) and not self._has_grown():
            self._problem(row, "it has a position, and the data chain does not have the frame there")
        try:
            frame = check_row(row, self._passport, self._chains)
            _, prev = number_after(self._newest, voids_before(self._voids, row.number))
            if frame.prev != prev and not self._lost:
                self._problem(row, "it does not continue the frame before it")
            self._newest = FrameRef(self._passport.terminal, row.number, frame.frame_id)
        except VeriwattError as error:
            self._problem(row, str(error))
        self._next = self._following()

    def _is_lost(self, position: object) -> bool:
        return isinstance(position, int) and any(start <= position < end for start, end in self._lost)

    def _note(self, row: RawFrame) -> None:
        """Count the row and check its state: frames are sent in order, so states never rise from row to row."""
        self._findings.counts["spool_frames"] += 1
        if type(row.state) is not int or row.state > self._state:
            self._problem(row, f"state {row.state!r} after a frame in state {self._state}")
        else:
            self._state = row.state

    def _without_row(self, positioned: PositionedFrame) -> None:
        header = positioned.frame.header
        if positioned.location is None:
            if not self._has_grown():  # else it may have been anchored and purged since the chain was read
                self._report([RemovedFrame(header.number, "it is not final, so nothing purged it")])
        else:
            self._report(self._purged.missing(header.number, header.window.end, positioned.location.anchor))

    def _report(self, taken: Iterable[RemovedFrame]) -> None:
        for each in taken:
            self._findings.problem(self._path, f"frame {each.number} is missing: {each.why}", "frames")

    def _check_tip(self) -> None:
        number, newest = number_after(self._newest, self._voids)
        want = (1, number.epoch, number.seq - 1, None if newest == NO_FRAME else newest)
        try:
            found = self._rows.tip()
        except VeriwattError as error:
            self._findings.failed(self._path, error, "tip")
            return
        if found != [want] and not (self._lost and self._newest is None) and not self._is_later(found):
            self._findings.problem(self._path, f"it is not the newest frame, ({want[1]}, {want[2]})", "tip")

    def _following(self) -> RawFrame | None:
        """The next row whose epoch and seq are integers; other rows are reported as problems."""
        try:
            for row in self._frames:
                if type(row.epoch) is int and type(row.seq) is int:
                    return row
                self._problem(row, "epoch or seq is not a number")
        except VeriwattError as error:
            self._findings.failed(self._path, error, "frames")
        return None

    def _is_later(self, tip: list[tuple[Any, ...]]) -> bool:
        """Whether the tip is a frame that was made after the chain was read, and purged already."""
        newest = None if self._newest is None else self._newest.number
        return len(tip) == 1 and self._has_grown() and (newest is None or tip[0][1:3] > newest)

    def _problem(self, row: RawFrame, what: str) -> None:
        self._findings.problem(self._path, f"row {row.number}: {what}", "frames")
