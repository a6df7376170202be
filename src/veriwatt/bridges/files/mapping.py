"""A mapping of a file's columns to points, with the formats of its times and numbers (docs/mapping.md)."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from veriwatt.bridges.files.timestamps import SourceClock, TimestampFormat
from veriwatt.energy.calendar import Grid, Zone
from veriwatt.energy.calendar.zone import SummerTime
from veriwatt.energy.factors import measurable_energies
from veriwatt.errors import BadInput
from veriwatt.model.points.status import Kind
from veriwatt.system.toml_tables import TomlTable, read_toml
from veriwatt.units import UNITS, Decimal10, parse_decimal

DEFAULT_RESOLUTION = "0.001"
MOST_POINTS = 10_000

_CLOCK = "it is the zone on whose clock the stamps were written"
_PLACEHOLDER = re.compile(r"\{[^{}]*\}|[{}]")


@dataclass(frozen=True, slots=True)
class PointRule:
    """One `[[point]]` table: the columns that it matches, and the meaning of their numbers.

    `id`, `group` and `parent` may hold `{stem}` and `{column}`. `ends` says that a timestamp names the end of its slot.
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
    clock: SourceClock
    ends: bool
    group: str
    parent: str | None

    @property
    def grid(self) -> Grid:
        return Grid(Zone.parse(self.timezone), self.slot)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A checked mapping; `name` is the name of its file."""

    name: str
    timestamp: str
    format: TimestampFormat
    missing: frozenset[str]
    delimiter: str
    encoding: str
    sheet: str | None
    points: tuple[PointRule, ...]


def load_mapping(path: Path) -> Mapping:
    """Load the mapping in a TOML file.

    Raises:
        BadInput: naming the file, the key, the value found and the values allowed.
    """
    tables = read_toml(path, path.name)
    file = tables.table("file")
    format = _format(file)
    ends = file.word("stamp", ("start", "end"), "start") == "end"
    clock, dst, group = file.optional_text("clock"), _dst(file, "refuse"), file.text("group", "{stem}")
    if clock is not None:
        file.checked("clock", Zone.parse, _CLOCK)
    rules = tables.tables("point")
    if len(rules) > MOST_POINTS:
        remedy = "write one [[point]] for many columns, with a glob"
        raise BadInput(where=f"{path.name}: [[point]]", value=len(rules), why="too many points", remedy=remedy)
    points = [_point(table, format, clock, dst, ends, group) for table in rules]
    mapping = Mapping(
        name=path.name,
        timestamp=file.text("timestamp"),
        format=format,
        missing=frozenset(file.texts("missing", ("",))),
        delimiter=_delimiter(file),
        encoding=_encoding(file),
        sheet=file.optional_text("sheet"),
        points=tuple(points),
    )
    file.close()
    tables.close()
    return mapping


def _format(file: TomlTable) -> TimestampFormat:
    next_day = file.word("midnight", ("as-written", "next-day"), "as-written") == "next-day"
    format = TimestampFormat(file.text("format"), next_day)
    with file.place_of_errors("format", 'write "iso", "unix_s", "unix_ms" or a format such as "%d/%m/%Y %H:%M"'):
        format.check()
    return format


def _point(
    keys: TomlTable, format: TimestampFormat, clock: str | None, dst: SummerTime, ends: bool, group: str
) -> PointRule:
    kind = Kind(keys.word("kind", [kind.value for kind in Kind]))
    clock, parent = keys.text("clock", clock) if clock else keys.optional_text("clock"), keys.optional_text("parent")
    rule = PointRule(
        id=_template(keys, "id", keys.text("id")),
        column=keys.text("column"),
        energy=keys.word("energy", measurable_energies()),
        kind=kind,
        unit=keys.word("unit", UNITS),
        factor=_positive(keys, "factor", "1", negative=True),
        resolution=_positive(keys, "resolution", DEFAULT_RESOLUTION),
        rounded=keys.flag("round"),
        slot=keys.text("slot"),
        timezone=keys.text("timezone", clock) if clock else keys.text("timezone"),
        clock=_clock(keys, format, clock, _dst(keys, dst)),
        ends=ends or kind is Kind.REGISTER,
        group=_template(keys, "group", keys.text("group", group)),
        parent=_template(keys, "parent", parent) if parent else None,
    )
    with keys.place_of_errors("timezone", "it is the zone whose midnights begin the days"):
        zone = Zone.parse(rule.timezone)
    with keys.place_of_errors("slot", 'write "15m", "1h", "day" or "month"'):
        Grid(zone, rule.slot)
    keys.close()
    return rule


def _clock(keys: TomlTable, format: TimestampFormat, name: str | None, dst: SummerTime) -> SourceClock:
    if name is None:
        if not (format.absolute or format.format == "iso"):
            remedy = 'write clock = "Asia/Shanghai" or "+08:00", under [file] or here'
            raise keys.bad("clock", "is missing: the stamps do not say their offset", remedy)
        return SourceClock(None, dst)
    with keys.place_of_errors("clock", _CLOCK):
        zone = Zone.parse(name)
    with keys.place_of_errors("dst", "give the clock as an offset"):
        zone.resolve_array(np.zeros(1, np.int64), dst)
    return SourceClock(zone, dst)


def _dst(keys: TomlTable, default: SummerTime) -> SummerTime:
    return "standard" if keys.word("dst", ("refuse", "standard"), default) == "standard" else "refuse"


def _positive(keys: TomlTable, key: str, default: str, *, negative: bool = False) -> Decimal10:
    """An exact number: a factor (not zero, and positive unless `negative`) or a resolution (positive)."""
    text = keys.number_text(key, default)
    if len(text) > 40:
        raise keys.bad(key, "is too long a number", f'write {key} = "{default}"')
    with keys.place_of_errors(key, f'write {key} = "{default}"'):
        number = parse_decimal(text).normal()
    if number.mantissa == 0 or (number.mantissa < 0 and not negative):
        raise keys.bad(key, "is zero" if negative else "is not above zero", f'write {key} = "{default}"')
    if not -12 <= number.scale <= 12 or abs(number.mantissa) > 10 ** (12 if negative else 6):
        raise keys.bad(key, "has too many digits", f'write {key} = "{default}"')
    return number


def _template(keys: TomlTable, key: str, text: str) -> str:
    for placeholder in _PLACEHOLDER.findall(text):
        if placeholder not in ("{stem}", "{column}"):
            raise keys.bad(key, f"holds {placeholder}", "it may hold {stem} and {column}")
    return text


def _delimiter(file: TomlTable) -> str:
    delimiter = file.text("delimiter", ",")
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise file.bad("delimiter", "is not one character", 'write delimiter = ";" or "\\t"')
    return delimiter


def _encoding(file: TomlTable) -> str:
    name = file.text("encoding", "utf-8")
    try:
        codec = codecs.lookup(name)
        "\n".encode(codec.name)
    except (LookupError, UnicodeError, ValueError):
        raise file.bad("encoding", "is unknown", 'write "utf-8", "gb18030", "latin-1", "utf-16" ...') from None
    return "utf-8-sig" if codec.name == "utf-8" else codec.name
