"""A measured figure beside its floor, and the machine it was measured on."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` in `unit`; `floor` is the least it can be, taken in the same run, and `ratio` the one over the other."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    ratio: float | None = None
    floor_unit: str = ""

    def fields(self) -> dict[str, object]:
        return {"name": self.name, "value": self.value, "unit": self.unit, "floor": self.floor, "ratio": self.ratio}


@dataclass(frozen=True, slots=True)
class Skipped:
    """Figures that this machine cannot have, and why."""

    name: str
    why: str


Measure: TypeAlias = "Figure | Skipped"


def machine() -> str:
    """Cores, memory and interpreter, as a report must say them."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.machine()}, Python {platform.python_version()}"


def seconds(work: Callable[[], object]) -> float:
    """How long one run of `work` takes."""
    began = perf_counter()
    work()
    return perf_counter() - began


def paired(rounds: int, work: Callable[[], float], floor: Callable[[], float]) -> tuple[float, float, float]:
    """Medians of `work` and `floor`, run in turns, and of the ratio within each pair: drift falls out of the ratio."""
    return over(*zip(*in_turns(rounds, work, floor), strict=True))


def in_turns(rounds: int, *runs: Callable[[], float]) -> list[tuple[float, ...]]:
    """What each of `runs` measures, round after round."""
    return [tuple(run() for run in runs) for _ in range(rounds)]


def over(works: Sequence[float], floors: Sequence[float]) -> tuple[float, float, float]:
    """Medians of both, and of the ratio within each round."""
    return median(works), median(floors), median(w / f for w, f in zip(works, floors, strict=True))
