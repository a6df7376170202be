"""When a reading was taken, collected and anchored: what is impossible is refused, what is late is a caveat.

Slot end and `collected_at` are the terminal's words; the time in the header of the anchor's own block is the ledger's.
The next block may come months later, so its time would bind nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.frames.origin import Meter
from veriwatt.model.points.status import Kind
from veriwatt.units import DAY, MINUTE, Interval, UtcMillis
from veriwatt.utc_text import utc_text
from veriwatt.verify.disclosed_column import ProvenSlot
from veriwatt.verify.frame_times import FrameTimes
from veriwatt.verify.refusals import CollectedBeforeSlotEnd, ReadAfterAnchor, ReadAfterCollection, SlotNotOver
from veriwatt.verify.verdict import Caveat

LATE = DAY
"""From this on, between the end of a slot, its collection and its anchor, lateness is a caveat."""

NEAR = 5 * MINUTE
"""A register that was read further from its slot's end than this, or than a tenth of the slot, has a caveat."""


def check_slot_times(slot: Interval, header: FrameHeader, times: FrameTimes) -> None:
    """Raise unless the slot was over when it was anchored, and a meter's when it was collected.

    Raises:
        SlotNotOver: it ends after the time of its anchor's block.
        CollectedBeforeSlotEnd: of origin *meter*, it ends after `collected_at`.
    """
    if slot.end > times.anchor_time:
        raise SlotNotOver(end=slot.end, anchored_at=times.anchor_time)
    if isinstance(header.origin, Meter) and slot.end > header.collected_at:
        raise CollectedBeforeSlotEnd(end=slot.end, collected_at=header.collected_at)


def check_instants(slots: Sequence[ProvenSlot], header: FrameHeader, times: FrameTimes) -> None:
    """Raise unless what was read at a time of its own was read before it was anchored, and a meter's before collected.

    Raises:
        ReadAfterAnchor: an instant is after the time of the anchor's block.
        ReadAfterCollection: of origin *meter*, one is after `collected_at`.
    """
    latest = max(instants_of(slots), default=None)
    if latest is None:
        return
    if latest > times.anchor_time:
        raise ReadAfterAnchor(instant=latest, anchored_at=times.anchor_time)
    if isinstance(header.origin, Meter) and latest > header.collected_at:
        raise ReadAfterCollection(instant=latest, collected_at=header.collected_at)


def instants_of(slots: Sequence[ProvenSlot]) -> list[UtcMillis]:
    """The true times of the readings that were not taken at the end of their slots."""
    return [slot.instant for slot in slots if slot.instant is not None]


def instant_caveats(slots: Sequence[ProvenSlot], kind: Kind) -> Iterator[Caveat]:
    """The caveat of the first value that was read outside its slot: an older one that was in force, or a later one;
    and that of the first reading of a register, within its slot, that was not read near the slot's end.
    """
    timed = [slot for slot in slots if slot.instant is not None]
    outside = (slot for slot in timed if not slot.span.start <= (slot.instant or 0) <= slot.span.end)
    for slot in islice(outside, 1):
        instant, start, end = (utc_text(t) for t in (slot.instant or 0, slot.span.start, slot.span.end))
        text = f"read at {instant}, outside its slot from {start} to {end}"
        yield Caveat("read-outside-slot", text, {"instant": instant, "start": start, "end": end})
    away = (slot for slot in timed if kind is Kind.REGISTER and not _near_end(slot))
    for slot in islice(away, 1):
        instant, end = utc_text(slot.instant or 0), utc_text(slot.span.end)
        text = (
            f"the register was read at {instant}, not at its slot's end {end}: its steps are those between such times"
        )
        yield Caveat("read-away-from-end", text, {"instant": instant, "end": end})


def _near_end(slot: ProvenSlot) -> bool:
    """Whether the instant is at most `NEAR`, and a tenth of the slot, from the slot's end."""
    distance = abs((slot.instant or 0) - slot.span.end)
    return distance <= NEAR and 10 * distance <= slot.span.end - slot.span.start


def time_caveats(slot: Interval, header: FrameHeader, times: FrameTimes) -> Iterator[Caveat]:
    """Caveats of lateness, with their dates: collected long after the slot, or anchored long after the collection."""
    collected, anchored, end = (utc_text(t) for t in (header.collected_at, times.anchor_time, slot.end))
    if isinstance(header.origin, Meter) and header.collected_at > slot.end + LATE:
        text = f"collected at {collected}, more than a day after the slot ended at {end}"
        yield Caveat("collected-late", text, {"collected_at": collected, "end": end})
    if times.anchor_time > header.collected_at + LATE:
        text = f"anchored at {anchored}, more than a day after it was collected at {collected}"
        yield Caveat("anchored-late", text, {"anchored_at": anchored, "collected_at": collected})
