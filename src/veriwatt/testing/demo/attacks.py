"""Attacks of the demo: tampered evidence, and frames that no certified terminal signed."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import veriwatt
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.crypto.signing import PublicKey, Signer
from veriwatt.loghost.recorder import LocalLogHostClient
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
from veriwatt.terminal.delivery.log_host_client import Delivered
from veriwatt.terminal.framing.framer import Framer
from veriwatt.terminal.home import MODEL
from veriwatt.terminal.spool.spool import Spool
from veriwatt.testing.actors import sim_key
from veriwatt.testing.edits import edit_reading, replace
from veriwatt.testing.plants.meters import Plant
from veriwatt.units import HOUR, Interval, UtcMillis


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


def offer_frame_of_impostor(home: Home, plant: Plant, now: UtcMillis) -> Delivered:
    """Offer a frame in the name of the plant's terminal, signed by another key; the log host's answer."""
    terminal = f"{plant.name}-1"
    passport = queries.present_passport(home.ledger, plant.org, terminal)
    return _offer_frame(home, plant, terminal, Impostor(passport.newest_key.key), now)


def offer_frame_of_uncertified_terminal(home: Home, plant: Plant, now: UtcMillis) -> Delivered:
    """Offer a frame of a terminal that is enrolled and not certified; the log host's answer."""
    terminal, key = f"{plant.name}-spare", Ed25519Signer(sim_key("spare").sign(b"seed")[:32])
    chain, firmware = home.ledger.chain_id, veriwatt.__version__
    home.member_client(plant.org).submit(enrol(key, chain, plant.org, terminal, MODEL, firmware))
    return _offer_frame(home, plant, terminal, key, now)


def _offer_frame(home: Home, plant: Plant, terminal: str, signer: Signer, now: UtcMillis) -> Delivered:
    """Make a frame of one hour of invented readings, and offer it to the plant's log host."""
    known = home.points.newest(plant.org, "electricity")
    span = Interval(now - HOUR, now)
    columns = [_invented(slots_of(known.version.calendar, definition, span)) for definition in known.definitions]
    content = FrameContent(span, (GroupSlots("electricity", known.version.n, known.version.root, columns, bytes(32)),))
    head = home.ledger.head()
    when = FrameContext(now, Meter(), head.root_log_size, head.root_log_leaf, ClockState("system", 0, 0))
    with TemporaryDirectory() as folder, Spool(Path(folder) / "spool.db") as spool:
        framer = Framer(home.ledger.chain_id, plant.org, terminal, 1, signer, spool, bytes)
        framer.prepare([content], when)
        framer.sign()
        (frame,) = spool.pending()
        (answer,) = LocalLogHostClient(home.org_log(plant.org).acceptance, lambda: now).send([framer.upload(frame)])
    return answer


def _invented(slots: Slots) -> Column:
    count = len(slots.starts)
    codes = np.full(count, Status.MEASURED, np.uint8)
    return Column(slots.point, slots.starts, slots.ends, np.arange(count, dtype=np.int64), codes)
