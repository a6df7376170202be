"""Questions of members: each answer has its described shape and the values of the functions it asks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel

from tests.served_home import FIRST_DAY, GAP, ORG
from tests.unit.api.conftest import Play, Served
from veriwatt.api.routes.proofs import EVIDENCE
from veriwatt.api.schemas.base import ProblemDetails
from veriwatt.api.schemas.evidence import VerifyAnswer
from veriwatt.api.schemas.ledger import AnchorsAnswer, BlockAnswer, BlocksAnswer, ProposalsAnswer
from veriwatt.api.schemas.node import OrgsAnswer, StatusAnswer
from veriwatt.api.schemas.readings import CompletenessAnswer, PointsAnswer, TotalsAnswer
from veriwatt.api.schemas.terminals import TerminalPassport, TerminalsAnswer
from veriwatt.energy.calendar import Zone
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.units import MINUTE

SCHEMAS: dict[str, type[BaseModel]] = {
    "status": StatusAnswer,
    "orgs": OrgsAnswer,
    "points": PointsAnswer,
    "points/works.total/totals?from=2026-09-01&to=2026-11-01&every=1d&as=kgce": TotalsAnswer,
    "points/works/works.total/totals?from=2026-09-01&to=2026-11-01&every=1mo": TotalsAnswer,
    "points/works.gas/totals?from=2026-09-01&to=2026-09-03&every=1h&form=columns&also=kgce,co2": TotalsAnswer,
    "completeness?from=2026-10-01&to=2026-11-01": CompletenessAnswer,
    "terminals": TerminalsAnswer,
    "terminals/software": TerminalPassport,
    "blocks?limit=200": BlocksAnswer,
    "blocks/2": BlockAnswer,
    "anchors": AnchorsAnswer,
    "proposals": ProposalsAnswer,
}


def test_answers_follow_the_schemas_that_openapi_describes(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client() as client:
            for path, schema in SCHEMAS.items():
                answer = await client.get(f"/api/v1/{path}")
                assert answer.status_code == 200, answer.text
                schema.model_validate(answer.json())

    play(scenario)


async def ask(served: Served, *paths: str) -> list[Any]:
    async with served.client() as client:
        return [(await client.get(f"/api/v1/{path}")).json() for path in paths]


def test_a_gap_is_counted_and_is_never_a_zero(play: Play) -> None:
    async def scenario(served: Served) -> None:
        (answer,) = await ask(served, "points/works.total/totals?from=2026-10-11&to=2026-10-12&every=1h")
        assert all(row["value"] is None and row["gap"] == 4 for row in answer["rows"])
        assert answer["total"]["value"] is None
        assert (answer["total"]["gap"], answer["total"]["permille"]) == (96, 0)

    play(scenario)


def test_the_total_of_a_span_is_the_sum_of_its_rows(play: Play) -> None:
    async def scenario(served: Served) -> None:
        span = "from=2026-09-03&to=2026-11-09"
        paths = [
            f"points/works.total/totals?{span}&every={every}&as={unit}"
            for every in ("1h", "1d", "1mo")
            for unit in ("", "kgce", "co2")
        ]
        for answer in await ask(served, *paths):
            values = [Decimal(row["value"]) for row in answer["rows"] if row["value"] is not None]
            assert sum(values) == Decimal(answer["total"]["value"])
            assert sum(row["measured"] for row in answer["rows"]) == answer["total"]["measured"]

    play(scenario)


def test_a_conversion_names_its_factor_and_the_year_it_is_of(play: Play) -> None:
    async def scenario(served: Served) -> None:
        (answer,) = await ask(served, "points/works.total/totals?from=2026-09-01&to=2026-11-01&every=1mo&as=co2")
        (factor,) = answer["total"]["factors"]
        assert (factor["year"], factor["factor_year"], factor["factor"]) == (2026, 2023, "0.5306")
        assert answer["total"]["unit"] == "kg"

    play(scenario)


def test_columns_hold_the_same_figures_as_rows(play: Play) -> None:
    async def scenario(served: Served) -> None:
        asked = "points/works.boiler/totals?from=2026-10-10&to=2026-10-13&every=1h"
        paths = [f"{asked}&as={unit}&form={form}" for unit in ("", "kgce") for form in ("rows", "columns")]
        own_rows, own_columns, *as_coal = await ask(served, *paths)
        for by_row, by_column in ((own_rows, own_columns), as_coal):
            rows, columns = by_row["rows"], by_column["columns"]
            assert (by_row["columns"], by_column["rows"]) == (None, None)
            assert by_row["total"] == by_column["total"]
            edges = columns.pop("edges")
            assert list(zip(edges, edges[1:], strict=False)) == [(row["start"], row["end"]) for row in rows]
            assert {columns.pop("unit")} == {row["unit"] for row in rows}
            assert {None, "bridged"} <= {*columns["value"], *columns}
            assert [columns.pop(name) for name in ("steps", "stated_by_owner", "at_least")] == [None] * 3
            assert {row[name] for row in rows for name in ("steps", "stated_by_owner", "at_least")} == {None}
            assert columns == {name: [row[name] for row in rows] for name in columns}

    play(scenario)


def test_conversions_beside_a_total_are_those_asked_for_alone(play: Play) -> None:
    async def scenario(served: Served) -> None:
        span = "points/works.total/totals?from=2026-09-01&to=2026-11-01&every=1mo"
        both, *alone = await ask(served, f"{span}&also=kgce,co2", f"{span}&as=kgce", f"{span}&as=co2")
        assert both["total"]["unit"] == "kWh"
        for measure, answer in zip(("kgce", "co2"), alone, strict=True):
            assert both["also"][measure] == {name: answer["total"][name] for name in ("value", "unit", "factors")} | {
                "why_not": None
            }

    play(scenario)


def test_the_total_is_answered_although_a_conversion_has_no_factor(play: Play) -> None:
    async def scenario(served: Served) -> None:
        (answer,) = await ask(served, "points/works.total/totals?from=1990-01-01&to=1991-01-01&every=1y&also=co2")
        assert (answer["also"]["co2"]["value"], answer["also"]["co2"]["factors"]) == (None, [])
        assert answer["total"]["expected"] == 365 * 96

    play(scenario)


def test_converting_an_energy_without_a_factor_is_answered_404(play: Play) -> None:
    async def scenario(served: Served) -> None:
        span = "from=2026-09-01&to=2026-09-02&every=1d"
        (answer,) = await ask(served, f"points/works.total/totals?{span}&as=co2&basis=none")
        assert answer["status"] == 404
        assert "factor" in answer["detail"]

    play(scenario)


@pytest.mark.parametrize("choice", ["basis=national", "country=US"])
def test_factors_chosen_without_a_conversion_are_refused(play: Play, choice: str) -> None:
    async def scenario(served: Served) -> None:
        asked = f"points/works.total/totals?from=2026-09-01&to=2026-09-02&{choice}"
        refused, converted = await ask(served, asked, f"{asked}&also=co2")
        assert refused["status"] == 400
        assert "without a conversion" in refused["detail"]
        assert "co2" in converted["also"]

    play(scenario)


def test_completeness_adds_up(play: Play) -> None:
    async def scenario(served: Served) -> None:
        (answer,) = await ask(served, "completeness?from=2026-09-01&to=2026-11-15")
        (total,) = [p for p in answer["points"] if p["point"] == "works.total"]
        assert (total["gap"], total["missing"], total["due"]) == (len(GAP), 0, 75 * 96)
        (yard,) = [p for p in answer["points"] if p["point"] == "yard.hall"]
        assert yard["missing"] == yard["due"] > 0

    play(scenario)


def test_frames_show_in_the_readings_once_the_view_has_followed(play: Play) -> None:
    async def scenario(served: Served) -> None:
        await served.worker.ask(lambda node: node.begin(served.uploads))
        await served.worker.ask(lambda node: node.finish())
        while await served.worker.ask(lambda node: node.project()):
            pass
        answer, status = await ask(served, "points/yard.hall/totals?from=2026-09-01&to=2026-09-02&every=1d", "status")
        assert answer["total"]["value"] == "525.60"
        (chain,) = status["orgs"]
        assert chain["frames"] - chain["anchored"] == len(served.uploads)
        assert chain["viewed"] == chain["frames"]

    play(scenario)


def test_evidence_from_here_is_proven_here_and_an_altered_file_is_refused(play: Play) -> None:
    async def scenario(served: Served) -> None:
        slot = Zone.parse("Asia/Shanghai").rfc3339(FIRST_DAY + 41 * 15 * MINUTE).replace("+", "%2B")
        async with served.client() as client:
            got = await client.get(f"/api/v1/evidence?point=works.total&slot={slot}")
            assert got.headers["content-type"] == EVIDENCE
            trust = (await client.get("/api/v1/trust")).content
            parse_trust(trust)
            good = await client.post("/api/v1/verify", files={"evidence": got.content, "trust": ("t.json", trust)})
            alone = await client.post("/api/v1/verify", files={"evidence": got.content})
            bad = bytearray(got.content)
            bad[len(bad) // 2] ^= 1
            altered = await client.post("/api/v1/verify", files={"evidence": bytes(bad), "trust": ("t.json", trust)})
            empty = await client.post("/api/v1/verify", files={"evidence": b""})
            huge = await client.post("/api/v1/verify", files={"evidence": bytes(9 << 20)})
        for answer in (good, alone, altered, empty, huge):
            VerifyAnswer.model_validate(answer.json())
        assert (good.json()["verdict"], alone.json()["verdict"]) == ("proven", "consistent")
        assert good.json()["facts"]["org"] == ORG
        assert [answer.json()["verdict"] for answer in (altered, empty, huge)] == ["refused"] * 3
        states = [step["state"] for step in altered.json()["steps"]]
        assert states.index("failed") == altered.json()["failed"]["step"] - 1
        assert set(states[: states.index("failed")]) <= {"holds"}

    play(scenario)


def test_the_evidence_that_a_total_names_proves_that_total(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client() as client:
            asked = "/api/v1/points/works.total/totals?from=2026-10-01&to=2026-11-01&every=1d"
            total = (await client.get(asked)).json()["total"]
            got = await client.get(total["evidence"])
            trust = (await client.get("/api/v1/trust")).content
            answer = await client.post("/api/v1/verify", files={"evidence": got.content, "trust": ("t.json", trust)})
        assert got.headers["content-type"] == EVIDENCE
        VerifyAnswer.model_validate(answer.json())
        assert answer.json()["verdict"] == "proven"
        same = (
            "start",
            "end",
            "value",
            "unit",
            "expected",
            "measured",
            "estimated",
            "manual",
            "gap",
            "complete",
            "steps",
        )
        assert {name: answer.json()["facts"][name] for name in same} == {name: total[name] for name in same}

    play(scenario)


def test_evidence_of_a_longer_period_is_refused_and_names_what_comes_in_its_place(play: Play) -> None:
    async def scenario(served: Served) -> None:
        long = "from=2026-09-01&to=2026-11-01"
        total, evidence = await ask(served, f"points/works.total/totals?{long}", f"evidence?point=works.total&{long}")
        assert total["total"]["evidence"] is None
        assert evidence["type"].endswith(":period-too-long")
        assert "statements" in evidence["detail"]

    play(scenario)


def test_invalid_questions_are_answered_with_problem_json(play: Play) -> None:
    async def scenario(served: Served) -> None:
        totals = "points/works.total/totals"
        wrong = {
            f"{totals}?from=2026-09-01&to=2026-09-01": 400,
            f"{totals}?from=yesterday&to=2026-09-01": 400,
            f"{totals}?from=2026-09-01&to=2026-09-02&every=7q": 400,
            f"{totals}?from=2026-09-01&to=2026-09-02&every=1m": 400,
            f"{totals}?from=1971-01-01&to=2099-09-02&every=15m": 400,
            f"{totals}?from=2026-09-01&to=2026-09-02&as=apples": 400,
            f"{totals}?from=2026-09-01&to=2026-09-02&also=kgce,apples": 400,
            f"{totals}?from=2026-09-01&to=2026-09-02&form=pillars": 400,
            f"{totals}?to=2026-09-02": 400,
            "points/nowhere/totals?from=2026-09-01&to=2026-09-02": 404,
            "evidence?point=works.total&slot=1999-01-01": 404,
            "evidence?point=works.total&from=1999-01-01&to=1999-01-02": 404,
            "evidence?point=works.total&from=2026-09-02&to=2026-09-01": 400,
            "evidence?point=works.total": 400,
            "blocks/99999": 404,
            "blocks/0": 400,
            "blocks?limit=0": 400,
            "terminals/none": 404,
            "completeness?from=2026-09-01&to=2026-09-02&org=none": 400,
            "nowhere": 404,
        }
        async with served.client() as client:
            for path, status in wrong.items():
                answer = await client.get(f"/api/v1/{path}")
                assert answer.status_code == status, path
                assert answer.headers["content-type"] == "application/problem+json"
                ProblemDetails.model_validate(answer.json())

    play(scenario)
