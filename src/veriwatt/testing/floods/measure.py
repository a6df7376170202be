"""One flood measured: how long a valid terminal of the same address waits, what memory the node takes, what is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from threading import Event, Thread
from typing import Any

from veriwatt.testing.floods.kinds import FAR, FROM_FAR, KINDS, OVER_TLS, Flood, trusting_all
from veriwatt.testing.floods.served_node import ServedNode
from veriwatt.testing.floods.valid_terminal import ValidTerminal

WARM_UP = 3
"""Frames that the terminal sends before the flood begins."""

SAMPLE = 0.1
"""Seconds between two looks at the node's memory, and at what the terminal has sent."""


@dataclass(frozen=True, slots=True)
class FloodMeasure:
    """What was measured under one flood.

    Attributes:
        acknowledged: frames of the valid terminal with a receipt.
        p99: seconds until a frame of it is acknowledged, at most, for 99 of 100.
        resident: the most bytes of memory of the node and its helpers.
        lost: acknowledged frames that the node does not know afterwards.
        alive: whether the node still runs.
        failures: the tries of the valid terminal that failed.
    """

    kind: str
    sent: int
    acknowledged: int
    p99: float
    resident: int
    lost: int
    alive: bool
    failures: tuple[str, ...]


def measure_flood(node: ServedNode, kind: str, seed: int, seconds: float, uploads: Sequence[bytes]) -> FloodMeasure:
    """Flood the node for some seconds while a valid terminal sends `uploads`, in order.

    The flood has a process of its own, at the address of the terminal.
    """
    stopped = Event()
    tls = trusting_all() if kind in OVER_TLS else None
    terminal = ValidTerminal(node.port, uploads, FAR if kind in FROM_FAR else (0.0, 0.0), tls)
    warm = ValidTerminal(node.port, uploads[:WARM_UP], tls=tls)
    warm.work(time.monotonic() + 60, stopped)
    terminal.sent = warm.sent
    context = get_context("spawn")
    counted, newest = context.Value("q", 0), context.Value("q", terminal.sent - 1)
    args = (kind, node.port, seed, seconds, uploads, newest, counted)
    flood = context.Process(target=_flood, args=args, daemon=True)
    flood.start()
    while flood.is_alive() and counted.value == 0:  # until its first request
        time.sleep(0.01)
    until = time.monotonic() + seconds
    working = Thread(target=terminal.work, args=(until, stopped))
    working.start()
    resident = 0
    while working.is_alive():
        newest.value = terminal.sent - 1
        resident = max(resident, node.resident())
        working.join(SAMPLE)
        if not node.alive:
            stopped.set()
    flood.join(60)
    flood.kill()
    lost = terminal.lost() if node.alive else terminal.sent
    waits, failures = sorted(terminal.seconds), tuple(terminal.failures)
    p99 = waits[min(len(waits) - 1, len(waits) * 99 // 100)] if waits else float("inf")
    sent = counted.value
    return FloodMeasure(kind, sent, terminal.sent, p99, resident, lost, node.alive, failures)


def _flood(
    kind: str, port: int, seed: int, seconds: float, uploads: Sequence[bytes], newest: Any, counted: Any
) -> None:
    flood = Flood(port, seed, seconds, lambda: uploads[newest.value])

    async def count() -> None:
        while not flood.over:
            counted.value = flood.sent
            await asyncio.sleep(0.01)

    async def whole() -> None:
        counting = asyncio.create_task(count())
        await KINDS[kind](flood)
        await counting

    asyncio.run(whole())
    counted.value = flood.sent
