"""Which certification of the terminal covers a reading.

A frame states one time at which its terminal collected the values, and only the terminal vouches for that time. But a
meter's value at the end of a slot was read at that end. So for origin *meter* the certification must also be valid at
the slot's end, and for an interval value from the slot's start to its end without a hole. A frame with a day before the
terminal was certified, or with a false date, then does not count as certified. Where the frame states another time of
reading, its instant, the certification must be valid then too. A terminal has none after it was retired.

A terminal may have many certifications, one after the other: what is said of their times is said of all that hold.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.frames.origin import Meter
from veriwatt.model.members.org_role import Authority
from veriwatt.model.members.organisation import admission_text
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.model.terminals.certification import Certification
from veriwatt.model.terminals.certified_times import CertifiedTimes
from veriwatt.model.terminals.passport import Passport
from veriwatt.units import Interval, UtcMillis
from veriwatt.utc_text import utc_text
from veriwatt.verify.disclosed_column import ProvenSlot
from veriwatt.verify.frame_proof import ProvenFrame
from veriwatt.verify.verdict import Caveat


def certification_of(
    passport: Passport, header: FrameHeader, definition: PointDefinition, slots: Sequence[ProvenSlot]
) -> Certification | None:
    """The weakest of the certifications that were valid when the readings of `slots` were taken and collected.

    None when no certification was valid at one of these moments.
    """
    moments, retirement = _moments(passport, header, definition, slots), passport.retirement
    if retirement is not None and max(moments) > retirement.at_time:
        return None
    return CertifiedTimes(passport).weakest(moments)


def retirement_caveat(passport: Passport, header: FrameHeader, slot: Interval) -> Iterator[Caveat]:
    """The caveat of a terminal that was retired before the slot ended or was collected, as its frame says."""
    retirement = passport.retirement
    ends = (slot.end,) if isinstance(header.origin, Meter) else ()
    if retirement is not None and max((header.collected_at, *ends)) > retirement.at_time:
        at = utc_text(retirement.at_time)
        yield Caveat("retired", f"the terminal was retired at {at}, before it states this", {"at": at})


def certification_caveats(
    frame: ProvenFrame, definition: PointDefinition, slots: Sequence[ProvenSlot], certification: Certification | None
) -> Iterator[Caveat]:
    """Caveats of the certifications of `slots`, of which `certification` is the weakest, with their dates.

    Anchored after the last of them had ended that were registered by then and follow one another without a hole from
    the collection on: a frame of after that time could be dated back. Read, at either end of an interval, before
    the one that holds then was registered.
    """
    if certification is None:
        return
    passport, header, anchored_at = frame.passport, frame.header, frame.times.anchor_time
    last = _last_without_a_hole(passport, header.collected_at, anchored_at, certification)
    if anchored_at >= last.valid_until:
        anchored, ended = utc_text(anchored_at), utc_text(last.valid_until)
        text = f"anchored at {anchored}, after the certification by {last.org} had ended at {ended}"
        yield Caveat("anchored-after-certification", text, {"anchored_at": anchored, "org": last.org, "ended": ended})
    certified = CertifiedTimes(passport)
    for read in _read_at(header, definition, slots) or [header.collected_at]:
        held = certified.at(read)
        if held is not None and held.at > read:
            at, taken = utc_text(held.at), utc_text(read)
            text = f"{held.org} registered the certification at {at}, after what was read at {taken}"
            yield Caveat("certified-afterwards", text, {"org": held.org, "at": at, "read": taken})
            return


def certified_facts(certification: Certification | None) -> dict[str, object]:
    """Who certified, and by what authority about another org, as JSON; None without a certification by another org."""
    if certification is None:
        return {"certified_by": None, "certifier": None}
    authority = certification.authority
    return {"certified_by": certification.org, "certifier": None if authority is None else authority_facts(authority)}


def authority_facts(authority: Authority) -> dict[str, str]:
    """By what authority an org binds another, as JSON; `admitted_by` is empty for a founder."""
    return {
        "admitted_by": admission_text(authority.admitted_by),
        "granted_by": ", ".join(authority.granted_by),
        "basis": authority.basis.value,
    }


def _last_without_a_hole(
    passport: Passport, since: UtcMillis, anchored_at: UtcMillis, weakest: Certification
) -> Certification:
    """The last of the certifications, none weaker than `weakest`, that follow one another from `since` on.

    One registered after `anchored_at` does not count: it would unsay afterwards that there was none.
    """
    last, until, least = weakest, since, weakest.strength(passport.org)
    for each in sorted(passport.certifications, key=lambda c: c.valid_from):
        counts = each.strength(passport.org) >= least and each.at <= anchored_at
        if counts and each.valid_from <= until < each.valid_until:
            last, until = each, each.valid_until
    return last


def _moments(
    passport: Passport, header: FrameHeader, definition: PointDefinition, slots: Sequence[ProvenSlot]
) -> tuple[UtcMillis, ...]:
    """The moments at which the terminal must have been certified.

    Within an interval they are those at which a certification ends: only there can a hole or a weaker one begin.
    """
    found = [*_read_at(header, definition, slots), header.collected_at]
    if isinstance(header.origin, Meter) and definition.kind is Kind.INTERVAL:
        ends = sorted(each.valid_until for each in passport.certifications)
        for slot in slots:
            found += ends[bisect_right(ends, slot.span.start) : bisect_left(ends, slot.span.end)]
    return tuple(dict.fromkeys(found))


def _read_at(header: FrameHeader, definition: PointDefinition, slots: Sequence[ProvenSlot]) -> list[UtcMillis]:
    """The moments at which a meter was read, slot by slot; of an interval, at both ends. Empty for other origins."""
    if not isinstance(header.origin, Meter):
        return []
    found = list[UtcMillis]()
    for slot in slots:
        starts = [slot.span.start] if definition.kind is Kind.INTERVAL else []
        found += [slot.span.end, *starts, *([] if slot.instant is None else [slot.instant])]
    return found
