"""What a terminal asks its log host, without a session: its newest frame, and how far the ledger is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.served_home import ORG, TERMINAL, terminal_key
from tests.unit.api.conftest import Play, Served
from veriwatt.api.routes import terminal_questions
from veriwatt.encoding import decode, encode
from veriwatt.model.chain.anchored import AnchoredProof
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.ledger.root_log import RootLogHeadProof
from veriwatt.model.terminals.group_question import GroupQuestion
from veriwatt.model.terminals.version_proof import VersionProof
from veriwatt.testing.actors import sim_key
from veriwatt.verify.anchored import verify_anchored
from veriwatt.verify.root_log_head import verify_root_log

NEWEST, ROOT_LOG = "/api/v1/frames/newest", "/api/v1/ledger/newest"
GROUP_VERSION = "/api/v1/ledger/group-version"
ANCHORED, CONSISTENCY = "/api/v1/frames/anchored", "/api/v1/frames/consistency"


def test_the_newest_frame_is_answered_by_number_and_id(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client(signed_in=False) as client:
            who = {"org": ORG, "terminal": TERMINAL}
            assert decode((await client.get(NEWEST, params=who)).content, "answer") is None
            headers = {"content-type": "application/cbor"}
            await client.post("/api/v1/frames", content=encode(served.uploads), headers=headers)
            newest = decode((await client.get(NEWEST, params=who)).content, "answer")
        last = parse_frame(served.uploads[-1])
        assert newest == [*last.header.number, last.frame_id]

    play(scenario)


def test_an_unknown_org_or_terminal_has_no_newest_frame(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client(signed_in=False) as client:
            for who in ({"org": ORG, "terminal": "nobody"}, {"org": "elsewhere", "terminal": TERMINAL}):
                assert decode((await client.get(NEWEST, params=who)).content, "answer") is None
            assert (await client.get(NEWEST)).status_code == 400

    play(scenario)


def test_the_root_log_head_is_proven_by_the_nodes_trust_file(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client(signed_in=False) as client:
            head = RootLogHeadProof.from_bytes((await client.get(ROOT_LOG)).content)
            trust = parse_trust((await client.get("/api/v1/trust")).content)
        newest, now = await served.worker.ask(lambda node: (node.ledger.head(), node.now()))
        known = verify_root_log(head, trust, now)
        assert (known.size, known.leaf) == (newest.root_log_size, newest.root_log_leaf)

    play(scenario)


def test_what_is_anchored_is_proven_by_the_nodes_trust_file(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client(signed_in=False) as client:
            trust = parse_trust((await client.get("/api/v1/trust")).content)
            asked: dict[str, str | int] = {"org": ORG, "position": 0}
            (chain,) = await served.worker.ask(lambda node: node.chains())
            raw = (await client.get(ANCHORED, params=asked | {"size": chain.frames})).content
            lost = await client.get(ANCHORED, params=asked | {"size": 1 << 50})
            path = decode((await client.get(CONSISTENCY, params={"org": ORG, "old": 1, "new": 1})).content, "path")
            assert (await client.get(CONSISTENCY, params={"org": "elsewhere", "old": 1, "new": 1})).status_code == 404
            assert (await client.get(ANCHORED, params=asked | {"size": -1})).status_code == 400
        proof, now = AnchoredProof.from_bytes(raw), await served.worker.ask(lambda node: node.now())
        assert verify_anchored(proof, ORG, trust, now).head.size == chain.anchored
        assert (lost.status_code, lost.json()["values"]["size"]) == (409, chain.frames)
        assert path == b""

    play(scenario)


def test_a_groups_definitions_are_shown_to_its_terminal_alone(play: Play) -> None:
    async def scenario(served: Served) -> None:
        chain, head = await served.worker.ask(lambda node: (node.ledger.chain_id, node.ledger.head()))
        yard = GroupQuestion(chain, ORG, TERMINAL, "yard", 1, head.root_log_size, head.root_log_leaf)
        asked = {
            "its terminal": (yard, terminal_key()),
            "a stranger": (yard, sim_key("stranger")),
            "nobody's terminal": (replace(yard, org="elsewhere"), terminal_key()),
            "a group of no terminal": (replace(yard, group="works"), terminal_key()),
        }
        async with served.client(signed_in=False) as client:
            answers = {
                who: await client.post(GROUP_VERSION, content=question.sign(key))
                for who, (question, key) in asked.items()
            }
            assert (await client.get(GROUP_VERSION)).status_code == 401, "unsigned"
        (shown,) = VersionProof.from_bytes(answers.pop("its terminal").content).definitions
        assert shown.id == "yard.hall"
        refused = {who: (answer.status_code, answer.json()["title"]) for who, answer in answers.items()}
        assert refused == {
            "a stranger": (400, "malformed"),
            "nobody's terminal": (404, "not found"),
            "a group of no terminal": (403, "question refused"),
        }
        assert not any(b"yard.hall" in answer.content for answer in answers.values())

    play(scenario)


def test_a_peer_that_asks_too_often_is_answered_429(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal_questions, "QUESTIONS_RATE", 0.001)
    monkeypatch.setattr(terminal_questions, "QUESTIONS_BURST", 2.5)

    async def scenario(served: Served) -> None:
        async with served.client(signed_in=False) as client:
            asked = [ROOT_LOG] * 4 + [f"{NEWEST}?org=o&terminal=t"]
            statuses = [(await client.get(question)).status_code for question in asked]
        assert statuses == [200, 200, 200, 429, 429]

    play(scenario)
