"""Requests and parts of the map are judged as the vectors say, and the vectors are those that are made today."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.make_peers import judged, refusal, taken, vectors
from veriwatt.model.members.member_request import Door

SAID: dict[str, Any] = json.loads(Path(__file__).with_name("peers.json").read_text(encoding="utf-8"))


def test_the_vectors_are_what_is_made() -> None:
    assert json.loads(json.dumps(vectors())) == SAID


@pytest.mark.parametrize("case", SAID["requests"], ids=lambda case: case["name"])
def test_a_request_is_judged_as_the_vectors_say(case: dict[str, Any]) -> None:
    raw, door = bytes.fromhex(case["request"]), Door(**case["door"])
    assert taken(raw, case["key"], door, case["now"], case["since"], case["used"]) == case["result"]


@pytest.mark.parametrize("case", SAID["join_requests"], ids=lambda case: case["name"])
def test_a_join_request_is_judged_as_the_vectors_say(case: dict[str, Any]) -> None:
    assert judged(bytes.fromhex(case["request"])) == case["result"]
    assert (case["result"] == "ok") == (case["name"] in ("taken", "without TLS"))


def test_requests_are_refused_for_every_reason() -> None:
    results = [case["result"] for case in SAID["requests"]]
    assert results.count("ok") == 3
    assert set(results) == {"ok", "malformed", "not-canonical", "request-refused", "bad-signature"}


@pytest.mark.parametrize("case", SAID["state_parts"]["cases"], ids=lambda case: case["name"])
def test_parts_are_judged_as_the_vectors_say(case: dict[str, Any]) -> None:
    rows = [(bytes.fromhex(key), bytes.fromhex(value)) for key, value in case["rows"]]
    summaries = [bytes.fromhex(each) for each in case["summaries"]]
    result = refusal(bytes.fromhex(SAID["state_parts"]["root"]), summaries, case["part"], rows)
    assert result == case["result"]
    assert (result == "ok") == (case["name"] == "honest")
