"""The facts and caveats of verified evidence of a reading, and how the trust file decides the verdict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.attacks.evidence_cases import proven_reading
from veriwatt.crypto.signing import Protection
from veriwatt.errors import NotProven
from veriwatt.ids import Digest
from veriwatt.ledger.embedded.block import body_bytes
from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.reading_claim import ReadingClaim
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.origin import Bridge, File, Manual, Origin
from veriwatt.model.ledger.block import (
    BlockId,
    Commit,
    CommitSig,
    LightBlock,
    Validator,
    ValidatorSet,
    VoteFlag,
    header_hash,
    part_set_hash,
    precommit_bytes,
    validators_hash,
)
from veriwatt.model.points.status import Status
from veriwatt.reading.evidence.build import refresh
from veriwatt.reading.evidence.frame_proof import NotAnchored
from veriwatt.reading.evidence.own_ledger import WrongEvidence
from veriwatt.testing.actors import sim_key
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import DAY, HOUR, MINUTE
from veriwatt.verify.claims.reading import STEPS
from veriwatt.verify.outcome import verification_outcome
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.steps import StepFailed
from veriwatt.verify.verdict import Verdict

AS_STATED = "version as stated by the signer; no contradiction recorded up to height 8"
TPM = "the terminal's key lies in a TPM: stated by its org, not attested"
SINGLE = "single operator: the ledger could have been rewritten by its operator, for no witness cosigned it"


def anchored(
    folder: Path,
    name: str = "sim",
    *,
    certifier: str = "metro",
    origin: Origin | None = None,
    protection: Protection = Protection.TPM,
) -> SimWorld:
    """A world with the frame of day 0, anchored."""
    world = SimWorld(folder, name, certifier=certifier, origin=origin, protection=protection)
    world.day(0)
    world.anchor()
    return world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> SimWorld:
    return anchored(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def evidence(world: SimWorld) -> Evidence[ReadingClaim]:
    return world.evidence(0, 41, "meter 2")


def caveats_of(world: SimWorld, evidence: Evidence[ReadingClaim], trust: Trust | None = None) -> list[str]:
    found = verification_outcome(evidence.to_bytes(), trust or world.trust(), world.clock.now())
    assert found.verdict is Verdict.PROVEN, found.failed
    return [caveat.text for caveat in found.caveats]


def test_the_facts_are_those_that_were_signed(world: SimWorld, evidence: Evidence[ReadingClaim]) -> None:
    found = verification_outcome(evidence.to_bytes(), world.trust(), world.clock.now(), source="by hand")
    facts = found.facts
    assert (facts["org"], facts["point"]) == ("acme", "meter 2")
    assert (facts["value"], facts["unit"], facts["status"]) == ("12.123", "kWh", "measured")
    assert (facts["start"], facts["end"]) == (FIRST_DAY + 41 * 15 * MINUTE, FIRST_DAY + 42 * 15 * MINUTE)
    assert (facts["terminal"], facts["certified_by"], facts["epoch"], facts["seq"]) == ("t1", "metro", 1, 1)
    assert facts["collected_at"] == world.frames[0].header.collected_at
    assert facts["chain"] == world.ledger.chain_id
    assert facts["facts_height"] == world.ledger.head().height - 1
    assert facts["origin"] == {"kind": "meter"}
    assert found.trust is not None
    assert (found.trust.source, found.trust.operator) == ("by hand", "single operator")


def test_the_times_bound_signing_and_anchoring(world: SimWorld, evidence: Evidence[ReadingClaim]) -> None:
    times = proven_reading(evidence.to_bytes(), None, world.clock.now()).frame.times
    assert times.signed_after is not None
    assert times.signed_after <= world.frames[0].header.collected_at <= times.anchor_time <= times.anchored_before


def test_the_next_block_bounds_the_anchors_time(tmp_path: Path) -> None:
    world = anchored(tmp_path)
    at_first = world.clock.now()
    for day in range(1, 9):
        world.day(day)
        world.anchor()
        if day == 1:
            next_block = world.clock.now()
    for day in range(8):
        times = proven_reading(world.evidence(day, 0).to_bytes(), None, world.clock.now()).frame.times
        assert times.anchored_before - times.anchor_time <= DAY + MINUTE
    first = proven_reading(world.evidence(0, 0).to_bytes(), None, world.clock.now()).frame.times
    assert at_first < first.anchored_before == next_block


def test_certified_metered_evidence_has_only_the_caveats_that_always_hold(
    world: SimWorld, evidence: Evidence[ReadingClaim]
) -> None:
    assert caveats_of(world, evidence) == [SINGLE, TPM, AS_STATED]


@pytest.mark.parametrize(
    ("protection", "word"),
    [
        (Protection.UNPROTECTED, "lies unprotected on its disk"),
        (Protection.FILE, "sealed under a passphrase"),
        (Protection.KEYRING, "keyring"),
    ],
)
def test_a_software_key_is_a_caveat(tmp_path: Path, protection: Protection, word: str) -> None:
    world = anchored(tmp_path, protection=protection)
    (_, key, _) = caveats_of(world, world.evidence(0, 0))
    assert word in key
    assert "does not protect against the device's owner" in key


def test_a_terminal_uncertified_or_certified_by_its_own_org_is_a_caveat(tmp_path: Path) -> None:
    own, none = anchored(tmp_path / "own", certifier="acme"), anchored(tmp_path / "none", certifier="")
    assert "the terminal was certified by its own org (acme) alone" in caveats_of(own, own.evidence(0, 0))
    assert any("was not certified when it collected" in each for each in caveats_of(none, none.evidence(0, 0)))


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (
            File(Digest(bytes(32)), "july.csv", Digest(bytes(32))),
            "values come from file july.csv; no certified terminal witnessed the measurement",
        ),
        (
            Bridge("scada"),
            "values come from the monitoring system scada; no certified terminal witnessed the measurement",
        ),
        (Manual("ann", "meter read by eye"), "values were entered by ann (meter read by eye); no meter was read"),
    ],
)
def test_an_origin_other_than_a_meter_is_a_caveat(tmp_path: Path, origin: Origin, words: str) -> None:
    world = anchored(tmp_path, origin=origin)
    assert caveats_of(world, world.evidence(0, 0)) == [SINGLE, TPM, words, AS_STATED]


@pytest.mark.parametrize(
    ("status", "word", "value"),
    [
        (Status.ESTIMATED, "estimated", "10.288"),
        (Status.MANUAL, "by hand", "10.288"),
        (Status.GAP, "there is no value", None),
    ],
)
def test_a_value_that_was_not_measured_is_a_caveat_and_a_gap_has_no_value(
    tmp_path: Path, status: Status, word: str, value: str | None
) -> None:
    world = anchored(tmp_path)
    world.clock.advance_to(world.slot_start(2, 1))
    made = world.made(world.window(1), world.columns(1, status=status))
    world.append(made)
    world.anchor()
    evidence = world.evidence(1, 0, position=made.position)
    found = verification_outcome(evidence.to_bytes(), world.trust(), world.clock.now())
    assert (found.facts["status"], found.facts["value"]) == (status.name.lower(), value)
    assert word in found.caveats[2].text


def test_what_a_frame_says_that_it_replaces_is_no_fact(tmp_path: Path) -> None:
    """The signer chooses it freely; a version is later by its position in the data chain alone."""
    world = anchored(tmp_path)
    replaced = parse_frame(world.frames[0].upload).frame_id
    made = world.made(world.window(0), world.columns(0), replaces=(replaced,))
    world.append(made)
    world.anchor()
    evidence = world.evidence(0, 0, position=made.position)
    assert caveats_of(world, evidence)[-1].startswith("version as stated by the signer")


# What the trust file decides


def test_without_a_trust_file_the_file_is_only_consistent(world: SimWorld, evidence: Evidence[ReadingClaim]) -> None:
    found = verification_outcome(evidence.to_bytes(), None, world.clock.now())
    assert (found.verdict, found.failed, found.trust) == (Verdict.CONSISTENT, None, None)
    assert found.caveats[0].text.startswith("root taken from the file itself")
    assert found.facts["value"] == "12.123"


def test_evidence_at_the_checkpoint_and_after_it_is_proven(tmp_path: Path) -> None:
    world = SimWorld(tmp_path)
    before = world.trust()
    world.day(0)
    world.anchor()
    for trust in (before, world.trust()):
        assert verification_outcome(world.evidence(0, 0).to_bytes(), trust, world.clock.now()).verdict is Verdict.PROVEN


def test_evidence_older_than_the_checkpoint_needs_a_refresh_and_then_is_proven(tmp_path: Path) -> None:
    world = anchored(tmp_path)
    old, before = world.evidence(0, 41), world.trust()
    world.day(9)
    world.anchor()
    trust, now = world.trust(), world.clock.now()
    stale = verification_outcome(old.to_bytes(), trust, now)
    assert stale.verdict is Verdict.CONSISTENT
    assert stale.caveats[0].text.startswith("as of 2026-01-02, 9 days before your trust file")
    assert "refresh needed" in stale.caveats[1].text
    renewed = refresh(world.ledger, old)
    assert (renewed.claim, renewed.proofs.frames) == (old.claim, old.proofs.frames)
    assert verification_outcome(renewed.to_bytes(), trust, now).verdict is Verdict.PROVEN
    assert verification_outcome(renewed.to_bytes(), before, now).verdict is Verdict.PROVEN
    assert renewed == world.evidence(0, 41)


def test_a_checkpoint_leads_on_only_within_its_trust_period(tmp_path: Path) -> None:
    fresh = SimWorld(tmp_path)
    trust = fresh.trust()
    fresh.day(0)
    fresh.anchor()
    raw, until = fresh.evidence(0, 0).to_bytes(), trust.header.time_ms + trust.trust_period_days * DAY
    assert verification_outcome(raw, trust, until - 1).verdict is Verdict.PROVEN
    late = verification_outcome(raw, trust, until)
    assert late.failed is not None
    assert (late.verdict, late.failed.step) == (Verdict.REFUSED, 4)


def test_facts_older_than_asked_for_are_refused(world: SimWorld, evidence: Evidence[ReadingClaim]) -> None:
    raw, as_of = evidence.to_bytes(), evidence.light.header.time_ms
    assert verify_evidence(raw, None, as_of + HOUR, max_age_ms=HOUR).state.as_of == as_of
    with pytest.raises(StepFailed) as refused:
        verify_evidence(raw, None, as_of + HOUR + 1, max_age_ms=HOUR)
    assert refused.value.step == 4


def test_an_old_trust_file_is_a_caveat_and_the_last_one(tmp_path: Path) -> None:
    world = anchored(tmp_path)
    trust, raw = world.trust(), world.evidence(0, 0).to_bytes()
    assert verification_outcome(raw, trust, trust.written + 30 * DAY - 1).caveats[-1].text == AS_STATED
    assert "30 days old" in verification_outcome(raw, trust, trust.written + 30 * DAY).caveats[-1].text


def test_four_validators_are_no_single_operator_and_three_suffice(
    world: SimWorld, evidence: Evidence[ReadingClaim]
) -> None:
    consortium, trust = of_four(evidence, world.trust(), signing=4)
    assert len(consortium.to_bytes()) <= 8192
    found = verification_outcome(consortium.to_bytes(), trust, world.clock.now())
    assert (found.verdict, found.facts["signers"]) == (Verdict.PROVEN, 4)
    assert SINGLE not in [caveat.text for caveat in found.caveats]
    three, trust = of_four(evidence, world.trust(), signing=3)
    assert verification_outcome(three.to_bytes(), trust, world.clock.now()).verdict is Verdict.PROVEN
    two, trust = of_four(evidence, world.trust(), signing=2)
    refused = verification_outcome(two.to_bytes(), trust, world.clock.now()).failed
    assert refused is not None
    assert refused.step == 3


def of_four(evidence: Evidence[ReadingClaim], trust: Trust, *, signing: int) -> tuple[Evidence[ReadingClaim], Trust]:
    """The same evidence and trust on a ledger finalised by four, of whom `signing` voted."""
    keys = {key.public.raw: key for key in (sim_key(f"of four {n}") for n in range(4))}
    validators = ValidatorSet.of(*(Validator.of(raw, 1) for raw in keys))
    names = validators_hash(validators)
    header = replace(evidence.light.header, validators_hash=names, next_validators_hash=names)
    block = BlockId(header_hash(header), 1, part_set_hash(body_bytes(header, ())))
    signed = precommit_bytes(header.chain_id, header.height, 0, block, header.time)
    votes = [
        CommitSig(VoteFlag.COMMIT, v.address, header.time, keys[v.public_key].sign(signed))
        if n < signing
        else CommitSig.absent()
        for n, v in enumerate(validators.validators)
    ]
    light = LightBlock(header, Commit(header.height, 0, block, tuple(votes)), validators)
    checkpoint = replace(trust, header=header, validators=validators)
    return replace(evidence, light=light), checkpoint


# Building


def test_a_frame_that_is_not_anchored_has_no_evidence(tmp_path: Path) -> None:
    world = SimWorld(tmp_path)
    world.day(0)
    with pytest.raises(NotAnchored):
        world.evidence(0, 0)


def test_evidence_is_refreshed_only_at_its_own_ledger(tmp_path: Path, evidence: Evidence[ReadingClaim]) -> None:
    other = anchored(tmp_path, name="other")
    with pytest.raises(WrongEvidence):
        refresh(other.ledger, evidence)


def test_every_point_of_every_group_has_evidence(world: SimWorld) -> None:
    for group, definitions in world.groups.items():
        for definition in definitions:
            reading = proven_reading(world.evidence(0, 95, definition.id).to_bytes(), None, world.clock.now())
            assert (reading.frame.group.group, reading.definition) == (group, definition)


def test_evidence_of_a_typical_frame_takes_less_than_eight_kilobytes(world: SimWorld) -> None:
    assert len(world.evidence(0, 41).to_bytes()) <= 8192


def test_a_failed_step_keeps_its_cause(world: SimWorld, evidence: Evidence[ReadingClaim]) -> None:
    forged = replace(evidence, chain="elsewhere-0000000000000000")
    with pytest.raises(StepFailed) as refused:
        verify_evidence(forged.to_bytes(), None, world.clock.now())
    assert (refused.value.step, refused.value.name) == (2, STEPS[2])
    assert isinstance(refused.value.__cause__, NotProven)


def test_caveats_of_a_reading_need_no_trust_file(world: SimWorld, evidence: Evidence[ReadingClaim]) -> None:
    reading = proven_reading(evidence.to_bytes(), None, world.clock.now())
    texts = [caveat.text for caveat in reading.caveats(None, world.clock.now())]
    assert texts[1:] == [SINGLE, TPM, AS_STATED]
