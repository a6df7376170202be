"""Verifying evidence of one reading: bytes, a trust file and a time in; a proven reading out, or the step that failed.

Steps, with the numbers of docs/spec/evidence.md:

 1. canonical form   the bytes are the one spelling of one evidence file
 2. one ledger       file, frame header, light block and trust file name one chain; claim and frame one org
 3. light block      more than two thirds of its own validators made the block final
 4. trust            it is the trust file's checkpoint, or follows from it; and is not older than asked for
 5. state            one proof shows every record below under the block's app hash
 6. anchor           its leaf is in the org's log of anchors
 7. data chain       the frame is among the leaves that this anchor added, under the anchor's root
 8. passport         the terminal's key was registered, and no revocation reaches the frame
 9. signature        that key signed the header, as a frame
10. times            the block that the frame knew, and the one after its anchor, are in the root log
11. definition       the point's definition is in the group version that the header names, in force
12. disclosure       the column leaf is under the header's column root, where a leaf of the point stands
13. statuses         the header shows the leaf's statuses, and its slots lie in the window
14. claim            the claimed slot is in that leaf
"""

from __future__ import annotations

from veriwatt.crypto.signing import PublicKey
from veriwatt.encoding import to_be_signed
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.tree import leaf_hash, verify_inclusion
from veriwatt.model.chain.anchor import AnchorLeaf
from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.frames.frame import Frame, check_protected, frame_id_of, parse_header
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.terminals.passport import Passport, check_anchored, check_last_frame, check_still_awaited, key_at
from veriwatt.units import HOUR, UtcMillis
from veriwatt.verify.anchor_times import Times, prove_times
from veriwatt.verify.certified import certification_of
from veriwatt.verify.disclosed import ProvenSlot, check_statuses, claimed_slot, prove_leaf
from veriwatt.verify.light_block import verify_commit
from veriwatt.verify.proven_state import ProvenState, prove_state
from veriwatt.verify.reading import Finality, ProvenReading
from veriwatt.verify.refusals import (
    AnchorBeyondState,
    NotInForceAnyMore,
    NotInForceYet,
    PassportVersionNotFound,
    WrongAnchor,
)
from veriwatt.verify.steps import same, step
from veriwatt.verify.trust_decision import TrustDecision, check_age, decide_trust

MACHINES = (1,)
"""Versions of the state machine whose records this procedure reads."""

ANCHOR_LAG = HOUR
"""How much later than it was accepted a frame may be anchored: so long do receipts promise it."""


def verify_evidence(raw: bytes, trust: Trust | None, now: UtcMillis, max_age_ms: int | None = None) -> ProvenReading:
    """The reading that an evidence file proves.

    Args:
        raw: the file, whole.
        trust: whom the reader believes; without it the verdict is at best *consistent*.
        now: the reader's clock; bounds the trust period and ages.
        max_age_ms: refuse facts older than this.

    Returns:
        The proven reading; its `verdict` is proven, or consistent where trust does not reach it.

    Raises:
        StepFailed: naming the first step that does not hold. Nothing else, whatever the bytes.
    """
    with step(1):
        evidence = Evidence.from_bytes(raw)
        frame = _frame(evidence)
    with step(2):
        _check_one_ledger(evidence, frame, trust)
    with step(3):
        verify_commit(evidence.light, evidence.chain)
    with step(4):
        check_age(evidence.light.header, now, max_age_ms)
        belief = decide_trust(evidence.light, trust, now)
    with step(5):
        root, part = evidence.light.header.app_hash, evidence.frame
        state = prove_state(Digest(root), evidence.state, frame.header, part.group, part.group_version)
    return _prove_frame(evidence, frame, state, belief)


def _prove_frame(evidence: Evidence, frame: Frame, state: ProvenState, belief: TrustDecision) -> ProvenReading:
    """Steps 6 to 14, under a proven state."""
    with step(6):
        anchor = _anchor(evidence, state)
    with step(7):
        _check_in_chain(evidence, frame, anchor)
    with step(8):
        key = _check_passport(frame, state.passport, anchor)
    with step(9):
        check_protected(frame.protected, key)
        frame.verify(key)
    with step(10):
        times = prove_times(evidence, frame.header, state.root_log, anchor)
    with step(11):
        definition = _definition(evidence, frame, state, times)
    slot = _prove_slot(evidence, frame, state.version, definition)
    return _reading(evidence, frame, state.passport, belief, times, definition, slot)


def _prove_slot(evidence: Evidence, frame: Frame, version: GroupVersion, definition: PointDefinition) -> ProvenSlot:
    entry, window = frame.header.group(evidence.frame.group), frame.header.window
    with step(12):
        leaf, place = prove_leaf(entry, window, version, evidence.definition.index, evidence.disclosure)
        same("point of the disclosed leaf", evidence.claim.point, leaf.point)
    with step(13):
        check_statuses(entry, window, leaf, place)
    with step(14):
        return claimed_slot(definition, leaf, evidence.claim.slot_start)


def _frame(evidence: Evidence) -> Frame:
    """The frame without its payloads; its group is one of the header's."""
    part = evidence.frame
    header = parse_header(part.header)
    header.group(part.group)
    signed = to_be_signed(part.protected, part.header)
    return Frame(header, part.protected, part.signature, signed, frame_id_of(signed), b"", ())


def _check_one_ledger(evidence: Evidence, frame: Frame, trust: Trust | None) -> None:
    header = evidence.light.header
    if trust is not None:
        same("chain id, as in the trust file", trust.chain_id, evidence.chain)
    same("chain id in the light block", evidence.chain, header.chain_id)
    same("chain id in the frame header", evidence.chain, frame.header.chain)
    same("org in the frame header", evidence.claim.org, frame.header.org)
    if header.version_app not in MACHINES:
        raise Malformed(f"the ledger is of machine version {header.version_app}, which this verifier does not know")


def _anchor(evidence: Evidence, state: ProvenState) -> AnchorLeaf:
    part = evidence.anchor
    verify_inclusion(leaf_hash(part.leaf), part.index, state.anchors.size, part.path, state.anchors.root())
    anchor = AnchorLeaf.from_bytes(part.leaf)
    same("org of the anchor", evidence.claim.org, anchor.org)
    if anchor.height >= evidence.light.header.height:
        raise AnchorBeyondState(anchor.height)
    return anchor


def _check_in_chain(evidence: Evidence, frame: Frame, anchor: AnchorLeaf) -> None:
    position, path = evidence.inclusion.position, evidence.inclusion.path
    if not anchor.old_size <= position < anchor.new_size:
        raise WrongAnchor(position=position, old_size=anchor.old_size, new_size=anchor.new_size)
    verify_inclusion(leaf_hash(frame.leaf_data()), position, anchor.new_size, path, anchor.root)


def _check_passport(frame: Frame, passport: Passport, anchor: AnchorLeaf) -> PublicKey:
    header = frame.header
    same("org of the passport", header.org, passport.org)
    same("terminal of the passport", header.terminal, passport.terminal)
    if not 1 <= header.passport_version <= passport.version:
        raise PassportVersionNotFound(named=header.passport_version, newest=passport.version)
    check_anchored(passport, anchor.height)
    check_last_frame(passport, frame.ref)
    check_still_awaited(passport, anchor.time - ANCHOR_LAG)
    return key_at(passport, header.number, header.collected_at)


def _definition(evidence: Evidence, frame: Frame, state: ProvenState, times: Times) -> PointDefinition:
    part, version, header = evidence.definition, state.version, frame.header
    same("definitions that the header names", version.root, header.group(evidence.frame.group).definition_root)
    verify_inclusion(leaf_hash(part.leaf), part.index, version.count, part.path, version.root)
    definition = PointDefinition.from_bytes(part.leaf)
    same("point of the definition", evidence.claim.point, definition.id)
    _check_in_force(version, state.next_version, header.window.start, times.signed_after)
    return definition


def _check_in_force(
    version: GroupVersion, newer: GroupVersion | None, start: UtcMillis, signed_after: UtcMillis | None
) -> None:
    """Raise unless the version held where the window starts, as far as the terminal could know when it signed."""
    if version.effective_from > start:
        raise NotInForceYet(group=version.group, version=version.n, begins=version.effective_from)
    known = newer is not None and signed_after is not None and newer.registered_at <= signed_after
    if newer is not None and known and newer.effective_from <= start:
        raise NotInForceAnyMore(group=version.group, version=version.n, newer=newer.n)


def _reading(
    evidence: Evidence,
    frame: Frame,
    passport: Passport,
    belief: TrustDecision,
    times: Times,
    definition: PointDefinition,
    slot: ProvenSlot,
) -> ProvenReading:
    light, part = evidence.light, evidence.frame
    header, certification = light.header, certification_of(passport, frame.header, definition, slot.span)
    return ProvenReading(
        definition=definition,
        slot=slot,
        frame_id=frame.frame_id,
        header=frame.header,
        group=frame.header.group(part.group),
        group_version=part.group_version,
        position=evidence.inclusion.position,
        passport=passport,
        certified_by=None if certification is None else certification.org,
        times=times,
        finality=Finality(header.chain_id, header.height - 1, header.time_ms, len(light.validators.validators), belief),
    )
