"""The timeline of a point: which definition, under which versions of which group, holds from when to when.

    point record = [2, [series ...]]
    series       = [group, first version, definition digest, effective from, until | null, registered at]

A reading is the point's value in a slot only if the series that covers the start of the slot has the group of the
frame, a first version that is not after the one that the frame names, and the digest of the definition that it is shown
with. A series changes only for slots to come, so that no later registration takes back what was stated. A point that
begins earlier than it once did has a series of the same first version and definition before the one that it had.
Spec: docs/spec/transaction.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.units import Interval, UtcMillis

MOST_SERIES = 256


@dataclass(frozen=True, slots=True)
class PointSeries:
    """One definition of a point over `[effective_from, until)`; None means no end yet.

    `first_version` is the version of the group that began the series, registered at block time `registered_at`.
    """

    group: str
    first_version: int
    definition: Digest
    effective_from: UtcMillis
    until: UtcMillis | None
    registered_at: UtcMillis

    def covers(self, t: UtcMillis) -> bool:
        return self.effective_from <= t and (self.until is None or t < self.until)

    def within(self, span: Interval) -> bool:
        """Whether the series holds at some time of the span."""
        return self.effective_from < span.end and (self.until is None or span.start < self.until)

    def fields(self) -> list[Value]:
        return [self.group, self.first_version, self.definition, self.effective_from, self.until, self.registered_at]

    @classmethod
    def parse(cls, value: object) -> PointSeries:
        f = Fields(value, "point series", 6)
        group, first, definition = f.name("group"), f.uint("first version"), f.digest("definition", Digest)
        return cls(group, first, definition, f.int("effective from"), f.optional(_millis), f.uint("registered at"))


@dataclass(frozen=True, slots=True)
class PointRecord:
    """All series of a point in the order of time; none is empty, and each ends before the next begins.

    Raises:
        Malformed: otherwise, or where there is no series, or more than `MOST_SERIES`.
    """

    series: tuple[PointSeries, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.series) <= MOST_SERIES:
            raise Malformed(f"point record: not 1 to {MOST_SERIES} series")
        if any(each.until is not None and each.until <= each.effective_from for each in self.series):
            raise Malformed("point record: a series ends before it begins")
        for one, other in zip(self.series, self.series[1:], strict=False):
            if one.until is None or other.effective_from < one.until:
                raise Malformed("point record: two series at one time")

    @property
    def newest(self) -> PointSeries:
        return self.series[-1]

    @property
    def definition_begins(self) -> UtcMillis:
        """From when on the point has its newest definition without a change."""
        n = len(self.series) - 1
        while self.earlier_beginning(n) is not None:
            n -= 1
        return self.series[n].effective_from

    @property
    def one_definition(self) -> bool:
        """Whether the point never changed; it may have begun earlier than it once did."""
        return self.definition_begins == self.series[0].effective_from

    def earlier_beginning(self, n: int) -> PointSeries | None:
        """The series that was put before series `n`, which once was the point's first; None if there is none."""
        if n == 0:
            return None
        one, other = self.series[n - 1], self.series[n]
        same = (one.group, one.first_version, one.definition) == (other.group, other.first_version, other.definition)
        return one if same and one.until == other.effective_from else None

    def at(self, t: UtcMillis) -> PointSeries | None:
        """The series that covers `t`; None where none does."""
        return next((each for each in self.series if each.covers(t)), None)

    def reaching(self, t: UtcMillis) -> tuple[PointSeries, ...]:
        """The series that have slots that begin or end at `t`, or contain it; the nearest one where there is none."""
        found = tuple(s for s in self.series if s.effective_from <= t and (s.until is None or t <= s.until))
        later = (each for each in self.series if t < each.effective_from)
        return found or (next(later, self.newest),)

    def to_bytes(self) -> bytes:
        return encode([FORMAT, [each.fields() for each in self.series]])

    @classmethod
    def from_bytes(cls, raw: bytes) -> PointRecord:
        f = Fields.versioned(decode(raw, "point record"), "point record", 2)
        return cls(f.each("series", PointSeries.parse, MOST_SERIES))


def _millis(value: object) -> UtcMillis:
    if type(value) is not int:
        raise Malformed("point series: until is not a time")
    return value
