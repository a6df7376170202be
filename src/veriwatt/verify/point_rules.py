"""Step 14 for one slot: it was over, its value is within bounds, its terminal may state it, its definition held then.

The point's timeline is a record of the ledger. A change of a definition takes effect only after its own block and at an
edge of the grid, so a later registration cannot make a proven reading false.
"""

from __future__ import annotations

from collections.abc import Sequence

from veriwatt.model.frames.origin import Meter
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.point_record import PointRecord, PointSeries
from veriwatt.model.points.standing import Standing, StatedUnder
from veriwatt.model.points.status import Status
from veriwatt.units import UtcMillis
from veriwatt.verify.disclosed_column import ProvenSlot
from veriwatt.verify.frame_proof import ProvenFrame
from veriwatt.verify.reading_times import check_instants, check_slot_times
from veriwatt.verify.refusals import DefinitionReplaced, NotDefinedThen, OtherTerminal, SlotWithdrawn, ValueNotAdmitted


def check_slots(
    slots: Sequence[ProvenSlot], frame: ProvenFrame, definition: PointDefinition, timeline: PointRecord
) -> None:
    """Raise unless the frame may state these slots of the point, in their order, under this definition.

    Raises:
        SlotNotOver, CollectedBeforeSlotEnd: as of `check_slot_times`.
        ReadAfterAnchor, ReadAfterCollection: as of `check_instants`.
        OtherTerminal: of origin *meter*, and the definition names another terminal, or none.
        SlotWithdrawn, ValueNotAdmitted: as of `_check_values`.
        NotDefinedThen: the point has no definition at a slot's start.
        DefinitionReplaced: it has another one there; the error names both.
    """
    first, last = slots[0].span, slots[-1].span
    check_slot_times(last, frame.header, frame.times)
    check_instants(slots, frame.header, frame.times)
    _check_values(slots, definition)
    one, other = (_in_force(start, frame, definition, timeline) for start in (first.start, last.start))
    if one != other:  # the same definition again, with another in between
        for slot in slots:
            _in_force(slot.span.start, frame, definition, timeline)


def _check_values(slots: Sequence[ProvenSlot], definition: PointDefinition) -> None:
    """Raise ValueNotAdmitted for a value that the definition rules out, SlotWithdrawn for one that was taken back."""
    for slot in slots:
        if slot.status is Status.WITHDRAWN:
            raise SlotWithdrawn(slot.span.start)
        if slot.value is not None and not definition.admits(slot.value):
            value = str(definition.value(slot.value))
            raise ValueNotAdmitted(point=definition.id, start=slot.span.start, value=value)


def _in_force(start: UtcMillis, frame: ProvenFrame, definition: PointDefinition, timeline: PointRecord) -> PointSeries:
    """The point's series at `start`, if the frame was made under its definition, by the terminal that it names."""
    series, version, header = timeline.at(start), frame.version, frame.header
    by_right = not isinstance(header.origin, Meter) or definition.terminal == header.terminal
    standing = StatedUnder(version.group, version.n, definition.digest, by_right).standing(series)
    if standing is Standing.OTHER_TERMINAL:
        raise OtherTerminal(terminal=header.terminal, named=definition.terminal)
    if series is None:
        raise NotDefinedThen(point=definition.id, start=start)
    if standing is Standing.REPLACED:
        raise DefinitionReplaced(
            point=definition.id,
            start=start,
            stated=f"{version.group} {version.n}, {definition.digest.hex()[:16]}",
            in_force=f"{series.group} {series.first_version}, {series.definition.hex()[:16]}",
        )
    return series
