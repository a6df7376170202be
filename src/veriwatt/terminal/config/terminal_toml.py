"""Reading `terminal.toml` (docs/terminal-config.md).

Nothing is guessed: a key that is missing, misspelt or out of range is refused with its place, its value and a remedy.
The meter's driver reads the keys for reaching a meter, and for the address of a number in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from veriwatt.crypto.tls_certificate import parse_fingerprint
from veriwatt.energy.calendar import Zone
from veriwatt.errors import BadInput, Malformed
from veriwatt.ids import Digest, check_name, check_point
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Direction, Kind
from veriwatt.system.toml_tables import TomlTable, parse_toml, read_toml
from veriwatt.terminal.config.node_address import check_node
from veriwatt.terminal.config.terminal_config import LATEST, MeterConfig, PointConfig, Source, TerminalConfig
from veriwatt.terminal.drivers.base import Address
from veriwatt.terminal.drivers.registry import DRIVERS, DriverKinds
from veriwatt.units import SECOND, Decimal10, slot_minutes, unit

Meters: TypeAlias = Mapping[str, tuple[TomlTable, MeterConfig]]


def load_config(path: Path) -> TerminalConfig:
    """The configuration in the file at `path`; raises BadInput as `parse_config` does, or when it cannot be read."""
    return _config(read_toml(path), DRIVERS)


def parse_config(text: str, file: str = "terminal.toml", drivers: DriverKinds = DRIVERS) -> TerminalConfig:
    """The configuration in `text`, whose meters use `drivers`.

    Raises:
        BadInput: naming `file`, table, key, the value found, and what to write instead.
    """
    return _config(parse_toml(text, file), drivers)


def _config(whole: TomlTable, drivers: DriverKinds) -> TerminalConfig:
    terminal = whole.table("terminal")
    meters = [(table, _meter(table, drivers)) for table in whole.tables("meter")]
    _distinct([(table, meter.id) for table, meter in meters])
    by_id = {meter.id: (table, meter) for table, meter in meters}
    points = [(table, _point(table, terminal, by_id)) for table in whole.tables("point")]
    _distinct([(table, point.id) for table, point in points])
    config = TerminalConfig(
        name=_name(terminal),
        org=terminal.checked("org", lambda name: check_name(name, "org"), "write the org's id on the ledger"),
        node=terminal.checked("node", check_node, 'write node = "https://host:port"'),
        meters=tuple(meter for _, meter in meters),
        points=tuple(point for _, point in points),
        fingerprint=_fingerprint(terminal),
    )
    terminal.close()
    whole.close()
    for table, meter in meters:
        _check_timeout(table, meter, config.points_of(meter.id))
    return config


def _meter(table: TomlTable, drivers: DriverKinds) -> MeterConfig:
    name = table.checked("id", lambda name: check_name(name, "meter"), "use letters, digits and . _ -")
    driver = table.text("driver")
    if driver not in drivers:
        raise table.bad("driver", "is not one of the values there are", f"write one of {', '.join(map(repr, drivers))}")
    kind = drivers[driver]
    options = kind.parse_options(table)
    meter = MeterConfig(name, kind, options, table.number("timeout_ms", 50, LATEST, 3 * SECOND))
    table.close()
    return meter


def _point(table: TomlTable, terminal: TomlTable, meters: Meters) -> PointConfig:
    name = table.text("meter")
    if name not in meters:
        raise table.bad("meter", "is not a meter of this file", f"write one of {', '.join(meters)}")
    meter_table, meter = meters[name]
    address: Address = meter.kind.parse_address(table, meter_table)
    scale = table.decimal("scale", Decimal10(1, 0))
    definition = _definition(table, terminal, address, scale)
    source = table.choice("source", Source, Source.REGISTER)
    group = table.inherited("group", terminal).checked(
        "group", lambda name: check_name(name, "group"), "use letters, digits and . _ -", "main"
    )
    with table.place_of_errors(
        "sentinels", "write the raw numbers that the meter answers, of the type of its register"
    ):
        sentinels = tuple(address.as_answered(number).normal() for number in table.decimals("sentinels"))
    table.close()
    return PointConfig(definition, name, address, scale, source, group, sentinels)


def _definition(table: TomlTable, terminal: TomlTable, address: Address, scale: Decimal10) -> PointDefinition:
    multiplier = table.decimal("multiplier", Decimal10(1, 0)).normal()
    resolution = _resolution(table, address, scale.times(multiplier).normal())
    slot, zone = table.inherited("slot", terminal), table.inherited("timezone", terminal)
    point = table.checked("id", check_point, "use 1 to 128 printable characters")
    try:
        return PointDefinition(
            id=point,
            energy=table.checked("energy", lambda name: check_name(name, "energy"), "write electricity, water, ..."),
            unit=table.checked("unit", lambda code: unit(code).code, "write one of the units named"),
            kind=table.choice("kind", Kind),
            scale=resolution.scale,
            step=resolution.mantissa,
            slot=slot.checked("slot", _slot, 'write a length such as "15m", "1h" or "day"', "15m"),
            timezone=zone.checked("timezone", _zone, 'write an IANA name or an offset such as "+08:00"'),
            day_begins=table.inherited("day_begins", terminal).number("day_begins", 0, 23, 0),
            multiplier=multiplier,
            direction=table.choice("direction", Direction, Direction.IMPORT),
            country=table.inherited("country", terminal).optional_text("country"),
            minimum=_mantissa(table, "minimum", resolution),
            maximum=_mantissa(table, "maximum", resolution),
            width=_mantissa(table, "width", resolution),
            rate=_mantissa(table, "rate", resolution),
            restart=table.flag("restart"),
            backward=table.flag("backward"),
            terminal=_name(terminal),
            parent=_parent(table, point),
            data_code=table.text("data_code") if table.has("data_code") else None,
        )
    except BadInput:
        raise
    except Malformed as error:
        raise table.bad("id", str(error), "correct the key that it names") from error


def _mantissa(table: TomlTable, key: str, resolution: Decimal10) -> int | None:
    """An amount in the point's unit as a multiple of its resolution's power of ten; None where there is no such key."""
    amount = table.optional_decimal(key)
    if amount is None:
        return None
    with table.place_of_errors(key, f"write at most as many decimals as the resolution has, {resolution}"):
        return amount.at_scale(resolution.scale)


def _parent(table: TomlTable, point: str) -> str | None:
    if not table.has("parent"):
        return None
    parent = table.checked("parent", check_point, "write the id of a point")
    if parent == point:
        raise table.bad("parent", "names the point itself", "write the id of the point that this one is a part of")
    return parent


def _resolution(table: TomlTable, address: Address, smallest: Decimal10) -> Decimal10:
    """The step of which all values are multiples; `smallest` is the value of one count of an integer register."""
    if not address.is_integer:
        return table.decimal("resolution")
    resolution = table.decimal("resolution", smallest)
    low = min(resolution.scale, smallest.scale)
    if smallest.at_scale(low) % resolution.at_scale(low):
        raise table.bad(
            "resolution", f"is coarser than one count of the register, {smallest}", f'write resolution = "{smallest}"'
        )
    return resolution


def _name(terminal: TomlTable) -> str:
    return terminal.checked("name", lambda name: check_name(name, "terminal"), "use letters, digits and . _ -")


def _slot(name: str) -> str:
    slot_minutes(name)
    return name


def _zone(name: str) -> str:
    Zone.parse(name)
    return name


def _fingerprint(terminal: TomlTable) -> Digest | None:
    if not terminal.has("fingerprint"):
        return None
    remedy = 'write fingerprint = "sha256:..." as `veriwatt node certificate` prints it'
    found = terminal.checked("fingerprint", parse_fingerprint, remedy)
    if not terminal.text("node").startswith("https:"):
        raise terminal.bad("fingerprint", "is of no use without TLS", 'write node = "https://host:port"')
    return found


def _distinct(named: Sequence[tuple[TomlTable, str]]) -> None:
    seen = set[str]()
    for table, name in named:
        if name in seen:
            raise table.bad("id", "is used twice", "give each its own id")
        seen.add(name)


def _check_timeout(table: TomlTable, meter: MeterConfig, points: Sequence[PointConfig]) -> None:
    """Refuse a timeout after which a value could no longer be stamped with the slot's end."""
    latest = min((point.latest for point in points), default=LATEST)
    if meter.timeout > latest:
        raise table.bad(
            "timeout_ms", "is longer than a tenth of the meter's shortest slot", f"write at most timeout_ms = {latest}"
        )
