"""What a node looks for beside answering, and how often while there is nothing to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from veriwatt.api.group_commit import GroupCommitQueue
from veriwatt.node.background import TICK, BackgroundLoop
from veriwatt.node.troubles import Troubles
from veriwatt.node.worker import WorkerThread
from veriwatt.system.held_files import HeldLock

PROMPT = 2
"""Works that are looked at in each turn: what is to be anchored, and a head that a terminal asked for."""

WORKS = 11


class IdleWorker:
    """A worker thread that finds nothing to do; `looks` are the times that it was woken for that."""

    def __init__(self) -> None:
        self.is_open, self.damage, self.troubles, self.looks = True, None, Troubles(), 0

    async def keep(self, work: Callable[[Any], Any]) -> Any:
        self.looks += 1
        return ()

    def command_waits(self) -> bool:
        return False


class HomeInPlace:
    def check(self) -> None:
        """It is where it was."""


def test_an_idle_node_wakes_its_thread_for_few_looks() -> None:
    worker, seconds = IdleWorker(), 2.5

    async def idle() -> None:
        queue = cast("GroupCommitQueue", None)
        loop = BackgroundLoop(cast("WorkerThread", worker), queue, cast("HeldLock", HomeInPlace()), lambda _: None)
        running = asyncio.create_task(loop.run())
        await asyncio.sleep(seconds)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(idle())
    assert WORKS <= worker.looks <= PROMPT * (seconds / TICK + 1) + (WORKS - PROMPT) * (seconds / 1.0 + 1)
