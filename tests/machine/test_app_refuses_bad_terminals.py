from __future__ import annotations

from dataclasses import replace

import pytest

from tests.machine.scene import Scene
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.terminals.enrolment import enrol
from veriwatt.testing.actors import START, SimTerminal, sim_key, sim_point
from veriwatt.units import DAY

A, B = sim_point("a"), sim_point("b")


def test_a_terminal_whose_key_did_not_sign_the_proof_is_not_enrolled(scene: Scene) -> None:
    body = enrol(sim_key("mine"), scene.ann.chain, "acme", "t1", "m", "f")
    stolen = replace(body, key=sim_key("theirs").public)
    assert scene.chain.one(scene.ann.sign(stolen)).code == "bad-signature"


@pytest.mark.parametrize(("chain", "org", "terminal"), [("x", "acme", "t1"), ("", "city", "t1"), ("", "acme", "t2")])
def test_a_proof_made_for_another_chain_org_or_name_is_refused(
    scene: Scene, chain: str, org: str, terminal: str
) -> None:
    key = scene.terminal.key
    body = enrol(key, chain or scene.ann.chain, org, terminal, "m", "f")
    assert scene.chain.one(scene.ann.sign(replace(body, terminal="t1"))).code == "bad-signature"


def test_a_certification_with_an_empty_span_or_an_unknown_terminal_is_refused(scene: Scene) -> None:
    scene.enrolled()
    assert scene.chain.one(scene.mia.certify(scene.terminal, START, START)).code == "malformed"
    assert scene.chain.one(scene.mia.certify(SimTerminal("acme", "t7"), START, START + 1)).code == "record-not-found"


def test_a_revoked_terminal_is_not_certified(scene: Scene) -> None:
    scene.enrolled().chain.must(scene.ann.retire(scene.terminal))
    assert scene.chain.one(scene.mia.certify(scene.terminal, START, START + DAY)).code == "not-certifiable"


def test_a_second_revocation_cannot_soften_the_first(scene: Scene) -> None:
    scene.enrolled().chain.must(scene.reg.report_compromised(scene.terminal, START + DAY))
    for raw in (
        scene.ann.retire(scene.terminal),
        scene.ann.report_compromised(scene.terminal, START + 2 * DAY),
        scene.reg.report_compromised(scene.terminal, START + 2 * DAY),
        scene.reg.report_compromised(scene.terminal, START + DAY),
    ):
        assert scene.chain.one(raw).code == "not-revocable"


def test_a_point_of_another_group_is_refused(scene: Scene) -> None:
    scene.chain.must(scene.ann.define("plant", A))
    assert scene.chain.one(scene.ann.define("shed", A)).code == "not-definable"


@pytest.mark.parametrize(
    ("definition", "effective_from"),
    [
        (sim_point("a", zone="UTC"), START + DAY),
        (sim_point("a", scale=-2), START),
        (sim_point("a", scale=-2), START - DAY),
    ],
    ids=["another timezone", "a change where the series begins", "a change before the series begins"],
)
def test_a_version_that_does_not_continue_the_last_one_is_refused(
    scene: Scene, definition: PointDefinition, effective_from: int
) -> None:
    scene.chain.must(scene.ann.define("plant", A))
    assert scene.chain.one(scene.ann.define("plant", definition, effective_from=effective_from)).code == "not-definable"


def test_a_later_series_cannot_begin_before_the_first_ends(scene: Scene) -> None:
    changed = replace(A, scale=-2)
    scene.chain.must(scene.ann.define("plant", A), scene.ann.define("plant", changed, effective_from=START + DAY))
    assert scene.chain.one(scene.ann.define("plant", changed, B, effective_from=START)).code == "not-definable"


def test_a_point_cannot_end_before_it_begins(scene: Scene) -> None:
    scene.chain.must(scene.ann.define("plant", A, B))
    assert scene.chain.one(scene.ann.define("plant", A, effective_from=START)).code == "not-definable"


def test_a_point_cannot_return_before_it_ended(scene: Scene) -> None:
    scene.chain.must(scene.ann.define("plant", A, B), scene.ann.define("plant", A, effective_from=START + 2 * DAY))
    assert scene.chain.one(scene.ann.define("plant", A, B, effective_from=START + DAY)).code == "not-definable"
