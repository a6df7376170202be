"""The explorer over HTTP: its answers follow their schemas, say the same as each other, and lead to one another."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from tests.served_home import FIRST_DAY, ORG
from tests.unit.api.conftest import Play, Served
from tests.unit.api.test_api_answers import ask
from tests.unit.api.test_api_frames import post
from veriwatt.api.schemas.explorer import (
    AlarmsAnswer,
    CheckAnswer,
    FrameDetails,
    LedgerAnswer,
    SearchAnswer,
    SlotAnswer,
    TransactionAnswer,
    ValidatorsAnswer,
)
from veriwatt.api.schemas.ledger import BlockAnswer
from veriwatt.machine.transaction_kinds import parse
from veriwatt.units import DAY, MINUTE


async def anchored_frame(served: Served) -> dict[str, Any]:
    (frame,) = await ask(served, f"frames/{ORG}/0")
    return dict(frame)


def test_answers_follow_their_schemas(play: Play) -> None:
    async def scenario(served: Served) -> None:
        frame = await anchored_frame(served)
        digest = frame["anchor"]["transaction"]
        schemas: dict[str, type[BaseModel]] = {
            "ledger": LedgerAnswer,
            "ledger/alarms": AlarmsAnswer,
            "ledger/validators": ValidatorsAnswer,
            "blocks/2/check": CheckAnswer,
            f"transactions/{digest}": TransactionAnswer,
            f"transactions/{digest}/check": CheckAnswer,
            f"frames/{ORG}/0": FrameDetails,
            "points/works.total/frames?slot=2026-09-03": SlotAnswer,
            "search?q=works": SearchAnswer,
        }
        async with served.client() as client:
            for path, schema in schemas.items():
                answer = await client.get(f"/api/v1/{path}")
                assert answer.status_code == 200, answer.text
                schema.model_validate(answer.json())

    play(scenario)


def test_a_slot_leads_to_its_frame_anchor_block_and_passport_and_back(play: Play) -> None:
    async def scenario(served: Served) -> None:
        (slot,) = await ask(served, "points/works.total/frames?slot=2026-09-03")
        place = slot["frames"][0]
        (frame,) = await ask(served, f"frames/{slot['org']}/{place['position']}")
        assert "works.total" in frame["groups"][0]["named"]
        assert frame["window_start"] <= "2026-09-02T16:00:00Z" < frame["window_end"]
        anchor = frame["anchor"]
        assert anchor["old_size"] <= frame["position"] < anchor["new_size"]
        transaction, block, passport = await ask(
            served,
            f"transactions/{anchor['transaction']}",
            f"blocks/{anchor['height']}",
            f"terminals/{frame['terminal']}",
        )
        assert (transaction["kind"], transaction["height"], transaction["hash"]) == (
            "anchor",
            block["height"],
            block["hash"],
        )
        assert block["items"][transaction["item"]]["digest"] == transaction["digest"]
        assert transaction["body"]["new_size"] == anchor["new_size"]
        assert parse(bytes.fromhex(transaction["raw"])).digest.hex() == transaction["digest"]
        assert passport["newest_frame"]["position"] >= frame["position"]

    play(scenario)


def test_every_step_of_the_check_of_every_block_and_transaction_holds(play: Play) -> None:
    async def scenario(served: Served) -> None:
        (ledger,) = await ask(served, "ledger")
        for height in range(1, ledger["height"] + 1):
            block, check = await ask(served, f"blocks/{height}", f"blocks/{height}/check")
            BlockAnswer.model_validate(block)
            assert check["outcome"] == ("open" if block["newest"] else "holds")
            for each in block["transactions"]:
                (of_it,) = await ask(served, f"transactions/{each['digest']}/check")
                assert of_it["outcome"] == "holds"
                assert [step["name"] for step in of_it["steps"]][-2:] == ["inclusion", "result"]

    play(scenario)


def test_one_search_finds_what_each_page_shows(play: Play) -> None:
    async def scenario(served: Served) -> None:
        frame = await anchored_frame(served)
        (block,) = await ask(served, f"blocks/{frame['anchor']['height']}")
        digest, terminal = frame["anchor"]["transaction"], frame["terminal"]
        wanted = {
            str(block["height"]): ("block", f"/ledger/{block['height']}"),
            f"#{block['height']}": ("block", f"/ledger/{block['height']}"),
            block["hash"]: ("block", f"/ledger/{block['height']}"),
            block["hash"][:12].upper(): ("block", f"/ledger/{block['height']}"),
            digest: ("transaction", f"/ledger/tx/{digest}"),
            ORG: ("org", f"/orgs/{ORG}"),
            terminal: ("terminal", f"/terminals/{terminal}?org={ORG}"),
            f"{ORG}/{terminal}": ("terminal", f"/terminals/{terminal}?org={ORG}"),
            "works.total": ("point", f"/?point={ORG}%2Fworks.total"),
            frame["frame"]: ("frame", f"/frames/{ORG}/0"),
            f"{terminal} {frame['epoch']}/{frame['seq']}": ("frame", f"/frames/{ORG}/0"),
            block["time"]: ("block-at", f"/ledger/{block['height']}"),
            "works.total 2026-09-01": ("slot", f"/frames/{ORG}/0"),
        }
        for query, found in wanted.items():
            async with served.client() as client:
                answer = (await client.get("/api/v1/search", params={"q": query})).json()
            assert found in [(each["kind"], each["address"]) for each in answer["found"]], (query, answer)

    play(scenario)


def test_a_search_that_finds_nothing_says_what_it_looked_for_and_one_of_much_says_so(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client() as client:

            async def search(query: str) -> dict[str, Any]:
                return dict((await client.get("/api/v1/search", params={"q": query})).json())

            nothing = await search("ab" * 32)
            assert (nothing["found"], nothing["meant"]) == ([], ["hash", "name"])
            assert (await search("999999999"))["found"] == []
            assert (await search("1999-01-01"))["found"] == []
            begun = await search("works.")
            assert [each["name"] for each in begun["found"]] == ["works.boiler", "works.gas", "works.total"]
            for wrong in ("", " " * 9, "x" * 300, "a\x00b"):
                assert (await client.get("/api/v1/search", params={"q": wrong})).status_code == 400

    play(scenario)


def test_a_time_finds_the_block_that_was_in_force_then(play: Play) -> None:
    async def scenario(served: Served) -> None:
        (listed,) = await ask(served, "blocks?limit=200")
        heights = {each["height"]: each["time"] for each in listed["blocks"]}
        for height, time in heights.items():
            async with served.client() as client:
                (found,) = (await client.get("/api/v1/search", params={"q": time})).json()["found"]
            assert (found["height"], found["time"]) == (height, time)

    play(scenario)


def test_what_is_not_there_is_not_found(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client() as client:
            for path in (
                f"transactions/{'0' * 64}",
                f"transactions/{'0' * 64}/check",
                f"frames/{ORG}/999999",
                "frames/nobody/0",
                "blocks/999999/check",
                "points/works.total/frames?slot=1999-01-01",
                "orgs/nobody",
            ):
                answer = await client.get(f"/api/v1/{path}")
                assert answer.status_code == 404, (path, answer.text)
            for path in ("transactions/xyz", "frames/works/-1", "points/works.total/frames?slot=never"):
                assert (await client.get(f"/api/v1/{path}")).status_code == 400, path

    play(scenario)


def test_a_waiting_frame_is_found_before_it_is_anchored(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client() as client:
            (sent,) = (await post(client, served.uploads[:1])).json()["frames"]
            position = sent["receipt"]["position"]
            (frame,) = await ask(served, f"frames/{ORG}/{position}")
            assert frame["anchor"] is None
            found = (await client.get("/api/v1/search", params={"q": frame["frame"]})).json()["found"]
            assert [each["address"] for each in found] == [f"/frames/{ORG}/{position}"]

    play(scenario)


def test_the_ledger_says_who_signed_and_that_nothing_is_wrong(play: Play) -> None:
    async def scenario(served: Served) -> None:
        ledger, validators, status = await ask(served, "ledger", "ledger/validators", "status")
        assert await ask(served, "ledger/alarms") == [{"alarms": []}]
        (one,) = ledger["validators"]
        assert (one["signed"], one["of"], one["missing"]) == (ledger["signed_in"], ledger["signed_in"], False)
        assert validators["validators"] == ledger["validators"]
        assert (ledger["height"], ledger["time"], ledger["alarms"]) == (status["height"], status["time"], [])

    play(scenario)


@pytest.mark.parametrize("scope", ["readings", "evidence", "ledger", "metrics"])
def test_no_token_of_before_may_search(play: Play, scope: str) -> None:
    """A search shows the ledger and the chains alike; its scope is its own."""

    async def scenario(served: Served) -> None:
        token = served.access.files.add_token(scope, [scope], FIRST_DAY + 9_999 * DAY)
        async with served.client(signed_in=False) as client:
            answer = await client.get("/api/v1/search?q=works", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 403

    play(scenario)


def test_a_block_is_awaited_once_an_anchor_is_due_and_metrics_say_how_the_ledger_stands(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client() as client:
            assert await served.worker.read(lambda node: node.waiting_since()) is None
            before = await served.worker.read(lambda node: node.now())
            await post(client, served.uploads[:1])
            due = await served.worker.read(lambda node: node.waiting_since())
            assert due is not None
            assert before + MINUTE <= due <= before + 2 * MINUTE
            assert (await client.get("/api/v1/ledger")).json()["alarms"] == []
            metrics = (await client.get("/metrics")).text
        assert "veriwatt_ledger_stale 0.0" in metrics
        assert "veriwatt_ledger_validators_missing 0.0" in metrics
        assert "veriwatt_ledger_validators_misbehaved 0.0" in metrics
        assert "veriwatt_ledger_head_age_seconds" in metrics

    play(scenario)
