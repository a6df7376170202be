"""`veriwatt points`: what is measured."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from veriwatt.cli.options import HomeOption, OrgOption
from veriwatt.cli.output import Json, answer
from veriwatt.model.point import PointDefinition
from veriwatt.node import Home
from veriwatt.readmodel.points import GroupPoints


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="The points of an org.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("show")(show)
    app.add_typer(group, name="points")


def list_(home: HomeOption, org: OrgOption = "", as_json: Json = False) -> None:
    """List the points that the ledger has registered."""
    with Home(home) as held:
        known = [found for each in held.orgs_named(org) for found in held.points.all(each)]
    points = [_listed(found, definition) for found in known for definition in found.definitions]
    answer({"points": points}, as_json, lambda: "\n".join(map(_line, points)) or "no points yet")


def show(
    point: Annotated[str, typer.Argument(help="The point's id.")],
    home: HomeOption,
    org: OrgOption = "",
    as_json: Json = False,
) -> None:
    """Show one point: its definition, its group, and the span of its readings."""
    with Home(home) as held:
        found = held.points.find(point, org or None)
        definition = found.definition(found.point_id(point))
        span = held.view().span(found.org, definition.id)
        zone = held.zone(definition)
    shown = {
        **_listed(found, definition),
        "resolution": str(definition.resolution),
        "multiplier": str(definition.multiplier),
        "parent": definition.parent,
        "data_code": definition.data_code,
        "group": found.version.group,
        "key_window": found.version.key_window.value,
        "effective_from": zone.rfc3339(found.version.effective_from),
        "digest": definition.digest.hex(),
        "readings": None if span is None else {"start": zone.rfc3339(span[0]), "end": zone.rfc3339(span[1])},
    }
    answer(shown, as_json, lambda: "\n".join(f"{name:15} {value}" for name, value in shown.items()))


def _listed(found: GroupPoints, definition: PointDefinition) -> dict[str, Any]:
    return {
        "id": definition.id,
        "energy": definition.energy,
        "unit": definition.unit,
        "kind": definition.kind.value,
        "slot": definition.slot,
        "timezone": definition.timezone,
        "org": found.org,
        "group": found.version.group,
    }


def _line(point: dict[str, Any]) -> str:
    measured = f"{point['energy']:14} {point['unit']:6} {point['kind']:9} {point['slot']:6} {point['timezone']}"
    return f"{point['org']}  {point['id']:40} {measured}"
