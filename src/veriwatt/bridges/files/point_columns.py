"""Match the columns of a file to points: a column belongs to the first rule that matches it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from veriwatt.bridges.files.mapping import Mapping
from veriwatt.bridges.files.point_rule import PointRule
from veriwatt.bridges.files.statuses import StatusRule
from veriwatt.bridges.files.unreadable import UnreadableFile
from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import Value, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest, check_name
from veriwatt.model.points.id_text import normal_id
from veriwatt.model.points.point import PointDefinition

MOST_COLUMNS = 16_384

_LABEL = "veriwatt/mapping/2"
_STATUSES = "the statuses"
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._@+-]")
_ENDS_OF_NAMES = "._@+-"


@dataclass(frozen=True, slots=True)
class StatusColumn:
    """A column that holds the statuses of points: its number in the header, its name, and the meaning of its texts."""

    index: int
    name: str
    rule: StatusRule


@dataclass(frozen=True, slots=True)
class PointColumn:
    """A column that holds the readings of a point.

    Attributes:
        index: its number in the header, from 0.
        name: its name in the header.
        rule: the `[[point]]` that matched it.
        definition: the point, with `{stem}` and `{column}` filled in.
        group: the group that the point joins if it is new, filled in likewise.
        settings: a digest of everything but the file that determines the values: mappings with equal settings give the
            same values for a point from any file.
        status: the column that states the statuses of its rows; None if the file does not state them.
    """

    index: int
    name: str
    rule: PointRule
    definition: PointDefinition
    group: str
    settings: Digest
    status: StatusColumn | None


class _Header:
    """The columns of a file by name, and the use of each."""

    def __init__(self, names: tuple[str, ...], file: str) -> None:
        self.names, self.file = names, file
        self._times = Counter(names)
        self._taken: dict[str, str] = {}

    def take(self, name: str, use: str) -> int:
        """Reserve a column for `use`; returns its number. UnreadableFile unless it is present, once, and free."""
        if name in self._taken:
            raise self.error(name, f"this column is already {self._taken[name]}")
        if self._times[name] != 1:
            why = "the header has this column more than once" if self._times[name] else "missing column"
            raise self.error(name, why)
        self._taken[name] = use
        return self.names.index(name)

    def take_status(self, rule: StatusRule, column: str) -> StatusColumn:
        """Reserve the column of statuses of a point's column; several points may share it."""
        name = rule.column.replace("{column}", column)
        index = self.names.index(name) if self._taken.get(name) == _STATUSES else self.take(name, _STATUSES)
        return StatusColumn(index, name, rule)

    def matches(self, rule: PointRule) -> list[str]:
        """The column that the rule names, or the free columns that its pattern matches, without their statuses."""
        if rule.column in self._times or not ("*" in rule.column or "?" in rule.column):
            return [rule.column]
        pattern = re.compile("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in rule.column), re.DOTALL)
        free = (name for name in dict.fromkeys(self.names) if name and name not in self._taken)
        found = [name for name in free if pattern.fullmatch(name)]
        if rule.status is None:
            return found
        statuses = {rule.status.column.replace("{column}", name) for name in found}
        return [name for name in found if name not in statuses]

    def error(self, name: str | None, why: str) -> UnreadableFile:
        shown = ", ".join(self.names[:12]) + (" ..." if len(self.names) > 12 else "")
        remedy = f"the file's columns: {shown[:400]}"
        return UnreadableFile(file=self.file, line=1, field=name or "", value=name, why=why, remedy=remedy)


def match_columns(
    mapping: Mapping, names: tuple[str, ...], *, file: str, stem: str
) -> tuple[int, tuple[PointColumn, ...]]:
    """The number of the timestamp column, and the columns of points in the file's order.

    Raises:
        UnreadableFile: a named column is missing, duplicate, or matched by an earlier rule; no column matches; or two
            columns match the same point.
    """
    if len(names) > MOST_COLUMNS:
        remedy = f"divide it, to {MOST_COLUMNS:,} at most"
        raise UnreadableFile(file=file, why=f"{len(names):,} columns", remedy=remedy)
    header = _Header(names, file)
    timestamp = header.take(mapping.timestamp, "the stamps")
    columns = [
        _point_column(mapping, rule, name, header, file, stem)
        for rule in mapping.points
        for name in header.matches(rule)
    ]
    if not columns:
        raise header.error(None, "no column of the file matches a point of the mapping")
    _check_distinct(columns, file)
    return timestamp, tuple(sorted(columns, key=lambda column: column.index))


def _point_column(mapping: Mapping, rule: PointRule, name: str, header: _Header, file: str, stem: str) -> PointColumn:
    index = header.take(name, f"the point {rule.id}")
    status = None if rule.status is None else header.take_status(rule.status, name)

    def filled(text: str) -> str:
        return text.replace("{stem}", stem).replace("{column}", name)

    with _place_of_errors("id", rule.id, file, name):
        definition = replace(rule.definition, id=normal_id(filled(rule.id)))
    if rule.parent is not None:
        with _place_of_errors("parent", rule.parent, file, name):
            definition = replace(definition, parent=normal_id(filled(rule.parent)))
    with _place_of_errors("group", rule.group, file, name):
        group = check_name(rule.group.replace("{stem}", name_of(stem)).replace("{column}", name_of(name)), "group")
    return PointColumn(index, name, rule, definition, group, settings_of(mapping, rule, name), status)


@contextmanager
def _place_of_errors(key: str, template: str, file: str, column: str) -> Iterator[None]:
    """Turn a Malformed into an UnreadableFile that says what makes the name: the key, and what it is filled in with."""
    try:
        yield
    except Malformed as error:
        parts = [f"`{key}` in the mapping"]
        parts += ["the file's name"] if "{stem}" in template else []
        parts += ["the column's name"] if "{column}" in template else []
        raise UnreadableFile(file=file, field=column, why=str(error), remedy=f"change {' or '.join(parts)}") from None


def name_of(text: str) -> str:
    """`text` if `ids.check_name` accepts it; else a name made from it, with a digest that makes it unique."""
    clean = _NOT_IN_NAMES.sub("-", text)[:48].strip(_ENDS_OF_NAMES)
    if clean and clean == text:
        return clean
    return f"{clean}{'-' if clean else ''}{sha256(text.encode(errors='surrogatepass')).hex()[:8]}"


def settings_of(mapping: Mapping, rule: PointRule, column: str) -> Digest:
    """`PointColumn.settings` of a column that a rule matches."""
    factor, resolution = rule.factor, rule.resolution
    return sha256(
        encode(
            [
                _LABEL,
                mapping.timestamp,
                mapping.format.format,
                mapping.format.next_day,
                sorted(mapping.missing),
                mapping.delimiter,
                mapping.encoding,
                mapping.sheet,
                column,
                rule.kind.value,
                rule.unit,
                [factor.mantissa, factor.scale],
                [resolution.mantissa, resolution.scale],
                rule.rounded,
                rule.slot,
                rule.timezone,
                rule.day_begins,
                rule.ends,
                None if rule.clock.zone is None else rule.clock.zone.name,
                rule.clock.dst,
                mapping.header is False,
                None if rule.status is None else _status_settings(rule.status, column),
                sorted(rule.sentinels),
                rule.minimum,
                rule.maximum,
                rule.repeats,
            ]
        )
    )


def _status_settings(rule: StatusRule, column: str) -> list[Value]:
    otherwise = None if rule.otherwise is None else int(rule.otherwise)
    texts: list[Value] = [[text, int(status)] for text, status in rule.texts]
    return [rule.column.replace("{column}", column), texts, otherwise]


def _check_distinct(columns: list[PointColumn], file: str) -> None:
    """Raise UnreadableFile if two columns match the same point."""
    seen: dict[str, str] = {}
    for column in columns:
        other = seen.setdefault(column.definition.id, column.name)
        if other != column.name:
            why = f"the point {column.definition.id!r} would be this column and {other!r}"
            remedy = "write {column} in its `id`"
            if "{column}" in column.rule.id:  # names that differ in what no id shows, such as a second blank
                remedy = "give one of them a [[point]] of its own, above the other, with another `id`"
            raise UnreadableFile(file=file, field=column.name, why=why, remedy=remedy)
