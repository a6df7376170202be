"""Cutting every outside call of a scenario, once lost and once applied but reported lost.

    for plan in sweep(run):          # run(plan) builds a fresh world and performs the scenario
        ...                          # the caller reopens the world and checks it

A call fails by killing the process (`Cut`), or, with `dies=False`, by reporting an error, after which the
scenario goes on as its callers do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from veriwatt.errors import Unavailable, VeriwattError
from veriwatt.readmodel.frame_index import FrameIndex, FrameRow
from veriwatt.system.files import Files

T = TypeVar("T")


class Cut(Exception):
    """The process dies here; not an error of the product, so nothing in it catches this."""


class FaultPlan:
    """Fails call number `nth`, after it took effect when `applied`; number 0 is none."""

    def __init__(self, nth: int = 0, *, applied: bool = False, dies: bool = True) -> None:
        self.nth, self.applied, self.dies, self.calls = nth, applied, dies, 0

    def __repr__(self) -> str:
        return f"call {self.nth} {'applied, reported lost' if self.applied else 'lost'}"

    def call(self, outside: Callable[[], T], reports: type[VeriwattError] = Unavailable) -> T:
        """Do `outside`, or fail in its place."""
        self.calls += 1
        if self.calls != self.nth:
            return outside()
        if self.applied:
            outside()
        raise Cut if self.dies else reports(f"simulated: {self}")


def sweep(run: Callable[[FaultPlan], None], *, dies: bool = True) -> Iterator[FaultPlan]:
    """Run the scenario once for each outside call and way to fail; yields after each run that reached its call."""
    nth = 1
    while True:
        for applied in (False, True):
            plan = FaultPlan(nth, applied=applied, dies=dies)
            try:
                run(plan)
            except Cut:
                assert plan.calls == nth, "the process went on after it died"
            if plan.calls < nth:
                return
            yield plan
        nth += 1


class FaultyFiles:
    """Files whose every change goes through a plan."""

    def __init__(self, files: Files, plan: FaultPlan) -> None:
        self._files, self._plan = files, plan

    def read(self, path: Path) -> bytes:
        return self._files.read(path)

    def names(self, folder: Path) -> list[str]:
        return self._files.names(folder)

    def exists(self, path: Path) -> bool:
        return self._files.exists(path)

    def append(self, path: Path, data: bytes) -> None:
        self._plan.call(lambda: self._files.append(path, data))

    def truncate(self, path: Path, size: int) -> None:
        self._plan.call(lambda: self._files.truncate(path, size))

    def sync(self, path: Path) -> None:
        self._plan.call(lambda: self._files.sync(path))

    def replace(self, old: Path, new: Path) -> None:
        self._plan.call(lambda: self._files.replace(old, new))

    def unlink(self, path: Path) -> None:
        self._plan.call(lambda: self._files.unlink(path))

    def make_folder(self, path: Path) -> None:
        self._plan.call(lambda: self._files.make_folder(path))

    def sync_folder(self, path: Path) -> None:
        self._plan.call(lambda: self._files.sync_folder(path))


class FaultyIndex(FrameIndex):
    """A frame index whose every change goes through a plan."""

    def __init__(self, path: Path, plan: FaultPlan) -> None:
        super().__init__(path)
        self.plan = plan

    def add(self, rows: Iterable[FrameRow]) -> None:
        self.plan.call(lambda: super(FaultyIndex, self).add(rows))
