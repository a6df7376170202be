"""The one thread that uses the home of a running node; calls of the event loop run on it one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Event
from typing import TypeVar

from veriwatt.errors import Unavailable
from veriwatt.home.paths import HomePaths
from veriwatt.node.node_service import NodeService
from veriwatt.system.descriptors import descriptors_needed
from veriwatt.system.exclusive_lock import HomeLocked, wait_until_free

T = TypeVar("T")


class WorkerThread:
    """`api.Worker`: opens the node on its thread, and closes it there."""

    def __init__(self, root: Path, *, refill: bool = False) -> None:
        """With `refill` the node opens chains that lost acknowledged frames too, to be filled again."""
        self._root, self._refill = root, refill
        self._thread = ThreadPoolExecutor(1, "node")
        self._node: NodeService | None = None
        self._stopping = Event()

    @property
    def is_open(self) -> bool:
        return self._node is not None

    async def open(self) -> None:
        """Open the home and recover its chains."""
        await self._run(self._open)

    async def release_to_waiters(self) -> None:
        """Close the home until no command uses it or waits for it, then open it again; calls meanwhile wait.

        Raises:
            As `open`: a command may have left a home that cannot be opened.
        """
        await self._run(self._release_to_waiters)

    def stop_waiting(self) -> None:
        """Wait for no command from now on: a home that was released to one stays closed."""
        self._stopping.set()

    async def close(self) -> None:
        """Wait for the calls under way, then close the home."""
        await self._run(self._close)
        self._thread.shutdown()

    async def ask(self, question: Callable[[NodeService], T]) -> T:
        def answer() -> T:
            if self._node is None:
                raise Unavailable("the node has not opened its home; its log says why")
            return question(self._node)

        return await self._run(answer)

    def _open(self) -> None:
        self._node = NodeService(self._root, refill=self._refill)

    def _close(self) -> None:
        if self._node is not None:
            self._node.close()
            self._node = None

    def _release_to_waiters(self) -> None:
        self._close()
        lock = HomePaths(self._root).lock
        while self._node is None and wait_until_free(lock, self._stopping):
            with suppress(HomeLocked):  # another command locked it first
                self._open()

    async def _run(self, what: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(descriptors_needed, what))
