"""A drill of named parts: its command line, the order of its parts, its rows."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory
from time import monotonic
from traceback import print_exc
from typing import Generic, TypeVar

from tests.drills.rows import Row, none, printed, write_rows

E = TypeVar("E")
"""How much a run does."""

Part = Callable[[Path, int, E], list[Row]]
"""Measures in an empty folder, by a seed and an extent."""


@dataclass(frozen=True)
class Drill(Generic[E]):
    """A drill; `beside` names for a part those that run while it does, `lanes` of them at once."""

    name: str
    parts: Mapping[str, Part[E]]
    whole: E
    short: E
    beside: Mapping[str, Sequence[str]] = field(default_factory=dict)
    lanes: int = 1

    def main(self, arguments: Sequence[str]) -> int:
        """Run what the arguments ask for and write build/drills/NAME.json; 0 when every row holds, else 1."""
        parser = argparse.ArgumentParser(prog=f"drill-{self.name}")
        parser.add_argument("--short", action="store_true", help="every row, smaller: at most eight minutes")
        parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**9), help="of faults and damages")
        parser.add_argument("--only", choices=self.parts, action="append", help="this part; may be said again")
        asked = parser.parse_args(arguments)
        print(f"seed {asked.seed}", flush=True)
        extent = self.short if asked.short else self.whole
        rows = self.run(extent, asked.seed, asked.only or list(self.parts))
        write_rows(Path(f"build/drills/{self.name}.json"), rows)
        return 0 if all(row.holds for row in rows) else 1

    def run(self, extent: E, seed: int, names: Sequence[str]) -> list[Row]:
        """The rows of these parts, each printed when it is measured."""
        rows, left = list[Row](), list(names)
        while left:
            first, *after = left
            beside = [name for name in after if name in self.beside.get(first, ())]
            with ThreadPoolExecutor(1) as alone, ThreadPoolExecutor(self.lanes) as lanes:
                found = [alone.submit(self._part, first, extent, seed)]
                found += [lanes.submit(self._part, name, extent, seed) for name in beside]
                rows += [row for each in found for row in each.result()]
            left = [name for name in after if name not in beside]
        return rows

    def _part(self, name: str, extent: E, seed: int) -> list[Row]:
        began = monotonic()
        try:
            with TemporaryDirectory() as folder:
                found = self.parts[name](Path(folder), seed, extent)
        except Exception:  # noqa: BLE001 - the other parts are measured all the same
            print_exc()
            found = [none(f"{name}: errors that ended it", 1, "errors")]
        print(f"{name}: {monotonic() - began:.0f} s\n{printed(found)}", flush=True)
        return found
