"""Readings in the clear, for members: points, totals by period, completeness."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from veriwatt.api.context import Node, Worker
from veriwatt.api.schemas import CompletenessAnswer, PointsAnswer, TotalsAnswer
from veriwatt.api.times import span_in
from veriwatt.api.totals import Question, answer_of, counts_shown
from veriwatt.energy.calendar import Zone
from veriwatt.energy.completeness import Completeness
from veriwatt.errors import BadInput
from veriwatt.metering.group_points import GroupPoints
from veriwatt.model.points.point import PointDefinition
from veriwatt.reading.completeness import completeness
from veriwatt.units import UtcMillis

From = Annotated[str, Query(alias="from", description="RFC 3339, or a date or time in the point's zone")]
To = Annotated[str, Query(alias="to", description="the same; not included")]
Every = Annotated[str, Query(description="calendar period: 1m 5m 15m 30m 1h 1d 1mo 1y")]
As = Annotated[str, Query(alias="as", description="kgce or co2 in place of the point's own unit")]
Also = Annotated[str, Query(description="the whole span converted beside it: kgce, co2 or kgce,co2")]
Form = Annotated[Literal["rows", "columns"], Query(description="an object a period, or a list of each figure")]
Basis = Annotated[str, Query(description="basis of the factor, e.g. calorific or equal_value")]
AsOf = Annotated[str, Query(description="as known at this time: later corrections do not count")]
Org = Annotated[str, Query(description="where several orgs have a point of this id")]


def readings_routes(worker: Worker) -> APIRouter:
    router = APIRouter(tags=["readings"])

    @router.get("/points", response_model=PointsAnswer)
    async def points(org: Org = "") -> Response:
        """The points that the ledger has registered, with the span of their readings here."""
        return JSONResponse({"points": await worker.ask(lambda node: _points(node, org))})

    @router.get("/points/{point:path}/totals", response_model=TotalsAnswer)
    async def totals(
        point: str,
        start: From,
        end: To,
        every: Every = "1d",
        measure: As = "",
        also: Also = "",
        basis: Basis = "",
        as_of: AsOf = "",
        form: Form = "rows",
        org: Org = "",
    ) -> Response:
        """The point's totals over calendar periods in its zone, and over the whole span.

        A period in which no reading lies has the value null: a gap is never a zero.
        """

        def question(node: Node) -> dict[str, Any]:
            known, definition = find(node, point, org)
            zone = Zone.parse(definition.timezone)
            known_at = span_in(zone, "1970-01-02", as_of).end if as_of else None
            besides = tuple(filter(None, also.split(",")))
            asked = Question(span_in(zone, start, end), every, measure, besides, basis, known_at, form == "columns")
            return answer_of(node.readings, known.org, definition, asked)

        return JSONResponse(await worker.ask(question))

    @router.get("/completeness", response_model=CompletenessAnswer)
    async def completeness(start: From, end: To, org: Org = "") -> Response:
        """How complete each point is over a span of local time in its zone."""
        return JSONResponse(await worker.ask(lambda node: _completeness(node, start, end, org)))

    return router


def find(node: Node, point: str, org: str) -> tuple[GroupPoints, PointDefinition]:
    """The group and definition of a point by its id or `org/point`; NotFound when there is none."""
    known = node.points.find(point, org or None)
    return known, known.definition(known.point_id(point))


def _orgs(node: Node, org: str) -> list[str]:
    orgs = node.orgs()
    if org and org not in orgs:
        raise BadInput(where="org", value=org, why="no such org here", remedy=f"the orgs are {', '.join(orgs)}")
    return [org] if org else orgs


def _points(node: Node, org: str) -> list[dict[str, Any]]:
    listed = []
    for each in _orgs(node, org):
        spans = node.readings.spans(each)
        listed += [_point(found, d, spans.get(d.id)) for found in node.points.all(each) for d in found.definitions]
    return listed


def _point(found: GroupPoints, definition: PointDefinition, span: tuple[UtcMillis, UtcMillis] | None) -> dict[str, Any]:
    zone = Zone.parse(definition.timezone)
    return {
        "id": definition.id,
        "org": found.org,
        "group": found.version.group,
        "energy": definition.energy,
        "unit": definition.unit,
        "kind": definition.kind.value,
        "slot": definition.slot,
        "timezone": definition.timezone,
        "resolution": str(definition.resolution),
        "parent": definition.parent,
        "data_code": definition.data_code,
        "readings": None if span is None else {"start": zone.rfc3339(span[0]), "end": zone.rfc3339(span[1])},
    }


def _completeness(node: Node, start: str, end: str, org: str) -> dict[str, Any]:
    points = []
    for each in _orgs(node, org):
        definitions = [d for found in node.points.all(each) for d in found.definitions]
        counts: dict[str, Completeness] = {}
        for timezone in dict.fromkeys(d.timezone for d in definitions):
            alike = [d for d in definitions if d.timezone == timezone]
            span = span_in(Zone.parse(timezone), start, end)
            counts |= completeness(node.readings, each, alike, span)
        points += [{"point": d.id, "org": each, **counts_shown(counts[d.id])} for d in definitions]
    return {"start": start, "end": end, "points": points}
