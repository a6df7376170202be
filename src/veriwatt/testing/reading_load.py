"""Acceptance beside a loop of heavy queries: what a terminal waits while members read years of readings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event, Thread
from time import monotonic, sleep

import numpy as np

from veriwatt.cli.bench.rig import ORG, POINTS, SLOT, rig
from veriwatt.encoding import encode
from veriwatt.model.frames.columns import Column
from veriwatt.readmodel.reading_rows import ProjectedFrame, ProjectedGroup
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.testing.node_process import NodeProcess
from veriwatt.units import DAY

DAYS = 365
YEAR_START = 1_735_689_600_000
"""2025-01-01T00:00:00Z."""

PAUSE = 0.02
"""Seconds between two posts."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds that posts waited, in order of length, and how many queries were answered beside them."""

    seconds: tuple[float, ...]
    refused: int
    queries: int

    def quantile(self, share: float) -> float:
        return self.seconds[min(len(self.seconds) - 1, int(share * len(self.seconds)))]


def acceptance_beside_queries(seed: int, duration: float, readers: int) -> Waits:
    """Post single frames for `duration` seconds while `readers` ask in turn for a year by the hour of each point."""
    with served_year() as (node, uploads):
        stop, answered = Event(), [0] * readers

        def read(reader: int) -> None:
            random = Random(seed + reader)
            while not stop.is_set():
                point = f"p{random.randrange(POINTS)}"
                node.ask("GET", f"/api/v1/points/{point}/totals?from=2025-01-01&to=2026-01-01&every=1h", patience=120)
                answered[reader] += 1

        threads = [Thread(target=read, args=(i,)) for i in range(readers)]
        for thread in threads:
            thread.start()
        waits, refused, until = list[float](), 0, monotonic() + duration
        for upload in uploads:
            if monotonic() > until:
                break
            found = node.ask("POST", "/api/v1/frames", encode([upload]), patience=120)
            waits.append(found.seconds)
            refused += found.status != 200 or found.json()["frames"][0]["code"] != "accepted"
            sleep(PAUSE)
        stop.set()
        for thread in threads:
            thread.join()
    return Waits(tuple(sorted(waits)), refused, sum(answered))


@contextmanager
def served_year() -> Iterator[tuple[NodeProcess, list[bytes]]]:
    """A node whose view has a year of quarter-hours of every point, and frames that it will accept, in order."""
    with rig() as built:
        uploads, root = built.frames(64), built.home.paths.root
        _fill(built.home.paths.readings, built.home.ledger.chain_id)
        built.home.close()
        node = NodeProcess.start(root)
        try:
            yield node, uploads
        finally:
            node.stop()


def _fill(path: Path, chain_id: str) -> None:
    """Registers that rise; the frames at these positions are none of the chain's, so the view is never behind."""
    view = ReadingsView(path, chain_id)
    rng, codes = np.random.default_rng(1), np.ones(96, np.uint8)
    last = np.zeros((POINTS, 1), np.int64)
    for day in range(DAYS):
        starts = YEAR_START + day * DAY + np.arange(96, dtype=np.int64) * SLOT
        values = last + np.cumsum(rng.integers(0, 10, (POINTS, 96)), axis=1).astype(np.int64)
        last = values[:, -1:]
        columns = [Column(f"p{i}", starts, starts + SLOT, values[i], codes) for i in range(POINTS)]
        frame = ProjectedFrame(ORG, 10**6 + day, YEAR_START + (day + 1) * DAY, "main", None, None)
        view.add(ORG, [ProjectedGroup(frame, "UTC", columns)])
    view.close()
