"""What every plant used by the node's readings, compared with what the simulated meters counted."""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.errors import NotProven
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.node.home import Home
from veriwatt.reading.figures import Figures
from veriwatt.reading.query import PointTotals, point_totals
from veriwatt.testing.demo.terminals import PlantTerminal
from veriwatt.testing.plants import Park
from veriwatt.units import Decimal10, Interval, parse_decimal

EVERY = "1d"

IN_COAL = ("electricity", "natural_gas", "heat")
"""Energies that the coal equivalent counts; water is a medium, and no factor in m3 makes it energy."""


@dataclass(frozen=True, slots=True)
class PlantTotals:
    """A plant's use as (energy, value, unit), its coal equivalent, and the slots with a reading of those expected."""

    plant: str
    used: tuple[tuple[str, str, str], ...]
    kgce: str
    read: int
    expected: int


def plant_totals(home: Home, park: Park, terminal: PlantTerminal, span: Interval) -> PlantTotals:
    """The totals of `span` by the readings in this home; NotProven when one differs from what its meter counted."""
    view, org = home.view(), terminal.plant.org
    read = expected = 0
    used, coal = list[tuple[str, str, str]](), Decimal10(0, 0)
    for point in terminal.home.config.points:
        totals = point_totals(view, org, point.definition, span, EVERY, home.points.history)
        read += sum(total.measured for total in totals.totals)
        expected += sum(total.expected for total in totals.totals)
        if _is_input(point.definition):
            value = point.definition.value(sum(total.value or 0 for total in totals.totals))
            _compare(park, point.definition, value, span)
            used.append((point.definition.energy, str(value), point.definition.unit))
            if point.definition.energy in IN_COAL:
                coal = _sum(coal, _coal(totals))
    return PlantTotals(terminal.plant.name, tuple(used), str(coal), read, expected)


def _is_input(definition: PointDefinition) -> bool:
    """Whether the point counts what comes into the plant; parts of another point and reactive energy do not."""
    return definition.kind is Kind.REGISTER and definition.parent is None and definition.unit != "kvarh"


def _compare(park: Park, definition: PointDefinition, value: Decimal10, span: Interval) -> None:
    first, last = park.truth(definition.id, span)
    counted = parse_decimal(park.points[definition.id].scale).times(Decimal10(last - first, 0))
    if counted.normal() != value.normal():
        raise NotProven(f"{definition.id}: the readings report {value}, the meter counted {counted} {definition.unit}")


def _coal(totals: PointTotals) -> Decimal10:
    whole = Decimal10(0, 0)
    for figure in Figures(totals, None, "kgce"):
        whole = _sum(whole, figure.value or Decimal10(0, 0))
    return whole


def _sum(a: Decimal10, b: Decimal10) -> Decimal10:
    scale = min(a.scale, b.scale)
    return Decimal10(a.at_scale(scale) + b.at_scale(scale), scale)
