"""Read the fields of a record from a decoded array, and check the type and range of each by name.

    fields = Fields(decode(raw, "anchor"), "anchor", count=3)
    size, root = fields.uint("size"), fields.digest("root", Digest)

Fields are read in order; a wrong count, type or range raises `Malformed` naming record and field. `Fields.versioned`
reads a record that begins with the number of its format.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self, TypeAlias, TypeVar

from veriwatt.errors import Malformed, WrongFormat
from veriwatt.ids import Digest, check_name, of_fixed_length

T = TypeVar("T")
D = TypeVar("D", bound=Digest)

MAX_INT = 2**63 - 1

FORMAT = 2
"""The format number of every versioned record (docs/spec/encoding.md); a changed record gets its own number."""

_Count: TypeAlias = int  # inside the class, `int` is a method


class Fields:
    """A cursor over one decoded record of exactly `count` fields."""

    __slots__ = ("_at", "_values", "_what")

    def __init__(self, value: object, what: str, count: int) -> None:
        if not isinstance(value, list | tuple) or len(value) != count:
            raise Malformed(f"{what} is not an array of {count} fields")
        self._values, self._what, self._at = value, what, 0

    @classmethod
    def versioned(cls, value: object, what: str, count: _Count) -> Self:
        """A cursor over a record of `count` fields, after the first one, which is `FORMAT`.

        Raises:
            WrongFormat: the record begins with another number; its other fields are not checked.
            Malformed: the record is not an array of `count` fields, or does not begin with a number.
        """
        check_format(value, what)
        fields = cls(value, what, count)
        fields.uint("format")
        return fields

    def _next(self) -> object:
        value = self._values[self._at]
        self._at += 1
        return value

    def _bad(self, field: str, want: str) -> Malformed:
        return Malformed(f"{self._what}: {field} is not {want}")

    def uint(self, field: str, limit: _Count = MAX_INT) -> int:
        """An integer in 0..limit."""
        value = self._next()
        if type(value) is not int or not 0 <= value <= limit:
            raise self._bad(field, f"an integer from 0 to {limit}")
        return value

    def int(self, field: str) -> int:
        """A signed 64-bit integer."""
        value = self._next()
        if type(value) is not int or not -MAX_INT - 1 <= value <= MAX_INT:
            raise self._bad(field, "a 64-bit integer")
        return value

    def bool(self, field: str) -> bool:
        value = self._next()
        if type(value) is not bool:
            raise self._bad(field, "true or false")
        return value

    def bytes(self, field: str, limit: _Count = 1 << 20) -> bytes:
        value = self._next()
        if type(value) is not bytes or len(value) > limit:
            raise self._bad(field, f"a byte string of at most {limit} bytes")
        return value

    def text(self, field: str, limit: _Count = 1024) -> str:
        value = self._next()
        if type(value) is not str or len(value) > limit:
            raise self._bad(field, f"a text of at most {limit} characters")
        return value

    def name(self, field: str) -> str:
        """A name by `ids.check_name`."""
        return check_name(self.text(field), f"{self._what}: {field}")

    def digest(self, field: str, kind: type[D]) -> D:
        value = self._next()
        if type(value) is not bytes or len(value) != kind.LENGTH:
            raise self._bad(field, f"{kind.LENGTH} bytes")
        return of_fixed_length(kind, value)

    def digests(self, field: str, kind: type[D], limit: _Count = 1 << 20) -> tuple[D, ...]:
        """An array of digests."""
        values = self.list(field, limit)
        whole = [value for value in values if type(value) is bytes and len(value) == kind.LENGTH]
        if len(whole) != len(values):
            raise self._bad(field, f"an array of {kind.LENGTH} bytes each")
        return tuple([of_fixed_length(kind, value) for value in whole])

    def list(self, field: str, limit: _Count = 1 << 20) -> list[object]:
        value = self._next()
        if type(value) is not list or len(value) > limit:
            raise self._bad(field, f"an array of at most {limit}")
        return value

    def each(self, field: str, parse: Callable[[object], T], limit: _Count = 1 << 20) -> tuple[T, ...]:
        """Every member of an array, parsed."""
        return tuple(parse(value) for value in self.list(field, limit))

    def optional(self, parse: Callable[[object], T]) -> T | None:
        """None for null, otherwise the parsed value."""
        value = self._next()
        return None if value is None else parse(value)

    def raw(self) -> object:
        """The next field as decoded, for a record that parses it itself."""
        return self._next()


class Shape:
    """The exact types of a record's fields, checked in one step, for records that are parsed by the thousand.

    The record checks lengths and ranges itself. A first field named `version` must be `FORMAT`. `Fields` checks more,
    but is slower.
    """

    __slots__ = ("_names", "_types", "_versioned", "_what")

    def __init__(self, what: str, **fields: type) -> None:
        self._what, self._names, self._types = what, tuple(fields), tuple(fields.values())
        self._versioned = self._names[0] == "version"

    def check(self, value: object) -> list[Any]:
        """The fields; raises WrongFormat for another version, and Malformed naming the first field of a wrong type."""
        if self._versioned:
            check_format(value, self._what)
        if type(value) is not list or len(value) != len(self._types):
            raise Malformed(f"{self._what} is not an array of {len(self._types)} fields")
        if tuple(map(type, value)) != self._types:
            for name, want, field in zip(self._names, self._types, value, strict=True):
                if type(field) is not want:
                    raise Malformed(f"{self._what}: {name} is not of type {want.__name__}")
        return value


def check_format(value: object, what: str) -> None:
    """Raise WrongFormat if a record begins with a number other than `FORMAT`."""
    if isinstance(value, list | tuple) and value and type(value[0]) is int and value[0] != FORMAT:
        raise WrongFormat(what, value[0], FORMAT)
