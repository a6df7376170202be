"""Cosignatures are added to evidence whose state they cover; a changed byte never makes a witness count."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.reading_claim import ReadingClaim
from veriwatt.model.evidence.trusted_cosigners import Cosigner
from veriwatt.model.ledger.cosignature import Cosignature, WitnessKey, cosign
from veriwatt.reading.evidence.build import refresh
from veriwatt.reading.evidence.cosigned import NotCosigned, cosigned_evidence
from veriwatt.reading.evidence.own_ledger import WrongEvidence
from veriwatt.reading.witness_request import checkpoint_at
from veriwatt.testing.actors import START, sim_key
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import DAY, SECOND, Interval
from veriwatt.verify.outcome import verification_outcome
from veriwatt.verify.verdict import Verdict

NAMES = ("east.example/witness", "north.example/witness", "west.example/witness")
LIMIT = 8_000
"""Bytes of a reading's evidence."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimWorld]:
    made = SimWorld(tmp_path_factory.mktemp("cosigned"))
    made.day(0)
    made.anchor()
    yield made
    made.close()


@pytest.fixture(scope="module")
def evidence(world: SimWorld) -> Evidence[ReadingClaim]:
    """Of the state before a later block."""
    made = world.evidence(0, 41)
    world.must(world.inspector.certify(world.terminal, START, START + DAY))
    return made


def signed(world: SimWorld, size: int, *names: str) -> list[Cosignature]:
    checkpoint = checkpoint_at(world.ledger, size)
    return [cosign(checkpoint, name, sim_key(name), world.clock.now() // SECOND) for name in names]


def newest(world: SimWorld) -> int:
    return world.ledger.head().root_log_size


def test_the_state_must_be_in_a_leaf_of_what_was_cosigned(world: SimWorld, evidence: Evidence[ReadingClaim]) -> None:
    size = newest(world)
    part = cosigned_evidence(world.ledger, evidence, {size: signed(world, size, *NAMES)}).cosigned
    assert part is not None
    too_small: dict[int, list[Cosignature]] = {part.index: signed(world, part.index, *NAMES)}
    for by_size in ({}, too_small):
        with pytest.raises(NotCosigned):
            cosigned_evidence(world.ledger, evidence, by_size)
    with pytest.raises(NotCosigned):
        cosigned_evidence(world.ledger, world.evidence(0, 41), {size: signed(world, size, *NAMES)})
    just = cosigned_evidence(world.ledger, evidence, {part.index + 1: signed(world, part.index + 1, *NAMES)}).cosigned
    assert just is not None
    assert (just.size, just.index) == (part.index + 1, part.index)


def test_the_size_with_the_most_witnesses_is_taken(world: SimWorld, evidence: Evidence[ReadingClaim]) -> None:
    size = newest(world)
    world.must(world.inspector.certify(world.terminal, START, START + 2 * DAY))
    by_size = {size: signed(world, size, *NAMES[:2]), size + 1: signed(world, size + 1, NAMES[2])}
    part = cosigned_evidence(world.ledger, evidence, by_size).cosigned
    assert part is not None
    assert (part.size, [each.name for each in part.cosignatures]) == (size, list(NAMES[:2]))


def test_evidence_of_another_ledger_is_not_cosigned(
    evidence: Evidence[ReadingClaim], tmp_path: Path, world: SimWorld
) -> None:
    other = SimWorld(tmp_path, founder="bob")
    with pytest.raises(WrongEvidence):
        cosigned_evidence(other.ledger, evidence, {})
    other.close()


def test_three_cosignatures_leave_a_reading_below_its_limit(world: SimWorld, evidence: Evidence[ReadingClaim]) -> None:
    size = newest(world)
    made = cosigned_evidence(world.ledger, evidence, {size: signed(world, size, *NAMES)})
    assert made.cosigned is not None
    bare, whole = len(evidence.to_bytes()), len(made.to_bytes())
    longest = whole + 32 * (32 - len(made.cosigned.path))  # a path in a log of 2^32 leaves
    assert whole <= longest <= LIMIT
    assert longest - bare <= 1_400


def test_a_period_is_cosigned_as_a_reading_is(world: SimWorld) -> None:
    made, trust = world.period("meter 0", Interval(FIRST_DAY, FIRST_DAY + DAY), [0]), world.trust()
    world.must(world.inspector.certify(world.terminal, START, START + 3 * DAY))
    size = newest(world)
    raw = cosigned_evidence(world.ledger, made, {size: signed(world, size, *NAMES)}).to_bytes()
    listed = Cosigner(WitnessKey(NAMES[0], sim_key(NAMES[0]).public), "east")
    trust = replace(trust, cosigners=(listed,), operators=("acme",))
    outcome = verification_outcome(raw, trust, world.clock.now())
    assert outcome.verdict is Verdict.PROVEN
    assert "single-operator" not in {each.code for each in outcome.caveats}
    assert "cosigned_by" in outcome.facts


def test_a_renewed_file_has_no_cosignature_of_the_state_before(
    world: SimWorld, evidence: Evidence[ReadingClaim]
) -> None:
    size = newest(world)
    made = cosigned_evidence(world.ledger, evidence, {size: signed(world, size, *NAMES)})
    assert refresh(world.ledger, made).cosigned is None


def test_no_changed_byte_makes_a_witness_count(world: SimWorld, evidence: Evidence[ReadingClaim]) -> None:
    size, now = newest(world), world.clock.now()
    raw = cosigned_evidence(world.ledger, evidence, {size: signed(world, size, *NAMES)}).to_bytes()
    listed = tuple(Cosigner(WitnessKey(name, sim_key(name).public), name.partition(".")[0]) for name in NAMES)
    trust = replace(world.trust(), header=evidence.light.header, cosigners=listed, operators=("acme",))
    whole = verification_outcome(raw, trust, now)
    said = set(_list(whole.facts["cosigned_by"]))
    assert len(said) == 3
    for at in range(len(evidence.to_bytes()), len(raw)):
        changed = raw[:at] + bytes([raw[at] ^ 1 << at % 8]) + raw[at + 1 :]
        outcome = verification_outcome(changed, trust, now)
        if outcome.verdict is not Verdict.REFUSED:
            assert set(_list(outcome.facts.get("cosigned_by", []))) < said


def _list(value: object) -> list[str]:
    assert isinstance(value, list)
    return value
