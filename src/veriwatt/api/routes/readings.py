"""Routes about readings, for members: points, totals by period, completeness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from veriwatt.api.api_node import ApiNode, Worker, orgs_named
from veriwatt.api.current import ask_current
from veriwatt.api.measured import measured
from veriwatt.api.schemas.readings import (
    CompletenessAnswer,
    DefinedFrom,
    PointCompleteness,
    PointsAnswer,
    ReadingsSpan,
    RegisteredPoint,
    TotalsAnswer,
)
from veriwatt.api.totals import TotalsQuestion, totals_answer
from veriwatt.energy.calendar import Zone
from veriwatt.energy.completeness import Completeness
from veriwatt.metering.group_points import GroupPoints
from veriwatt.model.points.point import PointDefinition
from veriwatt.reading.asked_times import asked_span, asked_time
from veriwatt.reading.completeness import completeness
from veriwatt.reading.convert import FactorChoice, check_chosen, country_of
from veriwatt.reading.due import due_span, first_slot_known, first_slots
from veriwatt.units import UtcMillis

From = Annotated[str, Query(alias="from", description="RFC 3339, a time in the point's zone, or a date: its own day")]
To = Annotated[str, Query(alias="to", description="the same; not included")]
Every = Annotated[str, Query(description="calendar period: 1m 5m 15m 30m 1h 1d 1w 1mo 1q 1y")]
As = Annotated[str, Query(alias="as", description="kgce or co2 in place of the point's own unit")]
Also = Annotated[str, Query(description="the whole span converted beside it: kgce, co2 or kgce,co2")]
Form = Annotated[Literal["rows", "columns"], Query(description="an object a period, or a list of each figure")]
Basis = Annotated[str, Query(description="basis of the factor, e.g. calorific or equal_value")]
Country = Annotated[str, Query(description="whose factors, ISO 3166 alpha-2; empty: of the point's own country")]
AsOf = Annotated[str, Query(description="as known at this time: nothing stated, defined or recorded since counts")]
Org = Annotated[str, Query(description="of this org alone; a point is then named by its id")]


def readings_routes(worker: Worker) -> APIRouter:
    router = APIRouter(tags=["readings"])

    @router.get("/points", response_model=PointsAnswer)
    async def points(org: Org = "") -> Response:
        """The points that the ledger has registered, with the span of their readings here."""
        return await _answer(worker, lambda node: PointsAnswer(points=_points(node, org)).model_dump_json())

    @router.get("/points/{point:path}/totals", response_model=TotalsAnswer)
    async def totals(
        point: str,
        start: From,
        end: To,
        every: Every = "1d",
        measure: As = "",
        also: Also = "",
        basis: Basis = "",
        country: Country = "",
        as_of: AsOf = "",
        form: Form = "rows",
        org: Org = "",
    ) -> Response:
        """The point's totals over calendar periods in its zone, and over the whole span.

        A period in which no reading lies, or no advance of a register counts, has the value null: never a zero.
        """

        def question(node: ApiNode) -> str:
            group, definition = find(node, point, org)
            known_at = asked_time(definition, as_of, "as_of") if as_of else None
            if known_at is None:
                first = first_slots(node.readings, group.org, [(group, definition)])[definition.id]
            else:
                first = first_slot_known(node.readings, group, definition, node.points.history, known_at)
            due = due_span(first, node.now(), known_at)
            besides = tuple(filter(None, also.split(",")))
            converts = bool(measure or besides)
            check_chosen({"basis": basis, "country": country}, converts=converts, remedy="ask for one with as or also")
            span, by_column = asked_span(definition, start, end), form == "columns"
            choice = FactorChoice(basis, country, node.factor_tables(group.org))
            asked = TotalsQuestion(span, due, every, measure, besides, choice, known_at, by_column)
            answer = totals_answer(node.readings, group.org, definition, asked, node.points.history)
            return answer.model_dump_json(exclude_unset=True)

        return await _answer(worker, question)

    @router.get("/completeness", response_model=CompletenessAnswer)
    async def completeness_of_points(start: From, end: To, org: Org = "") -> Response:
        """How complete each point is over a span of local time in its zone; a date is each point's own day."""
        return await _answer(worker, lambda node: _completeness(node, start, end, org).model_dump_json())

    return router


async def _answer(worker: Worker, question: Callable[[ApiNode], str]) -> Response:
    """JSON that a thread that reads has made: of 10,000 points it takes long, and the loop accepts frames."""
    return Response(await ask_current(worker, question), media_type="application/json")


def find(node: ApiNode, point: str, org: str) -> tuple[GroupPoints, PointDefinition]:
    """The point of this id of the org; without an org, of an id or `org/id`. NotFound; BadInput: no such org here."""
    orgs_named(node, org)
    return node.points.find(point, org or None)


def _points(node: ApiNode, org: str) -> list[RegisteredPoint]:
    listed = []
    for each in orgs_named(node, org):
        spans, registered = node.readings.spans(each), node.points.registered(each)
        defined = node.points.definitions(each, [d.id for _, d in registered])
        listed += [_point(found, d, spans.get(d.id), defined[d.id]) for found, d in registered]
    return listed


def _point(
    found: GroupPoints,
    definition: PointDefinition,
    span: tuple[UtcMillis, UtcMillis] | None,
    defined: Sequence[tuple[UtcMillis, PointDefinition]],
) -> RegisteredPoint:
    zone = Zone.parse(definition.timezone)
    return RegisteredPoint(
        id=definition.id,
        org=found.org,
        group=found.version.group,
        slot=definition.slot,
        timezone=definition.timezone,
        day_begins=definition.day_begins,
        country=country_of(definition),
        resolution=str(definition.resolution),
        parent=definition.parent,
        data_code=definition.data_code,
        **measured(definition),
        readings=None if span is None else ReadingsSpan(start=zone.rfc3339(span[0]), end=zone.rfc3339(span[1])),
        defined=[_defined(zone, start if n else None, each) for n, (start, each) in enumerate(defined)],
    )


def _defined(zone: Zone, start: UtcMillis | None, definition: PointDefinition) -> DefinedFrom:
    return DefinedFrom(
        start=None if start is None else zone.rfc3339(start), slot=definition.slot, **measured(definition)
    )


def _completeness(node: ApiNode, start: str, end: str, org: str) -> CompletenessAnswer:
    points = []
    for each in orgs_named(node, org):
        registered = node.points.registered(each)
        first = first_slots(node.readings, each, registered)
        due = {point: due_span(start, node.now()) for point, start in first.items()}
        definitions = [definition for _, definition in registered]
        found: dict[str, PointCompleteness] = {}
        for days in dict.fromkeys(map(_days, definitions)):
            same_days = [d for d in definitions if _days(d) == days]
            span = asked_span(same_days[0], start, end)
            histories = node.points.histories(each, [d.id for d in same_days])
            counts = completeness(node.readings, each, same_days, span, due, histories)
            times = tuple(map(Zone.parse(days[0]).rfc3339, (span.start, span.end)))
            found |= {d.id: _point_completeness(each, d, times, counts[d.id]) for d in same_days}
        points += [found[d.id] for d in definitions]
    return CompletenessAnswer(start=start, end=end, points=points)


def _days(definition: PointDefinition) -> tuple[str, int]:
    """What decides which instants a date means for a point."""
    return definition.timezone, definition.day_begins


def _point_completeness(
    org: str, definition: PointDefinition, times: Sequence[str], counts: Completeness
) -> PointCompleteness:
    start, end = times
    return PointCompleteness(
        point=definition.id,
        org=org,
        start=start,
        end=end,
        due=counts.due,
        measured=counts.measured,
        estimated=counts.estimated,
        manual=counts.manual,
        gap=counts.gap,
        missing=counts.missing,
        permille=counts.permille,
        complete=counts.complete,
    )
