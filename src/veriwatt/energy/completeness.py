"""How complete a span is: its slots by status, and those that no frame states."""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.errors import Malformed


@dataclass(frozen=True, slots=True)
class Completeness:
    """The slots of a span by status; the five counts always add up to `expected`.

    A `gap` is signed: the terminal states that there is no value. A `missing` slot is one that no frame
    speaks of. Neither is a zero.
    """

    expected: int
    measured: int
    estimated: int
    manual: int
    gap: int

    def __post_init__(self) -> None:
        counts = (self.expected, self.measured, self.estimated, self.manual, self.gap)
        if min(counts) < 0 or self.signed > self.expected:
            raise Malformed(f"{self.signed} slots with a status do not fit in {self.expected} expected")

    @property
    def signed(self) -> int:
        """Slots of any status."""
        return self.measured + self.estimated + self.manual + self.gap

    @property
    def missing(self) -> int:
        """Slots of no status at all."""
        return self.expected - self.signed

    @property
    def complete(self) -> bool:
        """Every slot was measured, and there was one to measure."""
        return self.measured == self.expected > 0

    @property
    def permille(self) -> int | None:
        """Measured of expected in whole thousandths, rounded down, so that 1000 means every slot; None of no slots."""
        return self.measured * 1000 // self.expected if self.expected else None
