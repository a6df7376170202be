"""What the ledger records of a frame's number: that it was given up, or that another header has it too.

A record never unsays what was anchored before it. It is confined to its number: a frame that was anchored before the
record's block stays proven with a caveat; a frame with that number anchored later proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from veriwatt.ids import FrameId
from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.terminals.number_record import NumberRecord
from veriwatt.verify.refusals import NumberContradicted, NumberTwice, NumberVoid
from veriwatt.verify.verdict import Caveat


def check_numbers(headers: Iterable[FrameHeader]) -> None:
    """Raise NumberTwice if two frames of one file have one terminal and number."""
    seen = set[tuple[str, FrameNumber]]()
    for header in headers:
        named = header.terminal, header.number
        if named in seen:
            raise NumberTwice(terminal=header.terminal, epoch=header.number.epoch, seq=header.number.seq)
        seen.add(named)


def check_number(record: NumberRecord | None, anchored: int) -> None:
    """Raise if the record was on the ledger when the frame was anchored, in block `anchored`.

    Raises:
        NumberVoid: the number was given up before.
        NumberContradicted: two headers with it were submitted before.
    """
    if record is None:
        return
    if record.void is not None and anchored >= record.void.height:
        raise NumberVoid(height=record.void.height)
    if record.equivocation is not None and anchored >= record.equivocation.height:
        raise NumberContradicted(height=record.equivocation.height)


def number_caveats(record: NumberRecord | None, frame: FrameId, height: int) -> Iterator[Caveat]:
    """Caveats of the version that the number states: what contradicts the frame of this id, as of `height`.

    A void is of a signed header: of another one than the frame's, it contradicts the frame as an equivocation does.
    """
    others = list(_others(record, frame))
    for other, at in others:
        text = f"contradicted at height {at} by another signed header, {other.hex()[:16]}"
        yield Caveat("contradicted", text, {"height": at, "other": other.hex()[:16]})
    if not others:
        text = f"version as stated by the signer; no contradiction recorded up to height {height}"
        yield Caveat("version-as-stated", text, {"height": height})
    if record is not None and record.void is not None:
        at = record.void.height
        yield Caveat("voided-later", f"its number was voided at height {at}, after it was anchored", {"height": at})


def _others(record: NumberRecord | None, frame: FrameId) -> Iterator[tuple[FrameId, int]]:
    """A header with the frame's number and another id, of each part of the record that has one, and its height."""
    if record is not None and record.equivocation is not None:
        one, other = record.equivocation.frames
        yield (one if other == frame else other), record.equivocation.height
    if record is not None and record.void is not None and record.void.frame_id != frame:
        yield record.void.frame_id, record.void.height
