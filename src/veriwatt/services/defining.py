"""Registering points: what a point means never changes unseen, and a group keeps the points it was registered with."""

from __future__ import annotations

from veriwatt.errors import BadInput, Missing
from veriwatt.model.group import DefinePoints, KeyWindow
from veriwatt.model.point import PointDefinition
from veriwatt.readmodel.points import GroupPoints, Points
from veriwatt.services.desk import Desk
from veriwatt.services.keys import OwnerKeys
from veriwatt.units import UtcMillis


def define_point(
    points: Points, desk: Desk, keys: OwnerKeys, definition: PointDefinition, group: str, begins: UtcMillis
) -> GroupPoints:
    """The point on the ledger, in a group of its own from `begins` on, named `group` or after it where that is taken.

    May be repeated: a point that means the same already is left as it is.

    Raises:
        BadInput: the point exists with another meaning.
        LedgerRefused: the ledger says no.
    """
    try:
        known = points.group_of(desk.org, definition.id)
    except Missing:
        name = free_name(group, {each.version.group for each in points.all(desk.org)})
        keys.make_masters(desk.org, [name])
        desk.submit(DefinePoints(name, key_window_for((definition,)), begins, (definition,)))
        return points.newest(desk.org, name)
    check_same(known.definition(definition.id), definition)
    return known


def check_same(before: PointDefinition, definition: PointDefinition) -> None:
    """Raise BadInput unless the point means what it meant before."""
    changed = [f for f in PointDefinition.__dataclass_fields__ if getattr(before, f) != getattr(definition, f)]
    if changed:
        raise BadInput(
            where=f"point {definition.id}",
            value={f: str(getattr(definition, f)) for f in changed},
            why=f"it is defined already, with another {', '.join(changed)}",
            remedy="take a new point id, or the definition that it has",
        )


def key_window_for(definitions: tuple[PointDefinition, ...]) -> KeyWindow:
    """A local day; a month where the longest slot is a day, a year where it is a month."""
    slots = {definition.slot for definition in definitions}
    return KeyWindow.YEAR if "month" in slots else KeyWindow.MONTH if "day" in slots else KeyWindow.DAY


def free_name(name: str, taken: set[str]) -> str:
    """`name`, or the first of name-2, name-3, ... that is not taken."""
    names = (name if n == 1 else f"{name[:56]}-{n}" for n in range(1, len(taken) + 2))
    return next(n for n in names if n not in taken)
