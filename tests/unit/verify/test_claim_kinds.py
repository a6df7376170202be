"""Other kinds of claim than a reading are verified by the same state and frame proofs, and their own steps.

The kinds here are the tests' own: one stands on a frame, one on several, and one on a state record alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from veriwatt.encoding import Fields, Value
from veriwatt.errors import NotProven
from veriwatt.model.evidence.evidence import Claim, Evidence
from veriwatt.model.evidence.frame_proof import FramePart
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.ledger.state_keys import passport_key
from veriwatt.model.terminals.passport import Passport
from veriwatt.reading.evidence.build import prove_claim
from veriwatt.reading.evidence.frame_proof import include_frames
from veriwatt.testing.worlds import OFFICE, PLANT, SimWorld
from veriwatt.units import DAY, UtcMillis
from veriwatt.verify.caveats import ledger_caveats
from veriwatt.verify.claims.kinds import CLAIM_KINDS, ClaimKinds
from veriwatt.verify.frame_proof import ProvenFrame
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.state_proof import ProvenState
from veriwatt.verify.steps import PROOF_STEPS, StepFailed, step
from veriwatt.verify.verdict import Caveat, Verdict


@dataclass(frozen=True, slots=True)
class AnchoredClaim:
    """Each of `frames` frames of `org` was anchored by `time`: `["anchored", org, frames, time]`."""

    KIND: ClassVar[str] = "anchored"

    org: str
    frames: int
    time: UtcMillis

    @property
    def needs_newest_anchor(self) -> bool:
        return False

    def times(self) -> tuple[UtcMillis, ...]:
        return ()

    def state_keys(self) -> tuple[bytes, ...]:
        return ()

    def fields(self) -> list[Value]:
        return [self.KIND, self.org, self.frames, self.time]

    @classmethod
    def parse(cls, value: object) -> AnchoredClaim:
        claim = Fields(value, "claim", 4)
        claim.text("kind")
        return cls(claim.name("org"), claim.uint("frames", 31), claim.int("time"))


@dataclass(frozen=True, slots=True)
class CertifiedClaim:
    """`by` has certified terminal `terminal` of `org`: `["certified", org, terminal, by]`."""

    KIND: ClassVar[str] = "certified"

    org: str
    terminal: str
    by: str

    @property
    def frames(self) -> int:
        return 0

    @property
    def needs_newest_anchor(self) -> bool:
        return False

    def times(self) -> tuple[UtcMillis, ...]:
        return ()

    def state_keys(self) -> tuple[bytes, ...]:
        return (passport_key(self.org, self.terminal),)

    def fields(self) -> list[Value]:
        return [self.KIND, self.org, self.terminal, self.by]

    @classmethod
    def parse(cls, value: object) -> CertifiedClaim:
        claim = Fields(value, "claim", 4)
        claim.text("kind")
        return cls(claim.name("org"), claim.name("terminal"), claim.name("by"))


@dataclass(frozen=True, slots=True)
class Stated:
    """What these claims come to: their facts."""

    state: ProvenState
    proven: dict[str, object]

    @property
    def verdict(self) -> Verdict:
        return self.state.trust.verdict

    def facts(self) -> dict[str, object]:
        return self.proven

    def caveats(self, trust: Trust | None, _: UtcMillis) -> list[Caveat]:
        return list(ledger_caveats(self.state, trust, ()))


def verify_anchored(claim: AnchoredClaim, frames: tuple[ProvenFrame, ...], state: ProvenState) -> Stated:
    with step(11, PROOF_STEPS | {11: "anchored in time"}):
        late = [frame.position for frame in frames if frame.times.anchored_before > claim.time]
        if late:
            raise NotProven(f"frames {late} may have been anchored later")
    return Stated(state, {"positions": [frame.position for frame in frames]})


def verify_certified(claim: CertifiedClaim, _: tuple[ProvenFrame, ...], state: ProvenState) -> Stated:
    with step(11, PROOF_STEPS | {11: "certification"}):
        passport = state.record("passport of the terminal", claim.state_keys()[0], Passport.from_bytes)
        if claim.by not in {each.org for each in passport.certifications}:
            raise NotProven(f"{claim.by} has not certified the terminal")
    return Stated(state, {"certified_by": claim.by})


KINDS: ClaimKinds = {**CLAIM_KINDS, AnchoredClaim: verify_anchored, CertifiedClaim: verify_certified}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> SimWorld:
    world = SimWorld(tmp_path_factory.mktemp("world"))
    for day in range(2):
        world.day(day)
        world.anchor()
    return world


def prove(world: SimWorld, claim: Claim, *positions: int) -> bytes:
    with world.ledger.snapshot() as now:
        frames = [part(world, at) for at in positions]
        included = include_frames(now, world.chain, "acme", positions)
        return prove_claim(now, world.ledger.chain_id, claim, frames, included).to_bytes()


def part(world: SimWorld, position: int, group: str = PLANT) -> FramePart:
    envelope = parse_frame(world.frames[position].upload).envelope
    return FramePart(envelope.payload, envelope.signature, group, position)


def refused(world: SimWorld, raw: bytes) -> tuple[int, str]:
    with pytest.raises(StepFailed) as failed:
        verify_evidence(raw, world.trust(), world.clock.now(), kinds=KINDS)
    return failed.value.step, failed.value.name


@pytest.mark.parametrize("positions", [(0,), (1,), (0, 1)])
def test_a_claim_stands_on_as_many_frames_as_it_says(world: SimWorld, positions: tuple[int, ...]) -> None:
    claim = AnchoredClaim("acme", len(positions), world.clock.now() + DAY)
    proven = verify_evidence(prove(world, claim, *positions), world.trust(), world.clock.now(), kinds=KINDS)
    assert (proven.verdict, proven.facts()) == (Verdict.PROVEN, {"positions": list(positions)})
    assert [each.code for each in proven.caveats(None, world.clock.now())] == ["single-operator"]


def test_frames_of_different_groups_are_proven_together(world: SimWorld) -> None:
    claim = AnchoredClaim("acme", 2, world.clock.now() + DAY)
    with world.ledger.snapshot() as now:
        frames = [part(world, 0, PLANT), part(world, 1, OFFICE)]
        included = include_frames(now, world.chain, "acme", (0, 1))
        raw = prove_claim(now, world.ledger.chain_id, claim, frames, included).to_bytes()
    assert verify_evidence(raw, None, world.clock.now(), kinds=KINDS).facts() == {"positions": [0, 1]}


def test_a_claim_fails_at_its_own_step(world: SimWorld) -> None:
    early = AnchoredClaim("acme", 1, world.clock.now() - DAY)
    assert refused(world, prove(world, early, 1)) == (11, "anchored in time")


def test_every_frame_of_a_claim_is_verified(world: SimWorld) -> None:
    raw = prove(world, AnchoredClaim("acme", 2, world.clock.now() + DAY), 0, 1)
    evidence = Evidence.from_bytes(raw, KINDS)
    for at, frame in enumerate(evidence.proofs.frames):
        altered = replace(frame, signature=bytes(64))
        frames = tuple(altered if n == at else each for n, each in enumerate(evidence.proofs.frames))
        assert refused(world, with_frames(evidence, frames)) == (7, "data chain")


def test_frames_are_in_the_order_of_their_positions(world: SimWorld) -> None:
    raw = prove(world, AnchoredClaim("acme", 2, world.clock.now() + DAY), 0, 1)
    evidence = Evidence.from_bytes(raw, KINDS)
    one, other = evidence.proofs.frames
    for frames in ((other, one), (one, one)):
        assert refused(world, with_frames(evidence, frames)) == (1, "canonical form")


def with_frames(evidence: Evidence[Claim], frames: tuple[FramePart, ...]) -> bytes:
    return replace(evidence, proofs=replace(evidence.proofs, frames=frames)).to_bytes()


def test_a_file_with_another_number_of_frames_than_its_claim_says_is_refused(world: SimWorld) -> None:
    evidence = Evidence.from_bytes(prove(world, AnchoredClaim("acme", 2, world.clock.now() + DAY), 0, 1), KINDS)
    assert refused(world, with_frames(evidence, evidence.proofs.frames[:1])) == (1, "canonical form")


def test_a_claim_may_stand_on_state_records_alone(world: SimWorld) -> None:
    raw = prove(world, CertifiedClaim("acme", "t1", "metro"))
    proven = verify_evidence(raw, world.trust(), world.clock.now(), kinds=KINDS)
    assert (proven.verdict, proven.facts()) == (Verdict.PROVEN, {"certified_by": "metro"})
    assert refused(world, prove(world, CertifiedClaim("acme", "t1", "rival"))) == (11, "certification")
    assert refused(world, prove(world, CertifiedClaim("acme", "t2", "metro"))) == (11, "certification")


def test_a_kind_that_is_not_accepted_is_refused(world: SimWorld) -> None:
    raw = prove(world, CertifiedClaim("acme", "t1", "metro"))
    with pytest.raises(StepFailed) as failed:
        verify_evidence(raw, None, world.clock.now())
    assert failed.value.step == 1
