"""Attacks of the demo: tampered evidence, and frames that no certified terminal signed."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import veriwatt
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.crypto.signing import PublicKey, Signer
from veriwatt.machine.terminals import queries
from veriwatt.metering.slots import slots_of
from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.reading_claim import ReadingClaim
from veriwatt.model.frames.build import FrameContent, FrameContext, GroupSlots
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.origin import ClockState, Meter
from veriwatt.model.frames.sealed_group import Slots
from veriwatt.model.points.status import Status
from veriwatt.model.terminals.enrolment import enrol
from veriwatt.node.home import Home
from veriwatt.terminal.framing.framer import Framer
from veriwatt.terminal.home import MODEL
from veriwatt.terminal.spool.spool import Spool
from veriwatt.testing.actors import sim_key
from veriwatt.testing.edits import edit_reading, replace
from veriwatt.testing.plants.meters import Plant
from veriwatt.units import Interval


class Impostor:
    """A signer that claims another's public key and signs with its own."""

    def __init__(self, claimed: PublicKey) -> None:
        self._own = sim_key("impostor")
        self.public, self.protection = claimed, self._own.protection

    def sign(self, message: bytes) -> bytes:
        return self._own.sign(message)


def tampered_evidence(raw: bytes) -> bytes:
    """The evidence with every value of its disclosed leaf lowered by a tenth."""
    evidence = Evidence.from_bytes(raw, [ReadingClaim])
    column = evidence.claim.column
    leaves = tuple(replace(leaf, values=tuple(value * 9 // 10 for value in leaf.values)) for leaf in column.leaves)
    return edit_reading(evidence, column=replace(column, leaves=leaves)).to_bytes()


def frame_of_impostor(home: Home, plant: Plant, span: Interval) -> bytes:
    """A frame of `span` in the name of the plant's terminal, signed by another key, as it is uploaded."""
    terminal = f"{plant.name}-1"
    passport = queries.present_passport(home.ledger, plant.org, terminal)
    return _false_frame(home, plant, terminal, Impostor(passport.newest_key.key), span)


def frame_of_uncertified_terminal(home: Home, plant: Plant, span: Interval) -> bytes:
    """A frame of a terminal that this enrols, and nobody certifies, as it is uploaded."""
    terminal, key = f"{plant.name}-spare", Ed25519Signer(sim_key("spare").sign(b"seed")[:32])
    chain, firmware = home.ledger.chain_id, veriwatt.__version__
    home.member_client(plant.org).submit(enrol(key, chain, plant.org, terminal, MODEL, firmware))
    return _false_frame(home, plant, terminal, key, span)


def _false_frame(home: Home, plant: Plant, terminal: str, signer: Signer, span: Interval) -> bytes:
    """A frame of invented readings, collected at the end of `span`."""
    known = home.points.newest(plant.org, "electricity")
    columns = [_invented(slots_of(known.version.calendar, definition, span)) for definition in known.definitions]
    content = FrameContent(span, (GroupSlots("electricity", known.version.n, known.version.root, columns, bytes(32)),))
    head = home.ledger.head()
    when = FrameContext(span.end, Meter(), head.root_log_size, head.root_log_leaf, ClockState("system", 0, 0))
    with TemporaryDirectory() as folder, Spool(Path(folder) / "spool.db") as spool:
        framer = Framer(home.ledger.chain_id, plant.org, terminal, 1, signer, spool, bytes)
        framer.prepare([content], when)
        framer.sign()
        (frame,) = spool.pending()
        return framer.upload(frame)


def _invented(slots: Slots) -> Column:
    count = len(slots.starts)
    codes = np.full(count, Status.MEASURED, np.uint8)
    return Column(slots.point, slots.starts, slots.ends, np.arange(count, dtype=np.int64), codes)
