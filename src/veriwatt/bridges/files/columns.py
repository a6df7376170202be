"""Which column of a file is which point: the first rule that matches a column takes it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from veriwatt.bridges.files.mapping import Mapping, PointRule
from veriwatt.bridges.files.unreadable import UnreadableFile
from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest, check_name
from veriwatt.model.points.point import PointDefinition

MOST_COLUMNS = 16_384

_LABEL = "veriwatt/mapping/1"
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._@+-]")
_ENDS_OF_NAMES = "._@+-"


@dataclass(frozen=True, slots=True)
class Pick:
    """A column that is a point: its number in the header, and all that its rule says with names filled in.

    `settings` is one digest over everything that the point's values follow from besides the file: two
    mappings give a point the same values of every file where it is equal.
    """

    index: int
    column: str
    rule: PointRule
    definition: PointDefinition
    group: str
    settings: Digest


def pick_columns(mapping: Mapping, columns: tuple[str, ...], *, file: str, stem: str) -> tuple[int, tuple[Pick, ...]]:
    """The number of the stamps' column, and the columns that are points, in the file's order.

    Raises:
        UnreadableFile: a column that is named is not there, stands twice, or is taken by an earlier rule;
            nothing matches; two columns would be one point.
    """
    if len(columns) > MOST_COLUMNS:
        remedy = f"divide it, to {MOST_COLUMNS:,} at most"
        raise UnreadableFile(file=file, why=f"{len(columns):,} columns", remedy=remedy)
    times = Counter(columns)
    taken = {mapping.timestamp: "the stamps"}
    stamp = _index(columns, times, mapping.timestamp, file)
    picks: list[Pick] = []
    for rule in mapping.points:
        for column in _matches(rule, columns, times, taken, file):
            taken[column] = f"the point {rule.id}"
            picks.append(_pick(mapping, rule, column, _index(columns, times, column, file), file, stem))
    if not picks:
        raise _amiss(file, None, "no column of the file matches a point of the mapping", columns)
    _check_apart(picks, file)
    return stamp, tuple(sorted(picks, key=lambda pick: pick.index))


def _matches(
    rule: PointRule, columns: tuple[str, ...], times: Counter[str], taken: dict[str, str], file: str
) -> list[str]:
    if rule.column in times or not ("*" in rule.column or "?" in rule.column):
        if rule.column in taken:
            raise _amiss(file, rule.column, f"this column is already {taken[rule.column]}", columns)
        return [rule.column]
    pattern = re.compile("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in rule.column), re.DOTALL)
    return [c for c in dict.fromkeys(columns) if c and c not in taken and pattern.fullmatch(c)]


def _index(columns: tuple[str, ...], times: Counter[str], column: str, file: str) -> int:
    if times[column] != 1:
        why = "the header has this column more than once" if times[column] else "missing column"
        raise _amiss(file, column, why, columns)
    return columns.index(column)


def _pick(mapping: Mapping, rule: PointRule, column: str, index: int, file: str, stem: str) -> Pick:
    def named(text: str) -> str:
        return text.replace("{stem}", stem).replace("{column}", column)

    try:
        definition = PointDefinition(
            id=named(rule.id),
            energy=rule.energy,
            unit=rule.unit,
            kind=rule.kind,
            scale=rule.resolution.scale,
            step=rule.resolution.mantissa,
            slot=rule.slot,
            timezone=rule.timezone,
            parent=named(rule.parent) if rule.parent else None,
        )
        group = rule.group.replace("{stem}", name_of(stem)).replace("{column}", name_of(column))
        check_name(group, "group")
    except Malformed as error:
        remedy = "change `id` or `group` in the mapping, or the file's name"
        raise UnreadableFile(file=file, field=column, why=str(error), remedy=remedy) from None
    return Pick(index, column, rule, definition, group, _settings(mapping, rule, column))


def name_of(text: str) -> str:
    """A name by `ids.check_name` that stands for `text`: itself where it is one, else with a mark of its own."""
    clean = _NOT_IN_NAMES.sub("-", text)[:48].strip(_ENDS_OF_NAMES)
    if clean and clean == text:
        return clean
    return f"{clean}{'-' if clean else ''}{sha256(text.encode(errors='surrogatepass')).hex()[:8]}"


def _settings(mapping: Mapping, rule: PointRule, column: str) -> Digest:
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
                rule.ends,
                None if rule.clock.zone is None else rule.clock.zone.name,
                rule.clock.dst,
            ]
        )
    )


def _check_apart(picks: list[Pick], file: str) -> None:
    seen: dict[str, str] = {}
    for pick in picks:
        other = seen.setdefault(pick.definition.id, pick.column)
        if other != pick.column:
            why = f"the point {pick.definition.id!r} would be this column and {other!r}"
            raise UnreadableFile(file=file, field=pick.column, why=why, remedy="write {column} in its `id`")


def _amiss(file: str, column: str | None, why: str, columns: tuple[str, ...]) -> UnreadableFile:
    shown = ", ".join(columns[:12]) + (" ..." if len(columns) > 12 else "")
    return UnreadableFile(
        file=file, line=1, field=column or "", value=column, why=why, remedy=f"the file's columns: {shown[:400]}"
    )
