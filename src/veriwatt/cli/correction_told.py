"""What `veriwatt correct` tells: the value before and after; of a register when it was read, and each changed step."""

from __future__ import annotations

from typing import Any

from veriwatt.cli.exchange_told import step_line, steps_told
from veriwatt.energy.calendar import Zone
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind, Status
from veriwatt.node.home import Home
from veriwatt.reading.exchange_effect import correction_effect, slots_read
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import Interval, parse_decimal


def correction_told(
    node: Home, org: str, definition: PointDefinition, slot: Interval, value: str, view: ReadingsView
) -> dict[str, Any]:
    """The value and status of a slot that frames state, and the one to come, as JSON.

    Of a register also the instant of the reading, and each step that changes.
    """
    mantissa = parse_decimal(value).at_scale(definition.scale)
    rows = slots_read(view, org, definition.id)(slot.start, slot.end)
    here = rows.starts == slot.start
    status = Status(int(rows.statuses[here][0])) if here.any() else Status.ABSENT
    told: dict[str, Any] = {
        "value": str(definition.value(mantissa)),
        "before": str(definition.value(int(rows.values[here][0]))) if status.has_value else None,
        "status": status.name.lower(),
        "unit": definition.unit,
        "read_at": None,
        "steps": [],
    }
    if definition.kind is not Kind.REGISTER:
        return told
    told["read_at"] = Zone.parse(definition.timezone).rfc3339(slot.end)
    history, known = node.points.history(org, definition.id), view.span(org, definition.id)
    series = history.at(slot.start, definition)
    whole = known and Interval(*known).overlap(series.span)
    if whole is not None and here.any():
        effect = correction_effect(view, org, series, whole, slot, mantissa, history.record)
        told["steps"] = list(steps_told(effect, series.definition))
    return told


def correction_text(told: dict[str, Any], *, dry_run: bool, same: bool) -> str:
    """The answer of the command in words; `same`: the slot had this very value by hand already."""
    where, unit = f"{told['point']} {told['slot']}", told["unit"]
    if same:
        return f"{where} is {told['value']} {unit} by hand already, version {told['version']}: nothing was done"
    was = told["status"] if told["before"] is None else f"{told['before']} {unit}"
    done = "would become" if dry_run else "is now"
    read_at = f", read at {told['read_at']}" if told["read_at"] else ""
    lines = [f"{where} {done} {told['value']} {unit}, was {was}{read_at}; version {told['version']}"]
    return "\n".join([*lines, *map(step_line, told["steps"])])
