"""The completeness of a span: its slots by status, and the due slots that no frame states."""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.errors import Malformed


@dataclass(frozen=True, slots=True)
class Completeness:
    """The slots of a span that are due, by status; the five counts always add up to `due`.

    Slots are due from the point's first one up to now. A `gap` is signed: the terminal states that there is no value.
    A `missing` slot is due, and no frame states it. Neither is a zero.
    """

    due: int
    measured: int
    estimated: int
    manual: int
    gap: int

    def __post_init__(self) -> None:
        counts = (self.due, self.measured, self.estimated, self.manual, self.gap)
        if min(counts) < 0 or self.signed > self.due:
            raise Malformed(f"{self.signed} slots with a status do not fit in {self.due} due")

    @property
    def signed(self) -> int:
        """The number of slots with a status."""
        return self.measured + self.estimated + self.manual + self.gap

    @property
    def missing(self) -> int:
        """The number of due slots without a status."""
        return self.due - self.signed

    @property
    def complete(self) -> bool:
        """Whether every slot was measured, and there is at least one."""
        return self.measured == self.due > 0

    @property
    def permille(self) -> int | None:
        """Measured slots in thousandths of those due, rounded down, so that 1000 means all; None without slots."""
        return self.measured * 1000 // self.due if self.due else None
