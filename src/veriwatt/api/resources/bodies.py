"""The memory of request bodies: bounded in total, charged as the bytes arrive.

At the bound the unfinished body that has cost the most is refused: its bytes × the seconds that they have been held.
So a small post is never refused for the large ones of others, nor a quick one for those that do not end.
"""

from __future__ import annotations

from typing import Protocol

from veriwatt.api.resources.policy import BODIES


class BodyHolder(Protocol):
    """A connection whose request has a body."""

    @property
    def proven(self) -> bool: ...

    @property
    def body_since(self) -> float: ...

    def refuse_body(self) -> None:
        """Answer 503 and close; the bytes are released."""
        ...


class Bodies:
    """The bytes of bodies held by connection, from the first byte to the answer."""

    def __init__(self, limit: int = BODIES) -> None:
        self._limit, self.total = limit, 0
        self._held: dict[BodyHolder, int] = {}
        self._unfinished: dict[BodyHolder, None] = {}

    def hold(self, holder: BodyHolder, count: int, now: float) -> None:
        """Charge `count` more bytes of an unfinished body, at the monotonic time `now`."""
        self._held[holder] = self._held.get(holder, 0) + count
        self._unfinished[holder] = None
        self.total += count
        while self.total > self._limit and self._unfinished:
            costliest = max(self._unfinished, key=lambda each: self._cost(each, now))
            self.release(costliest)
            costliest.refuse_body()

    def finished(self, holder: BodyHolder) -> None:
        """The body has arrived; from now on it is held until it is released."""
        self._unfinished.pop(holder, None)

    def release(self, holder: BodyHolder) -> None:
        """The bytes of the body are in memory no longer."""
        self._unfinished.pop(holder, None)
        self.total -= self._held.pop(holder, 0)

    def _cost(self, holder: BodyHolder, now: float) -> tuple[bool, float]:
        return not holder.proven, self._held[holder] * (now - holder.body_since + 0.001)
