"""Caveats of a register's figure: what its steps rest on that the number alone does not say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from veriwatt.metering.register_track import StepKind
from veriwatt.metering.step_totals import STEP_KINDS
from veriwatt.metering.totals import Total
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import ReadStep, RegisterRecord, StepConfirmation
from veriwatt.model.points.status import Status
from veriwatt.utc_text import utc_text
from veriwatt.verify.caveats import authority_caveats
from veriwatt.verify.certification import authority_facts
from veriwatt.verify.disclosed_column import ProvenSlot
from veriwatt.verify.period_total import PeriodFigure
from veriwatt.verify.verdict import Caveat


def definition_facts(definition: PointDefinition) -> dict[str, object]:
    """What the definition of a register says of its steps, and the factor of its values, as JSON; null: not stated."""
    width, rate = definition.width, definition.rate
    return {
        "multiplier": str(definition.multiplier),
        "backward": definition.backward,
        "restart": definition.restart,
        "width": None if width is None else str(definition.value(width)),
        "rate": None if rate is None else str(definition.value(rate)),
    }


def backward_caveat(definition: PointDefinition) -> Iterator[Caveat]:
    """The caveat of a meter that runs backward by its definition: its falls are subtracted."""
    if definition.backward:
        yield Caveat("runs-backward", "the register runs backward by its definition: what it falls is subtracted")


def unchecked_caveat(definition: PointDefinition) -> Iterator[Caveat]:
    """The caveat of a register that may fall, and has no rate: no reading shows that another one is wrong."""
    if definition.rate is None and (definition.restart or definition.backward):
        how = "runs backward" if definition.backward else "begins anew each day"
        yield Caveat("no-rate", f"the register {how}, and no rate bounds its steps: a wrong reading may count")


def first_reading_caveat(total: Total, slots: Sequence[ProvenSlot]) -> Iterator[Caveat]:
    """The caveat of a period with the first reading of the series, which no step leads to.

    Args:
        slots: the stated slots of the context, in order.
    """
    first = next((slot.span.end for slot in slots if slot.value is not None), None)
    if total.steps is not None and first is not None and total.start < first <= total.end:
        at = utc_text(first)
        text = f"the first reading of the series is that of {at}: what the register showed before is not known"
        yield Caveat("first-reading", text, {"at": at})


def bridged_caveat(figure: PeriodFigure) -> Iterator[Caveat]:
    """The caveat of a figure that holds an advance of before the period: its first step begins at a reading there."""
    if figure.begins is not None and figure.begins < figure.total.start:
        at = utc_text(figure.begins)
        text = (
            f"the first step begins at the reading of {at}, before the period: the figure holds the advance since then"
        )
        yield Caveat("bridged", text, {"at": at})


def end_caveats(figure: PeriodFigure, slots: Sequence[ProvenSlot]) -> Iterator[Caveat]:
    """Caveats of a figure whose first step begins at a reading that was not measured, or whose last reading is skipped.

    Args:
        slots: the stated slots of the context.
    """
    opening = next((slot for slot in slots if slot.span.end == figure.begins), None)
    if opening is not None and opening.status is not Status.MEASURED:
        at = utc_text(opening.span.end)
        text = f"the first step begins at the reading of {at}, which was not measured"
        yield Caveat("opening-not-measured", text, {"at": at})
    if figure.ends_at_outlier:
        yield Caveat("ends-at-outlier", "the last reading of the period is an outlier: its last advance counts later")


def confirmations_of(
    owner: str, total: Total, record: RegisterRecord, slots: Sequence[ProvenSlot]
) -> list[StepConfirmation]:
    """Who confirmed a step into the period between values that the file or the record shows, step by step.

    Of several orgs that confirmed one step, the strongest, of equals the first.

    Args:
        owner: the org whose register it is.
        slots: the stated slots of the context; of several versions the last.
    """
    if total.steps is None or not total.steps.counts[STEP_KINDS.index(str(StepKind.CONFIRMED.name).lower())]:
        return []
    shown = {(slot.span.end, slot.value) for slot in slots}
    shown |= {(e.at, value) for e in record.in_force() for value in (e.last, e.first)}

    def holds(step: ReadStep) -> bool:
        ends = {(step.earlier, step.before), (step.at, step.after)}
        return step.earlier < total.end and step.at > total.start and ends <= shown

    return [each for each in record.confirmed(owner) if holds(each.step)]


def confirmed_facts(owner: str, confirmations: Sequence[StepConfirmation]) -> dict[str, object]:
    """The weakest of who confirmed steps, and by what authority, as JSON; None without a confirmed step."""
    weakest = min(confirmations, key=lambda each: each.authority.strength(owner), default=None)
    if weakest is None:
        return {"confirmed_by": None, "confirmer": None}
    return {"confirmed_by": weakest.org, "confirmer": authority_facts(weakest.authority)}


def confirmed_caveats(
    owner: str, definition: PointDefinition, confirmations: Sequence[StepConfirmation]
) -> Iterator[Caveat]:
    """The caveats of each confirmed step: who confirmed it, and by what authority."""
    for each in confirmations:
        earlier, before, at, after = each.step
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
        yield from authority_caveats(each.org, each.authority, owner)
