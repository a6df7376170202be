"""The pause before a meter that failed to answer is read again."""

from __future__ import annotations

from veriwatt.ports.clock import Clock
from veriwatt.terminal.drivers.base import MeterSilent
from veriwatt.units import SECOND, UtcMillis

LONGEST_WAIT = 30 * SECOND
"""The longest pause, shorter than the shortest slot: a meter that answers again loses no further slot."""


class BackOff:
    """After a failure a meter is not read for 1 s, then 2, 4, up to 30 s of the terminal's clock."""

    def __init__(self, meter: str, clock: Clock) -> None:
        self._meter, self._clock = meter, clock
        self._failures = 0
        self._not_before: UtcMillis = 0

    def check(self) -> None:
        """Raise MeterSilent during the pause after a failure."""
        if self._clock.now() < self._not_before:
            raise MeterSilent(meter=self._meter, why=f"backing off after {self._failures} failures")

    def failed(self, why: str) -> MeterSilent:
        """Count a failure; returns the error to raise."""
        wait = min(LONGEST_WAIT, SECOND << min(self._failures, 5))
        self._failures += 1
        self._not_before = self._clock.now() + wait
        return MeterSilent(meter=self._meter, why=why)

    def succeeded(self) -> None:
        """The meter answered: the next failure counts as the first."""
        self._failures = 0
