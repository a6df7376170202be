"""Evidence and trust files of the vectors are verified to what the vectors say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.vectors import (
    make_evidence,
    make_evidence_caveats,
    make_evidence_light_path,
    make_evidence_refusals,
    make_evidence_witnesses,
)
from tests.vectors.evidence_edits import apply_splice, told
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.verify.claims.reading import STEPS

MAKERS: dict[str, Callable[[], dict[str, object]]] = {
    "evidence": make_evidence.vectors,
    "evidence_caveats": make_evidence_caveats.vectors,
    "evidence_light_path": make_evidence_light_path.vectors,
    "evidence_refusals": make_evidence_refusals.vectors,
    "evidence_witnesses": make_evidence_witnesses.vectors,
}
SAID: dict[str, dict[str, Any]] = {
    name: json.loads(Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8")) for name in MAKERS
}
CASES = [(name, case) for name, said in SAID.items() for case in said["cases"]]


@pytest.mark.parametrize(("name", "case"), CASES, ids=[case["name"] for _, case in CASES])
def test_a_case_has_the_result_in_the_vectors(name: str, case: dict[str, Any]) -> None:
    files, trust_files = SAID[name]["files"], SAID[name]["trust_files"]
    raw = apply_splice(bytes.fromhex(files[case["file"]]), case.get("splice"))
    trust = None if case["trust"] is None else parse_trust(trust_files[case["trust"]].encode())
    assert case == case | told(raw, trust, case)
    assert case["failed"] is None or case["name"].startswith(f"step {case['failed']['step']}:")


def test_every_step_refuses_a_case() -> None:
    assert {case["failed"]["step"] for _, case in CASES if case["failed"]} == set(STEPS)


@pytest.mark.parametrize("name", MAKERS)
def test_the_vectors_equal_the_generated_ones(name: str) -> None:
    assert json.loads(json.dumps(MAKERS[name]())) == SAID[name]
