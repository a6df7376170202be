"""When a reading was taken, collected and anchored: what is impossible is refused, what is late is a caveat.

Slot end and `collected_at` are the terminal's words; the time in the header of the anchor's own block is the ledger's.
The next block may come months later, so its time would bind nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.frames.origin import Meter
from veriwatt.model.terminals.certification import Certification
from veriwatt.units import DAY, Interval
from veriwatt.utc_text import utc_text
from veriwatt.verify.frame_times import FrameTimes
from veriwatt.verify.refusals import CollectedBeforeSlotEnd, SlotNotOver
from veriwatt.verify.verdict import Caveat

LATE = DAY
"""From this on, between the end of a slot, its collection and its anchor, lateness is a caveat."""


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


def time_caveats(
    slot: Interval, header: FrameHeader, times: FrameTimes, certification: Certification | None
) -> Iterator[Caveat]:
    """Caveats of lateness, with their dates: collected, or anchored, long after; anchored after the certification."""
    collected, anchored, end = (utc_text(t) for t in (header.collected_at, times.anchor_time, slot.end))
    if isinstance(header.origin, Meter) and header.collected_at > slot.end + LATE:
        text = f"collected at {collected}, more than a day after the slot ended at {end}"
        yield Caveat("collected-late", text, {"collected_at": collected, "end": end})
    if times.anchor_time > header.collected_at + LATE:
        text = f"anchored at {anchored}, more than a day after it was collected at {collected}"
        yield Caveat("anchored-late", text, {"anchored_at": anchored, "collected_at": collected})
    if certification is not None and times.anchor_time >= certification.valid_until:
        ended, org = utc_text(certification.valid_until), certification.org
        text = f"anchored at {anchored}, after the certification by {org} had ended at {ended}"
        yield Caveat("anchored-after-certification", text, {"anchored_at": anchored, "org": org, "ended": ended})
