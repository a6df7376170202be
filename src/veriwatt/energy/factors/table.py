"""A versioned table of factors: from quantities of energy to coal equivalent and CO2."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files

from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import FORMAT, encode
from veriwatt.energy.convert import finite_decimal, fraction, ratio, rounded
from veriwatt.energy.factors.factor import INTERNATIONAL, Factor, Measure, parse_factor
from veriwatt.errors import BadInput, Malformed, NotFound
from veriwatt.ids import Digest
from veriwatt.toml_text import toml_values
from veriwatt.units import Decimal10, unit

FILES = (
    "coal_gbt2589_2020.toml",
    "coal_gbt2589_2008.toml",
    "coal_electricity_equal_value.toml",
    "co2_grid.toml",
    "co2_fuel.toml",
)


class FactorNotFound(NotFound):
    """No factor of the country converts this energy; `countries` names others that state one for this question."""

    code = "factor-not-found"

    def __init__(
        self, measure: str, energy: str, unit: str, basis: str, year: int, country: str, there: str, countries: str
    ) -> None:
        other = f"choose another country (--country {countries}), or " if countries else ""
        super().__init__(
            f"no {measure} factor of {country} for {energy} in {unit}, {basis}, year {year}; "
            f"there is: {there or 'none of this energy'}; {other}give a table of your own (--factors FILE)"
        )
        self.measure, self.energy, self.unit, self.basis = measure, energy, unit, basis
        self.year, self.country, self.countries = year, country, countries
        self.there = there

    def offering(self, countries: str) -> FactorNotFound:
        """The same, where `countries` state such a factor."""
        asked = (self.measure, self.energy, self.unit, self.basis, self.year, self.country)
        return FactorNotFound(*asked, self.there, countries)


SMALLEST = -9
"""A result without a finite decimal is rounded to 10**-9 of its unit."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A quantity as coal equivalent or CO2.

    `value` is exact when `exact` is true, otherwise rounded once, half to even, to 10**-9 of the unit.
    """

    value: Decimal10
    exact: bool


@dataclass(frozen=True, slots=True)
class Conversion:
    """Converts quantities counted in one unit to coal equivalent (`unit` kgce) or CO2 (kg) by `factor`.

    `per_unit` is the exact amount for one unit of the quantity; `table` names the org's own table that states the
    factor, and is empty for the product's. State country, year and basis with every figure, and the factor's
    `confirmed` if it is false.
    """

    factor: Factor
    basis: str
    per_unit: Fraction
    table: str = ""

    @property
    def unit(self) -> str:
        return self.factor.measure.unit

    @property
    def source(self) -> str:
        return f"{self.factor.edition}: {self.factor.source}"

    def convert(self, quantity: Decimal10) -> Converted:
        result: Fraction = fraction(quantity) * self.per_unit
        exact = finite_decimal(result)
        return Converted(rounded(result, SMALLEST) if exact is None else exact, exact is not None)


@dataclass(frozen=True, slots=True)
class FactorTable:
    """A table of factors; at most one of a country applies to any energy, measure, unit, year and basis.

    `name` is that of an org's own table, and empty for the table of the product.
    """

    factors: tuple[Factor, ...]
    name: str = ""

    @classmethod
    def parse(cls, texts: Mapping[str, str], name: str = "") -> FactorTable:
        """Parse the table from its files.

        Args:
            texts: file name to TOML: `[table]` with measure and edition, then `[[factor]]` rows.

        Raises:
            BadInput: naming file, row and value: not TOML, a wrong field, numbers that contradict each
                other (see `factor`), or two rows that clash.
        """
        seen: list[tuple[str, Factor]] = []
        for file, text in texts.items():
            for where, factor in _rows(file, text):
                for other, known in seen:
                    if factor.clashes(known):
                        why = f"it states {factor.energy} for a country, years and a basis that {other} states too"
                        raise BadInput(where=where, value=factor.years, why=why)
                seen.append((where, factor))
        return cls(tuple(factor for _, factor in seen), name)

    @property
    def digest(self) -> Digest:
        """SHA-256 of the canonical content; it does not depend on the order of rows and files."""
        rows = sorted(encode(factor.fields()) for factor in self.factors)
        return sha256(encode([FORMAT, rows]))

    def kgce(self, energy: str, unit_code: str, year: int, country: str, basis: str = "calorific") -> Conversion:
        """To standard coal, from an energy counted in this unit in a calendar year in a country.

        Args:
            energy: code of the energy.
            unit_code: unit in which it is counted.
            year: calendar year of the consumption.
            country: of the consumption, ISO 3166 alpha-2.
            basis: "calorific" or "equal_value".

        Raises:
            Malformed: no such unit.
            FactorNotFound: no factor applies; the message lists the factors of this energy.
        """
        return self._conversion(Measure.COAL, energy, unit_code, year, country, basis)

    def co2(self, energy: str, unit_code: str, year: int, country: str, basis: str = "national") -> Conversion:
        """To kg of CO2; other bases are listed in docs/factors.md. Arguments and errors as of `kgce`."""
        return self._conversion(Measure.CO2, energy, unit_code, year, country, basis)

    def countries(
        self, measure: Measure, energy: str, unit_code: str, years: Iterable[int], basis: str
    ) -> tuple[str, ...]:
        """The countries that state a factor of an energy counted in this unit, on this basis, in any of these years."""
        dimension, asked = unit(unit_code).dimension, tuple(years)
        found = {
            f.country
            for f in self.factors
            if (f.measure, f.energy) == (measure, energy)
            and basis in f.bases
            and unit(f.unit).dimension == dimension
            and any(map(f.holds_in, asked))
        }
        return tuple(sorted(found - {INTERNATIONAL}))

    def _conversion(
        self, measure: Measure, energy: str, unit_code: str, year: int, country: str, basis: str
    ) -> Conversion:
        dimension = unit(unit_code).dimension
        offered = [factor for factor in self.factors if (factor.measure, factor.energy) == (measure, energy)]
        fitting = [
            factor
            for factor in offered
            if factor.holds_for(country)
            and factor.holds_in(year)
            and basis in factor.bases
            and unit(factor.unit).dimension == dimension
        ]
        if not fitting:
            there = "; ".join(f"{f.country} {'/'.join(f.bases)} per {f.unit}, {f.years}" for f in offered)
            raise FactorNotFound(
                measure.value,
                energy,
                unit_code,
                basis,
                year,
                country,
                there,
                ", ".join(c for c in self.countries(measure, energy, unit_code, (year,), basis) if c != country),
            )
        factor = min(fitting, key=lambda each: each.country == INTERNATIONAL)  # a country's own before one of all
        return Conversion(factor, basis, ratio(unit_code, factor.unit) * factor.value, self.name)


@lru_cache(maxsize=1)
def packaged_table() -> FactorTable:
    """The table that is part of the product."""
    folder = files("veriwatt.energy") / "data"
    return FactorTable.parse({name: (folder / name).read_text(encoding="utf-8") for name in FILES})


def _rows(name: str, text: str) -> Iterator[tuple[str, Factor]]:
    try:
        content = toml_values(text)
    except Malformed as error:
        raise BadInput(where=name, value=None, why=f"it {error}") from None
    table, rows = content.get("table"), content.get("factor")
    if not isinstance(table, dict) or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadInput(where=name, value=None, why="it has no [table] with [[factor]] rows")
    for number, row in enumerate(rows, start=1):
        where = f"{name}, factor {number} ({row.get('energy')})"
        yield where, parse_factor(row, table, where)
