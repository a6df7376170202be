"""Sampling on the slot grid: every meter at every slot's end, every slot with a value or a gap that says why."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from veriwatt.energy.calendar import Grid, Zone
from veriwatt.errors import MeterSilent, Unavailable
from veriwatt.ports import Clock
from veriwatt.terminal.config import LATEST, PointConfig, TerminalConfig
from veriwatt.terminal.drivers.base import Driver
from veriwatt.terminal.samples import GapReason, Newest, Sample
from veriwatt.terminal.spool import Spool
from veriwatt.terminal.stamping import gap, sample_of
from veriwatt.units import Interval, UtcMillis

_TOGETHER = 0.2
"""Seconds for which samples wait for those of slower meters, to be stored in one durable write."""


class Sampler:
    """Samples the meters of one terminal into its spool.

    Wake-ups are computed from the grid, never from the last wake-up, so they do not drift. All meters
    are read at once and each within its own timeout: a dead or slow one delays no other's samples.
    """

    def __init__(self, config: TerminalConfig, drivers: Mapping[str, Driver], spool: Spool, clock: Clock) -> None:
        self._config, self._drivers, self._spool, self._clock = config, drivers, spool, clock
        self._grids = {point.id: _grid(point) for point in config.points}
        self._newest = dict(spool.newest())
        self._unsaved: list[Sample] = []

    @property
    def unsaved(self) -> int:
        """How many samples wait in memory because the spool could not be written; they go with the next write."""
        return len(self._unsaved)

    @property
    def read_up_to(self) -> UtcMillis:
        """The end of the newest slot that was ever read or stated here; 0 when there is none."""
        return max((newest.end for newest in self._newest.values()), default=0)

    async def run(self, until: UtcMillis | None = None) -> None:
        """Collect at every slot's end from now on, up to and including `until`; for ever without it.

        A spool that is Unavailable does not end the run: its samples are kept and written later.
        """
        t = self.next_end(self._clock.now())
        while until is None or t <= until:
            await self._clock.sleep_until(t)
            with suppress(Unavailable):
                await self.collect(t)
            t = self.next_end(max(t, self._clock.now() - LATEST))

    async def collect(self, t: UtcMillis) -> int:
        """Sample every point whose slot ends at `t`; return how many samples were made.

        On return they are durable. Slots between a point's newest sample and this slot are filled with
        gaps, so that no slot goes unmentioned.

        Raises:
            Unavailable: the spool cannot be written now; the samples are kept for the next call.
        """
        reads = [asyncio.create_task(self._read(meter, points, t)) for meter, points in self._due(t).items()]
        if not reads:
            return 0
        try:
            done, slow = await asyncio.wait(reads, timeout=_TOGETHER)
            made = self._store([sample for read in done for sample in read.result()])
            for late in asyncio.as_completed(slow):
                made += self._store(await late)
        finally:
            for read in reads:
                read.cancel()
        self._save()
        return made

    def next_end(self, t: UtcMillis) -> UtcMillis:
        """The first instant after `t` at which a slot of any point ends."""
        return min(grid.slot_at(t).end for grid in set(self._grids.values()))

    def _due(self, t: UtcMillis) -> dict[str, list[PointConfig]]:
        """By meter, the points that have a slot ending at `t` and no sample of it yet."""
        due: dict[str, list[PointConfig]] = {}
        for point in self._config.points:
            newest = self._newest.get(point.id)
            if self._grids[point.id].ends_slot(t) and (newest is None or newest.end < t):
                due.setdefault(point.meter, []).append(point)
        return due

    async def _read(self, meter: str, points: Sequence[PointConfig], t: UtcMillis) -> list[Sample]:
        slots = [self._grids[point.id].slot_at(t - 1) for point in points]
        ended = await self._ended(meter, points, slots, t)
        return [sample for p, last in zip(points, ended, strict=True) for sample in (*self._missed(p, last), last)]

    async def _ended(
        self, meter: str, points: Sequence[PointConfig], slots: Sequence[Interval], t: UtcMillis
    ) -> list[Sample]:
        """The samples of the slots that end at `t`, in the order of `points`."""
        due = list(zip(points, slots, strict=True))
        if self._clock.now() - t > LATEST:
            return [gap(point, slot, self._clock.now(), GapReason.LATE) for point, slot in due]
        try:
            reading = await self._drivers[meter].read([point.register for point in points])
        except MeterSilent:
            return [gap(point, slot, self._clock.now(), GapReason.SILENT) for point, slot in due]
        return [
            sample_of(point, slot, answer, reading.read_at, self._newest.get(point.id))
            for (point, slot), answer in zip(due, reading.answers, strict=True)
        ]

    def _missed(self, point: PointConfig, sample: Sample) -> Iterator[Sample]:
        """Gaps for the slots between the point's newest sample and this one."""
        newest = self._newest.get(point.id)
        if newest is not None and newest.end < sample.start:
            starts, ends = self._grids[point.id].slots(Interval(newest.end, sample.start))
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
                yield gap(point, Interval(start, end), sample.collected_at, GapReason.DOWN)

    def _store(self, samples: Sequence[Sample]) -> int:
        """Take the samples over and write them, or keep them when the spool cannot be written now."""
        for sample in samples:
            before = self._newest.get(sample.point)
            self._newest[sample.point] = _after(before, sample)
        self._unsaved.extend(samples)
        with suppress(Unavailable):
            self._save()
        return len(samples)

    def _save(self) -> None:
        if self._unsaved:
            self._spool.add_samples(self._unsaved)
            self._unsaved = []


def _grid(point: PointConfig) -> Grid:
    return Grid(Zone.parse(point.definition.timezone), point.definition.slot)


def _after(before: Newest | None, sample: Sample) -> Newest:
    if sample.register is not None:
        return Newest(sample.end, sample.register, sample.end)
    return Newest(sample.end, before.register if before else None, before.register_at if before else None)
