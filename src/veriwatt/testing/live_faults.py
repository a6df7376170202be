"""A node and its terminals killed and stopped, and the line between them cut, while frames flow.

    measured = run_live_faults(folder, seed=7, seconds=1200)

Each terminal is a process of its own that signs a frame and delivers what waits, again and again. A supervisor starts
at once what was killed. The seed decides everything but the timing. Afterwards every process works undisturbed until
each frame is acknowledged, and the chain is compared with the receipts.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.context import SpawnProcess
from pathlib import Path

from veriwatt.errors import Unavailable
from veriwatt.fsck.run import run_fsck
from veriwatt.home.paths import HomePaths
from veriwatt.system.clock import SystemClock
from veriwatt.system.files import DiskFiles
from veriwatt.testing.cutting_proxy import CuttingProxy
from veriwatt.testing.fleet import Fleet
from veriwatt.testing.small_terminal import ORG, Equipment, SmallTerminal

TERMINALS = 3
PAUSE = 0.3
"""Seconds between two frames of a terminal."""

BETWEEN = 1.5
"""Seconds until the next fault, at most."""

CUT_AFTER = 3_000
"""Bytes after which a line is cut, at most."""

STOPPED = 4.0
"""Seconds for which a process is stopped, or a line refuses, at most."""

SETTLED_WITHIN = 180
"""Seconds in which every frame is acknowledged once nothing fails any more."""


@dataclass(slots=True)
class LiveFaults:
    """What was done, and what was found afterwards.

    Attributes:
        not_started: starts of the node after a kill in which it gave up.
        acknowledged: frames with a receipt in the spool of their terminal.
        lost: those of them that the chain does not have at their position.
        unfinished: frames without a receipt at the end.
        quarantined: frames that contradict another one.
        problems: of fsck.
    """

    kills: int = 0
    stops: int = 0
    cuts: int = 0
    not_started: int = 0
    acknowledged: int = 0
    lost: int = 0
    unfinished: int = 0
    quarantined: int = 0
    problems: list[str] = field(default_factory=list)


class _Workers:
    """The processes of the terminals, reached through a line that can be cut."""

    def __init__(self, fleet: Fleet, line: CuttingProxy) -> None:
        self._equipment, self._url = fleet.equipment, f"http://127.0.0.1:{line.port}"
        self._processes = [self._started(each) for each in self._equipment]

    def _started(self, equipment: Equipment) -> SpawnProcess:
        process = get_context("spawn").Process(target=_work, args=(equipment, self._url), daemon=True)
        process.start()
        return process

    def pid(self, number: int) -> int:
        pid = self._processes[number].pid
        assert pid is not None
        return pid

    def kill(self, number: int) -> None:
        self._end(number)
        self._processes[number] = self._started(self._equipment[number])

    def close(self) -> None:
        for number in range(len(self._processes)):
            self._end(number)

    def _end(self, number: int) -> None:
        self._processes[number].kill()
        self._processes[number].join()


def run_live_faults(folder: Path, seed: int, seconds: float) -> LiveFaults:
    """Disturb for so many seconds, then compare; `folder` is new."""
    draw, found = random.Random(seed), LiveFaults()
    fleet = Fleet(folder, TERMINALS, anchor_seconds=2)
    try:
        fleet.close_terminals()
        if fleet.start() is not None:
            raise Unavailable("the node did not start")
        _disturb(fleet, draw, seconds, found)
        _settle(fleet)
        _compare(fleet, found)
    finally:
        fleet.close()
    return found


def _disturb(fleet: Fleet, draw: random.Random, seconds: float, found: LiveFaults) -> None:
    line, until = CuttingProxy(fleet.port), time.monotonic() + seconds
    workers, kinds = _Workers(fleet, line), _kinds(draw)
    try:
        while time.monotonic() < until:
            time.sleep(draw.uniform(0, BETWEEN))
            fault, number = next(kinds), draw.randint(0, TERMINALS)
            if fault == "kill":
                _kill(fleet, workers, number, found)
            elif fault == "stop":
                _stop(fleet, workers, number, draw.uniform(0, STOPPED))
                found.stops += 1
            else:
                line.cut(draw.randrange(1, CUT_AFTER), draw.uniform(0, STOPPED))
    finally:
        workers.close()
        line.close()
        found.cuts = line.cuts


def _kinds(draw: random.Random) -> Iterator[str]:
    """Kinds of faults for ever, in rounds of each kind, so that a short run has them all."""
    while True:
        deck = ["kill", "kill", "kill", "stop", "cut"]
        draw.shuffle(deck)
        yield from deck


def _kill(fleet: Fleet, workers: _Workers, number: int, found: LiveFaults) -> None:
    """Kill terminal `number`, or the node where there is no such terminal, and start it again."""
    if number < TERMINALS:
        workers.kill(number)
    else:
        fleet.kill()
        found.not_started += fleet.start() is not None
    found.kills += 1


def _stop(fleet: Fleet, workers: _Workers, number: int, seconds: float) -> None:
    pid = workers.pid(number) if number < TERMINALS else fleet.pid
    os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(pid, signal.SIGCONT)


def _settle(fleet: Fleet) -> None:
    fleet.open_terminals()
    until = time.monotonic() + SETTLED_WITHIN
    while time.monotonic() < until:
        served = [terminal.work() and not terminal.unfinished() for terminal in fleet.terminals]
        if all(served):
            return
        time.sleep(0.5)


def _compare(fleet: Fleet, found: LiveFaults) -> None:
    fleet.stop()
    known, paths = fleet.acknowledged(), HomePaths(fleet.home)
    found.acknowledged, found.lost = len(known), len(fleet.lost(known))
    found.unfinished = sum(terminal.unfinished() for terminal in fleet.terminals)
    found.quarantined = len(DiskFiles().names(paths.quarantine / ORG))
    report = run_fsck(paths, None, SystemClock(), lambda _what, _done, _total: None)
    found.problems = [f"{problem.where}: {problem.what}" for problem in report.problems]


def _work(equipment: Equipment, url: str) -> None:
    terminal = SmallTerminal(equipment, url)
    while True:
        terminal.make(1)
        terminal.work()
        time.sleep(PAUSE)
