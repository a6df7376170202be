"""TOML configuration files, read key by key: every mistake is refused with its place, its value and a remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import NoReturn, TypeVar

from veriwatt.errors import BadInput, Malformed
from veriwatt.toml_text import toml_values
from veriwatt.units import Decimal10, parse_decimal

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

MAX_FILE = 1 << 20
"""Bytes of the longest configuration file."""

MAX_DOTS = 150
"""Dots in one word of a file, be it a key, an address or a number; the longest host name has 126."""

_AROUND_DOT, _BESIDE_KEYS = re.compile(r"[ \t]{0,8}\.[ \t]{0,8}"), re.compile(r"[\s,=\[\]{}]+")

_REQUIRED = object()


class _BareNumber(str):
    """The spelling of a number with a decimal point and no quotes, so that decimals stay exact."""

    __slots__ = ()


def read_toml(path: Path, name: str = "") -> TomlTable:
    """The whole of the TOML file at `path` as one table; errors call it `name`, or by its path.

    Raises:
        BadInput: as `read_toml_text`, or it is not TOML.
    """
    return parse_toml(read_toml_text(path), name or str(path))


def read_toml_text(path: Path) -> str:
    """The text of the TOML file at `path`, not parsed yet.

    Raises:
        BadInput: the file cannot be read, is longer than 1 MiB or not UTF-8.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE + 1)
    except OSError as error:
        raise _bad_file(path, f"cannot be read: {error.strerror}", "check path and permissions") from error
    if len(raw) > MAX_FILE:
        raise _bad_file(path, "is longer than 1 MiB", "name a configuration file, not data")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad_file(path, "is not UTF-8", "save the file as UTF-8") from error


def parse_toml(text: str, file: str) -> TomlTable:
    """The whole of a TOML text as one table; `file` names it in errors.

    Raises:
        BadInput: `text` is not TOML; the parser's line and column stand in the reason.
    """
    _check_dots(text, file)
    try:
        values = toml_values(text, lambda number: _BareNumber(number.replace("_", "")))
    except Malformed as error:
        raise _bad_file(file, str(error), "write plain tables of texts and numbers") from error
    return TomlTable(values, file, "")


def _check_dots(text: str, file: str) -> None:
    """Refuse dotted keys of many parts: reading one takes the parser the square of its parts."""
    for part in _BESIDE_KEYS.split(_AROUND_DOT.sub(".", text)):
        if part.count(".") > MAX_DOTS:
            raise _bad_file(file, f"has a key of {part.count('.') + 1:,} parts", "write plain tables")


class TomlTable:
    """Keys of one table. Each reader returns a checked value or raises BadInput naming file, table and key."""

    __slots__ = ("_file", "_name", "_read", "_values")

    def __init__(self, values: Mapping[str, object], file: str, name: str) -> None:
        self._values, self._file, self._name = values, file, name
        self._read: dict[str, None] = {}

    def bad(self, key: str, why: str, remedy: str) -> BadInput:
        """The error for `key` of this table, with its value."""
        place = f"{self._name} {key}".strip()
        value = self._values.get(key)
        plain = str(value) if isinstance(value, _BareNumber) else value
        return BadInput(where=f"{self._file}: {place}", value=plain, why=why, remedy=remedy)

    def text(self, key: str, default: object = _REQUIRED) -> str:
        value = self._get(key, default)
        if not isinstance(value, str) or isinstance(value, _BareNumber) or not value:
            raise self.bad(key, "is empty" if value == "" else "is not a text", f'write {key} = "..."')
        return value

    def optional_text(self, key: str) -> str | None:
        """The text, or None where the table has no such key."""
        return self.text(key) if self.has(key) else None

    def texts(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """A list of texts, which may be empty."""
        value = self._get(key, list(default))
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise self.bad(key, "is not a list of texts", f'write {key} = ["", "NaN"]')
        return tuple(value)

    def flag(self, key: str) -> bool:
        """True or false; false where the table has no such key."""
        value = self._get(key, False)
        if not isinstance(value, bool):
            raise self.bad(key, "is neither true nor false", f"write {key} = true")
        return value

    def number(self, key: str, low: int, high: int, default: object = _REQUIRED) -> int:
        """An integer in `low .. high`, both included."""
        value = self._get(key, default)
        if type(value) is not int or not low <= value <= high:
            raise self.bad(key, f"is not a whole number from {low} to {high}", f"write {key} = {low} .. {high}")
        return value

    def number_text(self, key: str, default: str) -> str:
        """The spelling of a number, with or without quotes; the caller checks its value."""
        value = self._get(key, default)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.bad(key, "is not a number", f'write {key} = "{default}"')
        return str(value)

    def decimal(self, key: str, default: object = _REQUIRED) -> Decimal10:
        """A positive exact decimal, written as a number or as a text."""
        value = self._get(key, default)
        number = value if isinstance(value, Decimal10) else _exact(value)
        if number is None or number.mantissa <= 0:
            raise self.bad(key, "is not a positive decimal number", f'write {key} = "0.01", or another exact decimal')
        return number.normal()

    def decimals(self, key: str) -> tuple[Decimal10, ...]:
        """A list of exact decimals of any sign; empty where the table has no such key."""
        value = self._get(key, [])
        numbers = [_exact(each) for each in value] if isinstance(value, list) else [None]
        if any(number is None for number in numbers):
            raise self.bad(key, "is not a list of exact decimal numbers", f"write {key} = [65535]")
        return tuple(number.normal() for number in numbers if number is not None)

    def optional_decimal(self, key: str) -> Decimal10 | None:
        """An exact decimal of any sign, or None where the table has no such key."""
        if not self.has(key):
            return None
        number = _exact(self._get(key, None))
        if number is None:
            raise self.bad(key, "is not an exact decimal number", f'write {key} = "0.01", or another one')
        return number.normal()

    def choice(self, key: str, options: type[E], default: object = _REQUIRED) -> E:
        """One of the enumeration's values."""
        value = self._get(key, default)
        if isinstance(value, options):
            return value
        names = [str(option.value) for option in options]
        return options(value) if value in names else self._refuse_choice(key, value, names)

    def word(self, key: str, options: Iterable[str], default: object = _REQUIRED) -> str:
        """One of the texts `options`."""
        value, names = self.text(key, default), list(options)
        return value if value in names else self._refuse_choice(key, value, names)

    def checked(self, key: str, check: Callable[[str], T], remedy: str, default: object = _REQUIRED) -> T:
        """The result of `check` on the text; a Malformed from it becomes BadInput with this place and `remedy`."""
        text = self.text(key, default)
        with self.place_of_errors(key, remedy):
            return check(text)

    @contextmanager
    def place_of_errors(self, key: str, remedy: str) -> Iterator[None]:
        """Turn a Malformed from inside the block into BadInput with the place of `key`, and `remedy`."""
        try:
            yield
        except BadInput:
            raise
        except Malformed as error:
            raise self.bad(key, str(error), remedy) from error

    def has(self, key: str) -> bool:
        self.allow(key)
        return key in self._values

    def allow(self, key: str) -> None:
        """Accept `key` in this table, even if nothing reads it."""
        self._read[key] = None

    def inherited(self, key: str, outer: TomlTable) -> TomlTable:
        """The table to read `key` from: this table if it has the key, else `outer`."""
        outer.allow(key)
        return self if self.has(key) else outer

    def table(self, key: str) -> TomlTable:
        if not self.has(key):
            raise self.bad(key, f"there is no [{key}]", f"begin it with a line [{key}]")
        value = self._values[key]
        if not isinstance(value, dict):
            raise self.bad(key, "is not a table", f"begin it with a line [{key}]")
        return TomlTable(value, self._file, f"[{key}]")

    def tables(self, key: str) -> Sequence[TomlTable]:
        """The tables of an array, in file order; at least one."""
        if not self.has(key):
            raise self.bad(key, f"there is no [[{key}]]", f"begin each with a line [[{key}]]")
        values = self._values[key]
        if not isinstance(values, list) or not values or not all(isinstance(value, dict) for value in values):
            raise self.bad(key, "is not a list of tables", f"begin each with a line [[{key}]]")
        return [TomlTable(value, self._file, _numbered(key, at, value)) for at, value in enumerate(values, 1)]

    def close(self) -> None:
        """Refuse keys that nothing read: most are misspelt."""
        for key in self._values:
            if key not in self._read:
                keys = list(self._read)
                raise self.bad(key, "is not a key of this table", f"{_near(key, keys)}its keys: {', '.join(keys)}")

    def _refuse_choice(self, key: str, value: object, names: Sequence[str]) -> NoReturn:
        remedy = f"{_near(value, names)}write one of {', '.join(names)}"
        raise self.bad(key, "is not one of the values there are", remedy)

    def _get(self, key: str, default: object) -> object:
        if self.has(key):
            return self._values[key]
        if default is _REQUIRED:
            raise self.bad(key, "is missing", f"add {key} = ...")
        return default


def _numbered(key: str, at: int, value: Mapping[str, object]) -> str:
    named = value.get("id")
    return f"[[{key}]] {at} ({named})" if isinstance(named, str) else f"[[{key}]] {at}"


def _bad_file(file: Path | str, why: str, remedy: str) -> BadInput:
    return BadInput(where=str(file), value=None, why=why, remedy=remedy)


def _exact(value: object) -> Decimal10 | None:
    """The number that a value of a table spells, bare or as a text; None if it spells none."""
    if type(value) is int:
        return Decimal10(value, 0)
    if not isinstance(value, str):
        return None
    try:
        return parse_decimal(value)
    except Malformed:
        return None


def _near(word: object, choices: Sequence[str]) -> str:
    close = get_close_matches(str(word), choices, 1)
    return f"did you mean {close[0]!r}? " if close else ""
