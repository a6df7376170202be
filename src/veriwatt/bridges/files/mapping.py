"""A mapping of a file's columns to points, with the formats of its times and numbers (docs/mapping.md)."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from veriwatt.bridges.files.point_rule import CLOCK_REMEDY, PointRule, point_rule
from veriwatt.bridges.files.timestamps import TimestampFormat
from veriwatt.energy.calendar import Zone
from veriwatt.errors import BadInput
from veriwatt.system.toml_tables import TomlTable, read_toml

MOST_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Mapping:
    """A checked mapping; `name` is the name of its file.

    `header` says whether the first row names the columns; if it is false, they are named "1", "2", "3", ... If it is
    None, it does, unless it looks like data.
    """

    name: str
    timestamp: str
    format: TimestampFormat
    missing: frozenset[str]
    delimiter: str
    encoding: str
    sheet: str | None
    header: bool | None
    points: tuple[PointRule, ...]


def load_mapping(path: Path) -> Mapping:
    """Load the mapping in a TOML file.

    Raises:
        BadInput: naming the file, the key, the value found and the values allowed.
    """
    tables = read_toml(path, path.name)
    file = tables.table("file")
    format = _format(file)
    if file.has("clock"):
        file.checked("clock", Zone.parse, CLOCK_REMEDY)
    rules = tables.tables("point")
    if len(rules) > MOST_POINTS:
        remedy = "write one [[point]] for many columns, with a glob"
        raise BadInput(where=f"{path.name}: [[point]]", value=len(rules), why="too many points", remedy=remedy)
    mapping = Mapping(
        name=path.name,
        timestamp=file.text("timestamp"),
        format=format,
        missing=frozenset(file.texts("missing", ("",))),
        delimiter=_delimiter(file),
        encoding=_encoding(file),
        sheet=file.optional_text("sheet"),
        header=file.flag("header") if file.has("header") else None,
        points=tuple(point_rule(table, file, format) for table in rules),
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
