"""Step 14 for one slot: it was over, its meter's terminal stated it, and its definition was the point's at its start.

The point's timeline is a record of the ledger. A change of a definition takes effect only after its own block and at an
edge of the grid, so a later registration cannot make a proven reading false.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.frames.origin import Meter
from veriwatt.model.points.group import PointSeries
from veriwatt.model.points.point import PointDefinition
from veriwatt.units import UtcMillis
from veriwatt.verify.disclosed_column import ProvenSlot
from veriwatt.verify.frame_proof import ProvenFrame
from veriwatt.verify.reading_times import check_slot_times
from veriwatt.verify.refusals import DefinitionReplaced, OtherTerminal
from veriwatt.verify.verdict import Caveat


def check_slots(
    slots: Sequence[ProvenSlot], frame: ProvenFrame, definition: PointDefinition, timeline: PointSeries
) -> None:
    """Raise unless the frame may state these slots of the point, in their order, under this definition.

    Raises:
        SlotNotOver, CollectedBeforeSlotEnd: as of `check_slot_times`.
        OtherTerminal: of origin *meter*, and another terminal than the one that the definition names.
        DefinitionReplaced: it has another one there; the error names both.
    """
    first, last = slots[0].span, slots[-1].span
    check_slot_times(last, frame.header, frame.times)
    named, terminal = definition.terminal, frame.header.terminal
    if isinstance(frame.header.origin, Meter) and named is not None and named != terminal:
        raise OtherTerminal(terminal=terminal, named=named)
    for start in (first.start, last.start):
        _in_force(start, frame, definition, timeline)


def _in_force(start: UtcMillis, frame: ProvenFrame, definition: PointDefinition, newest: PointSeries) -> None:
    """Raise if another definition is the point's at `start`."""
    if newest.effective_from <= start and (newest.group, newest.definition) != (frame.version.group, definition.digest):
        raise DefinitionReplaced(
            point=definition.id,
            start=start,
            stated=f"{frame.version.group} {frame.version.n}, {definition.digest.hex()[:16]}",
            in_force=f"{newest.group}, {newest.definition.hex()[:16]}",
        )


def terminal_named_caveat(header: FrameHeader, definition: PointDefinition) -> Iterator[Caveat]:
    """The caveat of a meter for which the definition names no terminal: any terminal of the org may state it."""
    if isinstance(header.origin, Meter) and definition.terminal is None:
        text = f"the definition names no terminal for this meter: any terminal of {header.org} could have stated it"
        yield Caveat("terminal-not-named", text, {"org": header.org})
