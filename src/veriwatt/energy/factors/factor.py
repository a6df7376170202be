"""A row of a factor table, and the arithmetic checks of its numbers.

A coal equivalent that states a lower heating value must be that value over 29 307 kJ; a fuel's CO2
must be the product of its parts. Publications lose digits (1.7143 printed as 0.7143), so a contradictory row is
refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from veriwatt.encoding import Value
from veriwatt.energy.convert import fraction, rounded
from veriwatt.errors import BadInput, Malformed
from veriwatt.ids import check_name
from veriwatt.units import Decimal10, parse_decimal, unit

KJ_PER_KGCE = 29_307
TOLERANCE = Fraction(1, 10_000)
"""The most that a printed coefficient may differ from its recomputation."""

_LIMIT = 2**63
_PARTS = ("ncv", "carbon", "oxidation")
_TEXTS = ("energy", "unit", "value", "lhv", *_PARTS, "source", "edition", "note")
_KEYS = {*_TEXTS, "bases", "confirmed", "country", "from_year", "until_year"}

INTERNATIONAL = "international"
"""The country of a factor that holds for points of every country."""

_COUNTRY = re.compile(r"[A-Z]{2}")


class Measure(Enum):
    """The result of a factor, by its name in the files."""

    COAL = "coal"
    CO2 = "co2"

    @property
    def unit(self) -> str:
        return "kgce" if self is Measure.COAL else "kg"


@dataclass(frozen=True, slots=True)
class Factor:
    """The coal equivalent (kgce) or CO2 (kg) of one `unit` of an energy.

    `printed` is the value as its source prints it, `value` the exact value that is used: they differ only if the source
    rounded a product. The factor is valid in `country` (ISO 3166 alpha-2, or INTERNATIONAL) for the calendar years
    `from_year` <= year < `until_year`; None means no bound. `confirmed` is false for a number not yet checked against
    its source.
    """

    measure: Measure
    country: str
    energy: str
    unit: str
    bases: tuple[str, ...]
    printed: Decimal10
    value: Fraction
    from_year: int | None
    until_year: int | None
    edition: str
    source: str
    confirmed: bool
    note: str

    def holds_for(self, country: str) -> bool:
        """Whether it converts what was used in this country."""
        return self.country in (country, INTERNATIONAL)

    def holds_in(self, year: int) -> bool:
        return (self.from_year is None or self.from_year <= year) and (
            self.until_year is None or year < self.until_year
        )

    def clashes(self, other: Factor) -> bool:
        """Whether both apply to the same country, energy, measure, unit, year and basis."""
        if (self.measure, self.country, self.energy, unit(self.unit).dimension) != (
            other.measure,
            other.country,
            other.energy,
            unit(other.unit).dimension,
        ):
            return False
        apart = _ends_before(self, other) or _ends_before(other, self)
        return not apart and any(basis in other.bases for basis in self.bases)

    @property
    def years(self) -> str:
        """The years of validity, as text."""
        if self.until_year is not None and self.from_year == self.until_year - 1:
            return str(self.from_year)
        first = "" if self.from_year is None else str(self.from_year)
        last = "" if self.until_year is None else str(self.until_year - 1)
        return f"{first}-{last}" if first or last else "any year"

    def fields(self) -> list[Value]:
        """The hashed content of the row."""
        printed = self.printed.normal()
        return [
            self.measure.value,
            self.country,
            self.energy,
            self.unit,
            list(self.bases),
            [printed.mantissa, printed.scale],
            [self.value.numerator, self.value.denominator],
            self.from_year,
            self.until_year,
            self.edition,
            self.source,
            self.confirmed,
            self.note,
        ]


def parse_factor(row: Mapping[str, object], table: Mapping[str, object], where: str) -> Factor:
    """Parse and check a row of a table's file.

    Args:
        row: the parsed TOML; numbers are texts, so that they are exact.
        table: the file's `[table]`: measure, and default country, edition and years.
        where: file and row, for the error.

    Raises:
        BadInput: a field is missing, unknown or of another type; or the numbers contradict each other.
    """
    if unknown := sorted(set(row) - _KEYS):
        raise BadInput(
            where=where, value=unknown[0], why="unknown field", remedy=f"fields are {' '.join(sorted(_KEYS))}"
        )
    merged = {key: table[key] for key in ("country", "edition", "from_year", "until_year") if key in table} | dict(row)
    texts = {key: _text(merged, key, where) for key in _TEXTS}
    printed = _number(texts, "value", where)
    value = _checked(texts, printed, where)
    try:
        measure = Measure(table.get("measure"))
        check_name(texts["energy"], "energy")
        unit(texts["unit"])
        bases = _bases(merged, where)
    except BadInput:
        raise
    except (ValueError, Malformed) as error:
        raise BadInput(where=where, value=None, why=str(error)) from None
    years = _year(merged, "from_year", where), _year(merged, "until_year", where)
    return Factor(
        measure,
        _country(merged, where),
        texts["energy"],
        texts["unit"],
        bases,
        printed,
        value,
        *years,
        texts["edition"],
        texts["source"],
        merged.get("confirmed") is True,
        texts["note"],
    )


def _checked(texts: Mapping[str, str], printed: Decimal10, where: str) -> Fraction:
    """The exact value of a row; raises BadInput if it disagrees with the printed value."""
    if texts["lhv"]:
        computed = Fraction(fraction(_number(texts, "lhv", where)), KJ_PER_KGCE)
        _agree(printed, computed, f"a heating value of {texts['lhv']} kJ over {KJ_PER_KGCE}", where)
    if not any(texts[part] for part in _PARTS):
        return fraction(printed)
    computed = Fraction(44, 12)
    for part in _PARTS:
        computed *= fraction(_number(texts, part, where))
    _agree(printed, computed, "heating value x carbon x oxidation x 44 / 12", where)
    if computed.numerator >= _LIMIT or computed.denominator >= _LIMIT:
        raise BadInput(where=where, value=texts["value"], why="its parts have more digits than fit 64 bits")
    return computed


def _agree(printed: Decimal10, computed: Fraction, how: str, where: str) -> None:
    if abs(fraction(printed) - computed) > TOLERANCE:
        raise BadInput(
            where=where,
            value=str(printed),
            why=f"{how} gives {rounded(computed, -4)}",
            remedy="a digit of the value or of its parts is wrong; compare them with the source",
        )


def _text(row: Mapping[str, object], key: str, where: str) -> str:
    value = row.get(key, "")
    if not isinstance(value, str):
        raise BadInput(where=f"{where}: {key}", value=value, why="not a text", remedy='write numbers as "0.1229"')
    if not value and key in ("energy", "unit", "value", "source", "edition"):
        raise BadInput(where=f"{where}: {key}", value=None, why="missing")
    return value


def _number(texts: Mapping[str, str], key: str, where: str) -> Decimal10:
    try:
        number = parse_decimal(texts[key])
    except Malformed:
        raise BadInput(where=f"{where}: {key}", value=texts[key], why="not a decimal number") from None
    if not 0 < number.mantissa < 10**12 or not -12 <= number.scale <= 6:
        raise BadInput(where=f"{where}: {key}", value=texts[key], why="not a number above zero of at most 12 digits")
    return number


def _bases(row: Mapping[str, object], where: str) -> tuple[str, ...]:
    bases = row.get("bases")
    if not isinstance(bases, list) or not bases or not all(isinstance(basis, str) for basis in bases):
        raise BadInput(where=f"{where}: bases", value=bases, why="not a list of names of bases")
    return tuple(check_name(basis, "basis") for basis in bases)


def _country(row: Mapping[str, object], where: str) -> str:
    country = row.get("country")
    if not isinstance(country, str) or (country != INTERNATIONAL and _COUNTRY.fullmatch(country) is None):
        remedy = f'write country = "CN", the two letters of ISO 3166, or "{INTERNATIONAL}"'
        raise BadInput(where=f"{where}: country", value=country, why="not a country", remedy=remedy)
    return country


def _year(row: Mapping[str, object], key: str, where: str) -> int | None:
    year = row.get(key)
    if year is not None and (type(year) is not int or not 1900 <= year <= 2200):
        raise BadInput(where=f"{where}: {key}", value=year, why="not a year")
    return year if isinstance(year, int) else None


def _ends_before(one: Factor, other: Factor) -> bool:
    return one.until_year is not None and other.from_year is not None and one.until_year <= other.from_year
