"""One terminal without meters: a spool in a file and its delivery to a node over HTTP; the values are made up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from veriwatt.crypto.signing import PublicKey, Signer
from veriwatt.errors import VeriwattError
from veriwatt.ids import FrameId
from veriwatt.metering.slots import slots_of
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.model.frames.build import FrameContent, FrameContext, GroupSlots
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.origin import Meter
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind, Status
from veriwatt.system.clock import CLOCK_STATE, SystemClock
from veriwatt.terminal.delivery.delivery import Delivery
from veriwatt.terminal.delivery.http_log_host import HttpLogHostClient
from veriwatt.terminal.delivery.trusted_head import TrustedHead
from veriwatt.terminal.framing.framer import Framer
from veriwatt.terminal.framing.restate import GivenUp
from veriwatt.terminal.spool.spool import Spool
from veriwatt.terminal.spool.spooled_frame import FrameState
from veriwatt.testing.actors import sim_key
from veriwatt.units import DAY, MINUTE, Interval, UtcMillis

ORG, ZONE = "acme", "UTC"
FIRST_DAY: UtcMillis = 1_788_220_800_000
"""2026-09-01T00:00:00Z: the frames state quarter-hours from then on."""

QUARTER = 15 * MINUTE


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a terminal works with; another process can be given it.

    Attributes:
        spool: the file of its spool.
        trust: the bytes of the ledger's trust file.
        version: the version of its group.
        keys: the window keys of its group, one for each day from `FIRST_DAY`.
    """

    name: str
    spool: Path
    trust: bytes
    log_key: PublicKey
    version: GroupVersion
    keys: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A frame for which a terminal has a receipt."""

    terminal: str
    seq: int
    position: int
    frame: FrameId


class SmallTerminal:
    """One terminal: its spool in a file, its own trust in the ledger, its log host over HTTP."""

    def __init__(self, equipment: Equipment, node: str) -> None:
        """`node` is where its node answers, such as http://127.0.0.1:8080."""
        self.name, trust = equipment.name, parse_trust(equipment.trust)
        self._version, self._keys = equipment.version, equipment.keys
        self.spool = Spool(equipment.spool)
        self._framer = Framer(trust.chain_id, ORG, self.name, 2, terminal_key(self.name), self.spool, os.urandom)
        self._host = HttpLogHostClient(node, trust.chain_id, ORG, equipment.log_key)
        self._head = TrustedHead(trust, None, lambda _: None)
        self._clock, self._made = SystemClock(), self.spool.tip().number.seq
        nothing = GivenUp((), 0)
        self.delivery = Delivery(
            self.name, self.spool, self._framer, self._host, self._head, self._clock, lambda _: nothing
        )
        self.errors: list[str] = []

    def close(self) -> None:
        self._host.close()
        self.spool.close()

    def make(self, frames: int) -> None:
        """Sign further frames into the spool."""
        self.prepare(frames)
        self._framer.sign()

    def prepare(self, frames: int) -> None:
        """Store further frames, unsigned: what a terminal leaves that is killed before it signs."""
        contents = [self._content(self._made + i) for i in range(frames)]
        head = self._head.newest()
        context = FrameContext(self._clock.now(), Meter(), head.size, head.leaf, CLOCK_STATE)
        self._framer.prepare(contents, context)
        self._made += frames

    def work(self) -> bool:
        """One round as the live terminal does it; returns whether the log host took everything."""
        self._framer.sign()  # what a process that was killed before it signed has left
        try:
            self.delivery.check_newest()
            self.delivery.send_and_confirm()
        except VeriwattError as error:
            self.errors.append(error.code)
            return False
        return True

    def deliver_unheard(self) -> None:
        """Send what waits; the answer is lost."""
        self._host.send([self._framer.upload(frame) for frame in self.spool.pending()])

    def acknowledged(self) -> Iterator[Acknowledged]:
        """The frames that the log host acknowledged to this terminal."""
        for frame in self.spool.placed(0, 1 << 30):
            if frame.position is not None:
                yield Acknowledged(self.name, frame.number.seq, frame.position, frame.frame_id)

    def unfinished(self) -> int:
        return sum(count for state, count in self.spool.counts().items() if state < FrameState.ACCEPTED)

    def _content(self, n: int) -> FrameContent:
        start = FIRST_DAY + n * QUARTER
        span = Interval(start, start + QUARTER)
        definition = point_of(self.name)
        slots = slots_of(self._version.calendar, definition, span)
        values = 500 + n + np.arange(len(slots.starts), dtype=np.int64)
        codes = np.full(len(values), Status.MEASURED, np.uint8)
        column = Column(definition.id, slots.starts, slots.ends, values, codes)
        key = self._keys[(start - FIRST_DAY) // DAY]
        return FrameContent(span, (GroupSlots(self.name, self._version.n, self._version.root, [column], key),))


def terminal_key(name: str) -> Signer:
    return sim_key(f"fleet {name}")


def point_of(terminal: str) -> PointDefinition:
    return PointDefinition(
        f"{terminal}.hall", "electricity", "kWh", Kind.INTERVAL, -2, 1, "15m", ZONE, terminal=terminal
    )
