"""What a record of an exchange changes: the steps of a register with it and without it, side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from veriwatt.metering.point_history import ValueSeries
from veriwatt.metering.register_steps import Steps
from veriwatt.metering.register_track import StepKind
from veriwatt.metering.step_totals import STEP_KINDS
from veriwatt.metering.totals import ReadingColumns
from veriwatt.model.points.register_record import RegisterRecord
from veriwatt.model.points.status import Status
from veriwatt.reading.register_readings import ReadSlots, longest_slot, read_register
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import DAY, Interval, UtcMillis

NEAR = 31 * DAY
"""An exchange is told with the others recorded so near to it."""

_SAME_STEP = StepKind.PROVISIONAL | StepKind.NOT_STATED | StepKind.BESIDE_FALL
"""Marks that come and go while the step stays what it is."""


@dataclass(frozen=True, slots=True)
class JudgedStep:
    """The step to a reading from the kept one before it: its advance, None where nothing counts, and its kinds."""

    start: UtcMillis | None
    advance: int | None
    kinds: StepKind

    def kind_names(self) -> list[str]:
        """Its kinds by the names that figures have for them."""
        return [name for name, kind in zip(STEP_KINDS, StepKind, strict=True) if self.kinds & kind]


@dataclass(frozen=True, slots=True)
class ChangedStep:
    """The step that ends with the reading stamped `at`, without the record and with it."""

    at: UtcMillis
    before: JudgedStep
    after: JudgedStep

    @property
    def span(self) -> Interval:
        """From the reading before it, in either judgement, to its own."""
        starts = [step.start for step in (self.before, self.after) if step.start is not None]
        return Interval(min(starts, default=self.at - 1), self.at)


@dataclass(frozen=True, slots=True)
class ExchangeEffect:
    """Each step whose advance or kind a record changes, in order, and the kept readings around its instant."""

    changed: tuple[ChangedStep, ...]
    around: Interval


def exchange_effect(
    view: ReadingsView,
    org: str,
    series: ValueSeries,
    whole: Interval,
    at: UtcMillis,
    before: RegisterRecord,
    after: RegisterRecord,
) -> ExchangeEffect:
    """What the record `after` changes of the steps judged by `before`, where they differ in an exchange at `at`.

    Args:
        whole: from the start of the series' first slot to the end of its last.

    A step that can still change, or depends on slots not stated, is no other step for that.
    """
    read = slots_read(view, org, series.definition.id)
    return _effect(series, whole, at, (read, before), (read, after))


def correction_effect(
    view: ReadingsView,
    org: str,
    series: ValueSeries,
    whole: Interval,
    slot: Interval,
    value: int,
    record: RegisterRecord,
) -> ExchangeEffect:
    """What another value of one slot changes of the steps of its register: `value` is a mantissa of the series."""
    read = slots_read(view, org, series.definition.id)

    def corrected(start: UtcMillis, end: UtcMillis) -> ReadingColumns:
        slots = read(start, end)
        here = slots.starts == slot.start
        statuses = np.where(here, np.uint8(Status.MANUAL), slots.statuses)
        return replace(slots, values=np.where(here, value, slots.values), statuses=statuses)

    return _effect(series, whole, slot.end, (read, record), (corrected, record))


def slots_read(view: ReadingsView, org: str, point: str) -> ReadSlots:
    """Reads the slots of a point, in the version in force."""

    def read(start: UtcMillis, end: UtcMillis) -> ReadingColumns:
        rows = view.read(org, point, start, end, None)
        return ReadingColumns(rows.starts, rows.stops, rows.values, rows.statuses)

    return read


def _effect(
    series: ValueSeries,
    whole: Interval,
    at: UtcMillis,
    before: tuple[ReadSlots, RegisterRecord],
    after: tuple[ReadSlots, RegisterRecord],
) -> ExchangeEffect:
    reach = max(NEAR, 16 * longest_slot(series.definition))
    while True:
        near = Interval(at - reach, at + reach).overlap(whole) or whole
        old, new = (
            _by_stamp(read_register(read, series, record, whole, near).steps) for read, record in (before, after)
        )
        shared = sorted(t for t in old.keys() & new.keys() if near.start < t <= near.end)
        kept = [t for t in shared if not new[t].kinds & StepKind.OUTLIER]
        earlier, later = [t for t in kept if t < at], [t for t in kept if t >= at]
        if (earlier or near.start == whole.start) and (later or near.end == whole.end):
            break
        reach *= 8
    changed = tuple(ChangedStep(t, old[t], new[t]) for t in shared if _differs(old[t], new[t]))
    around = Interval(max(earlier, default=min(whole.start, at - 1)), min(later, default=max(whole.end, at)))
    return ExchangeEffect(changed, around)


def _differs(old: JudgedStep, new: JudgedStep) -> bool:
    return old.advance != new.advance or bool((old.kinds ^ new.kinds) & ~_SAME_STEP)


def _by_stamp(steps: Steps) -> dict[UtcMillis, JudgedStep]:
    """The step of each reading by its stamp."""
    found, last = dict[UtcMillis, JudgedStep](), None
    for stamp, advance, counted, kind in zip(
        steps.stamps.tolist(), steps.advance.tolist(), steps.counted.tolist(), steps.kinds.tolist(), strict=True
    ):
        found[stamp] = JudgedStep(last, int(advance) if counted else None, StepKind(kind))
        if not kind & StepKind.OUTLIER:
            last = stamp
    return found
