"""Making the sample of one slot from a meter's answer: an exact value stamped with the slot's end, or a gap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from veriwatt.metering.register_context import judge_steps
from veriwatt.metering.register_steps import Steps
from veriwatt.metering.register_track import RegisterRule, StepKind
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind, Status
from veriwatt.terminal.config.terminal_config import PointConfig, Source
from veriwatt.terminal.drivers.base import Answer, GapReason
from veriwatt.terminal.sampling.samples import NewestSlot, Sample, SampleFlag
from veriwatt.units import Decimal10, Interval, UtcMillis, round_half_even


def sample_of(
    point: PointConfig, slot: Interval, answer: Answer, read_at: UtcMillis, newest: NewestSlot | None
) -> Sample:
    """The sample of `slot` from an `answer` read at `read_at`; `newest` is the point's newest slot before it.

    A register and an instant are stored as read; an interval is the register's step since the slot's start, judged as
    the steps of registers are (docs/spec/slots-and-periods.md), or the amount that the meter counted. No value is
    invented: a slot without one is a gap.
    """
    if isinstance(answer, GapReason):
        return gap(point, slot, read_at, answer)
    if answer.normal() in point.sentinels:
        return gap(point, slot, read_at, GapReason.SENTINEL)
    if read_at - slot.end > point.latest:
        return gap(point, slot, read_at, GapReason.LATE)
    if read_at < slot.end:
        return gap(point, slot, read_at, GapReason.CLOCK)
    mantissa = mantissa_of(point, answer)
    if abs(mantissa) > point.definition.largest:
        return gap(point, slot, read_at, GapReason.BEYOND)
    if point.definition.kind is Kind.REGISTER:
        fell = newest is not None and newest.register is not None and mantissa < newest.register
        return _measured(point, slot, read_at, mantissa, mantissa, SampleFlag.FELL if fell else SampleFlag.NONE)
    if point.definition.kind is Kind.INTERVAL and point.source is Source.REGISTER:
        return _advance(point, slot, read_at, mantissa, newest)
    return _measured(point, slot, read_at, mantissa, None, SampleFlag.NONE)


def taken_back(point: PointConfig, newest: NewestSlot | None, sample: Sample) -> Iterator[Interval]:
    """The spans between two readings whose advance counted until the register of `sample` showed an outlier in it."""
    if newest is None or sample.register is None or point.definition.kind is not Kind.INTERVAL:
        return
    known = newest.readings
    if not known:
        return
    before = _steps(point.definition, known)
    after = _steps(point.definition, (*known, (sample.end, sample.register)))
    for i in range(1, len(known)):
        if _counts(before, i) and not _counts(after, i):
            yield Interval(known[i - 1][0], known[i][0])


def _counts(steps: Steps, i: int) -> bool:
    """Whether the step that ends with reading `i` begins with the one before it, and its advance counts."""
    return bool(steps.counted[i] and not steps.bridged[i])


def gap(point: PointConfig, slot: Interval, at: UtcMillis, reason: GapReason, register: int | None = None) -> Sample:
    """The sample of a slot without a value; `register` is the register reading at its end, if there is one.

    It is never dated before the slot's end, even if the clock was set back: no log host accepts such a frame.
    """
    return Sample(point.id, slot.start, slot.end, None, Status.GAP, max(at, slot.end), reason, register=register)


def mantissa_of(point: PointConfig, raw: Decimal10) -> int:
    """`raw` scaled, as a mantissa at the definition's scale and on its step; a binary fraction rounds to even."""
    definition = point.definition
    value = raw.times(point.scale).times(definition.multiplier)
    low = min(value.scale, definition.scale)
    step = definition.resolution.at_scale(low)
    return round_half_even(value.at_scale(low), step) * definition.step


def _advance(
    point: PointConfig, slot: Interval, read_at: UtcMillis, register: int, newest: NewestSlot | None
) -> Sample:
    if newest is None or newest.register is None or newest.register_at != slot.start:
        return gap(point, slot, read_at, GapReason.NO_START, register)
    steps = _steps(point.definition, (*newest.readings, (slot.end, register)))
    if steps.kinds[-1] & (StepKind.FALL | StepKind.OPEN):
        return gap(point, slot, read_at, GapReason.FELL, register)
    if steps.kinds[-1] & StepKind.IMPLAUSIBLE:
        return gap(point, slot, read_at, GapReason.IMPLAUSIBLE, register)
    if steps.bridged[-1]:
        return gap(point, slot, read_at, GapReason.OUTLIER, register)
    return _measured(point, slot, read_at, int(steps.advance[-1]), register, SampleFlag.NONE)


def _steps(definition: PointDefinition, readings: Sequence[tuple[UtcMillis, int]]) -> Steps:
    stamps, values = zip(*readings, strict=True)
    at = np.array(stamps, np.int64)
    rule = RegisterRule(rate=definition.rate, step=definition.step)
    return judge_steps(np.concatenate([at[:1] - 1, at[:-1]]), at, np.array(values, np.int64), rule)


def _measured(
    point: PointConfig, slot: Interval, read_at: UtcMillis, value: int, register: int | None, flags: SampleFlag
) -> Sample:
    definition = point.definition
    kept = register if definition.kind is Kind.INTERVAL else None  # the next interval may count from this register
    lowest, highest = definition.lowest, definition.highest
    if lowest is not None and value < lowest:
        return gap(point, slot, read_at, GapReason.BELOW, kept)
    if highest is not None and value > highest:
        return gap(point, slot, read_at, GapReason.ABOVE, kept)
    return Sample(point.id, slot.start, slot.end, value, Status.MEASURED, read_at, flags=flags, register=register)
