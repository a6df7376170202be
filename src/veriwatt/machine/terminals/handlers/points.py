"""points: an owner or operator registers the next version of a group, with all of its points.

A version may begin in the past: points from a file begin with the first slot of the file, their origin is "file", and
`registered_at` is the time of registration. A frame names its version, so no later version changes the meaning of a
signed frame. The rules for the series of a point:

    new point          begins at any time
    unchanged point    continues its series; a first series may be given an earlier beginning
    changed point      ends its series where the next begins, later than the series began
    point left out     its series ends there; it may join a group again later
"""

from __future__ import annotations

from dataclasses import replace

from veriwatt.errors import Corrupted, Refused
from veriwatt.machine.events import Event
from veriwatt.machine.members import queries as members
from veriwatt.machine.state import State, View
from veriwatt.machine.terminals import queries, state_keys
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.organisation import Role
from veriwatt.model.points.group import DefinePoints, GroupVersion, PointSeries, definition_digest, definitions_root
from veriwatt.model.points.point import PointDefinition


class NotDefinable(Refused):
    """A group version that contradicts the version before."""

    code = "not-definable"

    def __init__(self, org: str, group: str, why: str) -> None:
        super().__init__(f"group {org}/{group}: {why}")
        self.org, self.group, self.why = org, group, why


def check_alone(tx: Transaction[DefinePoints]) -> None:
    """No check: parsing checks the whole body."""


def check_against(tx: Transaction[DefinePoints], view: View) -> None:
    who = members.signer(view, tx.org, tx.member)
    members.check_role(who, "define points", Role.OWNER, Role.OPERATOR)
    newest = queries.newest_version(view, tx.org, tx.body.group)
    if newest is not None and _fixed(newest) != _fixed(tx.body):
        why = "its key window, timezone and beginning of the day are fixed; use another group"
        raise NotDefinable(tx.org, tx.body.group, why)
    _next_series(tx, view, newest)


def apply(tx: Transaction[DefinePoints], state: State) -> tuple[Event, ...]:
    org, body = tx.org, tx.body
    newest = queries.newest_version(state, org, body.group)
    for point_id, series in _next_series(tx, state, newest).items():
        state.put(state_keys.point_key(org, point_id), series.to_bytes())
    for definition in body.definitions:
        state.put(state_keys.definition_key(definition_digest(definition)), definition.to_bytes())
    _write_version(state, org, body, 1 if newest is None else newest.n + 1)
    return (Event("points-defined", org, body.group),)


def _next_series(tx: Transaction[DefinePoints], view: View, newest: GroupVersion | None) -> dict[str, PointSeries]:
    """The new records of the points of this version and of those that it leaves out; raises NotDefinable."""
    after = {each.id: _series(tx, each, queries.point(view, tx.org, each.id)) for each in tx.body.definitions}
    before = () if newest is None else queries.definitions(view, tx.org, newest.group, newest.n)
    for left in before:
        if left.id not in after:
            after[left.id] = _closed(tx, left.id, queries.point(view, tx.org, left.id))
    return after


def _series(tx: Transaction[DefinePoints], definition: PointDefinition, before: PointSeries | None) -> PointSeries:
    group, start, digest = tx.body.group, tx.body.effective_from, definition_digest(definition)
    if before is None:
        return PointSeries(group, 1, digest, start)
    if before.until is not None:
        if start < before.until:
            raise NotDefinable(tx.org, group, f"point {definition.id!r} has a series that ends only at {before.until}")
        return PointSeries(group, before.series + 1, digest, start)
    if before.group != group:
        raise NotDefinable(tx.org, group, f"point {definition.id!r} belongs to group {before.group}")
    if before.definition != digest:
        if start <= before.effective_from:
            why = f"point {definition.id!r} changes at {start}, when its series has not begun"
            raise NotDefinable(tx.org, group, why)
        return PointSeries(group, before.series + 1, digest, start)
    if start >= before.effective_from:
        return before
    if before.series > 1:
        why = f"point {definition.id!r} is in series {before.series}, which begins at {before.effective_from}"
        raise NotDefinable(tx.org, group, why)
    return replace(before, effective_from=start)


def _fixed(group: GroupVersion | DefinePoints) -> tuple[object, ...]:
    return group.key_window, group.timezone, group.day_begins


def _closed(tx: Transaction[DefinePoints], point_id: str, before: PointSeries | None) -> PointSeries:
    if before is None:
        raise Corrupted(f"group {tx.org}/{tx.body.group} lists point {point_id!r}, which the state does not have")
    if tx.body.effective_from <= before.effective_from:
        raise NotDefinable(tx.org, tx.body.group, f"point {point_id!r} would end before it begins; list it too")
    return replace(before, until=tx.body.effective_from)


def _write_version(state: State, org: str, body: DefinePoints, n: int) -> None:
    root = definitions_root(body.definitions)
    version = GroupVersion(
        n,
        body.group,
        body.key_window,
        body.timezone,
        body.day_begins,
        body.calendar,
        body.effective_from,
        len(body.definitions),
        root,
        state.block.time,
    ).to_bytes()
    state.put(state_keys.group_key(org, body.group), version)
    state.put(state_keys.group_version_key(org, body.group, n), version)
    listing = b"".join(definition_digest(definition) for definition in body.definitions)
    state.put(state_keys.group_listing_key(org, body.group, n), listing)
