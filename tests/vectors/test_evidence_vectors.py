"""Evidence and trust files of the vectors are verified to what the vectors say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.evidence_edits import apply_splice
from tests.vectors.make_evidence import vectors
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.verify.claims.reading import STEPS
from veriwatt.verify.outcome import verification_outcome

SAID: dict[str, Any] = json.loads(Path(__file__).with_name("evidence.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", SAID["cases"], ids=lambda case: case["name"])
def test_a_case_has_the_result_in_the_vectors(case: dict[str, Any]) -> None:
    raw = apply_splice(bytes.fromhex(SAID["files"][case["file"]]), case.get("splice"))
    trust = None if case["trust"] is None else parse_trust(SAID["trust_files"][case["trust"]].encode())
    found = verification_outcome(raw, trust, case["now"], case["max_age"])
    assert found.verdict.value == case["verdict"]
    if found.failed is None:
        assert (found.facts, [each.text for each in found.caveats]) == (case["facts"], case["caveats"])
    else:
        assert {"step": found.failed.step, "name": found.failed.name} == case["failed"]
        assert case["name"].startswith(f"step {found.failed.step}:")


def test_every_step_refuses_a_case() -> None:
    assert {case["failed"]["step"] for case in SAID["cases"] if case["failed"]} == set(STEPS)


def test_the_vectors_equal_the_generated_ones() -> None:
    assert json.loads(json.dumps(vectors())) == SAID
