"""Building evidence, and renewing it under the newest state of the ledger.

The claim, what discloses it and the signed frames never change; what is proven about them (anchor, passport,
definitions, light block) is as of one height. So `refresh` needs neither keys nor frames, only the ledger.
What is built may prove nothing: it is handed out as an `evidence_file`, which verifies it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from veriwatt.errors import NotFound
from veriwatt.ids import Digest
from veriwatt.machine.ledger_line import line_of
from veriwatt.model.evidence.evidence import Claim, Evidence
from veriwatt.model.evidence.file_limits import MAX_FRAMES, check_most
from veriwatt.model.evidence.frame_proof import FramePart
from veriwatt.model.evidence.paths import StatePart
from veriwatt.model.evidence.period_claim import ClaimedPeriod, PeriodClaim, check_length
from veriwatt.model.evidence.reading_claim import ClaimedSlot, ReadingClaim
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.points.point import PointDefinition
from veriwatt.ports.key_agent import KeyAgent, Purpose
from veriwatt.ports.ledger import Ledger, Snapshot
from veriwatt.reading.evidence.frame_proof import ChainReader, build_frame_proofs, include_frames
from veriwatt.reading.evidence.own_ledger import check_own_ledger
from veriwatt.reading.evidence.period_claim import context_of, disclose_period, positions_in
from veriwatt.reading.evidence.reading_claim import disclose_reading
from veriwatt.reading.evidence.stated import check_stated
from veriwatt.readmodel.group_opener import GroupOpener
from veriwatt.readmodel.ledger_cache import LedgerCache
from veriwatt.readmodel.points import Points
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import Interval
from veriwatt.verify.claims.kinds import ProvenClaim
from veriwatt.verify.file_limits import check_kept, check_sources
from veriwatt.verify.frame_proof import ParsedFrame
from veriwatt.verify.procedure import state_keys, verify_evidence

C = TypeVar("C", bound=Claim)


def build_reading_evidence(
    ledger: Ledger, chain: ChainReader, agent: KeyAgent, slot: ClaimedSlot, position: int
) -> Evidence[ReadingClaim]:
    """Evidence of one slot's reading, at the ledger's newest height.

    Args:
        chain: the data chain of the slot's org.
        agent: gives the key that opens the frame's group; evidence discloses one leaf, never a key.
        position: of the frame that states the slot, from the read model.

    Raises:
        NotFound: the ledger knows no such point, or the frame states no such slot.
        NotAnchored: the frame is not on the ledger yet.
        KeyRefused: the owner's agent does not give the key.
        Unavailable: the ledger does not answer.
    """
    frame = parse_frame(chain.upload(position))
    opener = GroupOpener(LedgerCache(ledger), agent, Purpose.EVIDENCE)
    claim, part = disclose_reading(Points(ledger), opener, frame, slot, position)
    with ledger.snapshot() as now:
        return prove_claim(now, ledger.chain_id, claim, [part], include_frames(now, chain, frame.org, [position]))


def build_period_evidence(
    ledger: Ledger,
    chain: ChainReader,
    agent: KeyAgent,
    view: ReadingsView,
    org: str,
    definition: PointDefinition,
    period: Interval,
) -> Evidence[PeriodClaim]:
    """Evidence of a period's figure, at the ledger's newest height.

    Args:
        chain: the data chain of `org`.
        agent: gives the keys that open the frames' groups.
        view: says which frames state the slots of the period and of a register's context.

    Raises:
        PeriodTooLong: the period has more than 31 days.
        NotFound: as `check_stated`; or the ledger has no such point.
        SeveralDefinitions: the values that decide the figure were stated under several definitions.
        NotInOneFile: they are in more frames, or of more terminals or group versions, than a file holds.
        NotAnchored, KeyRefused, Unavailable: as of `build_reading_evidence`.
    """
    check_length(period)
    points = Points(ledger)
    timeline, history = points.record(org, definition.id), points.history(org, definition.id)
    if timeline is None:
        raise NotFound(f"org {org!r} has no point {definition.id!r}")
    found = history.at(period.start, definition)
    check_stated(view, org, found.definition, period)
    beginning = max(found.span.start, timeline.series[0].effective_from)
    series = replace(found, span=Interval(beginning, found.span.end))
    context = context_of(view, org, series, period, history.record)
    positions = positions_in(view.read(org, definition.id, context.start, context.end), context)
    if not positions:  # a gap that the ends of the period cut, and nothing else
        raise NotFound(f"no frame states a reading of point {definition.id!r} that decides this period")
    return disclose_frames(ledger, chain, agent, ClaimedPeriod(org, definition.id, period, context), positions)


def disclose_frames(
    ledger: Ledger, chain: ChainReader, agent: KeyAgent, claimed: ClaimedPeriod, positions: Sequence[int]
) -> Evidence[PeriodClaim]:
    """Evidence of the period from the frames at these ascending positions; raises as `build_period_evidence`."""
    check_most("frames", len(positions), MAX_FRAMES)
    frames = [(position, parse_frame(chain.upload(position))) for position in positions]
    opener = GroupOpener(LedgerCache(ledger), agent, Purpose.EVIDENCE)
    claim, parts = disclose_period(Points(ledger), opener, frames, claimed)
    parsed = [ParsedFrame.of(part) for part in parts]
    check_sources(parsed)
    with ledger.snapshot() as now:
        found = prove_claim(now, ledger.chain_id, claim, parts, include_frames(now, chain, claimed.org, positions))
    check_kept(found, parsed, state_keys(claim, parsed, found.chain))
    return found


def refresh(ledger: Ledger, evidence: Evidence[C]) -> Evidence[C]:
    """The same claim, frames and anchors, proven at the ledger's newest height.

    Raises:
        WrongEvidence: the file is of another ledger.
        Unavailable: the ledger does not answer.
    """
    with ledger.snapshot() as now:
        check_own_ledger(evidence.chain, ledger.chain_id, line_of(now))
        return prove_claim(now, ledger.chain_id, evidence.claim, evidence.proofs.frames, evidence.proofs.chain)


def prove_claim(
    ledger: Snapshot, chain: str, claim: C, frames: Sequence[FramePart], inclusion: tuple[Digest, ...]
) -> Evidence[C]:
    """Evidence of `claim` on these frames, as of one height; it is not verified.

    Args:
        inclusion: the proof of the frames' positions, as of `include_frames`.

    Raises:
        NotAnchored: a frame is not on the ledger yet.
    """
    parsed = [ParsedFrame.of(part) for part in frames]
    keys = state_keys(claim, parsed, chain)
    proof = ledger.prove(keys)
    newest = claim.needs_newest_anchor
    proofs = build_frame_proofs(ledger, proof.values, claim.org, parsed, inclusion, newest=newest)
    state = StatePart(tuple(proof.values[key] for key in keys), proof.proof)
    return Evidence(proof.light.header.chain_id, claim, proofs, state, proof.light)


def evidence_file(evidence: Evidence[C]) -> bytes:
    """The file to hand out, after it was verified as its reader will verify it, but without a trust file.

    Raises:
        StepFailed: it proves nothing, as when the frame was signed by a key that was reported compromised.
    """
    raw, _ = proven_file(evidence)
    return raw


def proven_file(evidence: Evidence[C]) -> tuple[bytes, ProvenClaim]:
    """The file to hand out and what it proves; raises as `evidence_file`."""
    raw = evidence.to_bytes()
    return raw, verify_evidence(raw, None, evidence.light.header.time_ms)
