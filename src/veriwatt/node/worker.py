"""The threads that use the home of a running node: one accepts, one keeps (anchors, reports, projects), some read.

None of them waits for another but for moments: what they share is docs/adr/0037's subject. The home is closed while a
command uses it; calls meanwhile wait for a bounded time, and are then answered as unavailable.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from threading import Event
from typing import TypeVar

from veriwatt.errors import Corrupted, Unavailable, VeriwattError
from veriwatt.home.paths import HomePaths
from veriwatt.merkle.tiles import TileDamaged
from veriwatt.node.node_service import NodeService
from veriwatt.node.troubles import Troubles
from veriwatt.ports.ledger import LedgerEngine
from veriwatt.readmodel.frame_index import IndexDamaged
from veriwatt.system.descriptors import descriptors_needed
from veriwatt.system.exclusive_lock import HomeLocked, has_waiters, lock_holder, wait_until_free, waiting_process
from veriwatt.units import UtcMillis

T = TypeVar("T")

READERS = 2
"""Threads that read: a question is not behind another heavy one, and two heavy ones take no more than the cores."""

PATIENCE = 5.0
"""Seconds that a call waits, at most, for a home that a command uses."""

DERIVED = (IndexDamaged, TileDamaged)
"""Damage to what is made again from the objects."""

HOLD_TOLD = 10.0
"""Seconds after which a command that uses the home is told as a trouble."""


class HomeInUse(Unavailable):
    """A command uses the home of the node; the node answers again once it ends."""

    code = "home-in-use"

    def __init__(self, who: str, remedy: str) -> None:
        super().__init__(f"{who} uses the home of this node: {remedy}; ask again later, nothing is lost")
        self.who, self.remedy = who, remedy


class WorkerThread:
    """`api.Worker`: opens the node on its accepting thread, and closes it there."""

    def __init__(self, root: Path, *, refill: bool = False, network: LedgerEngine | None = None) -> None:
        """With `refill` the node opens chains that lost acknowledged frames too, to be filled again.

        `network` is the home's ledger where this process runs its node.
        """
        self._root, self._refill, self._lock, self._network = root, refill, HomePaths(root).lock, network
        self._accepting, self._keeping = ThreadPoolExecutor(1, "accept"), ThreadPoolExecutor(1, "keep")
        self._reading = ThreadPoolExecutor(READERS, "read")
        self._node: NodeService | None = None
        self._not_opened: VeriwattError | None = None
        self._changed = asyncio.Event()
        self._calls: set[Future[object]] = set()
        self._stopping = Event()
        self._waiting = dict[str, UtcMillis]()
        self.troubles = Troubles()
        self.damage: Corrupted | None = None

    @property
    def is_open(self) -> bool:
        return self._node is not None

    async def open(self) -> None:
        """Open the home and recover its chains."""
        await self._open(self._root)

    async def release(self) -> None:
        """Close the home once the calls under way have ended; calls from now on wait for `reopen`."""
        self._changed.clear()
        node, self._node = self._node, None
        await asyncio.to_thread(wait, tuple(self._calls))
        if node is not None:
            await self._on(self._accepting, node.close)

    async def reopen(self, *, rebuild: bool = False) -> None:
        """Open the home again once no command uses it or waits for it, unless `stop_waiting` was called.

        Args:
            rebuild: delete what is derived from the objects, so that it is made again.

        Raises:
            As `open`: a command may have left a home that cannot be opened.
        """
        self._not_opened = None
        while self._node is None and await asyncio.to_thread(wait_until_free, self._lock, self._stopping):
            try:
                await self._open(self._root, rebuild=rebuild)
            except HomeLocked:  # another command locked it first
                continue
            except VeriwattError as error:
                self._not_opened = error
                self._changed.set()
                raise

    def command_waits(self) -> bool:
        """Whether a command waits for the home; callable from any thread."""
        return self._node is not None and has_waiters(self._lock)

    def tell_holder(self) -> None:
        """Tell the command that has the home, or that waits for it and does not take it, as a trouble."""
        if (holder := lock_holder(self._lock) or waiting_process(self._lock)) is not None:
            self.troubles.fails("home", HomeInUse(str(holder), holder.remedy))

    def stop_waiting(self) -> None:
        """Wait for no command from now on: a home that was released to one stays closed."""
        self._stopping.set()
        self._changed.set()

    async def close(self) -> None:
        """Wait for the calls under way, then close the home."""
        await self.release()
        self._changed.set()
        for thread in (self._accepting, self._keeping, self._reading):
            thread.shutdown()

    async def ask(self, question: Callable[[NodeService], T]) -> T:
        node = await self._opened()
        return await self._answer(self._accepting, lambda: question(node))

    async def keep(self, work: Callable[[NodeService], T]) -> T:
        """As `ask`, on the thread that anchors, reports and projects."""
        node = await self._opened()
        return await self._on(self._keeping, lambda: work(node))

    async def read(self, question: Callable[[NodeService], T]) -> T:
        node = await self._opened()

        def answer() -> T:
            with node.reading():
                return question(node)

        return await self._answer(self._reading, answer)

    async def health(self) -> Mapping[str, str]:
        if self._node is None and self._not_opened is not None:
            raise self._absence()
        return self.troubles.failing()

    async def _open(self, root: Path, *, rebuild: bool = False) -> None:
        try:
            opening = partial(NodeService, root, self.troubles, refill=self._refill, rebuild=rebuild)
            self._node = await self._on(self._accepting, partial(opening, network=self._network, waiting=self._waiting))
        except DERIVED:
            if rebuild:
                raise
            await self._open(root, rebuild=True)
        self._not_opened = None
        self._changed.set()

    async def _opened(self) -> NodeService:
        """The node, once the home is open.

        Raises:
            HomeInUse: a command has used it for `PATIENCE` seconds.
            Unavailable: it could not be opened, or the node is stopping.
        """
        if self._node is None and not self._stopping.is_set():
            try:
                await asyncio.wait_for(self._changed.wait(), PATIENCE)
            except TimeoutError:
                raise self._absence() from None
        if self._node is None:
            raise self._absence()
        return self._node

    def _absence(self) -> Unavailable:
        if self._not_opened is not None or self._stopping.is_set():
            return Unavailable("the node has not opened its home; its log says why")
        holder = lock_holder(self._lock)
        if holder is None:
            return HomeInUse("a command", "wait for it to end")
        return HomeInUse(str(holder), holder.remedy)

    async def _answer(self, thread: ThreadPoolExecutor, question: Callable[[], T]) -> T:
        """The answer of a thread; damage to what is derived is noted, and unavailable until it is made again."""
        try:
            return await self._on(thread, question)
        except DERIVED as error:
            self.damage = error
            raise Unavailable(f"{error}; ask again in a minute") from error

    async def _on(self, thread: ThreadPoolExecutor, call: Callable[[], T]) -> T:
        future = thread.submit(descriptors_needed, call)
        self._calls.add(future)  # type: ignore[arg-type]
        future.add_done_callback(self._calls.discard)
        return await asyncio.wrap_future(future)
