"""The one thread on which a served node lives: everything that touches the home is asked of it, in turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from veriwatt.node.served import ServedNode

T = TypeVar("T")


class WorkerThread:
    """`api.Worker`: opens the node on its thread, and closes it there."""

    def __init__(self, make: Callable[[], ServedNode]) -> None:
        self._make = make
        self._thread = ThreadPoolExecutor(1, "node")
        self._node: ServedNode | None = None

    async def open(self) -> None:
        """Open the home and recover its chains."""
        self._node = await self._run(self._make)

    async def close(self) -> None:
        """Wait for what was asked, then let go of the home."""
        if self._node is not None:
            await self._run(self._node.close)
            self._node = None
        self._thread.shutdown()

    async def ask(self, question: Callable[[ServedNode], T]) -> T:
        node = self._node
        if node is None:
            raise RuntimeError("the node is not open")
        return await self._run(lambda: question(node))

    async def _run(self, what: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, what)
