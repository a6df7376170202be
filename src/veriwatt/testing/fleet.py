"""A served home with several live terminals, for tests and drills that damage the home beside them.

Node and terminals are the product's own: the node a process of its own, each terminal a spool with its delivery over
HTTP. Only meters are missing: the values are made up, one slot a frame.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from veriwatt.home.paths import HomePaths
from veriwatt.ledger.open_ledger import open_reader
from veriwatt.machine.anchors import queries
from veriwatt.metering.calendars import next_version
from veriwatt.metering.key_windows import key_window_of
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.terminals.enrolment import Certify, enrol
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.ports.key_agent import Purpose
from veriwatt.system.free_port import free_port
from veriwatt.testing.small_terminal import (
    FIRST_DAY,
    ORG,
    Acknowledged,
    Equipment,
    SmallTerminal,
    point_of,
    terminal_key,
)
from veriwatt.units import DAY, Interval

KEYS = 60
"""Days for which a terminal has window keys."""

COMMAND = [sys.executable, "-c", "from veriwatt.cli import main; main()", "node", "run"]


class Fleet:
    """A home, its node when it runs, and its terminals. `folder` is new."""

    def __init__(self, folder: Path, terminals: int, *, anchor_seconds: int = 3600) -> None:
        self.folder, self.home = folder, folder / "home"
        self.process: subprocess.Popen[str] | None = None
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        init_home(self.home, ORG, unprotected=True)
        settings = self.home / "node.toml"
        settings.write_text(settings.read_text().replace("anchor_seconds = 60", f"anchor_seconds = {anchor_seconds}"))
        names = [f"t{i}" for i in range(terminals)]
        with Home(self.home) as home:
            enrolled = [self._enrol(home, name) for name in names]
            trust, log_key = home.paths.trust.read_bytes(), queries.log_key(home.ledger, ORG)
        assert log_key is not None
        self.equipment = [
            Equipment(name, folder / f"{name}.db", trust, log_key, *each)
            for name, each in zip(names, enrolled, strict=True)
        ]
        self.open_terminals()

    @property
    def url(self) -> str:
        """Where the node answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process of the node that runs."""
        assert self.process is not None
        return self.process.pid

    def open_terminals(self) -> None:
        """Open the terminals, which no other process has open."""
        self.terminals = [SmallTerminal(each, self.url) for each in self.equipment]

    def close_terminals(self) -> None:
        """Leave the terminals to other processes."""
        for terminal in self.terminals:
            terminal.close()
        self.terminals = []

    def close(self) -> None:
        self.kill()
        self.close_terminals()

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

    def height(self) -> int:
        """The newest block of the ledger, whose node does not run."""
        with open_reader(HomePaths(self.home).ledger) as ledger:
            return ledger.head().height

    def register_until(self, height: int) -> None:
        """Register terminals until the ledger, whose node does not run, is past the height."""
        with Home(self.home) as home:
            while (at := home.ledger.head().height) <= height:
                name = f"spare{at}"
                key = terminal_key(name)
                home.member_client(ORG).submit(enrol(key, home.ledger.chain_id, ORG, name, "SM-1", "1.0.0"))

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

    def _enrol(self, home: Home, name: str) -> tuple[GroupVersion, tuple[bytes, ...]]:
        now, member_client = home.clock.now(), home.member_client(ORG)
        member_client.submit(enrol(terminal_key(name), home.ledger.chain_id, ORG, name, "SM-1", "1.0.0"))
        member_client.submit(Certify(ORG, name, now - DAY, now + DAY))
        home.keys.make_masters(ORG, [name])
        member_client.submit(next_version(name, FIRST_DAY, (point_of(name),), now))
        version, agent = home.points.newest(ORG, name).version, home.keys.agent
        days = [Interval(FIRST_DAY + n * DAY, FIRST_DAY + (n + 1) * DAY) for n in range(KEYS)]
        windows = [key_window_of(KeyWindow.DAY, version.calendar, day) for day in days]
        return version, tuple(agent.window_key(ORG, name, window, Purpose.SEAL) for window in windows)


@contextmanager
def _nothing() -> Iterator[None]:
    yield
