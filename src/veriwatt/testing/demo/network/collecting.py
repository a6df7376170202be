"""Some minutes of readings, in real time, until all of them are final; for the last one a validator may be stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from veriwatt.errors import NotProven
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.demo.findings import Report
from veriwatt.testing.demo.network.nodes import DemoNodes
from veriwatt.testing.demo.network.spools import final_readings, signed_readings
from veriwatt.testing.demo.running_plants import running_plants, wall_clock
from veriwatt.testing.demo.terminals import PlantTerminal
from veriwatt.testing.plants import Park
from veriwatt.units import MINUTE, SECOND, Interval

SLOT, SLOT_NAME = MINUTE, "1m"
"""Length of the slots: the shortest that there is."""

TIMEOUT = SLOT // 10
"""Milliseconds in which a meter answers: as many as a slot allows, for it shares this machine with all the nodes."""

SAMPLED = 5 * SECOND
"""After the end of a slot: its readings are in the spools."""

LOOK_EVERY = 1.0
"""Seconds between two looks at what is final."""


@dataclass(frozen=True, slots=True)
class Collecting:
    """Plants whose terminals deliver to running nodes, over the slots of `span`; meters are read at its start too."""

    terminals: Sequence[PlantTerminal]
    park: Park
    clock: SimClock
    nodes: DemoNodes
    span: Interval
    report: Report

    @property
    def expected(self) -> int:
        """The readings that there are at the end."""
        ends = (self.span.end - self.span.start) // SLOT + 1
        return ends * sum(len(terminal.points) for terminal in self.terminals)

    def signed(self) -> int:
        """The readings that the terminals have signed."""
        return signed_readings(self.terminals)

    async def run(self, spare: str) -> int:
        """Collect until all is final. `spare` is the org whose validator is stopped before the last slot ends, if any.

        Returns:
            The readings of frames that ended after the validator had stopped, and became final without it.
        """
        async with running_plants(self.terminals, self.park, self.clock, self.report, self.span.end) as working:
            collecting = asyncio.ensure_future(self._collect(spare))
            try:
                await asyncio.wait([working, collecting], return_when=asyncio.FIRST_COMPLETED)
                if working.done():
                    working.result()  # raises why the plants ended
                return await collecting
            finally:
                collecting.cancel()

    async def _collect(self, spare: str) -> int:
        final = asyncio.ensure_future(self._until_final())
        try:
            if not spare:
                await final
                return 0
            await asyncio.sleep(max(self.span.end - SLOT + SAMPLED - wall_clock(), 0) / SECOND)
            await self.nodes.stop(spare)
            stopped_at = wall_clock()
            self.report(f"the node of {spare} and its validator are stopped")
            await final
        finally:
            final.cancel()
        without = final_readings(self.terminals, after=stopped_at)
        if not without:
            raise NotProven(f"no reading became final after the validator of {spare} had stopped")
        self.report(f"{without} readings became final without {spare}; its node is started again")
        return without

    async def _until_final(self) -> None:
        told = (0, 0)
        while told != (self.expected, self.expected):
            now = self.signed(), final_readings(self.terminals)
            if now != told:
                told = now
                self.report(f"{told[0]} of {self.expected} readings signed, {told[1]} final on the ledger")
            await asyncio.sleep(LOOK_EVERY)
