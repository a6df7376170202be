"""An amount that a later reading shows to be none is stated again, as a gap, whether its slot was framed or not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.unit.terminal.test_frame_scheduler import CONFIG, DAY_ONE, QUARTER, Bench, group, point
from veriwatt.model.points.status import Status
from veriwatt.terminal.drivers.base import Address, GapReason, Reading
from veriwatt.terminal.framing.frame_scheduler import KEYS_KEPT
from veriwatt.terminal.sampling.sampler import Sampler
from veriwatt.terminal.spool.spool import Spool
from veriwatt.testing.clocks import SimClock
from veriwatt.units import DAY, Decimal10


class Plant:
    """A terminal whose one interval point counts the advance of a register that shows what the test says."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.clock, self.shown = bench, SimClock(DAY_ONE), 0
        self.restart()

    def restart(self) -> None:
        self.sampler = Sampler(CONFIG, {"m": self}, self.bench.spool, self.clock)

    async def read(self, addresses: Sequence[Address]) -> Reading:
        return Reading((Decimal10(self.shown, 0),) * len(addresses), self.clock.now())

    async def close(self) -> None:
        return

    def show(self, *registers: int) -> None:
        for self.shown in registers:
            self.clock.advance_to(self.clock.now() + QUARTER)
            asyncio.run(self.sampler.collect(self.clock.now()))

    def frame(self) -> None:
        self.bench.frame_scheduler.frame(self.clock.now())

    def stated(self) -> list[tuple[int, int | None]]:
        """What the frames say, in their order: (number of the slot, its amount)."""
        return [
            ((t - DAY_ONE) // QUARTER, value)
            for frame in self.bench.frames()
            for (_, t), value in self.bench.slots([frame]).items()
        ]

    def waiting(self) -> list[int | None]:
        slots = self.bench.spool.unframed(["a"], 2**62)["a"]
        rows = zip(slots.values.tolist(), slots.statuses.tolist(), strict=True)
        return [None if status == Status.GAP else value for value, status in rows]


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    with Spool(tmp_path / "spool.db") as spool:
        yield Plant(Bench(spool, group(point("a"))))


@pytest.mark.parametrize(
    ("registers", "stated"),
    [
        ((100, 101, 0x7FFF_FFFF, 102, 103), [None, 1, None, None, 1]),
        ((100, 101, 999, 998, 102, 103), [None, 1, None, None, None, 1]),
        ((5000, 0, 300, 5001, 5002), [None, None, None, None, 1]),
        ((99, 100, 999, 5, 101, 102), [None, 1, None, None, None, 1]),
        ((5000, 5, 6, 7, 8, 9), [None, None, 1, 1, 1, 1]),
        ((100, 101, 999, 1000), [None, 1, 898, 1]),
    ],
)
def test_no_amount_is_left_that_the_rule_of_steps_skips(
    plant: Plant, registers: Sequence[int], stated: list[int | None]
) -> None:
    plant.show(*registers)
    assert plant.waiting() == stated


def test_a_framed_amount_is_stated_again_as_a_gap_in_a_later_frame(plant: Plant) -> None:
    plant.show(100, 101, 999)
    plant.frame()
    plant.restart()
    plant.show(102)
    spike = DAY_ONE + 2 * QUARTER
    (row,) = plant.bench.spool.file.read("SELECT reason FROM samples WHERE slot_start = ?", (spike,))
    assert row == (GapReason.TAKEN_BACK.value,)
    plant.frame()
    assert plant.stated() == [(0, None), (1, 1), (2, 898), (2, None), (3, None)]


def test_the_key_of_a_slot_is_kept_while_its_amount_may_be_taken_back(plant: Plant) -> None:
    plant.clock.advance_to(DAY_ONE + DAY - 3 * QUARTER)
    plant.show(100, 101, 999)
    plant.frame()
    open_from = plant.bench.frame_scheduler.oldest_open(plant.clock.now(), 2**62)["g"]
    assert open_from <= DAY_ONE // DAY
    assert plant.clock.now() < DAY_ONE + KEYS_KEPT
    plant.show(102)
    plant.frame()
    assert plant.stated()[-2:] == [(95, None), (96, None)]
