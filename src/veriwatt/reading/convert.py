"""Values as coal equivalent or CO2, each converted by the factor of its country and calendar year.

A year that has no factor yet takes the newest one published before it, and says so; a year before the first factor
has none. What leaves a site or is generated there is not consumption, and a level only stands: nothing converts them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from veriwatt.energy.factors import Conversion, FactorNotFound, FactorTable, Measure, packaged_table
from veriwatt.errors import BadInput, NotFound
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Direction, Kind
from veriwatt.reading.applied_factor import AppliedFactor
from veriwatt.units import Decimal10, unit
from veriwatt.zone_names import country_of_zone

MEASURES = {"kgce": "kgce", "co2": "kg"}
"""What figures convert to, with the unit of the result."""

OLDEST_FACTOR = 10
"""Years that a published factor is carried on at most."""

_FACTORS = {"kgce": Measure.COAL, "co2": Measure.CO2}
_AMOUNTS = {"energy", "volume", "mass", "coal equivalent"}
"""The dimensions of units that a factor may be for."""

_USUAL_BASIS = {"kgce": "calorific", "co2": "national"}


class CountryNotFound(NotFound):
    """A point in no known country: its factors must be chosen; `countries` names those that state one."""

    code = "country-not-found"

    def __init__(self, point: str, timezone: str, countries: str) -> None:
        super().__init__(
            f"{point} has no country: its definition names none, and its zone {timezone} is in none; "
            f"choose a country whose factors convert it (--country: {countries or 'none has any for this energy'}), "
            "or give a table of your own (--factors FILE)"
        )
        self.point, self.timezone, self.countries = point, timezone, countries


class NotConsumption(NotFound):
    """A point that measures export or generation: it is not consumption, and emits nothing."""

    code = "not-consumption"

    def __init__(self, point: str, direction: str) -> None:
        super().__init__(f"{point} measures {direction}: that is not consumption, so no factor converts it")
        self.point, self.direction = point, direction


class NotAnAmount(NotFound):
    """A point whose unit counts no amount of energy, fuel or water, such as a power factor in percent."""

    code = "not-an-amount"

    def __init__(self, point: str, unit: str) -> None:
        super().__init__(f"{point} is measured in {unit}: that is not an amount of energy, so no factor converts it")
        self.point, self.unit = point, unit


class NotAFlow(NotFound):
    """A point of kind instant in a unit of amount, such as what a tank holds: a mean of it was never used."""

    code = "not-a-flow"

    def __init__(self, point: str) -> None:
        super().__init__(f"{point} is a level (kind instant): what it stands at is not used, so no factor converts it")
        self.point = point


@dataclass(frozen=True, slots=True)
class FactorChoice:
    """Whose factors convert: of `basis` and `country`, each empty for the usual one and the point's own.

    A country is two letters, large or small.
    `tables` are an org's own, asked in their order before the table of the product.
    """

    basis: str = ""
    country: str = ""
    tables: tuple[FactorTable, ...] = ()

    def all_tables(self) -> tuple[FactorTable, ...]:
        return (*self.tables, packaged_table())


USUAL = FactorChoice()


def check_chosen(chosen: Mapping[str, str], *, converts: bool, remedy: str) -> None:
    """Raise BadInput where a factor is chosen, and nothing is converted.

    Args:
        chosen: what chooses a factor, by its name as option or field; empty where it was not given.
        converts: whether any figure is converted.
        remedy: how to ask for a conversion.
    """
    for where, value in chosen.items():
        if value and not converts:
            raise BadInput(where=where, value=value, why="names a factor without a conversion", remedy=remedy)


def country_of(definition: PointDefinition) -> str | None:
    """The country of a point: as defined, else that of its zone; a fixed offset is in none."""
    return definition.country or country_of_zone(definition.timezone)


class PointConversion:
    """Converts the values of one point to `measure`, one of MEASURES; the factor of a year is looked up once."""

    def __init__(self, definition: PointDefinition, measure: str, choice: FactorChoice = USUAL) -> None:
        self._definition, self._measure = definition, measure
        self._basis, self._tables = choice.basis or _USUAL_BASIS[measure], choice.all_tables()
        self._chosen = choice.country.upper()
        self._by_year: dict[int, tuple[Conversion, AppliedFactor] | NotFound] = {}

    def convert(self, value: Decimal10 | None, year: int) -> tuple[Decimal10 | None, tuple[AppliedFactor, ...]]:
        """A value of the calendar year `year` and the factor that converts it; no factor for None where there is none.

        Raises:
            NotAnAmount: there is a value, and it is no amount of energy.
            NotAFlow: there is a value, and it is the mean of a level.
            NotConsumption: there is a value, and it is not consumption.
            CountryNotFound: there is a value, and its point is in no country that is known or chosen.
            FactorNotFound: there is a value, and no factor of its country holds in its year nor in the ten before it.
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

    def _country(self, year: int) -> str:
        definition = self._definition
        if unit(definition.unit).dimension not in _AMOUNTS:
            raise NotAnAmount(definition.id, definition.unit)
        if definition.kind is Kind.INSTANT:
            raise NotAFlow(definition.id)
        if definition.direction is not Direction.IMPORT:
            raise NotConsumption(definition.id, definition.direction.value)
        if country := self._chosen or country_of(definition):
            return country
        raise CountryNotFound(definition.id, definition.timezone, ", ".join(self._countries(year)))

    def _countries(self, year: int) -> list[str]:
        """The countries whose factor would convert the point's values of a year."""
        asked, years = self._definition, range(year - OLDEST_FACTOR, year + 1)
        measure = _FACTORS[self._measure]
        found = (table.countries(measure, asked.energy, asked.unit, years, self._basis) for table in self._tables)
        return sorted({country for countries in found for country in countries})

    def _newest(self, year: int) -> tuple[Conversion, AppliedFactor] | NotFound:
        """By the factor of `year`, or of the newest year before it that has one; else why there is none for `year`."""
        try:
            country = self._country(year)
        except NotFound as error:
            return error
        absent = None
        for tried, table in self._tried(year):
            try:
                conversion = self._conversion(table, tried, country)
            except FactorNotFound as error:
                absent = error if tried == year else absent
                continue
            return conversion, AppliedFactor.of(conversion, year, tried)
        assert absent is not None  # every table was asked for `year`
        return absent.offering(", ".join(other for other in self._countries(year) if other != country))

    def _tried(self, year: int) -> Iterator[tuple[int, FactorTable]]:
        """Each table for `year` and the years before it: an older factor of an own table goes before the product's."""
        for table in self._tables:
            for tried in range(year, year - OLDEST_FACTOR - 1, -1):
                yield tried, table

    def _conversion(self, table: FactorTable, year: int, country: str) -> Conversion:
        energy, counted_in = self._definition.energy, self._definition.unit
        convert = table.kgce if self._measure == "kgce" else table.co2
        return convert(energy, counted_in, year, country, self._basis)
