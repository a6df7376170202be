"""A home with many terminals and signed frames ready to be sent, for measuring what the node makes of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.sealing import NONCE_LENGTH
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.ids import FrameId
from veriwatt.metering.group_points import GroupPoints
from veriwatt.metering.key_windows import key_window_of
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.frame import Frame, parse_frame, upload_bytes
from veriwatt.model.frames.header import FrameGroup, FrameHeader
from veriwatt.model.frames.number import FIRST_NUMBER, NO_FRAME, FrameNumber
from veriwatt.model.frames.origin import Meter
from veriwatt.model.frames.sealed_group import FrameIdentity, seal_group
from veriwatt.model.frames.signing import sign_header
from veriwatt.model.points.group import DefinePoints, KeyWindow
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
    """A held home, its terminals' keys, and the group that all of them report on."""

    home: Home
    keys: list[Ed25519Signer]
    group: GroupPoints

    def frames(self, each: int) -> list[bytes]:
        """`each` frames of 100 points and 15 slots from every terminal, in the order in which they would arrive.

        The sealed payload is one and the same: accepting never opens it, and sealing is not measured here.
        """
        window = _window(self.home.clock.now())
        entry, payload = self.sealed(window, 0)
        head = self.home.ledger.head()
        frame_context = self.home.frame_context(Meter())
        header = FrameHeader(
            self.home.ledger.chain_id,
            ORG,
            "t0",
            2,
            FIRST_NUMBER,
            NO_FRAME,
            window,
            frame_context.collected_at,
            Meter(),
            head.root_log_size,
            head.root_log_leaf,
            frame_context.clock,
            (entry,),
        )
        prev = [NO_FRAME] * len(self.keys)
        uploads = []
        for seq in range(1, each + 1):
            for i, key in enumerate(self.keys):
                raw = header._replace(terminal=f"t{i}", number=FrameNumber(0, seq), prev=prev[i]).to_bytes()
                envelope = sign_header(raw, key)
                prev[i] = FrameId(sha256(envelope.signed_bytes()))
                uploads.append(upload_bytes(envelope, [payload]))
        return uploads

    def sealed(self, window: Interval, walk: int) -> tuple[FrameGroup, bytes]:
        """The group sealed over one window: registers of 100 meters, each a random walk."""
        rng = np.random.default_rng(walk)
        starts = window.start + np.arange(SLOTS, dtype=np.int64) * SLOT
        codes = np.ones(SLOTS, np.uint8)
        columns = [
            Column(
                d.id, starts, starts + SLOT, np.cumsum(rng.integers(0, 4, SLOTS)).astype(np.int64) + 100_000 * i, codes
            )
            for i, d in enumerate(self.group.definitions)
        ]
        identity = FrameIdentity(1, ORG, "t0", FIRST_NUMBER, window, 2)
        version = self.group.version
        number = key_window_of(version.key_window, version.timezone, window)
        key = self.home.keys.agent.window_key(ORG, version.group, number, Purpose.SEAL)
        return seal_group(version.group, version.root, columns, (), identity, key, os.urandom(NONCE_LENGTH))


def whole_days(built: Rig) -> list[Frame]:
    """Frames of different values, as they are stored."""
    window = _window(built.home.clock.now())
    (upload,) = built.frames(1)[:1]
    template = parse_frame(upload)
    made = []
    for walk in range(WALKS):
        entry, payload = built.sealed(window, walk)
        envelope = sign_header(template.header._replace(groups=(entry,)).to_bytes(), built.keys[0])
        made.append(parse_frame(upload_bytes(envelope, [payload])))
    return made


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
        PointDefinition(f"p{i}", "electricity", "kWh", Kind.REGISTER, -2, 1, "15m", "UTC") for i in range(POINTS)
    )
    home.keys.make_masters(ORG, ["main"])
    member_client.submit(DefinePoints("main", KeyWindow.DAY, now - 10 * DAY, definitions))
    return home.points.newest(ORG, "main")


def _window(now: UtcMillis) -> Interval:
    """The last 15 slots of a past day, so that no key window is crossed."""
    end = now // DAY * DAY
    return Interval(end - SLOTS * SLOT, end)
