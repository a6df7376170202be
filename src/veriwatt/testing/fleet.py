"""A served home with several live terminals, for tests and drills that damage the home beside them.

Node and terminals are the product's own: the node a process of its own, each terminal a spool with its delivery over
HTTP. Only meters are missing: the values are made up, one slot a frame.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from veriwatt.crypto.signing import PublicKey, Signer
from veriwatt.errors import VeriwattError
from veriwatt.home.paths import HomePaths
from veriwatt.ids import FrameId
from veriwatt.machine.anchors import queries
from veriwatt.metering.calendars import next_version
from veriwatt.metering.key_windows import key_window_of
from veriwatt.metering.slots import slots_of
from veriwatt.model.evidence.trust_file import Trust, parse_trust
from veriwatt.model.frames.build import FrameContent, FrameContext, GroupSlots
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.origin import Meter
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind, Status
from veriwatt.model.terminals.enrolment import Certify, enrol
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.ports.key_agent import Purpose
from veriwatt.system.clock import CLOCK_STATE, SystemClock
from veriwatt.terminal.delivery.delivery import Delivery
from veriwatt.terminal.delivery.http_log_host import HttpLogHostClient
from veriwatt.terminal.delivery.trusted_head import TrustedHead
from veriwatt.terminal.framing.framer import Framer
from veriwatt.terminal.spool.spool import Spool
from veriwatt.terminal.spool.spooled_frame import FrameState
from veriwatt.testing.actors import sim_key
from veriwatt.units import DAY, MINUTE, Interval, UtcMillis

ORG, ZONE = "acme", "UTC"
FIRST_DAY: UtcMillis = 1_788_220_800_000
"""2026-09-01T00:00:00Z: the frames state quarter-hours from then on."""

QUARTER = 15 * MINUTE
COMMAND = [sys.executable, "-c", "from veriwatt.cli import main; main()", "node", "run"]


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A frame for which a terminal has a receipt."""

    terminal: str
    seq: int
    position: int
    frame: FrameId


class SmallTerminal:
    """One terminal: its spool in a file, its own trust in the ledger, its log host over HTTP."""

    def __init__(
        self,
        name: str,
        folder: Path,
        node: str,
        trust: Trust,
        log_key: PublicKey,
        version: GroupVersion,
        keys: list[bytes],
    ) -> None:
        """`keys` are the window keys of its group, one for each day from `FIRST_DAY`."""
        self.name, self._version, self._keys = name, version, keys
        self.spool = Spool(folder / f"{name}.db")
        self._framer = Framer(trust.chain_id, ORG, name, 2, terminal_key(name), self.spool, os.urandom)
        self._host = HttpLogHostClient(node, trust.chain_id, ORG, log_key)
        self._head = TrustedHead(trust, None, lambda _: None)
        self._clock, self._made = SystemClock(), self.spool.tip().number.seq
        self.delivery = Delivery(name, self.spool, self._framer, self._host, self._head, self._clock, lambda _: [])
        self.errors: list[str] = []

    def close(self) -> None:
        self._host.close()
        self.spool.close()

    def make(self, frames: int) -> None:
        """Sign further frames into the spool."""
        contents = [self._content(self._made + i) for i in range(frames)]
        head = self._head.newest()
        context = FrameContext(self._clock.now(), Meter(), head.size, head.leaf, CLOCK_STATE)
        self._framer.prepare(contents, context)
        self._framer.sign()
        self._made += frames

    def work(self) -> bool:
        """One round as the live terminal does it; returns whether the log host took everything."""
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


class Fleet:
    """A home, its node when it runs, and its terminals. `folder` is new."""

    def __init__(self, folder: Path, terminals: int, *, anchor_seconds: int = 3600) -> None:
        self.folder, self.home = folder, folder / "home"
        self.process: subprocess.Popen[str] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        folder.mkdir(parents=True, exist_ok=True)
        init_home(self.home, ORG, unprotected=True)
        settings = self.home / "node.toml"
        settings.write_text(settings.read_text().replace("anchor_seconds = 60", f"anchor_seconds = {anchor_seconds}"))
        names = [f"t{i}" for i in range(terminals)]
        with Home(self.home) as home:
            enrolled = [self._enrol(home, name) for name in names]
            trust, log_key = parse_trust(home.paths.trust.read_bytes()), queries.log_key(home.ledger, ORG)
        assert log_key is not None
        node = f"http://127.0.0.1:{self.port}"
        self.terminals = [
            SmallTerminal(name, folder, node, trust, log_key, *each) for name, each in zip(names, enrolled, strict=True)
        ]

    def close(self) -> None:
        self.kill()
        for terminal in self.terminals:
            terminal.close()

    def start(self, *options: str) -> int | None:
        """Start the node; None once it answers, else the exit status of a node that did not start."""
        log = (self.folder / "node.log").open("a")
        arguments = [*COMMAND, "--home", str(self.home), "--listen", f"127.0.0.1:{self.port}", *options]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=log, text=True)
        log.close()
        assert self.process.stdout is not None
        if self.process.stdout.readline().startswith("http"):
            return None
        return self._ended()

    def wait_for_mark(self) -> None:
        """Wait until the high-water mark covers every frame that a terminal has a receipt for."""
        path, size = HomePaths(self.home).high_water(ORG), 1 + max(each.position for each in self.acknowledged())
        while not path.exists() or int(path.read_text().split("\n")[1]) < size:
            time.sleep(0.1)

    def kill(self) -> None:
        """End the node at once, as a power cut does; nothing is anchored."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self._ended()

    def stop(self) -> None:
        """Let the node end by itself; it anchors what is ready."""
        if self.process is not None:
            self.process.terminate()
            self._ended()

    def wait_until_ended(self, seconds: float) -> int:
        """The exit status of a node that gives up by itself."""
        assert self.process is not None
        self.process.wait(seconds)
        return self._ended()

    def copy(self, name: str) -> Path:
        """A copy of the home, whose node does not run: a backup."""
        there = self.folder / name
        shutil.rmtree(there, ignore_errors=True)
        shutil.copytree(self.home, there)
        return there

    def restore(self, backup: Path, parts: Sequence[str] = ()) -> None:
        """Put these files and folders of the home back to what they were, or all of it."""
        for part in parts or [each.name for each in self.home.iterdir()]:
            here, there = self.home / part, backup / part
            shutil.rmtree(here, ignore_errors=True) if here.is_dir() else here.unlink(missing_ok=True)
            if there.is_dir():
                shutil.copytree(there, here)
            elif there.exists():
                here.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(there, here)

    def acknowledged(self) -> list[Acknowledged]:
        """Every frame for which a terminal has a receipt."""
        return [each for terminal in self.terminals for each in terminal.acknowledged()]

    def lost(self, acknowledged: Sequence[Acknowledged]) -> list[Acknowledged]:
        """Those of the frames that the chain does not have at their positions; the node does not run."""
        with Home(self.home) as home:
            chain = home.org_log(ORG).chain
            there = {position: frame.frame_id for position, frame in chain.frames(0)}
        return [each for each in acknowledged if there.get(each.position) != each.frame]

    def log(self) -> str:
        """What the node wrote to its log, over all of its runs."""
        return (self.folder / "node.log").read_text()

    def _ended(self) -> int:
        assert self.process is not None
        with closing(self.process.stdout) if self.process.stdout else _nothing():
            status = self.process.wait(30)
        self.process = None
        return status

    def _enrol(self, home: Home, name: str) -> tuple[GroupVersion, list[bytes]]:
        now, member_client = home.clock.now(), home.member_client(ORG)
        member_client.submit(enrol(terminal_key(name), home.ledger.chain_id, ORG, name, "SM-1", "1.0.0"))
        member_client.submit(Certify(ORG, name, now - DAY, now + DAY))
        home.keys.make_masters(ORG, [name])
        member_client.submit(next_version(name, FIRST_DAY, (point_of(name),), now))
        version, agent = home.points.newest(ORG, name).version, home.keys.agent
        days = [Interval(FIRST_DAY + n * DAY, FIRST_DAY + (n + 1) * DAY) for n in range(60)]
        windows = [key_window_of(KeyWindow.DAY, version.calendar, day) for day in days]
        return version, [agent.window_key(ORG, name, window, Purpose.SEAL) for window in windows]


@contextmanager
def _nothing() -> Iterator[None]:
    yield
