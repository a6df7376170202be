"""Gathering concurrent posts of frames into one group commit.

While a batch is being written, what arrives gathers for the next one; an idle node waits a moment
for company. Each post is answered after the fsync that covers its frames.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from veriwatt.api.context import FrameOutcome, Worker
from veriwatt.api.errors import TooMuch

WAIT = 0.002
"""Seconds that an idle node waits for further posts."""

BATCH_FRAMES = 512
WAITING_FRAMES = 16_384
"""Frames in memory, not yet written, beyond which posts are refused for the moment."""


@dataclass(frozen=True, slots=True, eq=False)
class _Post:
    uploads: Sequence[bytes]
    done: asyncio.Future[list[FrameOutcome]]


class Gatherer:
    """Takes posts while `run` runs."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._queue: asyncio.Queue[_Post | None] = asyncio.Queue()
        self._waiting = 0

    async def accept(self, uploads: Sequence[bytes]) -> list[FrameOutcome]:
        """An outcome for each upload, once those accepted are durable.

        Raises:
            TooMuch: the node cannot write as fast as frames arrive.
            Unavailable, Unsettled, Corrupted: the write failed; the terminal sends again later.
        """
        if self._waiting and self._waiting + len(uploads) > WAITING_FRAMES:
            raise TooMuch(f"{self._waiting:,} frames wait to be written")
        post = _Post(uploads, asyncio.get_running_loop().create_future())
        self._waiting += len(uploads)
        self._queue.put_nowait(post)
        return await post.done

    async def run(self) -> None:
        """Write batches until `stop`; then those that wait, and return."""
        while (first := await self._queue.get()) is not None:
            if self._queue.empty():
                await asyncio.sleep(WAIT)
            posts, ended = self._gathered(first)
            await self._write(posts)
            if ended:
                return

    def stop(self) -> None:
        self._queue.put_nowait(None)

    def _gathered(self, first: _Post) -> tuple[list[_Post], bool]:
        posts, count = [first], len(first.uploads)
        while count < BATCH_FRAMES and not self._queue.empty():
            post = self._queue.get_nowait()
            if post is None:
                return posts, True
            posts.append(post)
            count += len(post.uploads)
        return posts, False

    async def _write(self, posts: list[_Post]) -> None:
        uploads = [upload for post in posts for upload in post.uploads]
        try:
            outcomes = await self._worker.ask(lambda node: node.accept(uploads))
        except Exception as error:  # noqa: BLE001 - every poster is told, whatever it was; the guard turns it into an answer
            for post in posts:
                if not post.done.done():
                    post.done.set_exception(error)
            return
        finally:
            self._waiting -= len(uploads)
        at = 0
        for post in posts:
            if not post.done.done():
                post.done.set_result(outcomes[at : at + len(post.uploads)])
            at += len(post.uploads)
