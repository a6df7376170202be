"""Values as coal equivalent or CO2, each converted by the factor of its calendar year.

A year that has no factor yet takes the newest one published before it, and says so; a year before the first factor
has none.
"""

from __future__ import annotations

from veriwatt.energy.factors import Conversion, FactorTable, packaged_table
from veriwatt.errors import NotFound
from veriwatt.model.points.point import PointDefinition
from veriwatt.reading.figure import AppliedFactor
from veriwatt.units import Decimal10

MEASURES = {"kgce": "kgce", "co2": "kg"}
"""What figures convert to, with the unit of the result."""

OLDEST_FACTOR = 10
"""Years that a published factor is carried on at most."""


class PointConversion:
    """Converts the values of one point to `measure`, one of MEASURES; the factor of a year is looked up once."""

    def __init__(
        self, definition: PointDefinition, measure: str, basis: str = "", table: FactorTable | None = None
    ) -> None:
        self._definition, self._measure, self._basis = definition, measure, basis
        self._table = table or packaged_table()
        self._by_year: dict[int, tuple[Conversion, AppliedFactor] | NotFound] = {}

    def convert(self, value: Decimal10 | None, year: int) -> tuple[Decimal10 | None, tuple[AppliedFactor, ...]]:
        """A value of the calendar year `year` and the factor that converts it; no factor for None where there is none.

        Raises:
            NotFound: there is a value, and no factor for the energy holds in its year nor in the ten before it.
        """
        if year not in self._by_year:
            self._by_year[year] = self._newest(year)
        found = self._by_year[year]
        if isinstance(found, NotFound):
            if value is not None:
                raise found
            return None, ()
        conversion, applied = found
        return None if value is None else conversion.convert(value).value, (applied,)

    def _newest(self, year: int) -> tuple[Conversion, AppliedFactor] | NotFound:
        """By the factor of `year`, or of the newest year before it that has one; else why there is none for `year`."""
        absent: list[NotFound] = []
        for tried in range(year, year - OLDEST_FACTOR - 1, -1):
            try:
                conversion = self._conversion(tried)
            except NotFound as error:
                absent.append(error)
                continue
            factor = conversion.factor
            applied = AppliedFactor(
                year, conversion.basis, factor.printed, tried, conversion.source, confirmed=factor.confirmed
            )
            return conversion, applied
        return absent[0]

    def _conversion(self, year: int) -> Conversion:
        energy, unit = self._definition.energy, self._definition.unit
        if self._measure == "kgce":
            return self._table.kgce(energy, unit, year, self._basis or "calorific")
        return self._table.co2(energy, unit, year, self._basis or "national")
