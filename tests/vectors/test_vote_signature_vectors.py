"""Signatures of votes get CometBFT's verdict, also where the strict rule for all other signatures refuses them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from veriwatt.crypto.suites.ed25519 import ED25519
from veriwatt.crypto.vote_signing import verify_vote
from veriwatt.errors import BadSignature

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "ed25519_votes.json").read_text())
CASES = [pytest.param(case, id=case["name"]) for case in VECTORS["signatures"]]


def accepted(verify: Callable[[bytes, bytes, bytes, str], None], key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        verify(key, message, signature, "a vote")
    except BadSignature:
        return False
    return True


def parts(case: dict[str, Any]) -> tuple[bytes, bytes, bytes]:
    return bytes.fromhex(case["public_key"]), bytes.fromhex(case["message"]), bytes.fromhex(case["signature"])


@pytest.mark.parametrize("case", CASES)
def test_a_vote_gets_cometbfts_verdict(case: dict[str, Any]) -> None:
    assert accepted(verify_vote, *parts(case)) is case["cometbft"]


@pytest.mark.parametrize("case", CASES)
def test_the_strict_rule_is_the_one_that_the_cases_were_built_for(case: dict[str, Any]) -> None:
    assert accepted(ED25519.verify, *parts(case)) is case["strict"]


def test_every_pair_of_points_of_small_order_gets_cometbfts_verdict() -> None:
    pairs = VECTORS["small_order"]
    message, points = bytes.fromhex(pairs["message"]), [bytes.fromhex(point) for point in pairs["points"]]

    rows = ["".join(str(int(accepted(verify_vote, a, message, r + bytes(32)))) for r in points) for a in points]

    assert rows == pairs["accepted"]
    assert not any(accepted(ED25519.verify, a, message, r + bytes(32)) for a in points for r in points)
