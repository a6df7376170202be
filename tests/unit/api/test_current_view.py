"""A served node answers with every frame that it had accepted when it was asked, though nothing updates its view."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import pytest

from tests.served_home import FIRST_DAY, FRAMES, ORG, ServedHome
from tests.unit.api.conftest import Play, Served, serve
from tests.unit.api.test_api_frames import post
from veriwatt.api.current import ViewBehind, ask_current
from veriwatt.api.errors import problem
from veriwatt.importing.correct import corrected_content
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.origin import Manual
from veriwatt.node.home import Home
from veriwatt.verify.outcome import verification_outcome

T = TypeVar("T")

DAYS = f"points/yard.hall/totals?from=2026-09-01&to=2026-09-{FRAMES + 1:02}&every=1d"


def test_a_figure_has_the_frames_that_were_accepted_before_the_question(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client() as client:
            await post(client, served.uploads[:5])
            first = (await client.get(f"/api/v1/{DAYS}")).json()["total"]
            await post(client, served.uploads[5:])
            total = (await client.get(f"/api/v1/{DAYS}")).json()["total"]
        assert (first["measured"], total["measured"]) == (5 * 96, FRAMES * 96)
        assert total["complete"]

    play(scenario)


def test_evidence_is_made_of_no_value_that_an_accepted_frame_replaces(play: Play) -> None:
    """The newest version of the slot is accepted and not anchored: that is the answer."""

    async def scenario(served: Served) -> None:
        async with served.client() as client:
            await post(client, served.uploads)
            for question in ("slot=2026-09-01T00:00", "from=2026-09-01&to=2026-09-02"):
                refused = await client.get(f"/api/v1/evidence?point=yard.hall&{question}")
                assert refused.json()["title"] == "not anchored"

    play(scenario)


def test_figure_and_evidence_are_of_the_correction_that_the_view_has_not_seen(
    built_home: ServedHome, tmp_path: Path
) -> None:
    root = tmp_path / "home"
    shutil.copytree(built_home.root, root)
    with Home(root) as home:
        (group, _), now = home.points.find("works.total", ORG), home.clock.now()
        replaced = parse_frame(home.org_log(ORG).chain.upload(0)).frame_id
        content = corrected_content(group, "works.total", FIRST_DAY, "1.25", replaced, home.keys.agent, now)
        home.recorder(ORG).record([content], home.frame_context(Manual("tests", "misread")), lambda _: None)

    async def scenario(served: Served) -> None:
        async with served.client() as client:
            span = "from=2026-09-01T00:00&to=2026-09-01T00:15"
            raw = (await client.get(f"/api/v1/evidence?point=works.total&{span}")).content
            figure = (await client.get(f"/api/v1/points/works.total/totals?{span}&every=15m")).json()["total"]
        assert verification_outcome(raw, None, now).facts["value"] == figure["value"] == "1.25"

    serve(ServedHome(root, []), scenario)


def test_all_routes_of_readings_ask_with_the_whole_view(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client() as client:
            await post(client, served.uploads)
            points = {p["id"]: p for p in (await client.get("/api/v1/points")).json()["points"]}
            assert points["yard.hall"]["readings"]["start"].startswith("2026-09-01T00:00")
            await post(client, served.uploads)
            asked = (await client.get("/api/v1/completeness?from=2026-09-01&to=2026-09-02")).json()["points"]
            assert {p["point"]: p["measured"] for p in asked}["yard.hall"] == 96

    play(scenario)


def test_a_figure_waits_for_no_anchor_that_does_not_end(play: Play) -> None:
    ended = Event()

    async def scenario(served: Served) -> None:
        anchoring = asyncio.create_task(served.worker.keep(lambda _: ended.wait(60)))
        try:
            async with served.client() as client:
                await post(client, served.uploads)
                answer = await asyncio.wait_for(client.get(f"/api/v1/{DAYS}"), 10)
                assert answer.json()["total"]["measured"] == FRAMES * 96
            assert not anchoring.done()
        finally:
            ended.set()
            await anchoring

    play(scenario)


class _Behind:
    """The worker of a node whose view lacks frames however often it takes some in."""

    def chains(self) -> list[Any]:
        return []

    def take_in(self, _accepted: object) -> int:
        return 7

    async def read(self, question: Callable[[Any], T]) -> T:
        return question(self)

    ask = read

    async def health(self) -> dict[str, str]:
        return {}


def test_a_view_that_stays_behind_is_told_and_answers_nothing() -> None:
    with pytest.raises(ViewBehind, match="take in 7 accepted frames") as told:
        asyncio.run(ask_current(_Behind(), lambda _: "a figure", patience=0))
    assert problem(told.value).status_code == 503
    assert problem(told.value).headers["Retry-After"]
