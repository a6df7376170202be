"""Register a single point in a new group; registered points and groups are never changed."""

from __future__ import annotations

from veriwatt.errors import BadInput, NotFound
from veriwatt.home.owner_keys import OwnerKeys
from veriwatt.membership.definition_differences import difference_text, differences, remedy_of
from veriwatt.membership.member_client import MemberClient
from veriwatt.metering.calendars import next_version
from veriwatt.metering.group_points import GroupPoints
from veriwatt.model.points.point import PointDefinition
from veriwatt.readmodel.points import Points
from veriwatt.units import UtcMillis


def define_point(
    points: Points,
    member_client: MemberClient,
    keys: OwnerKeys,
    definition: PointDefinition,
    group: str,
    begins: UtcMillis,
) -> GroupPoints:
    """Register a point in its own group from `begins` on, unless it is registered already; returns its group.

    The group is named `group`, or `group-2` and so on if that name is taken. May be repeated.

    Raises:
        BadInput: the point is registered with another definition.
        LedgerRefused: the ledger refused the transaction.
    """
    try:
        found = points.group_of(member_client.org, definition.id)
    except NotFound:
        name = free_name(group, {each.version.group for each in points.all(member_client.org)})
        keys.make_masters(member_client.org, [name])
        member_client.submit(next_version(name, begins, (definition,), member_client.ledger_time))
        return points.newest(member_client.org, name)
    check_same_definition(found.definition(definition.id), definition)
    return found


def check_same_definition(before: PointDefinition, definition: PointDefinition, *, of_values: bool = False) -> None:
    """Raise BadInput unless both definitions of the point agree; `of_values` as in `remedy_of`."""
    found = differences(before, definition)
    if found:
        names = ", ".join(dict.fromkeys(each.field for each in found))
        raise BadInput(
            where=f"point {definition.id}",
            value=None,
            why=f"it is registered already, with another {names}: {difference_text(found)}",
            remedy=remedy_of(found, of_values=of_values),
        )


def free_name(name: str, taken: set[str]) -> str:
    """`name`, or the first of name-2, name-3, ... that is not taken."""
    names = (name if n == 1 else f"{name[:56]}-{n}" for n in range(1, len(taken) + 2))
    return next(n for n in names if n not in taken)
