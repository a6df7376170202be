"""The machine's clock."""

from __future__ import annotations

import asyncio
from time import time_ns

from veriwatt.units import UtcMillis


class SystemClock:
    """`ports.Clock` by the system's time."""

    def now(self) -> UtcMillis:
        return time_ns() // 1_000_000

    async def sleep_until(self, t: UtcMillis) -> None:
        await asyncio.sleep(max(0, t - self.now()) / 1000)
