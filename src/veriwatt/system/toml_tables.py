"""One table of a configuration file, read key by key, so that every mistake is told with its place and its cure."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import TypeVar

from veriwatt.errors import BadInput, Malformed
from veriwatt.units import Decimal10, parse_decimal

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

_REQUIRED = object()


def parse_toml(text: str, file: str) -> Table:
    """The whole of a TOML file as one table; numbers with a point stay the exact decimals they spell.

    Raises:
        BadInput: `text` is not TOML; the parser's line and column stand in the reason.
    """
    try:
        values = tomllib.loads(text, parse_float=_exact)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(
            where=file, value=None, why=f"is not TOML: {error}", remedy="correct the line that is named"
        ) from error
    return Table(values, file, "")


class Table:
    """Keys of one table. Each reader returns a checked value or raises BadInput naming file, table and key."""

    __slots__ = ("_file", "_name", "_read", "_values")

    def __init__(self, values: Mapping[str, object], file: str, name: str) -> None:
        self._values, self._file, self._name = values, file, name
        self._read: set[str] = set()

    def bad(self, key: str, why: str, remedy: str) -> BadInput:
        """The error for `key` of this table, with the value that stands there."""
        place = f"{self._name} {key}".strip()
        return BadInput(where=f"{self._file}: {place}", value=_plain(self._values.get(key)), why=why, remedy=remedy)

    def text(self, key: str, default: object = _REQUIRED) -> str:
        value = self._get(key, default)
        if not isinstance(value, str) or not value:
            raise self.bad(key, "is not a text", f'write {key} = "..."')
        return value

    def number(self, key: str, low: int, high: int, default: object = _REQUIRED) -> int:
        """An integer in `low .. high`, both included."""
        value = self._get(key, default)
        if type(value) is not int or not low <= value <= high:
            raise self.bad(key, f"is not a whole number from {low} to {high}", f"write {key} = {low} .. {high}")
        return value

    def decimal(self, key: str, default: object = _REQUIRED) -> Decimal10:
        """A positive exact decimal, written as a number or as a text."""
        value = self._get(key, default)
        if type(value) is int:
            value = Decimal10(value, 0)
        elif isinstance(value, str):
            value = _decimal_or_text(value)
        if not isinstance(value, Decimal10) or value.mantissa <= 0:
            raise self.bad(key, "is not a positive decimal number", f'write {key} = "0.01", or another exact decimal')
        return value.normal()

    def choice(self, key: str, options: type[E], default: object = _REQUIRED) -> E:
        """One of the enumeration's values."""
        value = self._get(key, default)
        if isinstance(value, options):
            return value
        for option in options:
            if option.value == value:
                return option
        names = ", ".join(repr(option.value) for option in options)
        raise self.bad(key, "is not one of the values there are", f"write one of {names}")

    def checked(self, key: str, check: Callable[[str], T], remedy: str, default: object = _REQUIRED) -> T:
        """A text that `check` takes; its Malformed becomes BadInput with this place and `remedy`."""
        try:
            return check(self.text(key, default))
        except BadInput:
            raise
        except Malformed as error:
            raise self.bad(key, str(error), remedy) from error

    def has(self, key: str) -> bool:
        self.allow(key)
        return key in self._values

    def allow(self, key: str) -> None:
        """Make `key` one of the table's keys, also when nothing reads it here."""
        self._read.add(key)

    def inherited(self, key: str, outer: Table) -> Table:
        """The table to read `key` from: this one if it has the key, else `outer`, whose default it takes over."""
        outer.allow(key)
        return self if self.has(key) else outer

    def table(self, key: str) -> Table:
        value = self._get(key, _REQUIRED)
        if not isinstance(value, dict):
            raise self.bad(key, "is not a table", f"begin it with a line [{key}]")
        return Table(value, self._file, f"[{key}]")

    def tables(self, key: str) -> Sequence[Table]:
        """The tables of an array, in file order; at least one."""
        values = self._get(key, _REQUIRED)
        if not isinstance(values, list) or not values or not all(isinstance(value, dict) for value in values):
            raise self.bad(key, "is not a list of tables", f"begin each with a line [[{key}]]")
        return [Table(value, self._file, _numbered(key, at, value)) for at, value in enumerate(values, 1)]

    def close(self) -> None:
        """Refuse a key that nothing read: most often it is a misspelt one."""
        for key in self._values:
            if key not in self._read:
                known = ", ".join(sorted(self._read))
                raise self.bad(key, "is not a key of this table", f"the keys are {known}")

    def _get(self, key: str, default: object) -> object:
        if self.has(key):
            return self._values[key]
        if default is _REQUIRED:
            raise self.bad(key, "is missing", f"add {key} = ...")
        return default


def _numbered(key: str, at: int, value: Mapping[str, object]) -> str:
    named = value.get("id")
    return f"[[{key}]] {at} ({named})" if isinstance(named, str) else f"[[{key}]] {at}"


def _exact(text: str) -> object:
    return _decimal_or_text(text.replace("_", ""))


def _decimal_or_text(text: str) -> object:
    try:
        return parse_decimal(text)
    except Malformed:
        return text


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal10) else value
