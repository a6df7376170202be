"""Who vouches for a reading: the certification under which its terminal collected it.

A frame states one time at which its terminal held the values, and that is the terminal's word. What a meter
showed at the end of a slot was read then, whatever the frame says, so for origin *meter* the certification must
hold at the slot's end too, and at its start where the value is an advance from there. Neither a frame that
gathers a day from before the terminal was certified, nor one that is dated back, passes for more.
"""

from __future__ import annotations

from veriwatt.model.frames.frame import FrameHeader
from veriwatt.model.frames.origin import Meter
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.model.terminals.passport import Certification, Passport, certified_throughout
from veriwatt.units import Interval, UtcMillis


def certification_of(
    passport: Passport, header: FrameHeader, definition: PointDefinition, slot: Interval
) -> Certification | None:
    """The weakest certification that the reading of `slot` rests on: none, the own org's, another org's."""
    return certified_throughout(passport, _moments(header, definition, slot))


def _moments(header: FrameHeader, definition: PointDefinition, slot: Interval) -> tuple[UtcMillis, ...]:
    """When the terminal must have been certified, the time of reading first."""
    if not isinstance(header.origin, Meter):
        return (header.collected_at,)
    if definition.kind is Kind.INTERVAL:
        return slot.end, slot.start, header.collected_at
    return slot.end, header.collected_at
