"""Reading the tables of a mapping: each key with its type, each mistake with its place and its remedy."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from veriwatt.errors import BadInput, Malformed

T = TypeVar("T")

LARGEST = 1 << 20
"""Bytes of the longest mapping."""


def read_toml(path: Path) -> dict[str, object]:
    """The tables of a TOML file; numbers with a point come as their text, so that they stay exact.

    Raises:
        BadInput: there is no such file, it is too long, not UTF-8 or no TOML (with line and column).
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise BadInput(
            where=str(path), value=None, why=f"cannot be read: {error.strerror}", remedy="name a mapping in TOML"
        ) from None
    if len(raw) > LARGEST:
        raise BadInput(where=str(path), value=None, why="is longer than 1 MiB", remedy="name a mapping, not data")
    try:
        return tomllib.loads(raw.decode("utf-8-sig"), parse_float=str)
    except UnicodeDecodeError:
        raise BadInput(where=str(path), value=None, why="is not UTF-8", remedy="save the mapping as UTF-8") from None
    except RecursionError:
        raise BadInput(where=str(path), value=None, why="nests too deeply", remedy="write plain tables") from None
    except ValueError as error:
        raise BadInput(where=str(path), value=None, why=f"is no TOML: {error}", remedy="mend that line") from None


class Keys:
    """The keys of one table, taken one by one; `end` refuses those that nobody took."""

    def __init__(self, table: object, where: str) -> None:
        if not isinstance(table, dict):
            raise BadInput(where=where, value=table, why="is no table", remedy="see docs/mapping.md")
        self._table: dict[str, object] = table
        self._where = where
        self._known: list[str] = []

    def bad(self, key: str, why: str, remedy: str) -> BadInput:
        return BadInput(where=f"{self._where} {key}", value=self._table.get(key), why=why, remedy=remedy)

    def text(self, key: str, default: str | None = None, *, empty: bool = False) -> str:
        """A text; the key must be there unless it has a default."""
        value = self._take(key, default)
        if value is None:
            raise self.bad(key, "is missing", f'write {key} = "..."')
        if not isinstance(value, str) or not (value or empty):
            raise self.bad(key, "is no text" if value else "is empty", f'write {key} = "..."')
        return value

    def optional(self, key: str) -> str | None:
        self._known.append(key)
        return self.text(key) if key in self._table else None

    def number(self, key: str, default: str) -> str:
        """A number, in quotes or bare, as its text."""
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.bad(key, "is no number", f'write {key} = "{default}"')
        return str(value)

    def flag(self, key: str) -> bool:
        value = self._take(key, False)
        if not isinstance(value, bool):
            raise self.bad(key, "is neither true nor false", f"write {key} = true")
        return value

    def texts(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = self._take(key, list(default))
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise self.bad(key, "is no list of texts", f'write {key} = ["", "NaN"]')
        return tuple(value)

    def choice(self, key: str, known: Iterable[str], default: str | None = None) -> str:
        """One of `known`."""
        value = self.text(key, default)
        if value not in (known := tuple(known)):
            raise self.bad(key, "is unknown", _alternatives(value, known))
        return value

    def checked(self, key: str, check: Callable[[], T], remedy: str) -> T:
        """What `check` returns; its Malformed is told as this key's mistake."""
        try:
            return check()
        except Malformed as error:
            raise self.bad(key, str(error), remedy) from None

    def table(self, key: str) -> object:
        """A table that must be there."""
        if (value := self._take(key, None)) is None:
            raise BadInput(where=self._where, value=None, why=f"has no [{key}]", remedy="see docs/mapping.md")
        return value

    def tables(self, key: str) -> list[object]:
        """The tables of an array of tables."""
        value = self._take(key, [])
        if not isinstance(value, list):
            raise BadInput(where=self._where, value=key, why="is one table", remedy=f"write [[{key}]], in two brackets")
        return value

    def end(self) -> None:
        """Raise BadInput for a key that was not asked for."""
        for key in self._table:
            if key not in self._known:
                remedy = _alternatives(key, tuple(dict.fromkeys(self._known)))
                raise BadInput(where=self._where, value=key, why="unknown key", remedy=remedy)

    def _take(self, key: str, default: object) -> object:
        self._known.append(key)
        return self._table.get(key, default)


def _alternatives(found: str, known: tuple[str, ...]) -> str:
    close = get_close_matches(found, known, 1)
    return (f"did you mean {close[0]!r}? " if close else "") + f"known: {', '.join(known)}"
