"""`veriwatt points`: registering and listing points."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from veriwatt.cli.options import HomeOption, OrgOption
from veriwatt.cli.output import Json, answer
from veriwatt.cli.point_told import exchanges_told, point_text, values_told
from veriwatt.cli.registers import confirm, exchange
from veriwatt.energy.calendar import Zone, parse_time
from veriwatt.energy.factors import measurable_energies
from veriwatt.errors import BadInput
from veriwatt.membership.point_registration import define_point
from veriwatt.metering.group_points import GroupPoints
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Direction, Kind
from veriwatt.node.home import Home
from veriwatt.reading.convert import country_of
from veriwatt.reading.left_out import left_out_by_definition
from veriwatt.units import parse_decimal


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="The points of an org.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("define")(define)
    group.command("show")(show)
    group.command("exchange", context_settings={"ignore_unknown_options": True})(exchange)  # -3.5 is a value
    group.command("confirm")(confirm)
    app.add_typer(group, name="points")


def list_(home: HomeOption, org: OrgOption = "", as_json: Json = False) -> None:
    """List the points that the ledger has registered."""
    with Home(home) as node:
        points = [_listed(*found) for each in node.orgs_named(org) for found in node.points.registered(each)]
    answer({"points": points}, as_json, lambda: "\n".join(map(_line, points)) or "no points yet")


def define(
    point: Annotated[str, typer.Argument(help="The point's id, 1 to 128 printable characters.")],
    energy: Annotated[str, typer.Option(help="electricity, natural_gas, water, heat, coal, ...")],
    unit: Annotated[str, typer.Option(help="kWh kvarh m3 t GJ kW % ...")],
    kind: Annotated[
        Kind,
        typer.Option(help="A cumulative register, the amount of each slot, or a momentary value stated for its slot."),
    ],
    timezone: Annotated[str, typer.Option(help="The zone whose midnights begin its days: an IANA name or an offset.")],
    home: HomeOption,
    slot: Annotated[
        str, typer.Option(help="1m .. 60m dividing an hour, 1h 2h 3h 4h 6h 8h 12h, day week month quarter year.")
    ] = "15m",
    resolution: Annotated[str, typer.Option(help="The smallest step that is stored.")] = "0.001",
    multiplier: Annotated[
        str, typer.Option(help="Ratio of transformers or pulse weight, recorded for information.")
    ] = "1",
    direction: Annotated[Direction, typer.Option(help="As its org sees it.")] = Direction.IMPORT,
    country: Annotated[str, typer.Option(help="Where it is, two letters; its zone's country by default.")] = "",
    parent: Annotated[str, typer.Option(help="The point of which this one is a part.")] = "",
    data_code: Annotated[str, typer.Option("--data-code", help="Its code in the existing monitoring scheme.")] = "",
    terminal: Annotated[str, typer.Option(help="The one terminal that may state it as read from a meter.")] = "",
    group: Annotated[str, typer.Option(help="The name of its group; -2, -3, ... is added where that exists.")] = "main",
    begins: Annotated[str, typer.Option("--from", help="The first local day of its readings; today by default.")] = "",
    org: OrgOption = "",
    as_json: Json = False,
) -> None:
    """Register a point before its first reading. The definition of a registered point never changes."""
    zone, step = Zone.parse(timezone), parse_decimal(resolution).normal()
    definition = PointDefinition(
        point,
        energy,
        unit,
        kind,
        step.scale,
        step.mantissa,
        slot,
        timezone,
        multiplier=parse_decimal(multiplier).normal(),
        direction=direction,
        country=country.upper() or None,
        terminal=terminal or None,
        parent=parent or None,
        data_code=data_code or None,
    )
    _check_energy(energy)
    with Home(home) as node:
        result = _registered(node, node.org(org), definition, group, zone, begins)
    answer(result, as_json, lambda: f"{_line(result)}, from {result['effective_from']}")


def _check_energy(energy: str) -> None:
    """Raise BadInput unless points may measure `energy`."""
    if energy not in measurable_energies():
        remedy = f"it is one of {', '.join(measurable_energies())}"
        raise BadInput(where="--energy", value=energy, why="unknown", remedy=remedy)


def _registered(
    node: Home, org: str, definition: PointDefinition, group: str, zone: Zone, begins: str
) -> dict[str, Any]:
    """Register a point from the day `begins` of `zone` on, today if it is empty, and answer it as it is listed then."""
    day = zone.day(parse_time(begins, zone) if begins else node.clock.now())
    found = define_point(node.points, node.member_client(org), node.keys, definition, group, zone.midnight(day))
    return _listed(found, definition) | {"effective_from": zone.rfc3339(found.version.effective_from)}


def show(
    point: Annotated[str, typer.Argument(help="The point's id.")],
    home: HomeOption,
    org: OrgOption = "",
    as_json: Json = False,
) -> None:
    """Show a point: definition, group, span of its readings, exchanges, and stated slots that do not count."""
    with Home(home) as node:
        found, definition = node.points.find(point, org or None)
        at, zone = (found.org, definition.id), node.zone(definition)
        span, left_out = node.read(lambda view: (view.span(*at), view.left_out(*at)))
        history, record = node.points.history(*at), node.points.record(*at)
        begins = found.version.effective_from if record is None else record.definition_begins
    result = {
        **_listed(found, definition),
        "resolution": str(definition.resolution),
        "multiplier": str(definition.multiplier),
        "direction": definition.direction.value,
        "country": country_of(definition),
        "day_begins": definition.day_begins,
        **values_told(definition),
        "terminal": definition.terminal,
        "parent": definition.parent,
        "data_code": definition.data_code,
        "group": found.version.group,
        "key_window": found.version.key_window.value,
        "effective_from": zone.rfc3339(begins),
        "digest": definition.digest.hex(),
        "readings": None if span is None else {"start": zone.rfc3339(span[0]), "end": zone.rfc3339(span[1])},
        "exchanges": exchanges_told(history, definition, zone),
        "left_out": [each.fields() for each in left_out_by_definition(left_out, zone)],
    }
    answer(result, as_json, lambda: point_text(result))


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
