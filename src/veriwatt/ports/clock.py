"""The clock that a part of the product reads, so that tests can set it."""

from __future__ import annotations

from typing import Protocol

from veriwatt.units import UtcMillis


class Clock(Protocol):
    """UTC in milliseconds; injected, so that a week can pass in a second."""

    def now(self) -> UtcMillis: ...

    async def sleep_until(self, t: UtcMillis) -> None:
        """Return at `t` by this clock, at once if `t` is past."""
        ...
