"""The queue of posted frames: concurrent posts are written by one group commit.

Posts that arrive while a batch is written form the next batch; an idle node waits a moment for further posts. Each
post is answered after the fsync that covers its frames.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from veriwatt.api.api_node import FrameOutcome, Worker
from veriwatt.api.errors import RateLimited

WAIT = 0.002
"""Seconds that an idle node waits for further posts."""

BATCH_FRAMES = 512
UNDER_WAY = 2
"""The most batches that are begun and not finished."""

WAITING_FRAMES = 16_384
"""Frames that may wait in memory; beyond this number posts are refused as rate-limited."""


@dataclass(frozen=True, slots=True, eq=False)
class _Post:
    uploads: Sequence[bytes]
    done: asyncio.Future[list[FrameOutcome]]


class GroupCommitQueue:
    """Collects posts into batches and writes them, while `run` runs."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._queue: asyncio.Queue[_Post | None] = asyncio.Queue()
        self._waiting = 0
        self._writing, self._to_pause = asyncio.Lock(), False

    async def accept(self, uploads: Sequence[bytes]) -> list[FrameOutcome]:
        """An outcome for each upload, once those accepted are durable.

        Raises:
            RateLimited: the node cannot write as fast as frames arrive.
            Unavailable, Unsettled, Corrupted: the write failed; the terminal sends again later.
        """
        if self._waiting and self._waiting + len(uploads) > WAITING_FRAMES:
            raise RateLimited(f"{self._waiting:,} frames wait to be written")
        post = _Post(uploads, asyncio.get_running_loop().create_future())
        self._waiting += len(uploads)
        self._queue.put_nowait(post)
        return await post.done

    async def run(self) -> None:
        """Write batches until `stop` is called; then write the waiting posts, and return."""
        ended = False
        while not ended:
            posts, ended = await self._gathered()
            async with self._writing:
                ended = await self._write(posts) or ended

    def stop(self) -> None:
        self._queue.put_nowait(None)

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """While the block runs, no batch is being written; arriving posts wait."""
        self._to_pause = True
        async with self._writing:
            self._to_pause = False
            yield

    async def _write(self, posts: list[_Post]) -> bool:
        """Write the batch, and further batches while posts wait; returns whether `stop` was called.

        A batch is begun before the previous one is finished: helper processes may check it while the node writes.
        """
        under_way, ended = deque[list[_Post]](), False
        await self._begin(posts, under_way)
        while under_way:
            if ended or self._to_pause or self._queue.empty() or len(under_way) == UNDER_WAY:
                await self._finish(under_way.popleft())
            else:
                posts, ended = await self._gathered()
                await self._begin(posts, under_way)
        return ended

    async def _gathered(self) -> tuple[list[_Post], bool]:
        """The posts of the next batch, and whether it is the last."""
        posts: list[_Post] = []
        count = 0
        while not posts or (count < BATCH_FRAMES and not self._queue.empty()):
            post = await self._queue.get()
            if post is None:
                return posts, True
            if not posts and self._queue.empty():
                await asyncio.sleep(WAIT)
            posts.append(post)
            count += len(post.uploads)
        return posts, False

    async def _begin(self, posts: list[_Post], under_way: deque[list[_Post]]) -> None:
        if not posts:
            return
        uploads = [upload for post in posts for upload in post.uploads]
        try:
            await self._worker.ask(lambda node: node.begin(uploads))
        except Exception as error:  # noqa: BLE001 - every post gets the error, whatever it is; the guard answers with it
            self._fail(posts, error)
        else:
            under_way.append(posts)

    async def _finish(self, posts: list[_Post]) -> None:
        try:
            outcomes = await self._worker.ask(lambda node: node.finish())
        except Exception as error:  # noqa: BLE001 - as above
            self._fail(posts, error)
            return
        at = 0
        for post in posts:
            self._waiting -= len(post.uploads)
            if not post.done.done():
                post.done.set_result(outcomes[at : at + len(post.uploads)])
            at += len(post.uploads)

    def _fail(self, posts: list[_Post], error: Exception) -> None:
        for post in posts:
            self._waiting -= len(post.uploads)
            if not post.done.done():
                post.done.set_exception(error)
