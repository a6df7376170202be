"""`veriwatt query`: totals by period."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from veriwatt.cli.options import HomeOption, OrgOption
from veriwatt.cli.output import Json, answer, say
from veriwatt.cli.printed_figures import comma_separated, table
from veriwatt.energy.calendar import most_periods
from veriwatt.errors import BadInput
from veriwatt.home.own_tables import read_own_tables
from veriwatt.model.points.point import PointDefinition
from veriwatt.node.home import Home
from veriwatt.reading.asked_times import asked_span, asked_time
from veriwatt.reading.convert import MEASURES, FactorChoice, check_chosen
from veriwatt.reading.due import due_span, first_slot_known, first_slots
from veriwatt.reading.figures import Figures
from veriwatt.reading.left_out import LeftOutSlots, left_out_by_definition
from veriwatt.reading.query import PointTotals, many_totals, parts_by_factor, point_totals
from veriwatt.reading.series_readings import HistoryOf
from veriwatt.readmodel.readings_view import ReadingsView

MAX_ROWS = 1_000_000
"""Rows of one answer, over all points; each takes about a kilobyte of memory until it is printed."""


def register(app: typer.Typer) -> None:
    app.command()(query)


def query(
    points: Annotated[list[str], typer.Argument(help="Point ids, or `org/id`; with --org ids alone.")],
    start: Annotated[str, typer.Option("--from", help="RFC 3339, a time in the point's zone, or a date: its own day.")],
    end: Annotated[str, typer.Option("--to", help="The same; not included.")],
    home: HomeOption,
    every: Annotated[str, typer.Option(help="Calendar period: 1m 5m 15m 30m 1h 1d 1w 1mo 1q 1y.")] = "1d",
    measure: Annotated[str, typer.Option("--as", help="kgce or co2 instead of the point's own unit.")] = "",
    basis: Annotated[str, typer.Option(help="Basis of the factor, e.g. calorific or equal_value for kgce.")] = "",
    country: Annotated[str, typer.Option(help="Whose factors, two letters, in place of the point's own country.")] = "",
    factors: Annotated[
        list[Path] | None, typer.Option(help="TOML file of own factors, asked first; repeatable.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="As known at this time: nothing stated, defined or recorded since counts.")
    ] = None,
    org: OrgOption = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
    as_json: Json = False,
) -> None:
    """Print totals of points by calendar period; a period without a reading has no value, never zero."""
    if measure and measure not in MEASURES:
        remedy = f"it converts to {' or '.join(MEASURES)}; cost needs a tariff, which this version does not have"
        raise BadInput(where="--as", value=measure, why="unknown conversion", remedy=remedy)
    chosen = {"--basis": basis, "--country": country, "--factors": ", ".join(map(str, factors or []))}
    check_chosen(chosen, converts=bool(measure), remedy="add --as")
    own = read_own_tables(factors or [])
    with Home(home) as node:

        def answered(view: ReadingsView) -> tuple[list[dict[str, Any]], list[tuple[str, LeftOutSlots]]]:
            rows, left_out = list[dict[str, Any]](), list[tuple[str, LeftOutSlots]]()
            asked = [node.points.find(point, org or None) for point in points]
            found = [(group.org, definition) for group, definition in asked]
            now = () if as_of is not None else asked  # as known then, each point is asked for by itself
            first = {each: first_slots(view, each, (pair for pair in now if pair[0].org == each)) for each, _ in found}
            every_total = _totals(view, found, start, end, every, as_of, node.points.history)
            for (group, definition), totals in zip(asked, every_total, strict=True):
                known_at = asked_time(definition, as_of, "as-of") if as_of is not None else None
                if known_at is None:
                    begins = first[group.org][definition.id]
                else:
                    begins = first_slot_known(view, group, definition, node.points.history, known_at)
                due = due_span(begins, node.clock.now(), known_at)
                choice = FactorChoice(basis, country, (*own, *node.factor_tables(totals.org)))
                cut = parts_by_factor(view, totals, node.points.history, known_at) if measure else None
                rows += Figures(totals, due, measure, choice, cut).rows()
                stated = view.left_out(totals.org, totals.definition.id, asked_span(totals.definition, start, end))
                left_out += [(totals.definition.id, each) for each in left_out_by_definition(stated, totals.zone())]
            return rows, left_out

        rows, left_out = node.read(answered)
    told = [{"point": point} | each.fields() for point, each in left_out]
    notes = [f"{point}: left out: {each}" for point, each in left_out]
    result: dict[str, Any] = {"every": every, "rows": rows, "left_out": told}
    if as_csv and not as_json:
        for note in notes:
            say(note)
    answer(result, as_json, lambda: comma_separated(rows) if as_csv else "\n".join([table(rows), *notes]))


def _totals(
    view: ReadingsView,
    found: list[tuple[str, PointDefinition]],
    start: str,
    end: str,
    every: str,
    as_of: str | None,
    histories: HistoryOf,
) -> list[PointTotals]:
    """The totals of each point of an org; those of one org with the same days have one span, and are read together."""
    done: dict[tuple[str, str], PointTotals] = {}
    spans = [asked_span(definition, start, end) for _, definition in found]
    if (count := sum(most_periods(every, span) for span in spans)) > MAX_ROWS:
        why, remedy = (
            f"{count:,} rows are more than {MAX_ROWS:,}",
            "ask for longer periods, a shorter span or less points",
        )
        raise BadInput(where="--every", value=every, why=why, remedy=remedy)
    for days in dict.fromkeys(map(_days, found)):
        org, same_days = days[0], [each[1] for each in found if _days(each) == days]
        span = asked_span(same_days[0], start, end)
        if as_of is not None:
            known_at = asked_time(same_days[0], as_of, "as-of")
            answers = [
                point_totals(view, org, definition, span, every, histories, known_at) for definition in same_days
            ]
        else:
            answers = many_totals(view, org, same_days, span, every, histories)
        done |= {(org, totals.definition.id): totals for totals in answers}
    return [done[org, definition.id] for org, definition in found]


def _days(found: tuple[str, PointDefinition]) -> tuple[str, str, int]:
    """What decides which instants a date means for a point of an org."""
    return found[0], found[1].timezone, found[1].day_begins
