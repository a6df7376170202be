"""A home with many terminals and signed frames ready to be sent, for measuring what the node makes of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.metering.calendars import next_version
from veriwatt.metering.group_points import GroupPoints
from veriwatt.metering.key_windows import key_window_of
from veriwatt.model.frames.build import FrameContent, FrameSender, GroupSlots, UnsignedFrame, build_frame
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.frame import Frame, parse_frame
from veriwatt.model.frames.number import FIRST_NUMBER, NO_FRAME, FrameNumber
from veriwatt.model.frames.origin import Meter
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.model.terminals.enrolment import Certify, enrol
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.ports.key_agent import Purpose
from veriwatt.units import DAY, HOUR, Interval, UtcMillis

ORG = "bench"
POINTS = 100
SLOTS = 15
TERMINALS = 32
WALKS = 20
SLOT = HOUR // 4
READINGS = POINTS * SLOTS


@dataclass(slots=True)
class Rig:
    """An opened home, its terminals' keys, and the group that all of them report on."""

    home: Home
    keys: list[Ed25519Signer]
    group: GroupPoints

    def frames(self, each: int) -> list[bytes]:
        """`each` frames of 100 points and 15 slots from every terminal, in the order in which they would arrive.

        The sealed payload is one and the same: accepting never opens it, and sealing is not measured here.
        """
        template = self.unsigned(0)
        prev = [NO_FRAME] * len(self.keys)
        uploads = []
        for seq in range(1, each + 1):
            for i, key in enumerate(self.keys):
                header = template.header._replace(terminal=f"t{i}", number=FrameNumber(0, seq), prev=prev[i])
                frame = template._replace(header=header)
                prev[i] = frame.frame_id(key.public)
                uploads.append(frame.sign(key))
        return uploads

    def unsigned(self, walk: int) -> UnsignedFrame:
        """The first frame of terminal t0 over one window: registers of 100 meters, each a random walk."""
        window, version = _window(self.home.clock.now()), self.group.version
        rng = np.random.default_rng(walk)
        starts = window.start + np.arange(SLOTS, dtype=np.int64) * SLOT
        codes = np.ones(SLOTS, np.uint8)
        columns = [
            Column(
                d.id, starts, starts + SLOT, np.cumsum(rng.integers(0, 4, SLOTS)).astype(np.int64) + 100_000 * i, codes
            )
            for i, d in enumerate(self.group.definitions)
        ]
        number = key_window_of(version.key_window, version.calendar, window)
        key = self.home.keys.agent.window_key(ORG, version.group, number, Purpose.SEAL)
        sender = FrameSender(self.home.ledger.chain_id, ORG, "t0", 2, self.keys[0].public)
        groups = (GroupSlots(version.group, version.n, version.root, columns, key),)
        context = self.home.frame_context(Meter())
        return build_frame(sender, FIRST_NUMBER, NO_FRAME, FrameContent(window, groups), context, os.urandom)


def whole_days(built: Rig) -> list[Frame]:
    """Frames of different values, as they are stored."""
    return [parse_frame(built.unsigned(walk).sign(built.keys[0])) for walk in range(WALKS)]


@contextmanager
def rig() -> Iterator[Rig]:
    """A fresh home in a temporary folder, its keys unprotected; gone afterwards."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "home"
        init_home(root, ORG, unprotected=True)
        with Home(root) as home:
            keys = [Ed25519Signer(os.urandom(32)) for _ in range(TERMINALS)]
            yield Rig(home, keys, _provisioned(home, keys))


def _provisioned(home: Home, keys: list[Ed25519Signer]) -> GroupPoints:
    now, chain, member_client = home.clock.now(), home.ledger.chain_id, home.member_client(ORG)
    member_client.submit(*(enrol(key, chain, ORG, f"t{i}", "bench", "1") for i, key in enumerate(keys)))
    member_client.submit(*(Certify(ORG, f"t{i}", now - DAY, now + DAY) for i in range(len(keys))))
    definitions = tuple(
        PointDefinition(f"p{i}", "electricity", "kWh", Kind.REGISTER, -2, 1, "15m", "UTC", terminal=f"t{i % TERMINALS}")
        for i in range(POINTS)
    )
    home.keys.make_masters(ORG, ["main"])
    member_client.submit(next_version("main", now - 10 * DAY, definitions, now))
    return home.points.newest(ORG, "main")


def _window(now: UtcMillis) -> Interval:
    """The last 15 slots of a past day, so that no key window is crossed."""
    end = now // DAY * DAY
    return Interval(end - SLOTS * SLOT, end)
