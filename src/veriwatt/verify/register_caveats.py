"""Caveats of a register's figure: what its steps rest on that the number alone does not say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from veriwatt.metering.register_track import StepKind
from veriwatt.metering.step_totals import STEP_KINDS
from veriwatt.metering.totals import Total
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import RegisterRecord
from veriwatt.utc_text import utc_text
from veriwatt.verify.disclosed_column import ProvenSlot
from veriwatt.verify.verdict import Caveat


def confirmed_caveats(
    total: Total, definition: PointDefinition, record: RegisterRecord, slots: Sequence[ProvenSlot]
) -> Iterator[Caveat]:
    """The caveat of each confirmation of a step into the period between values that the file or the record shows.

    Args:
        slots: the stated slots of the context; of several versions the last.
    """
    if total.steps is None or not total.steps.counts[STEP_KINDS.index(str(StepKind.CONFIRMED.name).lower())]:
        return
    shown = {(slot.span.end, slot.value) for slot in slots}
    shown |= {(e.at, value) for e in record.in_force() for value in (e.last, e.first)}
    for each in record.confirmations:
        earlier, before, at, after = each.step
        if earlier < total.end and at > total.start and {(earlier, before), (at, after)} <= shown:
            confirmed, begin, end = utc_text(each.time), utc_text(earlier), utc_text(at)
            first, last = str(definition.value(before)), str(definition.value(after))
            by = f"{each.org} ({each.member}) confirmed it at {confirmed}"
            yield Caveat(
                "step-confirmed",
                f"an implausible step counts because {by}: from {first} at {begin} to {last} at {end}",
                {
                    "org": each.org,
                    "member": each.member,
                    "confirmed": confirmed,
                    "before": first,
                    "earlier": begin,
                    "after": last,
                    "at": end,
                },
            )
