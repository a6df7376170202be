from __future__ import annotations

from dataclasses import replace

import pytest

from tests.machine.scene import Scene
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.terminals.enrolment import enrol
from veriwatt.testing.actors import START, SimTerminal, sim_key, sim_point
from veriwatt.units import DAY, HOUR, MINUTE

A, B = sim_point("a"), sim_point("b")
TOMORROW = START + DAY - 8 * HOUR
"""A midnight of +08:00 to come."""


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
        (sim_point("a", zone="UTC"), TOMORROW),
        (sim_point("a", scale=-2), START),
        (sim_point("a", scale=-2), START - DAY),
        (sim_point("a", scale=-2), START + MINUTE),
        (sim_point("a", scale=-2), TOMORROW + HOUR),
    ],
    ids=["another timezone", "where it begins", "before it begins", "inside a day of the past", "inside a day"],
)
def test_a_version_that_does_not_continue_the_last_one_is_refused(
    scene: Scene, definition: PointDefinition, effective_from: int
) -> None:
    scene.chain.must(scene.ann.define("plant", A))
    assert scene.chain.one(scene.ann.define("plant", definition, effective_from=effective_from)).code == "not-definable"


def test_a_point_cannot_end_before_it_begins(scene: Scene) -> None:
    scene.chain.must(scene.ann.define("plant", A, B))
    assert scene.chain.one(scene.ann.define("plant", A, effective_from=START)).code == "not-definable"


def test_a_point_cannot_return_before_it_ended(scene: Scene) -> None:
    scene.chain.must(scene.ann.define("plant", A, B), scene.ann.define("plant", A, effective_from=TOMORROW + DAY))
    assert scene.chain.one(scene.ann.define("plant", A, B, effective_from=TOMORROW)).code == "not-definable"


def test_a_point_or_group_that_looks_like_another_is_refused(scene: Scene) -> None:
    scene.chain.must(scene.ann.define("plant1", sim_point("line 1")))
    assert scene.chain.one(scene.ann.define("plantl", sim_point("x"))).code == "looks-alike"
    assert scene.chain.one(scene.ann.define("shed", sim_point("line I"))).code == "looks-alike"
    assert scene.chain.one(scene.ann.define("shed", sim_point("P0"), sim_point("PO"))).code == "looks-alike"
    scene.chain.must(scene.cora.define("plantl", sim_point("line I")))
