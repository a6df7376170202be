"""The queue of posted frames: concurrent posts are written by one group commit.

Posts that arrive while a batch is written form the next batch, in the order of their lanes (`resources.lanes`); an idle
node waits a moment for further posts. Each post is answered after the fsync that covers its frames.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from veriwatt.api.api_node import FrameOutcome, Worker
from veriwatt.api.errors import RateLimited
from veriwatt.api.resources.frame_budget import FrameBudget
from veriwatt.api.resources.lanes import Lanes, Part, Post
from veriwatt.api.resources.payer import Payer

WAIT = 0.002
"""Seconds that an idle node waits for further posts."""

BATCH_FRAMES = 1024
"""The most frames of a batch: they share one sync, which takes as long for one frame as for all of them."""

UNDER_WAY = 2
"""The most batches that are begun and not finished."""


class GroupCommitQueue:
    """Collects posts into batches and writes them, while `run` runs."""

    def __init__(self, worker: Worker) -> None:
        self._worker, self.budget = worker, FrameBudget(worker)
        self._lanes, self._woken, self._stopping = Lanes(), asyncio.Event(), False
        self._writing, self._to_pause = asyncio.Lock(), False

    async def accept(self, uploads: Sequence[bytes], address: str = "") -> list[FrameOutcome]:
        """An outcome for each upload, once those accepted are durable; charged as `FrameBudget` says.

        Args:
            address: where the post came from.

        Raises:
            RateLimited: the payer sends more than its share, or the node cannot write as fast as frames arrive.
            Unavailable, Unsettled, Corrupted: the write failed; the terminal sends again later.
        """
        stranger = Payer(address)
        payer = await self.budget.charge(uploads, stranger, busy=self._lanes.strangers_wait)
        post = Post(uploads, payer, stranger, asyncio.get_running_loop().create_future())
        try:
            self._lanes.add(post)
        except RateLimited:
            self.budget.give_back(uploads, payer)
            raise
        self._woken.set()
        outcomes = await post.done
        self.budget.settle(uploads, payer, stranger, outcomes)
        return outcomes

    async def run(self) -> None:
        """Write batches until `stop` is called; then write the waiting posts, and return."""
        while await self._posts_wait():
            async with self._writing:
                await self._write()

    def stop(self) -> None:
        self._stopping = True
        self._woken.set()

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """While the block runs, no batch is being written; arriving posts wait."""
        self._to_pause = True
        async with self._writing:
            self._to_pause = False
            yield

    async def _posts_wait(self) -> bool:
        """Wait for posts; False when `stop` was called and none is left."""
        while not self._lanes:
            if self._stopping:
                return False
            self._woken.clear()
            await self._woken.wait()
        return True

    async def _write(self) -> None:
        """Write batches while posts wait, unless somebody waits for a pause.

        A batch is begun before the previous one is finished: helper processes may check it while the node writes.
        """
        under_way = deque[list[Part]]()
        while under_way or (self._lanes and not self._to_pause):
            if self._to_pause or not self._lanes or len(under_way) == UNDER_WAY:
                await self._finish(under_way.popleft())
            else:
                await self._begin(under_way)

    async def _begin(self, under_way: deque[list[Part]]) -> None:
        if len(self._lanes) == 1:
            await asyncio.sleep(WAIT)
        parts = self._lanes.take(BATCH_FRAMES)
        uploads = [upload for part in parts for upload in part.uploads]
        try:
            await self._worker.ask(lambda node: node.begin(uploads))
        except Exception as error:  # noqa: BLE001 - every post gets the error, whatever it is; the guard answers with it
            self._fail(parts, error)
        else:
            under_way.append(parts)

    async def _finish(self, parts: list[Part]) -> None:
        try:
            outcomes = await self._worker.ask(lambda node: node.finish())
        except Exception as error:  # noqa: BLE001 - as above
            self._fail(parts, error)
            return
        at = 0
        for part in parts:
            self._lanes.settle(part, outcomes[at : at + len(part.uploads)])
            at += len(part.uploads)

    def _fail(self, parts: list[Part], error: Exception) -> None:
        for part in parts:
            self._lanes.fail(part, error)
