"""What cannot be answered is refused by the same word on every route, and nothing sent here makes an error of ours."""

from __future__ import annotations

import json

from tests.unit.api.conftest import Play, Served
from tests.unit.api.test_api_answers import ask
from veriwatt.api.errors import problem
from veriwatt.errors import BadInput

SPAN = "from=2026-09-01&to=2026-09-02"


def test_an_org_that_is_not_here_is_named_by_every_route(play: Play) -> None:
    async def scenario(served: Served) -> None:
        routes = (
            "points?",
            f"points/works.total/totals?{SPAN}&",
            f"completeness?{SPAN}&",
            f"evidence?point=works.total&{SPAN}&",
            "evidence?point=works.total&slot=2026-09-01&",
            "terminals?",
            "terminals/software?",
            "anchors?",
        )
        for answer in await ask(served, *(f"{route}org=nobody" for route in routes)):
            assert (answer["status"], "no such org here" in answer["detail"]) == (400, True)

    play(scenario)


def test_a_trust_file_with_half_a_character_is_a_bad_trust_file(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client() as client:
            evidence = (await client.get(f"/api/v1/evidence?point=works.total&{SPAN}")).content
            trust = (await client.get("/api/v1/trust")).json()
            for content in (trust | {"format": "\ud800"}, trust | {"\udfff": 1}, trust | {"validators": ["\ud800"]}):
                trust_file = ("t.json", json.dumps(content).encode())
                answer = await client.post("/api/v1/verify", files={"evidence": evidence, "trust": trust_file})
                assert (answer.status_code, answer.json()["type"]) == (400, "urn:veriwatt:error:bad-trust-file")

    play(scenario)


def test_a_refusal_can_repeat_whatever_was_sent() -> None:
    answer = problem(BadInput(where="na\udcffme", value="\ud800", why="unknown"))
    assert answer.status_code == 400
    assert "na\udcffme" in json.loads(bytes(answer.body))["detail"]


def test_no_slot_is_due_before_it_has_ended_whatever_time_is_asked_for(play: Play) -> None:
    async def scenario(served: Served) -> None:
        asked = "points/works.total/totals?from=2026-11-14&to=2027-01-01&every=1mo"
        now, future, past = await ask(served, asked, f"{asked}&as_of=2028-01-01", f"{asked}&as_of=2026-11-15")
        assert (future["total"], future["rows"]) == (now["total"], now["rows"])
        assert past["total"]["due"] == 96

    play(scenario)
