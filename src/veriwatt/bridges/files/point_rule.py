"""One `[[point]]` table of a mapping: the columns that it matches, and the meaning of their numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast, get_args

import numpy as np

from veriwatt.bridges.files.defined_values import Grain, defined_values
from veriwatt.bridges.files.statuses import StatusRule, status_rule
from veriwatt.bridges.files.timestamps import SourceClock, TimestampFormat
from veriwatt.energy.calendar import Grid, Zone
from veriwatt.energy.calendar.zone import SummerTime
from veriwatt.energy.factors import measurable_energies
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.system.toml_tables import TomlTable
from veriwatt.units import UNITS, Decimal10, parse_decimal

DEFAULT_RESOLUTION = "0.001"
CLOCK_REMEDY = "it is the zone on whose clock the stamps were written"

Repeats = Literal["refuse", "same", "first", "last", "sum", "sum-any"]
"""What distinct rows of one slot are: an error, one value said twice, versions, or parts of an amount.

With "sum" each slot has as many parts as most slots have; with "sum-any" it may have any number.
"""

SUMMED = ("sum", "sum-any")
"""Those under which every row of a slot counts; under any other one row does, and the others are set aside."""

OF_SEVERAL = (*SUMMED, "first", "last")
"""Those under which a row says of its slot only what the slot's other rows leave to it: a part, or a version."""

_PLACEHOLDER = re.compile(r"\{[^{}]*\}|[{}]")


@dataclass(frozen=True, slots=True)
class PointRule:
    """A checked `[[point]]`; keys that it leaves out are those of `[file]`.

    `id`, `group` and `parent` may hold `{stem}` and `{column}`. `ends` says that a timestamp names the end of its slot.
    `sentinels` are numbers, or other texts, that mean a device had no value. `definition` is that of each of its points
    but for the id and the parent.
    """

    id: str
    column: str
    definition: PointDefinition
    kind: Kind
    unit: str
    factor: Decimal10
    resolution: Decimal10
    rounded: bool
    slot: str
    timezone: str
    day_begins: int
    clock: SourceClock
    ends: bool
    group: str
    parent: str | None
    minimum: int | None
    maximum: int | None
    status: StatusRule | None
    sentinels: frozenset[str]
    repeats: Repeats

    @property
    def grid(self) -> Grid:
        return Grid(Zone.parse(self.timezone), self.slot, self.day_begins)


def point_rule(keys: TomlTable, file: TomlTable, format: TimestampFormat) -> PointRule:
    """The rule in one table `[[point]]`; `file` is the table `[file]`."""
    kind = Kind(keys.word("kind", [kind.value for kind in Kind]))
    clock, parent = keys.inherited("clock", file).optional_text("clock"), keys.optional_text("parent")
    grain = _grain(keys, file, kind, clock)
    energy, unit = keys.word("energy", measurable_energies()), keys.word("unit", UNITS)
    definition = defined_values(keys, file, energy, unit, grain)
    ends = file.word("stamp", ("start", "end"), "start") == "end"
    rule = PointRule(
        id=_template(keys, "id", keys.text("id")),
        column=keys.text("column"),
        definition=definition,
        kind=kind,
        unit=unit,
        factor=_positive(keys, "factor", "1", negative=True),
        resolution=grain.resolution,
        rounded=keys.flag("round"),
        slot=grain.slot,
        timezone=grain.timezone,
        day_begins=grain.day_begins,
        clock=_clock(keys, format, clock, _dst(keys.inherited("dst", file))),
        ends=ends or kind is Kind.REGISTER,
        group=_template(keys, "group", keys.inherited("group", file).text("group", "{stem}")),
        parent=_template(keys, "parent", parent) if parent else None,
        minimum=definition.minimum,
        maximum=definition.maximum,
        status=_status(keys.inherited("status", file)),
        sentinels=frozenset(keys.inherited("sentinels", file).texts("sentinels", ())),
        repeats=_repeats(keys.inherited("repeats", file), kind),
    )
    keys.close()
    return rule


def _grain(keys: TomlTable, file: TomlTable, kind: Kind, clock: str | None) -> Grain:
    grain = Grain(
        kind,
        _positive(keys, "resolution", DEFAULT_RESOLUTION),
        keys.text("slot"),
        keys.text("timezone", clock) if clock else keys.text("timezone"),
        keys.inherited("day_begins", file).number("day_begins", 0, 23, 0),
    )
    with keys.place_of_errors("timezone", "it is the zone whose midnights begin the days"):
        zone = Zone.parse(grain.timezone)
    with keys.place_of_errors("slot", 'write "15m", "1h", "8h", "day", "week", "month", "quarter" or "year"'):
        Grid(zone, grain.slot, grain.day_begins)
    return grain


def _clock(keys: TomlTable, format: TimestampFormat, name: str | None, dst: SummerTime) -> SourceClock:
    if name is None:
        if not (format.absolute or format.format == "iso"):
            remedy = 'write clock = "Asia/Shanghai" or "+08:00", under [file] or here'
            raise keys.bad("clock", "is missing: the stamps do not say their offset", remedy)
        return SourceClock(None, dst)
    with keys.place_of_errors("clock", CLOCK_REMEDY):
        zone = Zone.parse(name)
    with keys.place_of_errors("dst", "give the clock as an offset"):
        zone.resolve_array(np.zeros(1, np.int64), dst)
    return SourceClock(zone, dst)


def _dst(keys: TomlTable) -> SummerTime:
    return "standard" if keys.word("dst", ("refuse", "standard"), "refuse") == "standard" else "refuse"


def _status(keys: TomlTable) -> StatusRule | None:
    return status_rule(keys.table("status")) if keys.has("status") else None


def _repeats(keys: TomlTable, kind: Kind) -> Repeats:
    repeats = cast("Repeats", keys.word("repeats", get_args(Repeats), "refuse"))
    if repeats in SUMMED and kind is not Kind.INTERVAL:
        remedy = 'only parts of an amount are summed (kind = "interval"); write "same", "first" or "last"'
        raise keys.bad("repeats", f"does not fit a point of kind {kind.value}", remedy)
    return repeats


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
