"""The claim of one reading: the leaf of its column, with salt and path, and its point's definition."""

from __future__ import annotations

from veriwatt.errors import Corrupted, NotFound
from veriwatt.merkle.tree import leaf_hash, path_of
from veriwatt.metering.group_points import GroupPoints
from veriwatt.metering.open_columns import open_columns, window_number
from veriwatt.model.evidence.frame_proof import FramePart
from veriwatt.model.evidence.paths import PlacedLeaf
from veriwatt.model.evidence.reading_claim import ClaimedSlot, DisclosedLeaf, ReadingClaim
from veriwatt.model.frames.frame import Frame
from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.frames.sealed_group import disclose
from veriwatt.model.ledger.state_keys import passport_key
from veriwatt.model.terminals.passport import Passport
from veriwatt.ports.key_agent import KeyAgent, Purpose
from veriwatt.ports.ledger import Ledger
from veriwatt.readmodel.points import Points


def disclose_reading(
    ledger: Ledger, agent: KeyAgent, frame: Frame, slot: ClaimedSlot
) -> tuple[ReadingClaim, FramePart]:
    """The claim of the slot, disclosed from `frame`, and the frame's part of the evidence.

    Raises:
        NotFound: no group of the frame has the point, or the frame states no such slot.
    """
    known = _group_of(ledger, frame.header, slot.point)
    disclosure = _disclosure(frame, known, _passport(ledger, frame.header), agent, slot)
    part = FramePart(frame.protected, frame.header.to_bytes(), frame.signature, known.version.group, known.version.n)
    return ReadingClaim(slot, disclosure, _definition(known, slot.point)), part


def _group_of(ledger: Ledger, header: FrameHeader, point: str) -> GroupPoints:
    """The group version of this frame that has the point."""
    points = Points(ledger)
    for entry in header.groups:
        known = points.holding(header.org, entry.group, entry.definition_root, header.window.start)
        if any(definition.id == point for definition in known.definitions):
            return known
    raise NotFound(f"no group of frame {header.terminal} {header.number} has point {point!r}")


def _disclosure(
    frame: Frame, known: GroupPoints, passport: Passport, agent: KeyAgent, slot: ClaimedSlot
) -> DisclosedLeaf:
    header, group = frame.header, known.version.group
    entry = header.group(group)
    payload = frame.payloads[header.groups.index(entry)]
    key = agent.window_key(slot.org, group, window_number(known, header), Purpose.EVIDENCE)
    suite = passport.key_for(header.number).key.suite.number
    columns, keys = open_columns(known, header, entry, payload, suite, key)
    agent.record_openings()
    leaf = disclose(columns, keys, slot.point, slot.start)
    return DisclosedLeaf(leaf.leaf, leaf.salt, leaf.index, leaf.path)


def _definition(known: GroupPoints, point: str) -> PlacedLeaf:
    raw, ordinal = [definition.to_bytes() for definition in known.definitions], known.ordinal(point)
    return PlacedLeaf(raw[ordinal], ordinal, path_of([leaf_hash(each) for each in raw], ordinal))


def _passport(ledger: Ledger, header: FrameHeader) -> Passport:
    raw = ledger.get(passport_key(header.org, header.terminal))
    if raw is None:
        raise Corrupted(f"the ledger holds no passport of {header.org}/{header.terminal}, whose frame is accepted")
    return Passport.from_bytes(raw)
