"""The factor that converted a figure, as it stands beside the figure wherever it is printed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

from veriwatt.energy.convert import finite_decimal, fraction
from veriwatt.energy.factors import Conversion
from veriwatt.energy.factors.table import SMALLEST
from veriwatt.units import Decimal10

FACTOR_FIELDS = (
    "country",
    "basis",
    "factor_year",
    "factor",
    "factor_exact",
    "factor_source",
    "factor_table",
    "factor_confirmed",
)
"""What a row says of its factor."""


@dataclass(frozen=True, slots=True)
class AppliedFactor:
    """The factor that converted the part of a figure that lies in the calendar year `year`.

    `per_unit` is the number that is used for one unit of the point; `factor` is its decimal, which is rounded where
    there is no finite one and `exact` is false.
    `factor_year` is the year it was published for: the newest that is not after `year`.
    `table` names the org's own table that states it, and is None for the product's. `confirmed` is false for a factor
    that nobody has compared with its source yet.
    """

    year: int
    country: str
    basis: str
    factor: Decimal10
    exact: bool
    factor_year: int
    source: str
    table: str | None
    confirmed: bool
    per_unit: Fraction

    @classmethod
    def of(cls, conversion: Conversion, year: int, factor_year: int) -> AppliedFactor:
        factor, used = conversion.factor, conversion.convert(Decimal10(1, 0))
        return cls(
            year=year,
            country=factor.country,
            basis=conversion.basis,
            factor=used.value,
            exact=used.exact,
            factor_year=factor_year,
            source=conversion.source,
            table=conversion.table or None,
            confirmed=factor.confirmed,
            per_unit=conversion.per_unit,
        )

    def fields(self) -> dict[str, Any]:
        """As JSON, for a span that has several."""
        return {
            "year": self.year,
            "country": self.country,
            "basis": self.basis,
            "factor": str(self.factor),
            "exact": self.exact,
            "factor_year": self.factor_year,
            "source": self.source,
            "table": self.table,
            "confirmed": self.confirmed,
        }

    def row_fields(self) -> dict[str, Any]:
        """As the fields of a row, by the names of FACTOR_FIELDS."""
        used = (self.country, self.basis, self.factor_year, str(self.factor), self.exact)
        values = (*used, self.source, self.table, self.confirmed)
        return dict(zip(FACTOR_FIELDS, values, strict=True))


def lower_bound(bound: Decimal10, factors: Iterable[AppliedFactor]) -> Decimal10:
    """What a lower bound (not negative) of an amount converts to, whichever of these factors each part of it takes.

    By the least of them, rounded down where there is no finite decimal; `factors` names one at least.
    """
    least: Fraction = fraction(bound) * min(each.per_unit for each in factors)
    return finite_decimal(least) or Decimal10(floor(least * 10**-SMALLEST), SMALLEST)
