"""`veriwatt points exchange` and `points confirm`: what the ledger records of a register beside its definition."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import typer

from veriwatt.cli.exchange_checks import check_against_readings
from veriwatt.cli.exchange_told import exchange_lines, told_effect
from veriwatt.cli.options import HomeOption, OrgOption
from veriwatt.cli.output import Json, answer
from veriwatt.energy.calendar import Zone
from veriwatt.errors import BadInput, Malformed
from veriwatt.membership.member_client import MemberClient
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import (
    ConfirmStep,
    ReadStep,
    RecordExchange,
    RegisterExchange,
    RegisterRecord,
)
from veriwatt.model.points.status import Kind
from veriwatt.node.home import Home
from veriwatt.reading.asked_times import asked_time
from veriwatt.units import parse_decimal


def exchange(
    point: Annotated[str, typer.Argument(help="The register's point id.")],
    at: Annotated[str, typer.Option("--at", help="When the meter was replaced; RFC 3339, or in the point's zone.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; the ledger keeps it for every member to read.")],
    home: HomeOption,
    last: Annotated[str, typer.Option("--last", help="The last reading of the old meter, in the point's unit.")] = "",
    first: Annotated[str, typer.Option("--first", help="The first reading of the new meter, in its unit.")] = "",
    withdraw: Annotated[bool, typer.Option("--withdraw", help="No meter was replaced then: take it back.")] = False,
    despite_readings: Annotated[
        bool, typer.Option("--despite-readings", help="A meter was replaced then although the readings do not fall.")
    ] = False,
    org: OrgOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Record that the meter of a register was replaced: its fall becomes a step that the owner states.

    Another record at the same time replaces the one before; --withdraw takes it back. The ledger keeps both.
    """
    with Home(home) as node:
        group, definition = node.points.find(point, org or None)
        zone = node.zone(definition)
        time, history = asked_time(definition, at, "--at"), node.points.history(group.org, definition.id)
        series, record = history.at(time, definition), history.record
        stated = series.definition  # values are mantissas at the scale in force then
        if stated.kind is not Kind.REGISTER:
            remedy = "only the advance of a register leads over a meter that was replaced; there is nothing to record"
            raise BadInput(where="POINT", value=point, why=f"it is no register at {zone.rfc3339(time)}", remedy=remedy)
        replaced = record.latest().get(time)
        old, new = _withdrawn(replaced, at, last, first) if withdraw else _values(stated, last, first)
        body, client = RecordExchange(definition.id, time, old, new, reason), node.member_client(group.org)
        recorded = _with(record, body, client)
        if not withdraw:
            check_against_readings(node, group.org, series, body, at, recorded, despite_readings=despite_readings)
        client.check(body)
        effect = told_effect(node, group.org, definition, series, time, record, recorded)
        if not dry_run:
            client.submit(body)
    result = {
        "point": definition.id,
        "at": zone.rfc3339(time),
        "last": None if withdraw else str(stated.value(body.last)),
        "first": None if withdraw else str(stated.value(body.first)),
        "reason": reason,
        "withdrawn": withdraw,
        "replaces": None if replaced is None else _replaced(stated, replaced),
        "recorded": not dry_run,
        **effect,
    }
    answer(result, as_json, lambda: exchange_lines(result))


def confirm(
    point: Annotated[str, typer.Argument(help="The register, as `org/point`.")],
    earlier: Annotated[str, typer.Option("--earlier", help="The time of the step's earlier reading.")],
    before: Annotated[str, typer.Option("--before", help="The earlier reading, in the point's unit.")],
    at: Annotated[str, typer.Option("--at", help="The time of the step's later reading.")],
    after: Annotated[str, typer.Option("--after", help="The later reading, in the point's unit.")],
    home: HomeOption,
    member: Annotated[
        str, typer.Option("--member", help="The member of your org with the role metrology or regulator.")
    ],
    org: OrgOption = "",
    as_json: Json = False,
) -> None:
    """Confirm an implausible step of another org's register: the one between these two readings, and no other.

    If its owner states another value at one of these times later, the step to it is not confirmed. Each part of a step
    over an exchange is confirmed on its own: what the exchange states stands for the reading.

    Who may: a member with the role metrology or regulator, whose org was granted that role by the founders
    (`veriwatt org grant-role`). An org confirms no step of its own registers.
    """
    with Home(home) as node:
        owner, _, name = point.partition("/")  # --org is the org that confirms
        if not name:
            raise BadInput(where="POINT", value=point, why="names no org", remedy="write it as ORG/POINT")
        group, definition = node.points.find(name, owner)
        zone = node.zone(definition)
        begin, time = asked_time(definition, earlier, "--earlier"), asked_time(definition, at, "--at")
        if begin > time:
            raise BadInput(where="--earlier", value=earlier, why="is after --at", remedy="give the earlier time")
        read = node.points.history(group.org, definition.id).at(time - 1, definition).definition
        step = ReadStep(begin, _mantissa(read, "--before", before), time, _mantissa(read, "--after", after))
        node.member_client(node.org(org), member).submit(ConfirmStep(group.org, definition.id, step))
    result = {
        "org": group.org,
        "point": definition.id,
        "earlier": zone.rfc3339(begin),
        "before": str(read.value(step.before)),
        "at": zone.rfc3339(time),
        "after": str(read.value(step.after)),
    }
    answer(result, as_json, lambda: _confirmed_line(result, read.unit))


def _confirmed_line(result: dict[str, str], unit: str) -> str:
    point, after = f"{result['org']}/{result['point']}", f"{result['after']} {unit} at {result['at']}"
    return f"{point}: the step from {result['before']} {unit} at {result['earlier']} to {after} is confirmed"


def _with(record: RegisterRecord, body: RecordExchange, client: MemberClient) -> RegisterRecord:
    recorded = RegisterExchange(body.at, body.last, body.first, 0, 0, client.member, body.reason)
    return replace(record, exchanges=(*record.exchanges, recorded))


def _values(definition: PointDefinition, last: str, first: str) -> tuple[int, int]:
    """What is stated of both meters, at the scale of the definition."""
    old, new = _mantissa(definition, "--last", last), _mantissa(definition, "--first", first)
    if old == new:
        remedy = "leave it out: the register goes on; --withdraw takes back what was recorded at this time"
        raise BadInput(where="--first", value=first, why="is the same as --last, which changes nothing", remedy=remedy)
    return old, new


def _withdrawn(recorded: RegisterExchange | None, at: str, last: str, first: str) -> tuple[int, int]:
    """The values that withdraw what is recorded: the same for both meters."""
    if last or first:
        raise BadInput(where="--withdraw", value=None, why="states no readings", remedy="leave --last and --first out")
    if recorded is None or recorded.withdraws:
        remedy = "give the time that was recorded, to the second"
        raise BadInput(where="--at", value=at, why="no exchange is recorded at this time", remedy=remedy)
    return recorded.last, recorded.last


def _replaced(definition: PointDefinition, recorded: RegisterExchange) -> dict[str, Any]:
    """The earlier record at the same time, which stays on the ledger."""
    return {
        "last": str(definition.value(recorded.last)),
        "first": str(definition.value(recorded.first)),
        "withdrawn": recorded.withdraws,
        "recorded_at": Zone.parse(definition.timezone).rfc3339(recorded.time),
        "member": recorded.member,
        "reason": recorded.reason,
    }


def _mantissa(definition: PointDefinition, option: str, text: str) -> int:
    try:
        return parse_decimal(text).at_scale(definition.scale)
    except Malformed as error:
        remedy = f"give a decimal in {definition.unit} at the resolution {definition.resolution}"
        raise BadInput(where=option, value=text, why=str(error), remedy=remedy) from error
