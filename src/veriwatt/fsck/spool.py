"""A terminal's spool: every row of `frames` and `tip` compared with the data chain.

The spool's rows, by number, run beside the chain's frames of that terminal. Rows that the chain has must
be the very bytes; those it has not are at the end, and continue it. A frame without a row was purged,
or was taken away. A purge takes every final frame whose window ended long enough before, so a frame is
missing for no good reason when another one stayed that the same purge would have taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signing import PublicKey, verify_signature
from veriwatt.encoding import decode, encode
from veriwatt.errors import NotProven, VeriwattError
from veriwatt.fsck.placed import Placed
from veriwatt.fsck.report import Findings
from veriwatt.ids import FrameId
from veriwatt.model.frame import FIRST, FrameHeader, parse_header, unsigned_envelope
from veriwatt.model.passport import Passport
from veriwatt.terminal.spool import KEEP
from veriwatt.terminal.spool_rows import RawFrame, SpoolRows
from veriwatt.terminal.spooled import FrameState
from veriwatt.units import DAY, UtcMillis


@dataclass(frozen=True, slots=True)
class _Gone:
    """A final frame without a row; `limit`: the purge that took it took every final window that ended before."""

    epoch: int
    seq: int
    limit: UtcMillis


class SpoolCheck:
    """A `Follower` of the chain that a terminal's frames go to."""

    def __init__(
        self, path: Path, rows: SpoolRows, passport: Passport, chain_id: str, now: UtcMillis,
        moved: Callable[[], bool], findings: Findings,
    ) -> None:
        """`moved` says whether the chain has grown since it was read: then later positions are no problem."""
        self._path, self._rows, self._passport, self._chain_id = path, rows, passport, chain_id
        self._now, self._moved, self._findings = now, moved, findings
        self._frames: Iterator[RawFrame] = rows.frames()
        self._next: RawFrame | None = None
        self._numbers: tuple[int, int] | None = None
        self._id: FrameId | None = None
        self._newest: tuple[int, int, FrameId] | None = None
        self._state = int(FrameState.FINAL)
        self._oldest_end: UtcMillis | None = None
        self._gone: list[_Gone] = []
        self._gone_before = 0
        self._final_anchor: int | None = None
        self._lost: list[tuple[int, int]] = []
        self._advance()

    def follow(self, placed: Placed) -> None:
        header = placed.frame.header
        if (header.org, header.terminal) != (self._passport.org, self._passport.terminal):
            return
        number = (header.epoch, header.seq)
        while self._next is not None and (self._next.epoch, self._next.seq) < number:
            self._outside(self._next)
        if self._next is not None and (self._next.epoch, self._next.seq) == number:
            self._same(self._next, placed)
        else:
            self._without_row(placed)
        self._newest = (*number, placed.frame.frame_id)

    def lose(self, start: int, end: int) -> None:
        self._lost.append((start, end))

    def finish(self) -> None:
        while self._next is not None:
            self._outside(self._next)
        self._check_tip()

    def _same(self, row: RawFrame, placed: Placed) -> None:
        """A row that the chain has: the same bytes at the same place, as far along as the chain."""
        frame, header = placed.frame, placed.frame.header
        wanted = {
            "frame_id": frame.frame_id, "window_end": header.window.end, "header": frame.envelope.payload,
            "signature": frame.envelope.signature, "payloads": encode(list(frame.payloads)),
        }  # fmt: skip
        differing = [name for name, value in wanted.items() if getattr(row, name) != value]
        if row.position != placed.position and not (row.position is None and row.state == FrameState.SIGNED):
            differing.append("position")
        if differing:
            self._problem(row, f"{', '.join(differing)} not as in the data chain")
        if row.state not in (FrameState.SIGNED, FrameState.ACCEPTED, FrameState.FINAL):
            self._problem(row, f"state {row.state!r}, and yet the data chain has the frame")
        self._check_final(row, placed)
        self._note(row)
        self._kept(header, placed)
        self._id = frame.frame_id
        self._advance()

    def _check_final(self, row: RawFrame, placed: Placed) -> None:
        """Final is what an anchor covers; all frames of an anchor become final together."""
        anchor = None if placed.place is None else placed.place.anchor.height
        if row.state == FrameState.FINAL:
            self._final_anchor = anchor
            if anchor is None:
                self._problem(row, "it is marked final, and no anchor covers it")
        elif row.state == FrameState.ACCEPTED and anchor is not None and anchor == self._final_anchor:
            self._problem(row, "it is not marked final, and others of its anchor are")

    def _outside(self, row: RawFrame) -> None:
        """A row that the chain has not: signed or about to be, or the chain moved on, or the frame cannot be read."""
        self._note(row)
        position = row.position
        in_lost = isinstance(position, int) and any(a <= position < b for a, b in self._lost)
        if position is not None and not in_lost and not self._moved():
            self._problem(row, "it has a position, and the data chain does not have the frame there")
        if position is None and row.state not in (FrameState.PREPARED, FrameState.SIGNED):
            self._problem(row, f"state {row.state!r} without a position")
        try:
            self._check_row(row)
        except VeriwattError as error:
            self._problem(row, str(error))
        self._advance()

    def _check_row(self, row: RawFrame) -> None:
        """The header, its id and place in the terminal's chain, the signature, the payloads, by themselves."""
        key = self._passport.key
        if type(row.header) is not bytes or type(row.payloads) is not bytes:
            raise NotProven("header or payloads are no bytes")
        header = parse_header(row.header)
        signed = unsigned_envelope(row.header, key).signed_bytes()
        frame_id = FrameId(sha256(signed))
        if (header.chain, header.org, header.terminal) != (self._chain_id, self._passport.org, self._passport.terminal):
            raise NotProven("its header is of another terminal or chain")
        if (header.epoch, header.seq, header.window.end) != (row.epoch, row.seq, row.window_end):
            raise NotProven("epoch, seq or window_end are not those of the header")
        if row.frame_id != frame_id:
            raise NotProven("frame_id is not the id of the header")
        self._check_prev(header)
        self._id = frame_id
        _check_signature(row, key, signed)
        _check_payloads(row.payloads, header)

    def _check_prev(self, header: FrameHeader) -> None:
        before = self._id or (self._newest[2] if self._newest else None)
        if before is None and self._lost:
            return
        if header.prev != (before or FIRST):
            raise NotProven("it does not continue the frame before it")

    def _note(self, row: RawFrame) -> None:
        """Count the row; states only fall from one row to the next, for frames are sent in order."""
        self._findings.counts["spool_frames"] += 1
        if type(row.state) is not int or row.state > self._state:
            self._problem(row, f"state {row.state!r} after a frame in state {self._state}")
        else:
            self._state = row.state

    # Frames without a row

    def _without_row(self, placed: Placed) -> None:
        header = placed.frame.header
        self._id = placed.frame.frame_id
        if placed.place is None:
            self._taken(header.epoch, header.seq, "it is not final, so nothing purged it")
            return
        anchor = placed.place.anchor
        self._new_anchor(anchor.new_size)
        limit = max(header.window.end + 1, anchor.time - KEEP - DAY)
        if limit > self._now - KEEP + DAY:
            self._taken(header.epoch, header.seq, "it is too recent to be purged")
        elif self._oldest_end is not None and self._oldest_end < limit:
            self._taken(header.epoch, header.seq, "frames that a purge would have taken with it are there")
        else:
            self._gone.append(_Gone(header.epoch, header.seq, limit))

    def _kept(self, header: FrameHeader, placed: Placed) -> None:
        """A row that stayed: what went with an anchor that also made it final cannot have been purged later."""
        if placed.place is None:
            return
        self._new_anchor(placed.place.anchor.new_size)
        end = header.window.end
        for gone in [g for g in self._gone if end < g.limit]:
            self._taken(gone.epoch, gone.seq, "frames that a purge would have taken with it are there")
            self._gone.remove(gone)
        self._oldest_end = end if self._oldest_end is None else min(end, self._oldest_end)

    def _new_anchor(self, new_size: int) -> None:
        if new_size != self._gone_before:
            self._gone, self._gone_before = [], new_size

    def _taken(self, epoch: int, seq: int, why: str) -> None:
        self._findings.problem(self._path, f"frame ({epoch}, {seq}) is missing: {why}", "frames")

    # The tip

    def _check_tip(self) -> None:
        newest = self._newest
        if self._numbers is not None and (newest is None or self._numbers > newest[:2]) and self._id is not None:
            newest = (*self._numbers, self._id)
        want = (1, 0, 0, None) if newest is None else (1, *newest)
        try:
            found = self._rows.tip()
        except VeriwattError as error:
            self._findings.problem(self._path, str(error), "tip")
            return
        if found != [want] and not (self._lost and newest is None):
            shown = f"({want[1]}, {want[2]})"
            self._findings.problem(self._path, f"it is not the newest frame, {shown}", "tip")

    def _advance(self) -> None:
        if self._next is not None:
            self._numbers = (self._next.epoch, self._next.seq)
        self._next = None
        try:
            for row in self._frames:
                if type(row.epoch) is int and type(row.seq) is int:
                    self._next = row
                    return
                self._problem(row, "epoch or seq is no number")
        except VeriwattError as error:
            self._findings.problem(self._path, str(error), "frames")

    def _problem(self, row: RawFrame, what: str) -> None:
        self._findings.problem(self._path, f"row ({row.epoch}, {row.seq}): {what}", "frames")


def _check_signature(row: RawFrame, key: PublicKey, signed: bytes) -> None:
    if row.state == FrameState.PREPARED:
        if row.signature is not None:
            raise NotProven("it is signed, and marked as not signed")
        return
    if type(row.signature) is not bytes:
        raise NotProven("it is marked signed, and has no signature")
    verify_signature(key, signed, row.signature, "the spooled frame")


def _check_payloads(raw: bytes, header: FrameHeader) -> None:
    payloads = decode(raw, "payloads")
    hashes = [sha256(p) if isinstance(p, bytes) else None for p in payloads] if isinstance(payloads, list) else []
    if hashes != [group.payload_hash for group in header.groups]:
        raise NotProven("its payloads are not those that the header hashes")
