"""The lanes of posts that wait to be checked: one for each payer, served in turn.

Proven terminals, their newest frames once more, and strangers are classes. A batch has a part of the latter two, and is
otherwise filled by proven terminals: what they send next never waits long for others. Within a class each payer gives a
part of `PART_FRAMES` frames before the next has its turn, so nobody's post waits for the whole of another's.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from veriwatt.api.api_node import ACCEPTED, KNOWN, FrameOutcome
from veriwatt.api.errors import RateLimited
from veriwatt.api.resources.payer import Payer
from veriwatt.api.resources.policy import (
    AGAIN_PART,
    PART_FRAMES,
    PROVEN_WAITING,
    STRANGERS_PART,
    STRANGERS_WAITING,
    WAITING_BYTES,
)


@dataclass(slots=True, eq=False)
class Post:
    """The uploads of one request, and their outcomes so far.

    `address` pays for what is left once a proven terminal's post has a frame that is refused.
    """

    uploads: Sequence[bytes]
    payer: Payer
    address: Payer
    done: asyncio.Future[list[FrameOutcome]]
    begun: int = 0
    outcomes: list[FrameOutcome] = field(default_factory=list)

    def settle(self, outcomes: Sequence[FrameOutcome]) -> None:
        """Add the outcomes of the next part; the last one answers the post."""
        self.outcomes += outcomes
        if len(self.outcomes) == len(self.uploads) and not self.done.done():
            self.done.set_result(self.outcomes)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


@dataclass(frozen=True, slots=True)
class Part:
    """Some uploads of a post, which are checked in one go."""

    post: Post
    uploads: Sequence[bytes]


class Lanes:
    """The posts that wait; used on the event loop."""

    def __init__(self) -> None:
        self._proven, self._again, self._strangers = map(_Class, (PROVEN_WAITING, STRANGERS_WAITING, STRANGERS_WAITING))

    def __len__(self) -> int:
        """How many posts wait, at least in part."""
        return self._proven.posts + self._again.posts + self._strangers.posts

    @property
    def strangers_wait(self) -> bool:
        return self._strangers.posts > 0

    def add(self, post: Post) -> None:
        """Let a post wait in its payer's lane; raises RateLimited when too much waits there."""
        self._of(post.payer).add(post)

    def take(self, frames: int) -> list[Part]:
        """The parts that are checked next, of about so many frames."""
        parts = self._strangers.take(min(frames, STRANGERS_PART))
        parts += self._again.take(min(frames, AGAIN_PART))
        return parts + self._proven.take(frames - sum(len(part.uploads) for part in parts))

    def settle(self, part: Part, outcomes: Sequence[FrameOutcome]) -> None:
        """Give a part its outcomes. The rest of a proven terminal's post joins the strangers once one is refused."""
        post = part.post
        post.settle(outcomes)
        if post.payer.proven and any(outcome.code not in (ACCEPTED, KNOWN) for outcome in outcomes):
            rest = self._of(post.payer).remove(post)
            post.payer = post.address
            if rest:
                self._strangers.join(post)

    def fail(self, part: Part, error: Exception) -> None:
        """Answer the part's post with an error; the rest of it is not checked."""
        part.post.fail(error)
        self._of(part.post.payer).remove(part.post)

    def _of(self, payer: Payer) -> _Class:
        if payer.again:
            return self._again
        return self._proven if payer.proven else self._strangers


class _Class:
    """The lanes of one class, the next in turn first."""

    def __init__(self, most: int) -> None:
        self._most, self.posts = most, 0
        self._frames, self._bytes = 0, 0
        self._lanes: OrderedDict[str, deque[Post]] = OrderedDict()

    def add(self, post: Post) -> None:
        more = sum(map(len, post.uploads))
        if self.posts and (self._frames + len(post.uploads) > self._most or self._bytes + more > WAITING_BYTES):
            raise RateLimited(f"{self._frames:,} frames wait to be checked")
        self.join(post)

    def join(self, post: Post) -> None:
        self._lanes.setdefault(post.payer.name, deque()).append(post)
        self._count(post, 1)

    def take(self, frames: int) -> list[Part]:
        parts: list[Part] = []
        while frames > 0 and self._lanes:
            name, lane = self._lanes.popitem(last=False)
            post = lane[0]
            self._count(post, -1)
            part = Part(post, post.uploads[post.begun : post.begun + min(PART_FRAMES, frames)])
            post.begun += len(part.uploads)
            if post.begun < len(post.uploads):
                self._count(post, 1)
            else:
                lane.popleft()
            if lane:
                self._lanes[name] = lane
            parts.append(part)
            frames -= len(part.uploads)
        return parts

    def remove(self, post: Post) -> bool:
        """Take out a post that waits; False when no part of it does."""
        lane = self._lanes.get(post.payer.name, deque())
        if post not in lane:
            return False
        self._count(post, -1)
        lane.remove(post)
        if not lane:
            del self._lanes[post.payer.name]
        return True

    def _count(self, post: Post, sign: int) -> None:
        waiting = post.uploads[post.begun :]
        self.posts += sign
        self._frames += sign * len(waiting)
        self._bytes += sign * sum(map(len, waiting))
