"""Verifying the claim of a period's figure: all slots are disclosed, and the figure is computed as `query` does.

Steps, with the numbers of docs/spec/evidence.md, after the state proof (1-5) and the frame proof (6-10):

11. definition    the point's definition is in every group version that the headers name
12. place         each window lies in one key window, and has as many slots of the point as its header states
13. disclosure    in each frame all leaves of the point with a slot of the context are under its column root
14. claim         each stated slot may count; of a register no reading before the context could change the figure
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from veriwatt.metering.step_totals import STEP_KINDS
from veriwatt.metering.totals import Total
from veriwatt.model.evidence.period_claim import ClaimedPeriod, PeriodClaim
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.point_record import PointRecord
from veriwatt.model.points.register_record import RegisterRecord, StepConfirmation
from veriwatt.model.points.status import Kind, Status
from veriwatt.model.terminals.certification import weakest
from veriwatt.units import Interval, UtcMillis
from veriwatt.verify.calendar_caveats import calendar_caveats
from veriwatt.verify.caveats import ledger_caveats, trust_file_caveats
from veriwatt.verify.certification import certified_facts
from veriwatt.verify.claims.reading import STEPS
from veriwatt.verify.disclosed_column import ProvenSlot, leaves_with, prove_column
from veriwatt.verify.frame_proof import ProvenFrame
from veriwatt.verify.log_epoch_caveats import given_up_caveats
from veriwatt.verify.one_calendar import check_one_calendar
from veriwatt.verify.period_caveats import (
    CORRECTIONS_NOT_SHOWN,
    StatedSlots,
    beginning_caveat,
    certifications_of,
    frames_caveats,
    later_fall_caveats,
    numbers_caveats,
    slots_not_stated,
    total_caveats,
)
from veriwatt.verify.period_total import PeriodFigure, period_total
from veriwatt.verify.point_place import PointPlace, prove_definitions, prove_place
from veriwatt.verify.point_rules import check_slots
from veriwatt.verify.point_series import Beginning, check_series
from veriwatt.verify.refusals import NoSlotOfPeriod
from veriwatt.verify.register_caveats import (
    backward_caveat,
    bridged_caveat,
    confirmations_of,
    confirmed_caveats,
    confirmed_facts,
    definition_facts,
    end_caveats,
    first_reading_caveat,
    unchecked_caveat,
)
from veriwatt.verify.state_proof import ProvenState
from veriwatt.verify.steps import step
from veriwatt.verify.verdict import Caveat, Verdict


@dataclass(frozen=True, slots=True)
class ProvenPeriod:
    """The figure of a period for which every step holds. Only `verify_period` makes it."""

    claimed: ClaimedPeriod
    definition: PointDefinition
    version: GroupVersion
    figure: PeriodFigure
    stated: tuple[StatedSlots, ...]
    began: Beginning | None
    record: RegisterRecord
    state: ProvenState

    @property
    def total(self) -> Total:
        return self.figure.total

    @property
    def verdict(self) -> Verdict:
        return self.state.trust.verdict

    @property
    def frames(self) -> list[ProvenFrame]:
        return [each.frame for each in self.stated]

    @property
    def value(self) -> str | None:
        """The exact decimal; None if the period has no value."""
        return self._decimal(self.total.value)

    def facts(self) -> dict[str, object]:
        """What is proven, as JSON-able values; times are UTC milliseconds, quantities exact decimal strings."""
        total, steps = self.total, self.total.steps
        certifications = certifications_of(self.stated, self.definition, self.claimed.period)
        return {
            "org": self.claimed.org,
            "point": self.claimed.point,
            "energy": self.definition.energy,
            "kind": self.definition.kind.value,
            "direction": self.definition.direction.value,
            **definition_facts(self.definition),
            "unit": self.definition.unit,
            "timezone": self.definition.timezone,
            "start": total.start,
            "end": total.end,
            "value": self.value,
            "expected": total.expected,
            "measured": total.measured,
            "estimated": total.estimated,
            "manual": total.manual,
            "gap": total.gap,
            "not_stated": slots_not_stated(total),
            "complete": total.complete,
            "bridged": total.bridged,
            "steps": None if steps is None else dict(zip(STEP_KINDS, steps.counts, strict=True)),
            "stated_by_owner": None if steps is None else self._decimal(steps.stated_by_owner),
            "at_least": None if steps is None else self._decimal(steps.at_least),
            "frames": len(self.frames),
            "terminals": ", ".join(sorted({frame.header.terminal for frame in self.frames})),
            **certified_facts(weakest(certifications, self.claimed.org)),
            **confirmed_facts(self.claimed.org, self._confirmations()),
            "anchored_not_later_than": max(frame.times.anchored_before for frame in self.frames),
            **self.state.facts(),
        }

    def caveats(self, trust: Trust | None, now: UtcMillis) -> list[Caveat]:
        """What a reader has to know beside the facts, in the order of docs/spec/evidence.md."""
        slots = _counting(self.stated)
        told = [
            *ledger_caveats(self.state, trust, self._parties()),
            *frames_caveats(self.stated, self.definition, self.claimed.period),
            *total_caveats(self.total),
            *backward_caveat(self.definition),
            *unchecked_caveat(self.definition),
            *first_reading_caveat(self.total, slots),
            *bridged_caveat(self.figure),
            *end_caveats(self.figure, slots),
            *confirmed_caveats(self.claimed.org, self.definition, self._confirmations()),
            *later_fall_caveats(self.figure),
            *beginning_caveat(self.total, self.began, self.claimed.context),
            *calendar_caveats(self.version, self.claimed.context),
            *numbers_caveats(self.frames, self.state.height),
            CORRECTIONS_NOT_SHOWN,
            *given_up_caveats(self.state.epochs, self.claimed.org, self.claimed.context.start),
            *trust_file_caveats(trust, now),
        ]
        return list({each.text: each for each in told}.values())  # who certified may have confirmed a step too

    def _parties(self) -> set[str]:
        """The org of the figure, and those that certified its terminals or confirmed its steps."""
        certified = certifications_of(self.stated, self.definition, self.claimed.period)
        confirmed = [each.org for each in self._confirmations()]
        return {self.claimed.org, *confirmed, *(each.org for each in certified if each is not None)}

    def _confirmations(self) -> list[StepConfirmation]:
        return confirmations_of(self.claimed.org, self.total, self.record, _counting(self.stated))

    def _decimal(self, mantissa: int | None) -> str | None:
        return None if mantissa is None else str(self.definition.value(mantissa))


def verify_period(claim: PeriodClaim, frames: tuple[ProvenFrame, ...], state: ProvenState) -> ProvenPeriod:
    """The claimed period's figure; raises StepFailed for steps 11 to 14."""
    claimed, definition = claim.claimed, claim.definition
    with step(11, STEPS):
        named = prove_definitions(claim.definitions, claimed.point, frames)
    with step(12, STEPS):
        places = [prove_place(f, stated, ordinal) for f, (stated, ordinal) in zip(frames, named, strict=True)]
    with step(13, STEPS):
        columns = [
            prove_column(frame, claimed.point, place, _leaves(claimed, place), part)
            for frame, place, part in zip(frames, places, claim.columns, strict=True)
        ]
    with step(14, STEPS):
        point, *register = claim.state_keys()
        timeline = state.record("timeline of the point", point, PointRecord.from_bytes)
        stated = tuple(StatedSlots(f, _stated(claimed, column)) for f, column in zip(frames, columns, strict=True))
        version = check_one_calendar([frame.version for frame in frames], timeline, claimed.context)
        for part, (under, _) in zip(stated, named, strict=True):
            check_slots(part.slots, part.frame, under, timeline)
        slots = _counting(stated)
        began = check_series(
            timeline, claim.definitions, claimed.context, Interval(slots[0].span.start, slots[-1].span.end)
        )
        record = _register_record(state, register[0]) if definition.kind is Kind.REGISTER else RegisterRecord()
        figure = period_total(definition, version, claimed, slots, record, began, state.newest_end)
    return ProvenPeriod(claimed, definition, version, figure, stated, began, record, state)


def _leaves(claimed: ClaimedPeriod, place: PointPlace) -> range:
    """The leaves of the point with a slot of the context that are in this frame."""
    first = int(place.ends.searchsorted(claimed.context.start, "right"))
    end = int(place.starts.searchsorted(claimed.context.end, "left"))
    if first >= end:
        raise NoSlotOfPeriod
    return leaves_with(first, end)


def _stated(claimed: ClaimedPeriod, column: list[ProvenSlot]) -> list[ProvenSlot]:
    """The slots of the context that the frame states."""
    stated = [s for s in column if s.status is not Status.ABSENT and claimed.context.holds(s.span)]
    if not stated:
        raise NoSlotOfPeriod
    return stated


def _counting(stated: Sequence[StatedSlots]) -> list[ProvenSlot]:
    """The slots that count, in order: of several versions the one at the later position."""
    slots = {slot.span.start: slot for part in stated for slot in part.slots}
    return [slots[start] for start in sorted(slots)]


def _register_record(state: ProvenState, key: bytes) -> RegisterRecord:
    raw = state.records[key]
    return RegisterRecord() if raw is None else RegisterRecord.from_bytes(raw)
