"""A month of quarter-hours of seven points, in daily frames on an embedded ledger, and the evidence made of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from veriwatt.cli.bench.rig import ORG, SLOT
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.ids import FrameId
from veriwatt.membership.new_ledger import trust_of
from veriwatt.metering.calendars import next_version
from veriwatt.metering.key_windows import key_window_of
from veriwatt.model.evidence.period_claim import ClaimedPeriod
from veriwatt.model.evidence.reading_claim import ClaimedSlot
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.frames.build import FrameContent, FrameSender, GroupSlots, build_frame
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.number import NO_FRAME, FrameNumber
from veriwatt.model.frames.origin import Meter
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.model.terminals.enrolment import Certify, enrol
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.ports.key_agent import Purpose
from veriwatt.reading.evidence.build import build_reading_evidence, disclose_frames, evidence_file
from veriwatt.units import DAY, Interval

DAYS = 31
POINTS = 7


@dataclass(frozen=True, slots=True)
class MonthOfEvidence:
    """Evidence files of one quarter-hour and of the month, and the trust file under which both are proven."""

    reading: bytes
    month: bytes
    trust: Trust


@contextmanager
def month_home() -> Iterator[MonthOfEvidence]:
    """The month in a fresh home in a temporary folder, gone afterwards; a frame and an anchor for each day."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "home"
        init_home(root, ORG, unprotected=True)
        with Home(root) as home:
            yield _month(home)


def _month(home: Home) -> MonthOfEvidence:
    last = home.clock.now() // DAY * DAY
    span, key = Interval(last - DAYS * DAY, last), Ed25519Signer(os.urandom(32))
    _provision(home, key, span)
    log, prev = home.org_log(ORG), NO_FRAME
    for day in range(DAYS):
        window = Interval(span.start + day * DAY, span.start + (day + 1) * DAY)
        upload = _frame(home, key, window, FrameNumber(0, day + 1), prev)
        log.acceptance.accept([upload], home.clock.now())
        log.anchor()
        prev = parse_frame(upload).frame_id
    agent, slot = home.keys.agent, ClaimedSlot(ORG, "p0", span.start + DAYS // 2 * DAY)
    reading = evidence_file(build_reading_evidence(home.ledger, log.chain, agent, slot, DAYS // 2))
    claimed = ClaimedPeriod(ORG, "p0", span, span)
    month = evidence_file(disclose_frames(home.ledger, log.chain, agent, claimed, range(DAYS)))
    return MonthOfEvidence(reading, month, trust_of(home.ledger, home.ledger.genesis, home.clock.now()))


def _provision(home: Home, key: Ed25519Signer, span: Interval) -> None:
    client = home.member_client(ORG)
    client.submit(enrol(key, home.ledger.chain_id, ORG, "t0", "bench", "1"))
    client.submit(Certify(ORG, "t0", span.start, span.end + DAYS * DAY))
    definitions = tuple(
        PointDefinition(f"p{i}", "electricity", "kWh", Kind.INTERVAL, -3, 1, "15m", "UTC", terminal="t0")
        for i in range(POINTS)
    )
    home.keys.make_masters(ORG, ["main"])
    client.submit(next_version("main", span.start, definitions, home.clock.now()))


def _frame(home: Home, key: Ed25519Signer, window: Interval, number: FrameNumber, prev: FrameId) -> bytes:
    group = home.points.newest(ORG, "main")
    version, rng = group.version, np.random.default_rng(number.seq)
    starts = np.arange(window.start, window.end, SLOT, dtype=np.int64)
    codes = np.ones(len(starts), np.uint8)
    columns = [
        Column(d.id, starts, starts + SLOT, rng.integers(9_000, 12_000, len(starts)), codes) for d in group.definitions
    ]
    sealing = home.keys.agent.window_key(
        ORG, version.group, key_window_of(version.key_window, version.calendar, window), Purpose.SEAL
    )
    sender = FrameSender(home.ledger.chain_id, ORG, "t0", 2, key.public)
    groups = (GroupSlots(version.group, version.n, version.root, columns, sealing),)
    content, context = FrameContent(window, groups), home.frame_context(Meter())
    return build_frame(sender, number, prev, content, context, os.urandom).sign(key)
