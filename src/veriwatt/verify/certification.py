"""Which certification of the terminal covers a reading.

A frame states one time at which its terminal collected the values, and only the terminal vouches for that time. But a
meter's value at the end of a slot was read at that end. So for origin *meter* the certification must also be valid at
the slot's end, and for an interval value at the slot's start. A frame with a day before the terminal was certified,
or with a false date, then does not count as certified. Where the frame states another time of reading, its instant, the
certification must be valid then too. A terminal has none after it was retired.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.frames.origin import Meter
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.model.terminals.certification import Certification
from veriwatt.model.terminals.passport import Passport, weakest_certification
from veriwatt.units import Interval, UtcMillis
from veriwatt.utc_text import utc_text
from veriwatt.verify.disclosed_column import ProvenSlot
from veriwatt.verify.verdict import Caveat


def certification_of(
    passport: Passport, header: FrameHeader, definition: PointDefinition, slots: Sequence[ProvenSlot]
) -> Certification | None:
    """The weakest of the certifications that were valid when the readings of `slots` were taken and collected.

    None when no certification was valid at one of these moments. The own org's is weaker than another org's.
    """
    moments, retirement = _moments(header, definition, slots), passport.retirement
    if retirement is not None and max(moments) > retirement.at_time:
        return None
    return weakest_certification(passport, moments)


def retirement_caveat(passport: Passport, header: FrameHeader, slot: Interval) -> Iterator[Caveat]:
    """The caveat of a terminal that was retired before the slot ended or was collected, as its frame says."""
    retirement = passport.retirement
    ends = (slot.end,) if isinstance(header.origin, Meter) else ()
    if retirement is not None and max((header.collected_at, *ends)) > retirement.at_time:
        at = utc_text(retirement.at_time)
        yield Caveat("retired", f"the terminal was retired at {at}, before it states this", {"at": at})


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


def _moments(header: FrameHeader, definition: PointDefinition, slots: Sequence[ProvenSlot]) -> tuple[UtcMillis, ...]:
    """The moments at which the terminal must have been certified; the time of reading is the first."""
    if not isinstance(header.origin, Meter):
        return (header.collected_at,)
    starts = [slot.span.start for slot in slots] if definition.kind is Kind.INTERVAL else []
    instants = [slot.instant for slot in slots if slot.instant is not None]
    return tuple(dict.fromkeys([*(slot.span.end for slot in slots), *starts, header.collected_at, *instants]))
