"""False commits, steps and journeys of the light client get CometBFT's verdict (light_block.PROVENANCE.md)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from veriwatt.errors import NotProven, VeriwattError
from veriwatt.model.ledger.block import LightBlock
from veriwatt.verify.light_block import verify_commit
from veriwatt.verify.light_client import ProvenPath, TrustedBlock, find_path, prove_block, prove_path

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "light_client.json").read_text())
WALKS = VECTORS["walks"]


def named(cases: list[Any]) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in cases]


def block(cbor: str) -> LightBlock:
    return LightBlock.from_bytes(bytes.fromhex(cbor))


def trusted(light: LightBlock, case: dict[str, Any]) -> TrustedBlock:
    return TrustedBlock(light.header, light.validators, case["trust_period_ms"])


def verdict(verify: Callable[[], object]) -> str:
    try:
        verify()
    except VeriwattError as error:
        return error.code
    return "proven"


def step(case: dict[str, Any]) -> str:
    before, new = block(VECTORS["blocks"][case["trusted"]]), block(VECTORS["blocks"][case["new"]])
    return verdict(lambda: prove_block(trusted(before, case), new, int(case["now_ms"])))


@pytest.mark.parametrize("case", named(VECTORS["commits"]))
def test_a_commit_gets_cometbfts_verdict(case: dict[str, Any]) -> None:
    assert verdict(lambda: verify_commit(block(case["cbor"]), case["chain_id"])) == case["verdict"]


@pytest.mark.parametrize("case", named(VECTORS["steps"]))
def test_a_step_gets_cometbfts_verdict(case: dict[str, Any]) -> None:
    assert step(case) == case["verdict"]


@pytest.mark.parametrize("case", named(VECTORS["stricter"]))
def test_what_cometbft_does_not_look_at_is_refused(case: dict[str, Any]) -> None:
    assert case["verdict"] == "proven"
    assert step(case) == case["ours"]


@pytest.mark.parametrize("case", named(WALKS["journeys"]))
def test_a_journey_ends_where_that_of_cometbfts_light_client_ends(case: dict[str, Any]) -> None:
    chain = {height: block(cbor) for height, cbor in enumerate(WALKS["chain"], start=1)}
    peer = {**chain, **{int(height): block(cbor) for height, cbor in case["forged"].items()}}
    start = trusted(chain[case["from"]], case)
    now = int(case["now_ms"])

    try:
        found = walk(start, peer[case["to"]], now, peer)
    except NotProven:
        assert not case["proven"]
    else:
        assert case["proven"]
        assert found.head == prove_path(start, found.blocks, now)
        assert found.head.header == chain[case["to"]].header


def walk(start: TrustedBlock, target: LightBlock, now_ms: int, peer: dict[int, LightBlock]) -> ProvenPath:
    """The path that `find_path` finds among the blocks of one peer."""
    search = find_path(start, target, now_ms)
    try:
        wanted = next(search)
        while True:
            wanted = search.send(peer[wanted])
    except StopIteration as end:
        found: ProvenPath = end.value
        return found
