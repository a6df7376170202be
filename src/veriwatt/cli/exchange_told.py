"""What `veriwatt points exchange` tells of its effect: each step that changes, its months, and exchanges beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from veriwatt.energy.calendar import Zone
from veriwatt.metering.point_history import ValueSeries
from veriwatt.metering.slots import grid_of
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import RegisterRecord
from veriwatt.node.home import Home
from veriwatt.reading.exchange_effect import NEAR, ExchangeEffect, JudgedStep, exchange_effect
from veriwatt.reading.figure import own_figure
from veriwatt.reading.query import span_total
from veriwatt.units import Interval, UtcMillis

_FIELDS = ("start", "end", "value", "unit", "steps", "stated_by_owner", "at_least")
_LONG_SLOTS = ("quarter", "year")
_MOST_STEPS = 20


def told_effect(
    node: Home,
    org: str,
    definition: PointDefinition,
    series: ValueSeries,
    at: UtcMillis,
    before: RegisterRecord,
    after: RegisterRecord,
) -> dict[str, Any]:
    """The effect of an exchange at `at`, where the ledger's record would become `after`, as JSON.

    `before` and `after` are the figure from the first to the last step that changes, or of the two readings around
    the exchange where none does; `months` has both for each month of the point with such a step.
    """
    known = node.read(lambda view: view.span(org, definition.id))
    whole = known and Interval(*known).overlap(series.span)
    around = Interval(at - 1, at) if whole is None else whole
    effect = ExchangeEffect((), around)
    if whole is not None:
        effect = node.read(lambda view: exchange_effect(view, org, series, whole, at, before, after))
    changed = [each.span for each in effect.changed] or [effect.around]
    span = Interval(min(each.start for each in changed), max(each.end for each in changed))
    slot = definition.slot if definition.slot in _LONG_SLOTS else "month"
    grid = grid_of(definition.timezone, slot, definition.day_begins)
    months = dict.fromkeys(grid.slot_at(each.end - 1) for each in changed)  # a reading at its end is in it

    def both(period: Interval) -> dict[str, Any]:
        return {
            "before": _figure(node, org, definition, period, before),
            "after": _figure(node, org, definition, period, after),
        }

    return {
        "steps": list(steps_told(effect, series.definition)),
        **both(span),
        "months": [both(month) for month in months],
        "others": list(_others(effect, series.definition, at, after)),
    }


def _figure(
    node: Home, org: str, definition: PointDefinition, span: Interval, record: RegisterRecord
) -> dict[str, Any]:
    """The figure of `span`, where `record` is all that the ledger knows of the register."""
    history = replace(node.points.history(org, definition.id), record=record)
    found = node.read(lambda view: span_total(view, org, definition, span, lambda _org, _point, _as_of: history))
    fields = own_figure(org, *found, 0).fields()
    return {name: fields[name] for name in _FIELDS}


def steps_told(effect: ExchangeEffect, definition: PointDefinition) -> Iterator[dict[str, Any]]:
    """Each step that changes, its advance and kinds before and after, as JSON."""
    zone = Zone.parse(definition.timezone)
    for each in effect.changed:
        yield {
            "from": zone.rfc3339(each.span.start),
            "to": zone.rfc3339(each.at),
            "before": _judged(each.before, definition),
            "after": _judged(each.after, definition),
        }


def _judged(step: JudgedStep, definition: PointDefinition) -> dict[str, Any]:
    advance = None if step.advance is None else str(definition.value(step.advance))
    return {"advance": advance, "unit": definition.unit, "kinds": step.kind_names()}


def _others(
    effect: ExchangeEffect, definition: PointDefinition, at: UtcMillis, record: RegisterRecord
) -> Iterator[dict[str, Any]]:
    """The other exchanges in force in the same step, or near."""
    here = {each.at: each.withdraws for each in record.in_force()}
    if at not in here:
        return
    zone, around = Zone.parse(definition.timezone), effect.around
    for each in record.in_force():
        same_step = around.start <= each.at <= around.end
        if each.at != at and (same_step or abs(each.at - at) <= NEAR):
            shown = (str(definition.value(value)) for value in (each.last, each.first))
            yield dict(
                zip(("at", "last", "first", "reason"), (zone.rfc3339(each.at), *shown, each.reason), strict=True)
            )


def exchange_lines(result: dict[str, Any]) -> str:
    """The answer of the command in words."""
    verb = "is recorded" if result["recorded"] else "would be recorded"
    told = "withdrawn" if result["withdrawn"] else f"{result['last']}, then {result['first']}"
    replaced, steps = result["replaces"], result["steps"]
    return "\n".join(
        [
            f"{result['point']}: the exchange at {result['at']} {verb}: {told}",
            *([] if replaced is None else [_replaced_line(replaced)]),
            *map(_other_line, result["others"]),
            *map(step_line, steps[:_MOST_STEPS]),
            *([f"and {len(steps) - _MOST_STEPS} more steps (--json has all)"] if len(steps) > _MOST_STEPS else []),
            *([] if steps else ["no step changes: no readings lie on both sides of it, or they count the same"]),
            *(f"in all {_change(month)}" for month in result["months"]),
        ]
    )


def _replaced_line(replaced: dict[str, Any]) -> str:
    was = "withdrawn" if replaced["withdrawn"] else f"{replaced['last']}, then {replaced['first']}"
    return f"it replaces what {replaced['member']} recorded at {replaced['recorded_at']}: {was}; {replaced['reason']}"


def _other_line(other: dict[str, Any]) -> str:
    what = f"({other['last']}, then {other['first']}; {other['reason']})"
    return (
        f"an exchange is already recorded at {other['at']} {what}: withdraw it (--withdraw --at {other['at']}), "
        "or keep both if the meter was replaced twice"
    )


def step_line(step: dict[str, Any]) -> str:
    """One of `steps_told` in words."""
    return f"step {step['from']} .. {step['to']}: {_counted(step['before'])} before, {_counted(step['after'])} after"


def _counted(step: dict[str, Any]) -> str:
    kinds = ", ".join(kind.replace("_", " ") for kind in step["kinds"])
    counted = "nothing counted" if step["advance"] is None else f"{step['advance']} {step['unit']}"
    return f"{counted} ({kinds})" if kinds else counted


def _change(period: dict[str, Any]) -> str:
    before, after = period["before"], period["after"]
    return f"{before['start']} .. {before['end']}: {_shown(before)} before, {_shown(after)} after"


def _shown(figure: dict[str, Any]) -> str:
    return "no value" if figure["value"] is None else f"{figure['value']} {figure['unit']}"
