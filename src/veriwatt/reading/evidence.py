"""Making evidence of one reading, and renewing it under the newest state of the ledger.

What is disclosed and signed never changes; what is proven about it (anchor, passport, state, light
block) is as of one height. `refresh` therefore needs neither keys nor frames, only the ledger. A file is
verified before it is handed out.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Protocol

from veriwatt.encoding import decode
from veriwatt.errors import Corrupted, NotFound, Refused
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.merkle.range import CompactRange
from veriwatt.merkle.tree import NodeReader, inclusion_path, leaf_hash, path_of
from veriwatt.metering.group_points import GroupPoints
from veriwatt.metering.opening import open_columns, window_number
from veriwatt.model.chain.anchor import AnchorLeaf, RootLogLeaf
from veriwatt.model.evidence.evidence import (
    BlockPart,
    Claim,
    DisclosedLeaf,
    Evidence,
    FramePart,
    Inclusion,
    KnownLeaf,
    NextLeaf,
    PlacedLeaf,
    StatePart,
)
from veriwatt.model.frames.frame import Frame, FrameHeader, parse_header
from veriwatt.model.frames.sealed_group import disclose
from veriwatt.model.frames.upload import parse_frame
from veriwatt.model.ledger.state_keys import ROOT_LOG, anchors_key, passport_key
from veriwatt.model.terminals.passport import Passport
from veriwatt.ports.key_agent import KeyAgent, Purpose
from veriwatt.ports.ledger import Ledger, Snapshot, StateProof
from veriwatt.readmodel.points import Points
from veriwatt.verify.anchor_times import place_in_path, sibling_level
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.proven_state import derived_keys


class NotAnchored(Refused):
    """A frame that is accepted and not yet on the ledger: evidence has nothing to stand on."""

    code = "not-anchored"

    def __init__(self, org: str, position: int) -> None:
        super().__init__(f"frame {position} of {org} is not anchored yet; try again after the next anchor")
        self.org, self.position = org, position


class WrongEvidence(Refused):
    """Evidence that speaks of another ledger than the one at hand."""

    code = "wrong-evidence"

    def __init__(self, found: str, here: str) -> None:
        super().__init__(f"the evidence is of ledger {found}; the ledger here is {here}")
        self.found, self.here = found, here


class ChainReader(Protocol):
    """One org's data chain: its frames as accepted, and the nodes of its tree."""

    def upload(self, position: int) -> bytes: ...

    def reader(self) -> NodeReader: ...


def build_reading_evidence(
    ledger: Ledger, chain: ChainReader, agent: KeyAgent, claim: Claim, position: int
) -> Evidence:
    """Evidence of the claimed slot, at the ledger's newest height.

    Args:
        chain: the data chain of the claim's org.
        agent: gives what opens the frame's group; evidence discloses one leaf, never a key.
        position: of the frame whose statement of the slot counts, from the read model.

    Raises:
        NotFound: the ledger knows no such point, or the frame states no such slot.
        NotAnchored: the frame is not on the ledger yet.
        NotProven: what was built does not verify: the frame cannot be proven.
        Unavailable: the ledger does not answer.
    """
    frame = parse_frame(chain.upload(position))
    known = _group_of(ledger, frame.header, claim.point)
    part = FramePart(frame.protected, frame.header.to_bytes(), frame.signature, known.version.group, known.version.n)
    disclosure = _disclosure(frame, known, _passport(ledger, frame.header), agent, claim)
    said = Disclosed(claim, disclosure, _definition(known, claim.point), part)
    with ledger.snapshot() as now:
        return _verified(prove_at_head(now, said, include(now, chain, claim.org, position)))


def refresh(ledger: Ledger, evidence: Evidence) -> Evidence:
    """The same claim, frame and anchor, proven at the ledger's newest height.

    Raises:
        Refused: the file is of another ledger.
        NotProven: the file does not verify against this ledger, or does so no more.
        Unavailable: as `build_reading_evidence`.
    """
    if evidence.chain != ledger.chain_id:
        raise WrongEvidence(evidence.chain, ledger.chain_id)
    said = Disclosed(evidence.claim, evidence.disclosure, evidence.definition, evidence.frame)
    with ledger.snapshot() as now:
        return _verified(prove_at_head(now, said, evidence.inclusion))


@dataclass(frozen=True, slots=True)
class Disclosed:
    """The parts that no later height changes: the claim, and what of the frame shows it."""

    claim: Claim
    disclosure: DisclosedLeaf
    definition: PlacedLeaf
    frame: FramePart


def _verified(evidence: Evidence) -> Evidence:
    verify_evidence(evidence.to_bytes(), None, evidence.light.header.time_ms)
    return evidence


def _group_of(ledger: Ledger, header: FrameHeader, point: str) -> GroupPoints:
    """The group version of this frame that has the point."""
    points = Points(ledger)
    for entry in header.groups:
        known = points.holding(header.org, entry.group, entry.definition_root, header.window.start)
        if any(definition.id == point for definition in known.definitions):
            return known
    raise NotFound(f"no group of frame {header.terminal} {header.number} has point {point!r}")


def _disclosure(frame: Frame, known: GroupPoints, passport: Passport, agent: KeyAgent, claim: Claim) -> DisclosedLeaf:
    header, version = frame.header, known.version
    entry = header.group(version.group)
    payload = frame.payloads[header.groups.index(entry)]
    key = agent.window_key(claim.org, version.group, window_number(known, header), Purpose.EVIDENCE)
    suite = passport.key_for(header.number).key.suite.number
    columns, keys = open_columns(known, header, entry, payload, suite, key)
    agent.record_openings()
    leaf = disclose(columns, keys, claim.point, claim.slot_start)
    return DisclosedLeaf(leaf.leaf, leaf.salt, leaf.index, leaf.path)


def _definition(known: GroupPoints, point: str) -> PlacedLeaf:
    raw, ordinal = [definition.to_bytes() for definition in known.definitions], known.ordinal(point)
    return PlacedLeaf(raw[ordinal], ordinal, path_of([leaf_hash(each) for each in raw], ordinal))


def include(ledger: Snapshot, chain: ChainReader, org: str, position: int) -> Inclusion:
    """The frame's path in the data chain at the size of the anchor that added it; NotAnchored when none did."""
    anchors = AnchorLog(ledger, org)
    size = anchors.at(_anchor_of(anchors, org, position)).new_size
    return Inclusion(position, inclusion_path(chain.reader(), position, size))


def prove_at_head(ledger: Snapshot, said: Disclosed, inclusion: Inclusion) -> Evidence:
    """`said` with all that is of one height beside it; not verified, so it may not prove its claim.

    Raises:
        NotAnchored: the frame is not on the ledger yet.
    """
    header, org = parse_header(said.frame.header), said.claim.org
    keys = derived_keys(header, said.frame.group, said.frame.group_version)
    proof = ledger.prove(keys)
    anchors, root_log = _Log(ledger, anchors_key(org), proof), _Log(ledger, ROOT_LOG, proof)
    placed = anchors.placed(_anchor_of(AnchorLog(ledger, org), org, inclusion.position))
    block = _block(root_log, AnchorLeaf.from_bytes(placed.leaf))
    return Evidence(
        chain=proof.light.header.chain_id,
        claim=said.claim,
        disclosure=said.disclosure,
        definition=said.definition,
        frame=said.frame,
        inclusion=inclusion,
        anchor=placed,
        known=_known(root_log, header, block),
        block=block,
        state=StatePart(tuple(proof.values[key] for key in keys), proof.proof),
        light=proof.light,
    )


def _passport(ledger: Ledger, header: FrameHeader) -> Passport:
    raw = ledger.get(passport_key(header.org, header.terminal))
    if raw is None:
        raise Corrupted(f"the ledger holds no passport of {header.org}/{header.terminal}, whose frame is accepted")
    return Passport.from_bytes(raw)


class _Log:
    """A log in the ledger's state, at one size."""

    def __init__(self, ledger: Snapshot, key: bytes, proof: StateProof) -> None:
        raw = proof.values[key]
        self._ledger, self._key = ledger, key
        self.size = 0 if raw is None else CompactRange.parse(decode(raw, "compact range")).size

    def leaf(self, index: int) -> bytes:
        return self._ledger.log_leaf(self._key, index)

    def placed(self, index: int) -> PlacedLeaf:
        found = self._ledger.log_proof(self._key, index)
        return PlacedLeaf(found.leaf, index, found.path)


def _anchor_of(anchors: AnchorLog, org: str, position: int) -> int:
    """The index of the anchor that added the frame."""
    index = anchors.covering(position)
    if index == len(anchors):
        raise NotAnchored(org, position)
    return index


def _block(log: _Log, anchor: AnchorLeaf) -> BlockPart:
    """The root-log leaf of the anchor's block, and the one after it."""
    index = bisect_left(range(log.size), anchor.height, key=lambda i: RootLogLeaf.from_bytes(log.leaf(i)).height)
    own = log.placed(index)
    following = None
    if index + 1 < log.size:
        level = sibling_level(index + 1, index)
        after = log.placed(index + 1)
        following = NextLeaf(after.leaf, after.path[: place_in_path(index + 1, log.size, level)])
    return BlockPart(RootLogLeaf.from_bytes(own.leaf).app_hash, index, own.path, following)


def _known(log: _Log, header: FrameHeader, block: BlockPart) -> KnownLeaf | None:
    """The root-log leaf that the header names, up to where its way meets that of the anchor's block."""
    if header.root_log_size == 0:
        return None
    index = header.root_log_size - 1
    found = log.placed(index)
    return KnownLeaf(found.leaf, found.path[: max(sibling_level(index, block.index), 0)])
