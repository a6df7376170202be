"""Readings of a source that cannot be imported: all are counted, the first twenty are listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice

from veriwatt.errors import BadInput

MOST_LISTED = 20
"""Rejections listed for one source; all others are counted only."""

LONGEST_VALUE = 80
"""Characters of a rejected value that are shown."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """One value, row or source that was rejected.

    `source` names the file or bridge. `line` is the line of a text file where the record starts, or the row of a sheet,
    table or query, from 1; 0 stands for the whole source. `field` names the
    column, and is empty for a row.
    """

    source: str
    line: int
    field: str
    value: str
    why: str

    def __str__(self) -> str:
        """One line of text; empty fields are left out."""
        place = f"{self.source}:{self.line}" if self.line else self.source
        what = " ".join(filter(None, (self.field, repr(self.value) if self.value else "")))
        return ": ".join(filter(None, (place, what, self.why)))


def from_bad_input(error: BadInput) -> Rejection:
    """The rejection of a whole source, for an error in its mapping or a conflict with registered points."""
    why = "; ".join(filter(None, (error.why, error.remedy)))
    return Rejection(error.where, 0, "", "" if error.value is None else shortened(str(error.value)), why)


@dataclass(slots=True)
class Rejections:
    """Collects the rejections of one source, in any order.

    `on_each` is called with every rejection as it is found. `unplaced` has the lines of rejected rows whose slots are
    not known: the value of a slot that seems to be missing may be in one of them.
    """

    source: str
    on_each: Callable[[Rejection], None] | None = None
    count: int = 0
    unplaced: list[int] = field(default_factory=list)
    _first: list[Rejection] = field(default_factory=list)

    def add(self, line: int, field: str, value: object, why: str) -> None:
        self.add_many(1, [(line, field, value, why)])

    def add_many(self, count: int, each: Iterable[tuple[int, str, object, str]]) -> None:
        """Count `count` rejections, and list the earliest.

        Args:
            count: how many values or rows were rejected.
            each: (line, field, value, why) of each, by line; without `on_each` only the first `MOST_LISTED` are taken.
        """
        self.count += count
        for i, (line, name, value, why) in enumerate(each if self.on_each else islice(each, MOST_LISTED)):
            rejection = Rejection(self.source, line, name, shortened(str(value)), why)
            if i < MOST_LISTED:
                self._first.append(rejection)
            if self.on_each:
                self.on_each(rejection)
        if len(self._first) > 4 * MOST_LISTED:
            self._first = list(self.first())

    def first(self) -> tuple[Rejection, ...]:
        """The rejections with the lowest lines, at most `MOST_LISTED`."""
        return tuple(sorted(self._first, key=lambda r: r.line)[:MOST_LISTED])


def shortened(text: str) -> str:
    """`text`, or its beginning and "..." if it is longer than `LONGEST_VALUE`."""
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 3] + "..."
