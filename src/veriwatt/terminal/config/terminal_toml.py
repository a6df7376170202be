"""Reading `terminal.toml` (docs/terminal-config.md).

Nothing is guessed: a key that is missing, misspelt or out of range is refused with its place, its value
and what to write instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from veriwatt.energy.calendar import Zone
from veriwatt.errors import BadInput, Malformed
from veriwatt.ids import check_name, check_point
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.system.toml_tables import Table, parse_toml
from veriwatt.terminal.config.terminal_config import (
    LATEST,
    DriverKind,
    MeterConfig,
    PointConfig,
    Source,
    TerminalConfig,
)
from veriwatt.terminal.drivers.base import Function, NumberType, Register, WordOrder
from veriwatt.units import SECOND, Decimal10, unit


def load_config(path: Path) -> TerminalConfig:
    """The configuration in the file at `path`; raises BadInput as `parse_config` does, or when it cannot be read."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(where=str(path), value=None, why="is not UTF-8", remedy="save the file as UTF-8") from error
    except OSError as error:
        raise BadInput(
            where=str(path), value=None, why=f"cannot be read: {error.strerror}", remedy="check path and permissions"
        ) from error
    return parse_config(text, str(path))


def parse_config(text: str, file: str = "terminal.toml") -> TerminalConfig:
    """The configuration that `text` spells.

    Raises:
        BadInput: naming `file`, table, key, the value found, and what to write instead.
    """
    whole = parse_toml(text, file)
    terminal = whole.table("terminal")
    meters = [(table, _meter(table)) for table in whole.tables("meter")]
    _distinct([(table, meter.id) for table, meter in meters])
    known = {meter.id: table for table, meter in meters}
    points = [(table, _point(table, terminal, known)) for table in whole.tables("point")]
    _distinct([(table, point.id) for table, point in points])
    config = TerminalConfig(
        name=terminal.checked("name", lambda name: check_name(name, "terminal"), "use letters, digits and . _ -"),
        org=terminal.checked("org", lambda name: check_name(name, "org"), "write the org's id on the ledger"),
        node=terminal.checked("node", _node, 'write node = "https://host:port"'),
        meters=tuple(meter for _, meter in meters),
        points=tuple(point for _, point in points),
    )
    terminal.close()
    whole.close()
    for table, meter in meters:
        _check_timeout(table, meter, config.points_of(meter.id))
    return config


def _meter(table: Table) -> MeterConfig:
    meter = MeterConfig(
        id=table.checked("id", lambda name: check_name(name, "meter"), "use letters, digits and . _ -"),
        driver=table.choice("driver", DriverKind),
        host=table.text("host"),
        port=table.number("port", 1, 65_535, 502),
        unit_id=table.number("unit", 0, 255, 1),
        timeout=table.number("timeout_ms", 50, LATEST, 3 * SECOND),
    )
    _ = _function(table), _word_order(table)
    table.close()
    return meter


def _point(table: Table, terminal: Table, meters: dict[str, Table]) -> PointConfig:
    meter = table.text("meter")
    if meter not in meters:
        raise table.bad("meter", "is not a meter of this file", f"write one of {', '.join(meters)}")
    register = _register(table, meters[meter])
    scale = table.decimal("scale", Decimal10(1, 0))
    definition = _definition(table, terminal, register.type, scale)
    source = table.choice("source", Source, Source.REGISTER)
    group = _inherited("group", table, terminal).checked(
        "group", lambda name: check_name(name, "group"), "use letters, digits and . _ -", "main"
    )
    table.close()
    return PointConfig(definition, meter, register, scale, source, group)


def _register(table: Table, meter: Table) -> Register:
    number = table.choice("type", NumberType)
    return Register(
        address=table.number("register", 0, 65_536 - number.words),
        function=_function(_inherited("function", table, meter)),
        type=number,
        word_order=_word_order(_inherited("word_order", table, meter)),
    )


def _function(table: Table) -> Function:
    return table.choice("function", Function, Function.HOLDING)


def _word_order(table: Table) -> WordOrder:
    return table.choice("word_order", WordOrder, WordOrder.BIG)


def _definition(table: Table, terminal: Table, number: NumberType, scale: Decimal10) -> PointDefinition:
    multiplier = table.decimal("multiplier", Decimal10(1, 0))
    resolution = _resolution(table, number, scale.times(multiplier).normal())
    slot, zone = _inherited("slot", table, terminal), _inherited("timezone", table, terminal)
    point = table.checked("id", check_point, "use 1 to 128 printable characters")
    try:
        return PointDefinition(
            id=point,
            energy=table.checked("energy", lambda name: check_name(name, "energy"), "write electricity, water, ..."),
            unit=table.checked("unit", lambda code: unit(code).code, "write one of the units named"),
            kind=table.choice("kind", Kind),
            scale=resolution.scale,
            step=resolution.mantissa,
            slot=slot.text("slot", "15m"),
            timezone=zone.checked("timezone", _zone, 'write an IANA name or an offset such as "+08:00"'),
            multiplier=multiplier,
            parent=_parent(table, point),
            data_code=table.text("data_code") if table.has("data_code") else None,
        )
    except BadInput:
        raise
    except Malformed as error:
        raise table.bad("slot", str(error), "write slot and resolution within these bounds") from error


def _parent(table: Table, point: str) -> str | None:
    if not table.has("parent"):
        return None
    parent = table.checked("parent", check_point, "write the id of a point")
    if parent == point:
        raise table.bad("parent", "names the point itself", "write the id of the point that this one is a part of")
    return parent


def _resolution(table: Table, number: NumberType, smallest: Decimal10) -> Decimal10:
    """The step all values are multiples of; `smallest` is what one count of the register is worth."""
    if number is NumberType.F32:
        return table.decimal("resolution")
    resolution = table.decimal("resolution", smallest)
    low = min(resolution.scale, smallest.scale)
    if smallest.at_scale(low) % resolution.at_scale(low):
        raise table.bad(
            "resolution", f"is coarser than one count of the register, {smallest}", f'write resolution = "{smallest}"'
        )
    return resolution


def _inherited(key: str, table: Table, outer: Table) -> Table:
    """The table that says `key`: the point's own, else the one it inherits from."""
    table.allow(key)
    outer.allow(key)
    return table if table.has(key) else outer


def _zone(name: str) -> str:
    Zone.parse(name)
    return name


def _node(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Malformed("is not an address of the form https://host:port")
    return url


def _distinct(named: Sequence[tuple[Table, str]]) -> None:
    seen = set[str]()
    for table, name in named:
        if name in seen:
            raise table.bad("id", "stands twice", "give each its own id")
        seen.add(name)


def _check_timeout(table: Table, meter: MeterConfig, points: Sequence[PointConfig]) -> None:
    """A meter must have answered, or failed, while its reading may still bear its slot's end."""
    latest = min((point.latest for point in points), default=LATEST)
    if meter.timeout > latest:
        raise table.bad(
            "timeout_ms", "is longer than a tenth of the meter's shortest slot", f"write at most timeout_ms = {latest}"
        )
