"""Sampling on the slot grid: each meter is read at each slot's end; each slot gets a value, or a gap and its reason."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from veriwatt.errors import Unavailable
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Status
from veriwatt.model.terminals.handover import HandedGroup
from veriwatt.ports.clock import Clock
from veriwatt.terminal.config.terminal_config import LATEST, PointConfig, TerminalConfig
from veriwatt.terminal.drivers.base import Answer, Driver, GapReason, MeterSilent
from veriwatt.terminal.sampling.definition_timeline import can_be_stated, definition_timelines
from veriwatt.terminal.sampling.samples import NewestSlot, Sample, SampleFlag
from veriwatt.terminal.sampling.slot_grid import GroupCalendars, SlotGrid
from veriwatt.terminal.sampling.stamping import gap, mantissa_of, sample_of, taken_back
from veriwatt.terminal.spool.spool import Spool
from veriwatt.units import Decimal10, Interval, UtcMillis

WAIT_FOR_SLOWER = 0.2
"""Seconds for which samples wait for slower meters, so that one durable write stores them all."""

PART = 2_000
"""Gaps that are written at once."""

ReadPoint = tuple[PointConfig, list[Sample]]
"""A point, and the samples that one reading of it makes."""


class Sampler:
    """Samples the meters of one terminal into its spool.

    Wake-ups are computed from the slot grid, never from the last wake-up, so they do not drift. All meters are read
    concurrently, each within its own timeout: a dead or slow meter does not delay the samples of others.

    A slot is stated under the definition in force at its start; it is a gap if the configured point cannot be stated
    under that definition. A point without a definition in force has no slots yet; only its register reading is stored.
    """

    def __init__(
        self,
        config: TerminalConfig,
        drivers: Mapping[str, Driver[Any]],
        spool: Spool,
        clock: Clock,
        handed: Sequence[HandedGroup] = (),
    ) -> None:
        """`handed` has the definitions in force; other groups are defined as configured."""
        self._config, self._drivers, self._spool, self._clock = config, drivers, spool, clock
        self._timelines = definition_timelines(config, handed)
        self._calendars, self._groups = GroupCalendars(handed), {point.id: point.group for point in config.points}
        self._changes = {start for timeline in self._timelines.values() for start in timeline.starts}
        self._changes.update(self._calendars.changes())
        self._newest = {point: self._of_definition(point, slot) for point, slot in spool.newest_slots().items()}
        self._unsaved: list[Sample] = []

    @property
    def unsaved(self) -> int:
        """How many samples wait in memory because the spool could not be written; the next write stores them."""
        return len(self._unsaved)

    @property
    def read_up_to(self) -> UtcMillis:
        """The end of the newest slot that was ever sampled; 0 when there is none."""
        return max((newest.end for newest in self._newest.values()), default=0)

    async def run(self, until: UtcMillis | None = None) -> None:
        """Collect at every slot's end from now on, up to and including `until`, or for ever.

        A spool that is Unavailable does not end the run: samples wait in memory and are written later.
        """
        t = self.next_end(self._clock.now())
        while until is None or t <= until:
            await self._clock.sleep_until(t)
            with suppress(Unavailable):
                await self.collect(t)
            t = self.next_end(max(t, self._clock.now() - LATEST))

    async def collect(self, t: UtcMillis) -> int:
        """Sample every point whose slot ends at `t`; durable on return. Returns how many samples were made.

        Slots between a point's newest sample and this slot become gaps, so that every slot is stated.

        Raises:
            Unavailable: the spool cannot be written now; the samples wait in memory for the next call.
        """
        reads = [asyncio.create_task(self._read(meter, points, t)) for meter, points in self._due(t).items()]
        if not reads:
            return 0
        try:
            done, slow = await asyncio.wait(reads, timeout=WAIT_FOR_SLOWER)
            made = await self._store_in_parts([each for read in done for each in read.result()])
            for late in asyncio.as_completed(slow):
                made += await self._store_in_parts(await late)
        finally:
            for read in reads:
                read.cancel()
        self.save()
        return made

    def next_end(self, t: UtcMillis) -> UtcMillis:
        """The first instant after `t` at which a slot of any point ends, or another definition comes into force."""
        ends = {grid.slot_at(t).end for grid in {self._grid(point, t) for point in self._config.points}}
        return min(ends | {change for change in self._changes if change > t})

    def _due(self, t: UtcMillis) -> dict[str, list[PointConfig]]:
        """By meter, the points that have a slot ending at `t` and no sample of it yet."""
        due: dict[str, list[PointConfig]] = {}
        for point in self._config.points:
            newest = self._newest.get(point.id)
            if self._grid(point, t - 1).ends_slot(t) and (newest is None or newest.end < t):
                due.setdefault(point.meter, []).append(point)
        return due

    def _grid(self, point: PointConfig, t: UtcMillis) -> SlotGrid:
        """The slots of a point around `t`."""
        return self._calendars.grid(point.group, self._definition(point, t), t)

    def _definition(self, point: PointConfig, t: UtcMillis) -> PointDefinition:
        """The definition in force at `t`, or the configured one when there is none."""
        return self._timelines[point.id].at(t) or point.definition

    async def _read(self, meter: str, points: Sequence[PointConfig], t: UtcMillis) -> list[ReadPoint]:
        slots = [self._grid(point, t - 1).slot_at(t - 1) for point in points]
        ended = await self._read_ended_slots(meter, points, slots, t)
        return list(zip(points, ended, strict=True))

    async def _read_ended_slots(
        self, meter: str, points: Sequence[PointConfig], slots: Sequence[Interval], t: UtcMillis
    ) -> list[list[Sample]]:
        """For each of `points` the samples that its reading at `t` makes; the last is of the slot that ends at `t`."""
        due = list(zip(points, slots, strict=True))
        if self._clock.now() - t > LATEST:
            return [[gap(point, slot, self._clock.now(), GapReason.LATE)] for point, slot in due]
        try:
            reading = await self._drivers[meter].read([point.address for point in points])
        except MeterSilent:
            return [[gap(point, slot, self._clock.now(), GapReason.SILENT)] for point, slot in due]
        return [
            self._samples(point, slot, answer, reading.read_at)
            for (point, slot), answer in zip(due, reading.answers, strict=True)
        ]

    def _samples(self, point: PointConfig, slot: Interval, answer: Answer, read_at: UtcMillis) -> list[Sample]:
        """The sample of `slot`, behind those that take back amounts of earlier slots.

        The value has the definition in force at the slot's start, the register reading that at the slot's end.
        """
        before, after = (replace(point, definition=self._definition(point, t)) for t in (slot.start, slot.end))
        newest = self._newest.get(point.id)
        sample = sample_of(before, slot, answer, read_at, newest)
        samples = [
            replace(gap(point, span, sample.collected_at, GapReason.TAKEN_BACK), flags=SampleFlag.TAKES_BACK)
            for span in taken_back(before, newest, sample)
        ]
        if sample.register is not None and isinstance(answer, Decimal10):
            register = mantissa_of(after, answer)
            sample = replace(sample, register=register if abs(register) <= after.definition.largest else None)
        if sample.status is not Status.GAP and not can_be_stated(point, before.definition):
            sample = replace(sample, value=None, status=Status.GAP, reason=GapReason.CHANGING, flags=SampleFlag.NONE)
        return [*samples, sample]

    def _gaps_while_down(self, point: PointConfig, sample: Sample) -> Iterator[Sample]:
        """Gaps for the slots between the point's newest sample and this one."""
        newest = self._newest.get(point.id)
        if newest is not None and newest.end < sample.start:
            for definition, span in self._timelines[point.id].pieces(Interval(newest.end, sample.start)):
                for piece in self._calendars.pieces(point.group, span):
                    starts, ends = self._calendars.grid(point.group, definition, piece.start).slots(piece)
                    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
                        yield gap(point, Interval(start, end), sample.collected_at, GapReason.DOWN)

    async def _store_in_parts(self, read: Sequence[ReadPoint]) -> int:
        """Write the samples of points, each after the gaps before it; returns how many there were.

        The gaps of a long outage are made and written in parts: other work goes on between them, and a terminal that is
        stopped meanwhile continues after the last part.
        """
        made, part = 0, list[Sample]()
        for point, last in read:
            for each in self._gaps_while_down(point, last[-1]):
                part.append(each)
                if len(part) == PART:
                    made, part = made + self._store(part), []
                    await asyncio.sleep(0)
            part += last
        return made + self._store(part)

    def _store(self, samples: Sequence[Sample]) -> int:
        """Write the samples, or keep them in memory when the spool cannot be written now."""
        for sample in samples:
            if not sample.takes_back:
                self._newest[sample.point] = self._newest_with(sample)
        self._unsaved.extend(filter(self._is_slot_of_definition, samples))
        with suppress(Unavailable):
            self.save()
        return len(samples)

    def _newest_with(self, sample: Sample) -> NewestSlot:
        """The newest slot after this sample; registers read under another definition are no history of this one."""
        before, timeline = self._newest.get(sample.point), self._timelines[sample.point]
        if before is None or (sample.register is not None and timeline.at(sample.start) != timeline.at(sample.end)):
            before = NewestSlot(sample.end, None, None)
        return before.next(sample.end, sample.register)

    def _of_definition(self, point: str, slot: NewestSlot) -> NewestSlot:
        """The slot without the registers that were read under another definition than its own."""
        timeline = self._timelines.get(point)
        if timeline is None or slot.register_at is None:
            return slot
        own = timeline.at(slot.register_at)
        return replace(slot, before=tuple(each for each in slot.before if timeline.at(each[0]) == own))

    def _is_slot_of_definition(self, sample: Sample) -> bool:
        """Whether the sample's slot is one of the definition in force at its start."""
        definition = self._timelines[sample.point].at(sample.start)
        if definition is None:
            return False
        grid = self._calendars.grid(self._groups[sample.point], definition, sample.start)
        return grid.slot_at(sample.start) == Interval(sample.start, sample.end)

    def save(self) -> None:
        """Write the samples that wait in memory; durable on return. Raises Unavailable when that cannot be done now."""
        if self._unsaved:
            self._spool.add_samples(self._unsaved)
            self._unsaved = []
