"""What a node, a query, the view and fsck take while a chain grows, measured at its half and at its end.

    measured = measure_growth(folder, frames=100_000)

The frames come over HTTP while the node anchors and projects, as they do from live terminals.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median
from time import monotonic, sleep

from veriwatt.errors import Unavailable
from veriwatt.testing.floods.served_node import processor_time_of, resident_of
from veriwatt.testing.growing_home import ORG, GrowingHome
from veriwatt.testing.node_process import CLI, NodeProcess, until

ENROLLED, LARGE_GROUP = 2_000, 10_000
BATCH = 1_000
"""Frames in a post."""

ASKED = 3
"""How often each question is asked."""

LOOK_EVERY = 0.02
"""Seconds between two looks at the memory of a command."""

VIEWED_WITHIN = 1_800
"""Seconds in which the view has every frame."""


@dataclass(slots=True)
class AtSize:
    """What was measured at one size of the chain, in bytes and seconds."""

    frames: int
    processor_time: float = 0.0
    """The seconds of a processor that the node took for each frame since the size before, until the view had it."""

    resident: int = 0
    """The most memory of the node and its helpers, after every kind of question."""

    terminals: float = 0.0
    """The seconds of the fastest answer to `/terminals`."""

    slowest: float = 0.0
    """The seconds of the fastest answer to the question that takes longest."""

    query: int = 0
    """The peak memory of `veriwatt query` in a process of its own."""


@dataclass(slots=True)
class Growth:
    """Measurements of one growing chain; rates in frames a second."""

    first_rate: float = 0.0
    last_rate: float = 0.0
    half: AtSize = field(default_factory=lambda: AtSize(0))
    whole: AtSize = field(default_factory=lambda: AtSize(0))
    large_group: float = 0.0
    """Seconds from the post of a large group's first frame to its receipt."""

    rebuilt: float = 0.0
    """The rate at which a serving node makes a deleted view again."""

    fsck_memory: int = 0
    """The most that its processes had together."""

    fsck_seconds: float = 0.0
    fsck_processor: float = 0.0
    """Seconds of one core that its processes took."""

    fsck_status: int = 0


def measure_growth(folder: Path, frames: int) -> Growth:
    """Grow a chain to so many frames; `folder` is new."""
    home, found = GrowingHome(folder / "home", ENROLLED, LARGE_GROUP), Growth()
    found.half = AtSize(frames // 2)
    found.first_rate = _grow(home, found.half)
    found.whole = AtSize(frames)
    found.last_rate = _grow(home, found.whole, found.half.frames)
    _large_group(home, found)
    _rebuild(home, found)
    _fsck(home, found)
    return found


def _grow(home: GrowingHome, at: AtSize, already: int = 0) -> float:
    """Post up to a size and measure there; returns the frames a second of the median of the last fifth of the posts."""
    count, seconds = at.frames - already, list[float]()
    node = NodeProcess.start(home.root)
    began = processor_time_of(node.process.pid)
    try:
        for uploads in _made_ahead(home.uploads(count)):
            answer = node.post(uploads, patience=120)
            if answer.status != 200:
                raise Unavailable(f"a post of frames was answered with {answer.status}: {answer.body[:200]!r}")
            seconds.append(answer.seconds)
        _wait_for_view(node)
        at.processor_time = (processor_time_of(node.process.pid) - began) / count
        at.slowest = max(_fastest_answer(node, question) for question in _questions(home, at.frames))
        at.terminals = min(node.ask("GET", "/api/v1/terminals").seconds for _ in range(ASKED))
        at.resident = resident_of(node.process.pid)
    finally:
        node.stop()
    start, end = _days(home, 1)
    words = ["query", "p0", "--from", start, "--to", end, "--every", "1h", "--home", str(home.root)]
    at.query = _measured(words).memory
    return BATCH / median(seconds[-max(1, len(seconds) // 5) :])


def _fastest_answer(node: NodeProcess, question: str) -> float:
    """The seconds of the fastest of some answers to it."""
    answers = [node.ask("GET", question, patience=120) for _ in range(ASKED)]
    for answer in answers:
        if answer.status != 200:
            raise Unavailable(f"{question} was answered with {answer.status}: {answer.body[:200]!r}")
    return min(answer.seconds for answer in answers)


def _made_ahead(uploads: Iterator[bytes]) -> Iterator[list[bytes]]:
    """The frames of each post, made while the node takes in the post before."""
    with ThreadPoolExecutor(1) as maker:
        waiting = maker.submit(lambda: list(islice(uploads, BATCH)))
        while lot := waiting.result():
            waiting = maker.submit(lambda: list(islice(uploads, BATCH)))
            yield lot


def _questions(home: GrowingHome, frames: int) -> Sequence[str]:
    """Eight kinds of question, of a day and of all time."""
    start, end = _days(home, 340)
    day, next_day = _days(home, 1)
    return (
        "/api/v1/status",
        "/api/v1/points",
        "/api/v1/terminals",
        f"/api/v1/points/p0/totals?from={start}&to={end}&every=1d",
        f"/api/v1/completeness?from={day}&to={next_day}",
        f"/api/v1/evidence?point=p0&from={day}&to={next_day}",
        "/api/v1/blocks?limit=20",
        f"/api/v1/frames/consistency?org={ORG}&old={frames // 3}&new={frames - 1}",
    )


def _days(home: GrowingHome, count: int) -> tuple[str, str]:
    """The first so many days that the frames state, as dates."""
    first = home.first_date
    return str(first), str(first + count)


def _large_group(home: GrowingHome, found: Growth) -> None:
    node, upload = NodeProcess.start(home.root), home.large_upload()
    try:
        found.large_group = node.post([upload], patience=120).seconds
    finally:
        node.stop()


def _rebuild(home: GrowingHome, found: Growth) -> None:
    for path in home.root.glob("readings.duckdb*"):
        path.unlink()
    node = NodeProcess.start(home.root)
    try:
        began = monotonic()
        _wait_for_view(node)
        found.rebuilt = found.whole.frames / (monotonic() - began)
    finally:
        node.stop()


def _fsck(home: GrowingHome, found: Growth) -> None:
    took = _measured(["fsck", "--home", str(home.root)])
    found.fsck_status, found.fsck_memory = took.status, took.memory
    found.fsck_seconds, found.fsck_processor = took.seconds, took.processor


def _wait_for_view(node: NodeProcess) -> None:
    until(lambda: (chain := node.chain())["viewed"] == chain["frames"], within=VIEWED_WITHIN)


@dataclass(frozen=True, slots=True)
class _Took:
    """What a command took: the most bytes of all its processes together, seconds, and seconds of one core."""

    status: int
    memory: int
    seconds: float
    processor: float


def _measured(words: Sequence[str]) -> _Took:
    began, memory = monotonic(), 0
    process = subprocess.Popen([*CLI, *words], stdout=subprocess.DEVNULL)
    while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
        memory = max(memory, resident_of(process.pid))
        sleep(LOOK_EVERY)
    _, status, used = ended
    process.returncode = os.waitstatus_to_exitcode(status)
    return _Took(process.returncode, memory, monotonic() - began, used.ru_utime + used.ru_stime)
