"""A clock that goes only where it is driven, so that a week passes as fast as its work is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from veriwatt.units import UtcMillis


class SimClock:
    """A `Clock` that is set, and never measures time; for one event loop at a time."""

    def __init__(self, now: UtcMillis) -> None:
        self._now = now
        self._sleepers: dict[asyncio.Task[object], tuple[UtcMillis, asyncio.Event]] = {}
        self._changed = asyncio.Event()

    def now(self) -> UtcMillis:
        return self._now

    async def sleep_until(self, t: UtcMillis) -> None:
        if t <= self._now:
            return
        task, woken = asyncio.current_task(), asyncio.Event()
        assert task is not None
        self._sleepers[task] = (t, woken)
        self._changed.set()
        try:
            await woken.wait()
        finally:
            self._sleepers.pop(task, None)

    @property
    def next_stop(self) -> UtcMillis | None:
        """The first later time that somebody sleeps until; None while nobody does."""
        return min((t for t, _ in self._sleepers.values() if t > self._now), default=None)

    def advance_to(self, t: UtcMillis) -> None:
        """Make it `t`, and wake whoever sleeps until then or earlier; they run when the loop gets to them."""
        if t < self._now:
            raise RuntimeError(f"the clock stands at {self._now} and cannot go back to {t}")
        self._now = t
        for until, woken in self._sleepers.values():
            if until <= t:
                woken.set()

    def set_back(self, t: UtcMillis) -> None:
        """Make it `t`, an earlier time, as a person or NTP does; nobody wakes."""
        self._now = t

    async def drive(self, until: UtcMillis, at_each: Callable[[UtcMillis], None] = lambda _: None) -> None:
        """Go to `until`, stopping at every time somebody sleeps until, for as long as the woken work.

        At each stop `at_each` is called with the time first, so that the simulated world is there already; then
        the sleepers wake, and the clock goes on when each of them sleeps again or has ended. Meanwhile they
        may wait for real sockets.
        """
        self._changed = asyncio.Event()
        await asyncio.sleep(0)
        while (stop := self.next_stop) is not None and stop <= until:
            at_each(stop)
            busy = {task for task, (t, _) in self._sleepers.items() if t <= stop}
            self.advance_to(stop)
            for task in busy:
                self._sleepers.pop(task, None)
            await self._settled(busy)
        at_each(until)
        self.advance_to(max(until, self._now))

    async def _settled(self, busy: set[asyncio.Task[object]]) -> None:
        for task in busy:
            task.add_done_callback(self._task_ended)
        while any(task not in self._sleepers and not task.done() for task in busy):
            self._changed.clear()
            await self._changed.wait()
        for task in busy:
            task.remove_done_callback(self._task_ended)

    def _task_ended(self, _: asyncio.Task[object]) -> None:
        self._changed.set()
