"""The clock."""

from __future__ import annotations

from typing import Protocol

from veriwatt.units import UtcMillis


class Clock(Protocol):
    """The time, handed in so that a week can pass in a second."""

    def now(self) -> UtcMillis: ...

    async def sleep_until(self, t: UtcMillis) -> None:
        """Return at `t` by this clock, at once when `t` is past."""
        ...
