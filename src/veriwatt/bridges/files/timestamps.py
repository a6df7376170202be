"""Convert timestamps to instants: the format of a file's times, and the clock that they were read from.

A timestamp is parsed once, to milliseconds in UTC or local time; then each clock in the mapping converts it to an
instant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from veriwatt.bridges.files.field_widths import full_widths
from veriwatt.bridges.files.sheet_cells import why_unreadable
from veriwatt.energy.calendar import Zone
from veriwatt.energy.calendar.zone import SummerTime
from veriwatt.errors import Malformed

Cell = str | datetime | date
"""A timestamp in a file: text, or a date or a time with its date if the file's format has such cells.

A workbook has no cells of dates, but times at midnight that are shown without their time: those are dates.
"""

NO_TIME = -(2**63)
"""Replaces the instant of a rejected timestamp."""

YEARS = (1970, 2099)
"""The first and last year of readings; any other year is an error in the file."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOCAL_EPOCH = _EPOCH.replace(tzinfo=None)
_TICK = timedelta(milliseconds=1)
_NEXT_DAY = timedelta(days=1)
_PROBE = datetime(2018, 3, 4, 5, 6, 7, tzinfo=UTC)
_UNIX = {"unix_s": 1_000, "unix_ms": 1}
"""The milliseconds of one unit, by format."""

_UNIX_DIGITS = 15

LONGEST = 200
"""The most characters of a timestamp."""

_FINER = re.compile(r"[.,][0-9]{3}[0-9]*[1-9]")
"""A fraction that is finer than a millisecond, of a time or its offset: Python drops digits beyond the sixth."""


@dataclass(frozen=True, slots=True)
class Timestamps:
    """Parsed timestamps of consecutive rows.

    `millis` counts from 1970-01-01T00:00, in UTC if `absolute`, else in local time.
    """

    millis: NDArray[np.int64]
    absolute: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TimestampFormat:
    """The format of timestamps: "iso", "unix_s", "unix_ms" or a strptime format.

    With `next_day`, a timestamp of 00:00:00 has the date of the day that ends with it.
    """

    format: str
    next_day: bool = False

    def check(self) -> None:
        """Raise Malformed unless the format is supported and has day, month and year."""
        if self.format == "iso" or self.format in _UNIX:
            return
        if "%Z" in self.format:
            raise Malformed("names of zones (%Z) are ambiguous; leave them out of the format and give the clock")
        fields = self.format.replace("%%", "")
        if ("%I" in fields) != ("%p" in fields):
            raise Malformed("the hour of half a day (%I) and the half (%p) need each other; the hour of a day is %H")
        try:
            again = datetime.strptime(_PROBE.strftime(self.format), self.format)  # noqa: DTZ007
        except (ValueError, re.error, IndexError, KeyError) as error:
            raise Malformed(f"no format of times: {error}") from None
        if again.date() != _PROBE.date():
            raise Malformed("a format that does not hold the whole date")

    @property
    def absolute(self) -> bool:
        """Whether every timestamp of this format names an instant without a `clock`."""
        return self.format in _UNIX or "%z" in self.format.replace("%%", "")

    def parse(self, cells: Sequence[Cell]) -> Timestamps:
        """The time of every cell; `NO_TIME` if it cannot be parsed, see `why`."""
        if self.format in _UNIX and (counts := _digits(cells)) is not None:
            millis = counts * _UNIX[self.format]
            in_range = (millis >= _UNIX_FROM) & (millis < _UNIX_TO)
            return Timestamps(np.where(in_range, millis, NO_TIME), in_range)
        parse, next_day = self._parser(), self.next_day
        parsed, absolute = [NO_TIME] * len(cells), [False] * len(cells)
        for i, cell in enumerate(cells):
            if isinstance(cell, str) and len(cell) > LONGEST:
                continue
            try:
                parsed[i], absolute[i] = parse(cell, next_day)
            except (ValueError, OverflowError):
                continue
        return Timestamps(np.array(parsed, dtype=np.int64), np.array(absolute, dtype=np.bool_))

    def has_time(self, cell: Cell) -> bool:
        """Whether a timestamp holds a time of the day beside its date."""
        if not isinstance(cell, str):
            return isinstance(cell, datetime)
        if self.format == "iso":
            return len(cell.strip()) > len("2024-03-10")
        if self.format in _UNIX:
            return True
        return _shows_hours(self.format)

    def why(self, cell: Cell) -> str:
        """The reason why `parse` returns `NO_TIME` for a cell."""
        if isinstance(cell, str) and (unreadable := why_unreadable(cell)):
            return unreadable
        if isinstance(cell, str) and "24:00" in cell:
            return (
                "24:00 is no time of a clock; write 00:00 with the date of the next day; "
                'or, if every 00:00 closes the day of its date, 00:00 with this date and midnight = "next-day"'
            )
        widths = "" if full_widths(self.format) is None else "; numbers with nothing between them have all their zeros"
        years = f"in the years {YEARS[0]} to {YEARS[1]}"
        return f"no time of format {self.format!r} {years}, or finer than a millisecond{widths}"

    def is_time(self, text: str) -> bool:
        """Whether a text is a time of this format, or an ISO time with a year of four digits."""
        formats = (self, TimestampFormat("iso")) if "-" in text else (self,)
        return any(int(each.parse([text]).millis[0]) != NO_TIME for each in formats)

    def _parser(self) -> Callable[[Cell, bool], tuple[int, bool]]:
        if self.format == "iso":
            return lambda cell, next_day: _milliseconds(_iso(cell), next_day)
        if self.format in _UNIX:
            return lambda cell, _: _unix(cell, _UNIX[self.format])
        widths = full_widths(self.format)
        return lambda cell, next_day: _milliseconds(_spelled(cell, self.format, widths), next_day)


@dataclass(frozen=True, slots=True)
class SourceClock:
    """The clock of a point's timestamps; `zone` is None if every timestamp states its offset."""

    zone: Zone | None
    dst: SummerTime

    def instants(self, timestamps: Timestamps) -> NDArray[np.int64]:
        """UTC milliseconds of every timestamp; `NO_TIME` if this clock shows it never or twice, see `why`."""
        if self.zone is None:
            return np.where(timestamps.absolute, timestamps.millis, NO_TIME)
        parsed = timestamps.millis != NO_TIME
        instants, counts = self.zone.resolve_array(np.where(parsed, timestamps.millis, 0), self.dst)
        local = np.where(parsed & (counts == 1), instants, NO_TIME)
        return np.where(timestamps.absolute, timestamps.millis, local)

    def why(self, local: int, format: TimestampFormat) -> str:
        """The reason why this clock does not convert `local`, local time in milliseconds, written in `format`."""
        if self.zone is None:
            return "a time without an offset; say in the mapping on which `clock` it is"
        _, counts = self.zone.resolve_array(np.array([local], dtype=np.int64), self.dst)
        if counts[0] > 1:
            write = (
                "write it"
                if format.format == "iso"
                else 'use format = "iso", write all times as ISO times and this one'
            )
            return (
                f"a clock in {self.zone.name} shows this time twice, when it is put back; "
                f"{write} with its offset in the file, as in 2024-10-27T02:30+01:00"
            )
        return (
            f"a clock in {self.zone.name} never shows this time, as it is put forward; correct the time, or name the "
            'clock that was read: if it is never put forward, as an offset, clock = "+01:00"'
        )


@lru_cache(maxsize=64)
def _shows_hours(format: str) -> bool:
    return bool(datetime.strptime(_PROBE.strftime(format), format).hour)  # noqa: DTZ007


def _iso(cell: Cell) -> datetime:
    if not isinstance(cell, str):
        return _typed(cell)
    text = cell.strip()
    if ("." in text or "," in text) and _FINER.search(text):
        raise ValueError(text)
    return datetime.fromisoformat(text)


def _spelled(cell: Cell, format: str, widths: re.Pattern[str] | None) -> datetime:
    if not isinstance(cell, str):
        return _typed(cell)
    text = cell.strip()
    if widths is not None and widths.fullmatch(text) is None:
        raise ValueError(text)
    return datetime.strptime(text, format)  # noqa: DTZ007


def _typed(cell: datetime | date) -> datetime:
    return cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001


def _unix(cell: Cell, ticks: int) -> tuple[int, bool]:
    if not isinstance(cell, str):
        moment = _typed(cell)
        return _milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC), next_day=False)
    counts = _digits([cell.strip()])
    if counts is None or not _UNIX_FROM <= counts[0] * ticks < _UNIX_TO:
        raise ValueError(cell)
    return int(counts[0]) * ticks, True


def _digits(cells: Sequence[Cell]) -> NDArray[np.int64] | None:
    """The numbers in cells of digits alone; None if a cell has other characters."""
    texts = [cell for cell in cells if isinstance(cell, str)]
    together = "".join(texts)
    if len(texts) < len(cells) or not (together.isdigit() and together.isascii()):
        return None
    if min(map(len, texts)) == 0 or max(map(len, texts)) > _UNIX_DIGITS:
        return None
    return np.fromiter(map(int, texts), np.int64, count=len(texts))


_UNIX_FROM = (datetime(YEARS[0], 1, 1, tzinfo=UTC) - _EPOCH) // _TICK
_UNIX_TO = (datetime(YEARS[1] + 1, 1, 1, tzinfo=UTC) - _EPOCH) // _TICK


def _milliseconds(moment: datetime, next_day: bool) -> tuple[int, bool]:
    if not YEARS[0] <= moment.year <= YEARS[1] or moment.microsecond % 1_000:
        raise ValueError(moment)
    if next_day and not (moment.hour or moment.minute or moment.second or moment.microsecond):
        moment += _NEXT_DAY
    if moment.tzinfo is None:
        return (moment - _LOCAL_EPOCH) // _TICK, False
    return (moment - _EPOCH) // _TICK, True
