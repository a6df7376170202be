"""Correct a slot by hand: state a new version of it; the old version stays in the data chain."""

from __future__ import annotations

from veriwatt.energy.calendar import Zone
from veriwatt.errors import BadInput, Malformed
from veriwatt.ids import FrameId
from veriwatt.metering.columns import absent_column
from veriwatt.metering.group_points import GroupPoints
from veriwatt.metering.key_windows import key_window_of
from veriwatt.model.frames.build import FrameContent, GroupSlots
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Status
from veriwatt.ports.key_agent import KeyAgent, Purpose
from veriwatt.units import UtcMillis, parse_decimal


def corrected_content(
    group: GroupPoints, point: str, start: UtcMillis, value: str, replaced: FrameId, agent: KeyAgent, now: UtcMillis
) -> FrameContent:
    """The content of a frame that states `value` for one slot, status *manual*; all other slots are absent.

    Args:
        group: the group that seals the point.
        point: its id.
        start: the start of the slot, UTC milliseconds.
        value: a decimal in the point's unit.
        replaced: the frame that states the version in force.
        agent: returns the window key that seals the frame.
        now: the present.

    Raises:
        BadInput: no slot starts at `start`, it has not ended, or the value is none that the point may have.
    """
    definition, version = group.definition(point), group.version
    span = version.calendar.slot_at(definition.slot, start)
    if span.start != start:
        at = Zone.parse(definition.timezone).rfc3339(span.start)
        raise BadInput(
            where="slot", value=start, why=f"no slot of {point!r} starts there", remedy=f"the slot there starts at {at}"
        )
    if span.end > now:
        at = Zone.parse(definition.timezone).rfc3339(span.end)
        raise BadInput(where="slot", value=start, why="this slot has not ended", remedy=f"correct it after {at}")
    mantissa = _mantissa(definition, value)
    columns = [absent_column(version.calendar, d, span) for d in group.definitions]
    corrected = columns[group.ordinal(point)]
    corrected.values[:], corrected.codes[:] = mantissa, Status.MANUAL
    number = key_window_of(version.key_window, version.calendar, span)
    key = agent.window_key(group.org, version.group, number, Purpose.SEAL)
    return FrameContent(span, (GroupSlots(version.group, version.n, version.root, columns, key, (replaced,)),))


def _mantissa(definition: PointDefinition, text: str) -> int:
    try:
        value = parse_decimal(text)
        mantissa = value.at_scale(definition.scale)
    except Malformed as error:
        remedy = f"give a decimal in {definition.unit} at the resolution {definition.resolution}"
        raise BadInput(where="value", value=text, why=str(error), remedy=remedy) from error
    if mantissa % definition.step:
        remedy = f"the resolution is {definition.resolution}"
        raise BadInput(where="value", value=text, why="finer than the resolution", remedy=remedy)
    if abs(mantissa) > definition.largest:
        remedy = f"that of this point is {definition.value(definition.largest)} {definition.unit}"
        raise BadInput(where="value", value=text, why="beyond the largest reading", remedy=remedy)
    _check_bounds(definition, mantissa, text)
    return mantissa


def _check_bounds(definition: PointDefinition, mantissa: int, text: str) -> None:
    minimum, maximum = definition.lowest, definition.highest
    if minimum is not None and mantissa < minimum:
        why, bound = "below the minimum", minimum
    elif maximum is not None and mantissa > maximum:
        why, bound = "above the maximum", maximum
    else:
        return
    remedy = f"the definition of {definition.id!r} allows no value beyond {definition.value(bound)} {definition.unit}"
    raise BadInput(where="value", value=text, why=f"{why} of the point", remedy=remedy)
