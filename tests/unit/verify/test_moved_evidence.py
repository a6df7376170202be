"""Evidence of before a move, of after it, and across it: what a trust file of the new ledger proves.

Docs/spec/evidence.md, steps 2 and 4; docs/spec/trust-file.md, predecessors.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import BadInput, Malformed
from veriwatt.ledger.embedded.block import finalise
from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.trust_file import Trust, parse_trust, render
from veriwatt.model.ledger.block import LightBlock
from veriwatt.reading.evidence.build import evidence_file, refresh
from veriwatt.reading.evidence.own_ledger import WrongEvidence
from veriwatt.testing.actors import sim_validator
from veriwatt.testing.moves import move_world
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import DAY, MINUTE, Interval
from veriwatt.verify.claims.kinds import CLAIM_KINDS
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.steps import StepFailed
from veriwatt.verify.verdict import Verdict


class Moved:
    """A world of two days anchored on the old ledger, one signed for it and anchored on the new one, and one after."""

    def __init__(self, folder: Path) -> None:
        self.folder, world = folder, SimWorld(folder / "old", founders=1, certifier="acme")
        self.world = world
        world.day(0)
        world.anchor()
        self.early = world.evidence(0, 8).to_bytes()
        world.day(1)
        world.anchor()
        self.old_trust = world.trust()
        self.spooled = world.day(2)
        self.old, _ = move_world(world, folder / "new")
        self.world.anchor()
        world.day(3)
        world.anchor()
        self.trust = world.trust()

    def verdict(self, raw: bytes, trust: Trust | None = None) -> tuple[Verdict, list[str]]:
        """Verdict and codes of caveats; raises StepFailed."""
        trust, now = self.trust if trust is None else trust, self.world.clock.now()
        claim = verify_evidence(raw, trust, now)
        return claim.verdict, [each.code for each in claim.caveats(trust, now)]


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Moved:
    return Moved(tmp_path_factory.mktemp("moved"))


def at_the_end(moved: Moved) -> bytes:
    """Evidence of day 0 as of the old ledger's end."""
    world = SimWorld.__new__(SimWorld)
    world.__dict__.update(moved.world.__dict__ | {"ledger": moved.old})
    return world.evidence(0, 8).to_bytes()


def test_evidence_as_of_the_end_is_proven_by_the_new_trust_file(moved: Moved) -> None:
    verdict, caveats = moved.verdict(at_the_end(moved))
    assert verdict is Verdict.PROVEN
    assert "through-predecessor" in caveats


def test_evidence_of_before_the_end_is_consistent_and_proven_once_renewed(moved: Moved) -> None:
    verdict, caveats = moved.verdict(moved.early)
    assert verdict is Verdict.CONSISTENT
    assert "refresh-needed" in caveats
    assert moved.verdict(moved.early, moved.old_trust)[0] is Verdict.CONSISTENT
    renewed = refresh(moved.world.ledger, moved.world.evidence(0, 8))
    verdict, caveats = moved.verdict(evidence_file(renewed))
    assert verdict is Verdict.PROVEN
    assert "moved" in caveats
    assert "refresh-needed" not in caveats


def test_a_file_of_the_old_ledger_is_renewed_at_the_new_one(moved: Moved) -> None:
    old = Evidence.from_bytes(moved.early, CLAIM_KINDS)
    raw = evidence_file(refresh(moved.world.ledger, old))
    assert moved.verdict(raw)[0] is Verdict.PROVEN
    with pytest.raises(WrongEvidence):
        refresh(moved.old, Evidence.from_bytes(raw, CLAIM_KINDS))


def test_a_frame_signed_for_the_old_ledger_and_anchored_on_the_new_one_is_proven(moved: Moved) -> None:
    assert moved.spooled.header.chain == moved.old.chain_id
    verdict, caveats = moved.verdict(moved.world.evidence(2, 8).to_bytes())
    assert (verdict, "moved" in caveats) == (Verdict.PROVEN, True)


def test_evidence_of_after_the_move_says_nothing_of_it(moved: Moved) -> None:
    verdict, caveats = moved.verdict(moved.world.evidence(3, 8).to_bytes())
    assert verdict is Verdict.PROVEN
    assert not {"moved", "through-predecessor"}.intersection(caveats)


def test_one_figure_is_of_frames_of_both_ledgers(moved: Moved) -> None:
    period = Interval(FIRST_DAY, FIRST_DAY + 4 * DAY)
    raw = moved.world.period("meter 0", period, [0, 1, 2, 3]).to_bytes()
    verdict, caveats = moved.verdict(raw)
    assert (verdict, "moved" in caveats) == (Verdict.PROVEN, True)


def test_the_operator_who_goes_on_writing_proves_nothing_to_whoever_has_the_new_trust_file(moved: Moved) -> None:
    """The same key signs a later header of the old ledger over whatever state it likes, here the state of the end."""
    made = Evidence.from_bytes(at_the_end(moved), CLAIM_KINDS)
    later = replace(made.light.header, height=made.light.header.height + 1)
    block = finalise(later, (), (), sim_validator())
    forged = replace(made, light=LightBlock(block.header, block.commit, made.light.validators)).to_bytes()
    with pytest.raises(StepFailed) as failed:
        moved.verdict(forged)
    assert (failed.value.step, failed.value.cause.code) == (4, "beyond-end")
    assert moved.verdict(forged, moved.old_trust)[0] is Verdict.PROVEN, "the old trust file does not know of the move"


def test_an_honest_node_of_a_ledger_that_ended_signs_no_further_head(moved: Moved) -> None:
    height = moved.old.head().height
    moved.world.clock.advance_to(moved.world.clock.now() + 5 * MINUTE)
    moved.old.sign_fresh_head()
    assert moved.old.head().height == height


def test_a_second_end_under_the_old_keys_is_a_contradiction(moved: Moved) -> None:
    (before,) = moved.trust.predecessors
    other = replace(before, end=replace(before.ended, header_hash=sha256(b"another history")))
    forked = replace(moved.trust, predecessors=(other,))
    raw = at_the_end_of_height(moved, before.ended.height)
    with pytest.raises(StepFailed) as failed:
        moved.verdict(raw, forked)
    assert failed.value.step == 4


def at_the_end_of_height(moved: Moved, height: int) -> bytes:
    """The old evidence moved to the header of this height: enough for step 4."""
    made = Evidence.from_bytes(moved.early, CLAIM_KINDS)
    return replace(made, light=moved.old.light_block(height)).to_bytes()


def test_a_trust_file_without_the_predecessor_refuses_the_old_ledgers_evidence(moved: Moved) -> None:
    with pytest.raises(StepFailed) as failed:
        moved.verdict(moved.early, replace(moved.trust, predecessors=()))
    assert failed.value.step == 2


def test_a_frame_of_a_third_ledger_is_refused(moved: Moved, tmp_path: Path) -> None:
    """Its terminal has the same name and key; the state names no such predecessor."""
    other = SimWorld(tmp_path / "other", name="other", founders=1, certifier="acme")
    foreign = other.day(0)
    made = moved.world.evidence(3, 8)
    part = replace(made.proofs.frames[0], header=foreign.header.to_bytes())
    raw = replace(made, proofs=replace(made.proofs, frames=(part,))).to_bytes()
    with pytest.raises(StepFailed) as failed:
        moved.verdict(raw)
    assert failed.value.step == 2


def test_a_file_that_hides_or_edits_the_record_of_the_move_is_refused(moved: Moved) -> None:
    made = moved.world.evidence(2, 8)
    values = made.state.values
    line = values[4]
    assert line is not None
    for edited in (values[:4] + values[5:], (*values[:4], None, *values[5:]), (*values[:4], line[:-1], *values[5:])):
        raw = replace(made, state=replace(made.state, values=edited)).to_bytes()
        with pytest.raises(StepFailed) as failed:
            moved.verdict(raw)
        assert failed.value.step in (2, 5)


def test_predecessors_are_read_back_and_a_wrong_one_is_named(moved: Moved) -> None:
    raw = render(moved.trust)
    assert parse_trust(raw) == moved.trust
    assert json.loads(raw)["predecessors"][0]["chain_id"] == moved.old.chain_id
    for name, value in (
        ("chain_id", "sim-0000000000000000"),
        ("height", 2**63),
        ("height", True),
        ("time", "today"),
        ("header_hash", "00"),
        ("root_log_size", -1),
    ):
        said = json.loads(raw)
        said["predecessors"][0][name] = value
        with pytest.raises(BadInput, match="predecessors|trust"):
            parse_trust(json.dumps(said, indent=2).encode() + b"\n", "trust.json")
    (before,) = moved.trust.predecessors
    with pytest.raises(Malformed):
        replace(moved.trust, predecessors=(before, before))
    with pytest.raises(Malformed):
        replace(moved.trust, predecessors=(replace(before, end=replace(before.ended, height=10**6)),))
