"""Verifying evidence: from bytes, a trust file and a time to the proven claim, or to the first step that failed.

Evidence is a claim, a proof for each of its frames, and a proof of the ledger's state. The steps have the numbers of
docs/spec/evidence.md:

   state proof
 1. canonical form   the bytes are the one spelling of one evidence file, whose numbers and times have their bounds
 2. one ledger       file, frame headers, light block and trust file name one chain; claim and frames one org
 3. light block      more than two thirds of its own validators made the block final, and each of the path
 4. trust            it is the trust file's checkpoint, or follows from it; and it is not older than allowed; witnesses
 5. state            one proof leads from every record that the steps below use to the block's app hash

   frame proof, for all frames
 6. anchors          their leaves are in the org's log of anchors; each added frames of the file, or is the newest
 7. data chain       the frames are in the data chain at their positions, under the newest anchor's root
 8. passport         the terminal's key was registered, and no revocation, void or contradiction applies to the frame
 9. signature        that key signed the header, as a frame
10. times            the blocks that headers name, those of the anchors and those after them are in the root log

   claim
11. onward           the steps of the claim's kind: `claims/reading.py` has 11 to 14
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from veriwatt.errors import Malformed
from veriwatt.model.evidence.evidence import Claim, Evidence
from veriwatt.model.evidence.file_limits import MAX_KEPT
from veriwatt.model.evidence.frame_proof import FrameProofs
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.predecessor import Predecessor, parse_line
from veriwatt.model.ledger.state_keys import PREDECESSORS
from veriwatt.units import UtcMillis
from veriwatt.verify.claims.kinds import CLAIM_KINDS, ClaimKinds, ProvenClaim
from veriwatt.verify.cosigned import prove_cosigned
from veriwatt.verify.file_limits import check_kept, check_sources
from veriwatt.verify.frame_proof import (
    ParsedFrame,
    ProvenFrame,
    StatedFrame,
    check_data_chain,
    check_passport,
    check_signature,
    proven_frame,
)
from veriwatt.verify.frame_times import check_blocks, frame_times, prove_root_log, root_log_indices
from veriwatt.verify.light_block import verify_commit
from veriwatt.verify.log_proofs import anchors_of, prove_anchors
from veriwatt.verify.number_rules import check_number, check_numbers
from veriwatt.verify.state_proof import NO_LOGS, FrameRecords, LogRanges, ProvenState, log_keys, prove_state
from veriwatt.verify.steps import require_equal, step
from veriwatt.verify.time_bounds import check_time_bounds
from veriwatt.verify.verdict import BeyondEnd, check_age, decide_trust

MACHINES = (2, 3)
"""Versions of the state machine whose records this procedure reads."""


def verify_evidence(
    raw: bytes, trust: Trust | None, now: UtcMillis, max_age_ms: int | None = None, kinds: ClaimKinds = CLAIM_KINDS
) -> ProvenClaim:
    """The claim that an evidence file proves.

    Args:
        raw: the file, whole.
        trust: the reader's trust file; without it the verdict is at best *consistent*.
        now: the reader's clock, from which the trust period and ages are counted.
        max_age_ms: the largest age of the facts; None allows any.
        kinds: the kinds of claim to accept.

    Returns:
        The proven claim, made by its kind; `verify.verdict` says what its verdict means.

    Raises:
        StepFailed: names the first step that does not hold. Nothing else is raised, whatever the bytes.
    """
    with step(1):
        evidence = Evidence.from_bytes(raw, kinds)
        frames = [ParsedFrame.of(part) for part in evidence.proofs.frames]
        check_sources(frames)
        if len(raw) > MAX_KEPT:
            check_kept(evidence, frames, state_keys(evidence.claim, frames, evidence.chain))
        check_time_bounds(evidence, [frame.header for frame in frames])
        check_numbers(frame.header for frame in frames)
    with step(2):
        line = _check_one_ledger(evidence, frames, trust)
    light, claim = evidence.light, evidence.claim
    with step(3):
        for block in (light, *evidence.path):
            verify_commit(block, evidence.chain)
    with step(4):
        check_age(light.header, now, max_age_ms)
        decision = decide_trust(light, trust, now, evidence.path)
        cosigners = prove_cosigned(evidence.cosigned, light.header, trust, now)
    with step(5):
        state = prove_state(light, evidence.state, _keys_of(evidence, frames), decision)
        records = [state.frame_records(frame.state_keys()) for frame in frames]
        logs = state.log_ranges(claim.org) if frames else NO_LOGS
    state = replace(state, epochs=logs.epochs, cosigners=cosigners, signed_for=line)
    proven = _prove_frames(evidence.proofs, claim, frames, records, logs, state)  # 6 to 10
    if claim.needs_newest_anchor:
        state = replace(state, newest_anchor=evidence.proofs.anchors.anchors[-1].anchor)
    return kinds[type(claim)](claim, proven, state)  # 11 onward


def _prove_frames(
    proofs: FrameProofs,
    claim: Claim,
    parsed: Sequence[ParsedFrame],
    records: Sequence[FrameRecords],
    logs: LogRanges,
    state: ProvenState,
) -> tuple[ProvenFrame, ...]:
    with step(6):
        prove_anchors(proofs.anchors, logs.anchors, claim.org, state.height)
        newest = logs.anchors.size - 1 if claim.needs_newest_anchor else None
        anchors = anchors_of(proofs.frames, proofs.anchors, newest)
    frames = [StatedFrame.of(frame, each.passport) for frame, each in zip(parsed, records, strict=True)]
    with step(7):
        check_data_chain(frames, proofs.chain, anchors)
    for frame, each, placed in zip(frames, records, anchors, strict=True):
        with step(8):
            key = check_passport(frame, each.passport, placed.anchor)
            check_number(each.number, placed.anchor.height)
        with step(9):
            check_signature(frame, key)
    with step(10):
        blocks = [placed.block for placed in proofs.anchors.anchors]
        indices = root_log_indices([frame.header for frame in frames], blocks, logs.root_log.size)
        leaves = prove_root_log(proofs.root_log, indices, logs.root_log)
        check_blocks(proofs.anchors.anchors, leaves)
        times = [
            frame_times(frame.header, placed, leaves, state.as_of)
            for frame, placed in zip(frames, anchors, strict=True)
        ]
    return tuple(map(proven_frame, frames, records, times))


def state_keys(claim: Claim, frames: Sequence[ParsedFrame], ledger: str) -> tuple[bytes, ...]:
    """The state keys of step 5: those of each frame in order, those of the claim, those of the logs; none twice.

    If a frame was signed for another ledger than `ledger`, the file's, the line of ledgers is before the logs.
    """
    keys = [*chain.from_iterable(frame.state_keys() for frame in frames), *claim.state_keys()]
    if any(frame.header.chain != ledger for frame in frames):
        keys.append(PREDECESSORS)
    return tuple(dict.fromkeys([*keys, *log_keys(claim.org)] if frames else keys))


def _keys_of(evidence: Evidence[Claim], frames: Sequence[ParsedFrame]) -> tuple[bytes, ...]:
    """The state keys of a file's values; a file of the form of before lacks the last, of the log epochs."""
    keys = state_keys(evidence.claim, frames, evidence.chain)
    return keys[:-1] if frames and len(evidence.state.values) == len(keys) - 1 else keys


def _check_one_ledger(
    evidence: Evidence[Claim], frames: Sequence[ParsedFrame], trust: Trust | None
) -> tuple[Predecessor, ...]:
    """The ledgers, other than the file's, for which frames of it were signed; step 5 proves the record of them."""
    header, signed_for = evidence.light.header, list[Predecessor]()
    if trust is not None and evidence.chain not in {each.chain_id for each in trust.predecessors}:
        require_equal("chain id, as in the trust file", trust.chain_id, evidence.chain)
    require_equal("chain id in the light block", evidence.chain, header.chain_id)
    line = _stated_line(evidence, frames)
    for frame in frames:
        before = line.get(frame.header.chain)
        if before is None:
            require_equal("chain id in the frame header", evidence.chain, frame.header.chain)
        else:
            _check_before_end(frame, before)
            signed_for.append(before)
        require_equal("org in the frame header", evidence.claim.org, frame.header.org)
    if header.version_app not in MACHINES:
        raise Malformed(f"the ledger has machine version {header.version_app}, which this verifier does not support")
    return tuple(dict.fromkeys(signed_for))


def _stated_line(evidence: Evidence[Claim], frames: Sequence[ParsedFrame]) -> dict[str, Predecessor]:
    """The predecessors, by chain id, that the file's state names, if the file has the record."""
    keys = _keys_of(evidence, frames)
    if PREDECESSORS not in keys or len(keys) != len(evidence.state.values):
        return {}
    try:
        return {each.chain_id: each for each in parse_line(evidence.state.values[keys.index(PREDECESSORS)])}
    except Malformed:  # the value at that place is another record: the file has none of these
        return {}


def _check_before_end(frame: ParsedFrame, before: Predecessor) -> None:
    """Raise BeyondEnd if a frame of a predecessor names a root-log leaf of after that one's end."""
    named, end = frame.header.root_log_size, before.ended
    if named > end.root_log_size:
        raise BeyondEnd(chain=before.chain_id, what=f"leaf {named - 1} of the root log, which a header names,")
