"""Which certification of the terminal covers a reading.

A frame states one time at which its terminal collected the values, and only the terminal vouches for that time. But a
meter's value at the end of a slot was read at that end. So for origin *meter* the certification must also be valid at
the slot's end, and for an interval value at the slot's start. A frame with a day before the terminal was certified,
or with a false date, then does not count as certified.
"""

from __future__ import annotations

from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.frames.origin import Meter
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.model.terminals.certification import Certification
from veriwatt.model.terminals.passport import Passport, weakest_certification
from veriwatt.units import Interval, UtcMillis


def certification_of(
    passport: Passport, header: FrameHeader, definition: PointDefinition, slot: Interval
) -> Certification | None:
    """The weakest of the certifications that were valid when the reading of `slot` was taken and collected.

    None when no certification was valid at one of these moments. The own org's is weaker than another org's.
    """
    return weakest_certification(passport, _moments(header, definition, slot))


def certifier_facts(certification: Certification | None) -> dict[str, str] | None:
    """By what authority another org certified, as JSON; None without a certification by another org.

    `admitted_by` is empty for a founder.
    """
    authority = None if certification is None else certification.authority
    if authority is None:
        return None
    return {
        "admitted_by": authority.admitted_by or "",
        "granted_by": ", ".join(authority.granted_by),
        "basis": authority.basis.value,
    }


def _moments(header: FrameHeader, definition: PointDefinition, slot: Interval) -> tuple[UtcMillis, ...]:
    """The moments at which the terminal must have been certified; the time of reading is the first."""
    if not isinstance(header.origin, Meter):
        return (header.collected_at,)
    if definition.kind is Kind.INTERVAL:
        return slot.end, slot.start, header.collected_at
    return slot.end, header.collected_at
