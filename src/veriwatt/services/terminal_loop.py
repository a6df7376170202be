"""A terminal at work: sampling and framing on the grid, delivery beside it, so that neither waits for the other.

Delivery has a connection to the spool of its own, and its own thread. It begins anew after every failure,
from what the spool says, with a pause that doubles; a frame leaves the spool only when it is final and old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from veriwatt.errors import Corrupted, Unavailable, VeriwattError
from veriwatt.ports import Clock
from veriwatt.services.collecting import Collector
from veriwatt.terminal.config import LATEST
from veriwatt.terminal.delivery import Door, deliver
from veriwatt.terminal.framer import Framer
from veriwatt.terminal.keyring import Keyring
from veriwatt.terminal.sampler import Sampler
from veriwatt.terminal.spool import Spool
from veriwatt.terminal.spooled import FrameState
from veriwatt.units import DAY, MINUTE, SECOND, UtcMillis

LONGEST_PAUSE = 10 * MINUTE
CONFIRM_PAUSE = MINUTE
"""Between two questions to the log host, at most, whether accepted frames are final by now."""

WARN_DAYS = 7
"""Fewer days of window keys than this are told once a day."""

Tell = Callable[[str, str], None]
"""Told what happened, as a code and words; never a value of a reading."""


class AnchoringDoor(Door, Protocol):
    """A log host that says how far its chain is anchored."""

    @property
    def anchored(self) -> int: ...


class Delivery:
    """Brings frames from signed to final; used from one thread."""

    def __init__(self, spool: Spool, framer: Framer, door: AnchoringDoor) -> None:
        """`spool` is a connection of this object's own; of `framer` only the signer is used."""
        self._spool, self._framer, self._door = spool, framer, door

    def once(self) -> int:
        """Send what waits, and learn what is final; returns how many frames were accepted now.

        Raises:
            VeriwattError: as `deliver` and the door do; call again later.
        """
        sent = deliver(self._spool, self._door, self._framer.upload)
        if not sent:
            self._confirm()
        self._spool.mark_final(self._door.anchored)
        return sent

    def unfinished(self) -> int:
        """Frames that are not final yet."""
        return sum(count for state, count in self._spool.counts().items() if state is not FrameState.FINAL)

    def _confirm(self) -> None:
        """Send the newest frame once more while it is not final: the answer says how far the anchors are."""
        tip = self._spool.tip()
        newest = self._spool.frame(tip.epoch, tip.seq)
        if newest is not None and newest.state is FrameState.ACCEPTED:
            self._door.send([self._framer.upload(newest)])


class TerminalLoop:
    """Runs until it is cancelled, or `stop` is called."""

    def __init__(
        self, sampler: Sampler, collector: Collector, framer: Framer, spool: Spool, keyring: Keyring,
        delivery: Delivery, clock: Clock, tell: Tell,
    ) -> None:  # fmt: skip
        self._sampler, self._collector, self._framer, self._spool = sampler, collector, framer, spool
        self._keyring, self._delivery, self._clock, self._tell = keyring, delivery, clock, tell
        self._wake, self._stopped = asyncio.Event(), asyncio.Event()

    def stop(self) -> None:
        """End after what is being done now."""
        self._stopped.set()
        self._wake.set()

    async def run(self) -> None:
        """Sample, frame, deliver. A spool that is damaged ends it; what may pass does not."""
        sampling = asyncio.create_task(self._sample())
        stopping = asyncio.create_task(self._stopped.wait())
        delivering = asyncio.create_task(self._deliver())
        try:
            await asyncio.wait([sampling, stopping, delivering], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.stop()
            for task in (sampling, stopping):
                task.cancel()
            ended = await asyncio.gather(sampling, stopping, delivering, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    async def _sample(self) -> None:
        if self._framer.sign():  # what an earlier run left between frame and signature
            self._wake.set()
        t, kept = self._sampler.next_end(self._clock.now()), 0
        while True:
            await self._clock.sleep_until(t)
            try:
                await self._sampler.collect(t)
                self._frame(t)
            except Unavailable as error:
                self._tell(error.code, str(error))
            if t // DAY > kept:
                kept = t // DAY
                self._tidy(t)
            t = self._sampler.next_end(max(t, self._clock.now() - LATEST))

    def _frame(self, until: UtcMillis) -> None:
        try:
            self._collector.frame(until)
        except Unavailable:
            raise
        except VeriwattError as error:
            if isinstance(error, Corrupted):
                raise
            self._tell(error.code, str(error))
        if self._framer.sign():
            self._wake.set()

    def _tidy(self, now: UtcMillis) -> None:
        """Once a day: frames that are final and old go, and so do window keys that nothing needs any more."""
        with suppress(Unavailable):
            self._spool.purge(now)
            self._keyring.forget_before(self._collector.oldest_open(now))
        left = self._collector.days_of_keys(self._keyring.covered, now)
        if left < WARN_DAYS:
            self._tell("keys-run-out", f"window keys are left for {left} days: hand over new ones (`terminal keys`)")

    async def _deliver(self) -> None:
        pause = confirm = SECOND
        while not self._stopped.is_set():
            self._wake.clear()
            try:
                sent = await asyncio.to_thread(self._delivery.once)
                left = await asyncio.to_thread(self._delivery.unfinished)
                pause, confirm = SECOND, SECOND if sent else min(2 * confirm, CONFIRM_PAUSE)
                wait = confirm if left else None
                if sent:
                    self._tell("delivered", f"{sent} frames accepted, {left} not final yet")
            except VeriwattError as error:
                if isinstance(error, Corrupted):
                    raise
                self._tell(error.code, str(error))
                wait, pause = pause, min(2 * pause, LONGEST_PAUSE)
            await self._rest(wait)

    async def _rest(self, wait: UtcMillis | None) -> None:
        """Until something is signed, or `wait` ms have passed by this machine's own clock."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), None if wait is None else wait / SECOND)
