"""A clock that runs ahead of the time that passes is not believed, unless a block says so too."""

from __future__ import annotations

from veriwatt.terminal.clock_watch import LONGEST_JUMP, ClockWatch
from veriwatt.units import DAY, HOUR, UtcMillis

NOON = 20_000 * DAY + 12 * HOUR


class Device:
    """A clock that can be set, and the time that passes."""

    def __init__(self) -> None:
        self.shown, self.passed = NOON, 0
        self.watch = ClockWatch(self, lambda: self.passed)

    def now(self) -> UtcMillis:
        return self.shown

    async def sleep_until(self, t: UtcMillis) -> None:
        raise NotImplementedError

    def wait(self, time: int) -> None:
        self.shown, self.passed = self.shown + time, self.passed + time

    def believed(self, proven: UtcMillis = 0) -> bool:
        return self.watch.jump(proven) is None


def test_a_clock_a_year_ahead_is_not_believed_until_it_is_right_again() -> None:
    device = Device()
    device.shown += 365 * DAY
    assert not device.believed()
    device.wait(HOUR)
    assert device.watch.jump(0) == NOON + HOUR
    device.shown -= 365 * DAY
    assert device.believed()


def test_a_clock_that_a_block_agrees_with_is_believed() -> None:
    device = Device()
    device.shown += 30 * DAY
    assert not device.believed(NOON + 29 * DAY - 1)
    assert device.believed(NOON + 29 * DAY)


def test_a_machine_that_slept_for_weeks_and_small_corrections_are_believed() -> None:
    device = Device()
    device.wait(30 * DAY)
    assert device.believed()
    device.shown += LONGEST_JUMP
    assert device.believed()
    device.shown -= 100 * DAY
    assert device.believed()
    device.shown += 100 * DAY
    assert device.believed()
