"""Random variation of operators and material, drawn by hash from seed, name and index, whatever the order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from veriwatt.crypto.hashing import sha256

Minutes = NDArray[np.float64]
Rates = NDArray[np.int64]

MINUTES = 1_440

_MULTIPLIERS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True, slots=True)
class Variation:
    """A source of numbers in [0, 1): the same seed, name and index give the same number, whatever was drawn before."""

    seed: int

    def at(self, name: str, index: int) -> float:
        return float(self.series(name, np.array([index]))[0])

    def between(self, name: str, index: int, low: int, high: int) -> int:
        """A whole number in `low .. high`, both included."""
        return low + int(self.at(name, index) * (high - low + 1))

    def series(self, name: str, indices: NDArray[np.int64]) -> Minutes:
        start = int.from_bytes(sha256(f"{self.seed}/{name}".encode())[:8], "big")
        mixed = indices.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(start)
        for shift, multiplier in zip((30, 27), _MULTIPLIERS, strict=True):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * multiplier
        mixed ^= mixed >> np.uint64(31)
        drawn: Minutes = (mixed >> np.uint64(11)).astype(np.float64) / float(1 << 53)
        return drawn

    def jitter(self, name: str, day: int, share: float) -> Minutes:
        """For each minute of `day`, a factor in `1 - share .. 1 + share`."""
        factors: Minutes = 1 + share * (2 * self.series(name, day * MINUTES + np.arange(MINUTES)) - 1)
        return factors


def whole(values: NDArray[np.floating[Any]]) -> Rates:
    """The values as whole numbers, none below zero."""
    rounded: Rates = np.maximum(np.rint(values), 0).astype(np.int64)
    return rounded


def between_hours(start: float, end: float) -> Minutes:
    """1 in the minutes of the day from hour `start` to hour `end`, else 0."""
    hours = np.arange(MINUTES) / 60
    inside: Minutes = ((hours >= start) & (hours < end)).astype(np.float64)
    return inside


def transformer(load: Rates, rated: int, no_load: int, full_load: int) -> Rates:
    """Watts lost in a transformer: a constant in the iron, and a part in the copper that grows as the load squared."""
    return no_load + full_load * (load // 100) ** 2 // (rated // 100) ** 2
