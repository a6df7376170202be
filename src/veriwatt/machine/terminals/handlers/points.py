"""points: an owner or operator registers the next version of a group, with all of its points and its calendar.

A version may take effect in the past: points from a file begin with the first slot of the file, their origin is "file",
and `registered_at` is the time of registration. A frame names its version, so no later version changes the meaning of a
signed frame. What a version does to each point stands in `machine/terminals/point_timelines.py`.
"""

from __future__ import annotations

from veriwatt.machine.events import Event
from veriwatt.machine.lookalikes import check_distinct, check_distinct_names, groups_of, points_of, write_name
from veriwatt.machine.members import queries as members
from veriwatt.machine.state import State, View
from veriwatt.machine.terminals import queries, state_keys
from veriwatt.machine.terminals.point_timelines import NotDefinable, next_records
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.organisation import Role
from veriwatt.model.points.group import DefinePoints, GroupVersion, definition_digest, definitions_root


def check_alone(tx: Transaction[DefinePoints]) -> None:
    check_distinct_names(points_of(tx.org), [definition.id for definition in tx.body.definitions])


def check_against(tx: Transaction[DefinePoints], view: View) -> None:
    who = members.signer(view, tx.org, tx.member)
    members.check_role(who, "define points", Role.OWNER, Role.OPERATOR)
    newest = queries.newest_version(view, tx.org, tx.body.group)
    if newest is not None and _fixed(newest) != _fixed(tx.body):
        why = "its key window, timezone and beginning of the day are fixed; use another group"
        raise NotDefinable(tx.org, tx.body.group, why)
    check_distinct(view, groups_of(tx.org), tx.body.group)
    check_distinct(view, points_of(tx.org), *(definition.id for definition in tx.body.definitions))
    for _ in next_records(tx, view, newest):
        pass


def apply(tx: Transaction[DefinePoints], state: State) -> tuple[Event, ...]:
    org, body = tx.org, tx.body
    newest = queries.newest_version(state, org, body.group)
    for point_id, record in list(next_records(tx, state, newest)):
        state.put(state_keys.point_key(org, point_id), record.to_bytes())
        write_name(state, points_of(org), point_id)
    for definition in body.definitions:
        state.put(state_keys.definition_key(definition_digest(definition)), definition.to_bytes())
    write_name(state, groups_of(org), body.group)
    _write_version(state, org, body, newest)
    return (Event("points-defined", org, body.group),)


def _fixed(group: GroupVersion | DefinePoints) -> tuple[object, ...]:
    return group.key_window, group.timezone, group.day_begins


def _write_version(state: State, org: str, body: DefinePoints, newest: GroupVersion | None) -> None:
    root, begins = definitions_root(body.definitions), body.effective_from
    n, in_force_from = (1, begins) if newest is None else (newest.n + 1, max(newest.in_force_from, begins))
    version = GroupVersion(
        n,
        body.group,
        body.key_window,
        body.timezone,
        body.day_begins,
        body.calendar,
        begins,
        len(body.definitions),
        root,
        state.block.time,
        in_force_from,
    ).to_bytes()
    state.put(state_keys.group_key(org, body.group), version)
    state.put(state_keys.group_version_key(org, body.group, n), version)
    listing = b"".join(definition_digest(definition) for definition in body.definitions)
    state.put(state_keys.group_listing_key(org, body.group, n), listing)
