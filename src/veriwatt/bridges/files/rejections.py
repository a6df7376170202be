"""What a file holds that cannot be taken: every problem is counted, the first twenty are kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from veriwatt.errors import BadInput, UnreadableFile

KEPT = 20
"""Rejections shown of one file; the others are only counted."""

SHOWN = 80
"""Characters of a refused text that are shown."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """One cell, row or file that was refused.

    `line` is the physical line of a text file where the record starts, or the row of a sheet or table,
    counted from 1; 0 stands for the file as a whole. `field` names the column, and is empty for a row.
    """

    file: str
    line: int
    field: str
    value: str
    why: str

    def __str__(self) -> str:
        """One line for a person; what is not known is left out."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        what = " ".join(filter(None, (self.field, repr(self.value) if self.value else "")))
        return ": ".join(filter(None, (place, what, self.why)))


def whole_file(problem: UnreadableFile) -> Rejection:
    """The one problem of a file that cannot be read."""
    why = f"{problem.why}; {problem.remedy}"
    return Rejection(problem.file, problem.line, problem.field, brief(str(problem.value or "")), why)


def of_bad_input(problem: BadInput) -> Rejection:
    """What is wrong with a mapping, or with a file beside what is known already."""
    if isinstance(problem, UnreadableFile):
        return whole_file(problem)
    why = "; ".join(filter(None, (problem.why, problem.remedy)))
    return Rejection(problem.where, 0, "", "" if problem.value is None else brief(str(problem.value)), why)


@dataclass(slots=True)
class Rejections:
    """Collects the problems of one file, in whatever order they are found."""

    file: str
    count: int = 0
    _first: list[Rejection] = field(default_factory=list)

    def add(self, line: int, field: str, value: object, why: str) -> None:
        self.add_many(1, [(line, field, value, why)])

    def add_many(self, count: int, first: Iterable[tuple[int, str, object, str]]) -> None:
        """Count `count` problems, of which `first` shows the earliest, at least `KEPT` where there are as many."""
        self.count += count
        self._first.extend(Rejection(self.file, line, name, brief(str(value)), why) for line, name, value, why in first)
        if len(self._first) > 4 * KEPT:
            self._first = list(self.first())

    def first(self) -> tuple[Rejection, ...]:
        """The problems of the lowest lines, at most `KEPT` of them."""
        return tuple(sorted(self._first, key=lambda r: r.line)[:KEPT])


def brief(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
