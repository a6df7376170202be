"""A home to grow: many enrolled terminals, of which some send frames of one slot, quarter-hour after quarter-hour."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from veriwatt.crypto.signing import Signer
from veriwatt.metering.calendars import next_version
from veriwatt.metering.key_windows import key_window_of
from veriwatt.metering.slots import slots_of
from veriwatt.model.frames.build import FrameContent, FrameSender, GroupSlots, build_frame
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.number import NO_FRAME, FrameNumber
from veriwatt.model.frames.origin import Meter
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind, Status
from veriwatt.model.terminals.enrolment import Certify, enrol
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.ports.key_agent import Purpose
from veriwatt.testing.actors import sim_key
from veriwatt.units import DAY, MINUTE, Interval

ORG, ZONE = "acme", "UTC"
SENDING = 32
QUARTER = 15 * MINUTE
DAYS = 340
"""Days that the frames may state; they end before the present one."""

AT_ONCE = 100
"""Enrolments submitted at once."""

LARGE = "large"


class GrowingHome:
    """The home at `root`, which no process has open while a method works on it."""

    def __init__(self, root: Path, enrolled: int, large_group: int) -> None:
        """Make it: `enrolled` terminals, and a group of `large_group` points that has no frame yet."""
        self.root = root
        init_home(root, ORG, unprotected=True)
        with Home(root) as home:
            now = home.clock.now()
            self.first_day = now // DAY * DAY - (DAYS + 1) * DAY
            self.chain, client = home.ledger.chain_id, home.member_client(ORG)
            for first in range(0, enrolled, AT_ONCE):
                names = [f"t{i}" for i in range(first, min(enrolled, first + AT_ONCE))]
                client.submit(*(enrol(key_of(name), self.chain, ORG, name, "SM-1", "1.0.0") for name in names))
                client.submit(*(Certify(ORG, name, now - DAY, now + DAY) for name in names))
            groups = [f"g{i}" for i in range(SENDING)]
            home.keys.make_masters(ORG, [*groups, LARGE])
            for i, group in enumerate(groups):
                client.submit(next_version(group, self.first_day, (_point(f"p{i}", f"t{i}"),), now))
            points = tuple(_point(f"large.{i}", "t0") for i in range(large_group))
            client.submit(next_version(LARGE, self.first_day, points, now))
            self._versions = [home.points.newest(ORG, group).version for group in [*groups, LARGE]]
            self._points = [*((_point(f"p{i}", f"t{i}"),) for i in range(SENDING)), points]
            self._agent = home.keys.agent
            self._context = home.frame_context(Meter())
        self._next = [(0, NO_FRAME)] * SENDING

    @property
    def first_date(self) -> np.datetime64:
        """The first day that the frames state."""
        return np.datetime64(self.first_day // DAY, "D")

    def uploads(self, count: int) -> Iterator[bytes]:
        """The next frames of the sending terminals, in turn."""
        for n in range(count):
            yield self._upload(n % SENDING, n % SENDING)

    def large_upload(self) -> bytes:
        """The first frame of the large group."""
        return self._upload(0, SENDING)

    def _upload(self, sender: int, group: int) -> bytes:
        made, prev = self._next[sender]
        key = key_of(f"t{sender}")
        unsigned = build_frame(
            FrameSender(self.chain, ORG, f"t{sender}", 2, key.public),
            FrameNumber(0, made + 1),
            prev,
            self._content(made, group),
            self._context,
            os.urandom,
        )
        self._next[sender] = made + 1, unsigned.frame_id(key.public)
        return unsigned.sign(key)

    def _content(self, n: int, group: int) -> FrameContent:
        start, version = self.first_day + n * QUARTER, self._versions[group]
        span = Interval(start, start + QUARTER)
        columns = []
        for i, definition in enumerate(self._points[group]):
            slots = slots_of(version.calendar, definition, span)
            values = np.full(len(slots.starts), (n + i) * 7_919 % 9_973, np.int64)
            codes = np.full(len(values), Status.MEASURED, np.uint8)
            columns.append(Column(definition.id, slots.starts, slots.ends, values, codes))
        key = self._window_key(group, (start - self.first_day) // DAY)
        return FrameContent(span, (GroupSlots(version.group, version.n, version.root, columns, key),))

    @lru_cache(maxsize=4 * SENDING)  # noqa: B019 - one home a process
    def _window_key(self, group: int, day: int) -> bytes:
        version, start = self._versions[group], self.first_day + day * DAY
        window = key_window_of(KeyWindow.DAY, version.calendar, Interval(start, start + DAY))
        return self._agent.window_key(ORG, version.group, window, Purpose.SEAL)


@lru_cache(maxsize=4096)
def key_of(terminal: str) -> Signer:
    return sim_key(f"growing {terminal}")


def _point(point: str, terminal: str) -> PointDefinition:
    return PointDefinition(point, "electricity", "kWh", Kind.INTERVAL, -2, 1, "15m", ZONE, terminal=terminal)
