"""A mapping: which columns of a file are which points, and how its times and numbers are written.

Reference for people: docs/mapping.md.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from veriwatt.bridges.files.keys import Keys, read_toml
from veriwatt.bridges.files.stamps import StampClock, StampFormat
from veriwatt.energy.calendar import Grid, Zone
from veriwatt.energy.calendar.zone import SummerTime
from veriwatt.energy.factors import energy_types
from veriwatt.errors import BadInput
from veriwatt.model.points.status import Kind
from veriwatt.units import UNITS, Decimal10, parse_decimal

UNACCOUNTED = ("cooling", "other")
"""Energies besides the known types: cold, and a mixture of several; there is no factor for either."""

DEFAULT_RESOLUTION = "0.001"
MOST_POINTS = 10_000

_CLOCK = "it is the zone on whose clock the stamps were written"
_HOLE = re.compile(r"\{[^{}]*\}|[{}]")


@dataclass(frozen=True, slots=True)
class PointRule:
    """One `[[point]]`: the columns it takes, and what their numbers mean.

    `id`, `group` and `parent` may hold `{stem}` and `{column}`. `ends` says that a stamp closes its slot.
    """

    id: str
    column: str
    energy: str
    kind: Kind
    unit: str
    factor: Decimal10
    resolution: Decimal10
    rounded: bool
    slot: str
    timezone: str
    clock: StampClock
    ends: bool
    group: str
    parent: str | None

    @property
    def grid(self) -> Grid:
        return Grid(Zone.parse(self.timezone), self.slot)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping that is whole and consistent; `name` is its file's."""

    name: str
    timestamp: str
    format: StampFormat
    missing: frozenset[str]
    delimiter: str
    encoding: str
    sheet: str | None
    points: tuple[PointRule, ...]


def load_mapping(path: Path) -> Mapping:
    """The mapping in a TOML file.

    Raises:
        BadInput: naming the file, the key, what stood there and what may stand there.
    """
    tables = Keys(read_toml(path), path.name)
    file = Keys(tables.table("file"), f"{path.name} [file]")
    format = _format(file)
    ends = file.choice("stamp", ("start", "end"), "start") == "end"
    clock, dst, group = file.optional("clock"), _dst(file, "refuse"), file.text("group", "{stem}")
    if clock is not None:
        file.checked("clock", lambda: Zone.parse(clock), _CLOCK)
    rules = tables.tables("point")
    if not 1 <= len(rules) <= MOST_POINTS:
        remedy = "write a [[point]] for each column, or one with a glob"
        raise BadInput(where=f"{path.name} [[point]]", value=len(rules), why="no point, or too many", remedy=remedy)
    points = []
    for number, table in enumerate(rules, 1):
        keys = Keys(table, f"{path.name} [[point]] {number}")
        points.append(_point(keys, format, clock, dst, ends, group))
    mapping = Mapping(
        name=path.name,
        timestamp=file.text("timestamp"),
        format=format,
        missing=frozenset(file.texts("missing", ("",))),
        delimiter=_delimiter(file),
        encoding=_encoding(file),
        sheet=file.optional("sheet"),
        points=tuple(points),
    )
    file.end()
    tables.end()
    return mapping


def energies() -> tuple[str, ...]:
    """The energies that a point may be of."""
    return tuple(dict.fromkeys((*(known.code for known in energy_types()), *UNACCOUNTED)))


def _format(file: Keys) -> StampFormat:
    next_day = file.choice("midnight", ("as-written", "next-day"), "as-written") == "next-day"
    format = StampFormat(file.text("format"), next_day)
    file.checked("format", format.check, 'write "iso", "unix_s", "unix_ms" or a format such as "%d/%m/%Y %H:%M"')
    return format


def _point(keys: Keys, format: StampFormat, clock: str | None, dst: SummerTime, ends: bool, group: str) -> PointRule:
    kind = Kind(keys.choice("kind", [kind.value for kind in Kind]))
    clock, parent = keys.text("clock", clock) if clock else keys.optional("clock"), keys.optional("parent")
    rule = PointRule(
        id=_template(keys, "id", keys.text("id")),
        column=keys.text("column"),
        energy=keys.choice("energy", energies()),
        kind=kind,
        unit=keys.choice("unit", UNITS),
        factor=_positive(keys, "factor", "1", negative=True),
        resolution=_positive(keys, "resolution", DEFAULT_RESOLUTION),
        rounded=keys.flag("round"),
        slot=keys.text("slot"),
        timezone=keys.text("timezone", clock),
        clock=_clock(keys, format, clock, _dst(keys, dst)),
        ends=ends or kind is Kind.REGISTER,
        group=_template(keys, "group", keys.text("group", group)),
        parent=_template(keys, "parent", parent) if parent else None,
    )
    zone = keys.checked("timezone", lambda: Zone.parse(rule.timezone), "it is the zone whose midnights begin the days")
    keys.checked("slot", lambda: Grid(zone, rule.slot), 'write "15m", "1h", "day" or "month"')
    keys.end()
    return rule


def _clock(keys: Keys, format: StampFormat, name: str | None, dst: SummerTime) -> StampClock:
    if name is None:
        if not (format.absolute or format.format == "iso"):
            remedy = 'write clock = "Asia/Shanghai" or "+08:00", under [file] or here'
            raise keys.bad("clock", "is missing: the stamps do not say their offset", remedy)
        return StampClock(None, dst)
    zone = keys.checked("clock", lambda: Zone.parse(name), _CLOCK)
    keys.checked("dst", lambda: zone.resolve_array(np.zeros(1, np.int64), dst), "give the clock as an offset")
    return StampClock(zone, dst)


def _dst(keys: Keys, default: SummerTime) -> SummerTime:
    return "standard" if keys.choice("dst", ("refuse", "standard"), default) == "standard" else "refuse"


def _positive(keys: Keys, key: str, default: str, *, negative: bool = False) -> Decimal10:
    """A plain exact number: a factor (of either sign, not zero) or a resolution (above zero)."""
    text = keys.number(key, default)
    if len(text) > 40:
        raise keys.bad(key, "is too long a number", f'write {key} = "{default}"')
    number = keys.checked(key, lambda: parse_decimal(text), f'write {key} = "{default}"').normal()
    if number.mantissa == 0 or (number.mantissa < 0 and not negative):
        raise keys.bad(key, "is zero" if negative else "is not above zero", f'write {key} = "{default}"')
    if not -12 <= number.scale <= 12 or abs(number.mantissa) > 10 ** (12 if negative else 6):
        raise keys.bad(key, "has too many digits", f'write {key} = "{default}"')
    return number


def _template(keys: Keys, key: str, text: str) -> str:
    for hole in _HOLE.findall(text):
        if hole not in ("{stem}", "{column}"):
            raise keys.bad(key, f"holds {hole}", "it may hold {stem} and {column}")
    return text


def _delimiter(file: Keys) -> str:
    delimiter = file.text("delimiter", ",")
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise file.bad("delimiter", "is not one character", 'write delimiter = ";" or "\\t"')
    return delimiter


def _encoding(file: Keys) -> str:
    name = file.text("encoding", "utf-8")
    try:
        codec = codecs.lookup(name)
        "\n".encode(codec.name)
    except (LookupError, UnicodeError, ValueError):
        raise file.bad("encoding", "is unknown", 'write "utf-8", "gb18030", "latin-1", "utf-16" ...') from None
    return "utf-8-sig" if codec.name == "utf-8" else codec.name
