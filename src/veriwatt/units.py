"""Fixed-point quantities, times and intervals: integers from the meter to the report.

A value is `mantissa * 10**scale` in a unit; `Quantity` keeps the three together. Times are UTC
milliseconds since 1970-01-01 and intervals are half-open. Local days and slots are in `energy.calendar`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from veriwatt.errors import Malformed

UtcMillis = int

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

LIMIT = 10**15
"""The largest magnitude of a reading in its unit."""

SLOT_MINUTES: dict[str, int] = {
    **{f"{n}m": n for n in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)},
    **{f"{n}h": 60 * n for n in (1, 2, 3, 4, 6, 8, 12)},
}
"""The slots that count elapsed time from the start of a local day, with their minutes."""

CALENDAR_SLOTS = ("day", "week", "month", "quarter", "year")

# A number of so many digits and so large an exponent can always be spelled out: Python spells 4,300 digits at most.
_DECIMAL = re.compile(r"([+-]?)([0-9]{0,400})(?:\.([0-9]{0,400}))?(?:[eE]([+-]?0*[0-9]{1,3}))?")


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Half-open span of time `[start, end)` in UTC milliseconds; never empty."""

    start: UtcMillis
    end: UtcMillis

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise Malformed(f"interval [{self.start}, {self.end}) is empty or backward")

    def holds(self, other: Interval) -> bool:
        return self.start <= other.start and other.end <= self.end

    def overlap(self, other: Interval) -> Interval | None:
        """The time that is in both; None where there is none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Interval(start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class Decimal10:
    """An exact decimal number, `mantissa * 10**scale`."""

    mantissa: int
    scale: int

    def at_scale(self, scale: int) -> int:
        """The mantissa at `scale`; raises Malformed when that would lose digits."""
        if scale <= self.scale:
            return self.mantissa * power_of_ten(self.scale - scale)
        quotient, rest = divmod(self.mantissa, power_of_ten(scale - self.scale))
        if rest:
            raise Malformed(f"{self} is finer than 10^{scale}")
        return quotient

    def times(self, other: Decimal10) -> Decimal10:
        return Decimal10(self.mantissa * other.mantissa, self.scale + other.scale)

    def normal(self) -> Decimal10:
        """The same number with no trailing zero in the mantissa."""
        mantissa, scale = self.mantissa, self.scale
        if mantissa == 0:
            return Decimal10(0, 0)
        while mantissa % 10 == 0:
            mantissa, scale = mantissa // 10, scale + 1
        return Decimal10(mantissa, scale)

    def __str__(self) -> str:
        """Plain decimal digits, never an exponent; as many decimals as the scale has."""
        if self.scale >= 0:
            return str(self.mantissa * 10**self.scale)
        digits = str(abs(self.mantissa)).rjust(1 - self.scale, "0")
        return f"{'-' if self.mantissa < 0 else ''}{digits[: self.scale]}.{digits[self.scale :]}"


def power_of_ten(exponent: int) -> int:
    """10 to the power of `exponent`, which is not negative."""
    return int(10**exponent)


def parse_decimal(text: str) -> Decimal10:
    """Parse a decimal number exactly; an exponent is allowed, `nan` and `inf` are not.

    Raises:
        Malformed: `text` is no decimal number.
    """
    match = _DECIMAL.fullmatch(text.strip())
    if match is None or not (match[2] or match[3]):
        raise Malformed(f"{text!r} is not a decimal number")
    fraction = match[3] or ""
    mantissa = int(match[1] + (match[2] or "") + fraction)
    return Decimal10(mantissa, int(match[4] or 0) - len(fraction))


def parse_count(text: str) -> int:
    """Parse a whole number of at most 18 ASCII digits, without a sign.

    Raises:
        Malformed: `text` is no such number.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise Malformed(f"{text!r} is not a whole number of at most 18 digits")
    return int(text)


def round_half_even(mantissa: int, divisor: int) -> int:
    """`mantissa / divisor` to the nearest integer, ties to even; `divisor` > 0."""
    quotient, rest = divmod(mantissa, divisor)
    if 2 * rest > divisor or (2 * rest == divisor and quotient % 2):
        return quotient + 1
    return quotient


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its ASCII code, and its exact size in the base unit of its dimension."""

    code: str
    dimension: str
    size: Decimal10


def _unit(code: str, dimension: str, size: str) -> tuple[str, Unit]:
    return code, Unit(code, dimension, parse_decimal(size))


UNITS: dict[str, Unit] = dict(
    [
        _unit("Wh", "energy", "3600"),
        _unit("kWh", "energy", "3600e3"),
        _unit("MWh", "energy", "3600e6"),
        _unit("GWh", "energy", "3600e9"),
        _unit("J", "energy", "1"),
        _unit("kJ", "energy", "1e3"),
        _unit("MJ", "energy", "1e6"),
        _unit("GJ", "energy", "1e9"),
        _unit("varh", "reactive energy", "1"),
        _unit("kvarh", "reactive energy", "1e3"),
        _unit("W", "power", "1"),
        _unit("kW", "power", "1e3"),
        _unit("MW", "power", "1e6"),
        _unit("kvar", "reactive power", "1e3"),
        _unit("kVA", "apparent power", "1e3"),
        _unit("V", "voltage", "1"),
        _unit("A", "current", "1"),
        _unit("Hz", "frequency", "1"),
        _unit("l", "volume", "1e-3"),
        _unit("m3", "volume", "1"),
        _unit("g", "mass", "1e-3"),
        _unit("kg", "mass", "1"),
        _unit("t", "mass", "1e3"),
        _unit("kgce", "coal equivalent", "1"),
        _unit("tce", "coal equivalent", "1e3"),
        _unit("degC", "temperature", "1"),
        _unit("%", "ratio", "1e-2"),
        _unit("1", "ratio", "1"),
        _unit("m3/h", "flow", "1"),
        _unit("kg/h", "mass flow", "1"),
        _unit("t/h", "mass flow", "1e3"),
        _unit("bar", "pressure", "1e5"),
        _unit("kPa", "pressure", "1e3"),
        _unit("MPa", "pressure", "1e6"),
    ]
)


_MOST_DECIMALS = 12


def unit(code: str) -> Unit:
    """The unit with this code; raises Malformed listing all codes."""
    try:
        return UNITS[code]
    except KeyError:
        raise Malformed(f"unknown unit {code!r}; units: {' '.join(UNITS)}") from None


def conversion(old: str, new: str) -> Decimal10 | None:
    """The exact factor that makes numbers of the unit `new` of those of `old`; None if there is none in decimals."""
    one, other = unit(old), unit(new)
    ratio = Fraction(10) ** (one.size.scale - other.size.scale) * Fraction(one.size.mantissa, other.size.mantissa)
    digits = next((n for n in range(_MOST_DECIMALS + 1) if (ratio * 10**n).denominator == 1), None)
    if one.dimension != other.dimension or digits is None:
        return None
    return Decimal10(int(ratio * 10**digits), -digits)


def slot_minutes(slot: str) -> int | None:
    """Minutes of a slot that counts elapsed time; None for a calendar slot; raises Malformed for any other text."""
    if slot not in SLOT_MINUTES and slot not in CALENDAR_SLOTS:
        raise Malformed(f"unknown slot {slot!r}; slots: {' '.join((*SLOT_MINUTES, *CALENDAR_SLOTS))}")
    return SLOT_MINUTES.get(slot)
