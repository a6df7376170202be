"""A terminal at work: sampling and framing on the grid, delivery beside it, so that neither waits for the other.

Delivery has a connection to the spool of its own, and its own thread. It begins anew after every failure,
from what the spool says, with a pause that doubles; a frame leaves the spool only when it is final and old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from veriwatt.errors import Corrupted, Unavailable, VeriwattError
from veriwatt.ports.clock import Clock
from veriwatt.terminal.config.terminal_config import LATEST
from veriwatt.terminal.delivery.delivery import Delivery, FrameRefused
from veriwatt.terminal.enrolment.keyring import Keyring
from veriwatt.terminal.framing.collector import Collector
from veriwatt.terminal.framing.framer import Framer
from veriwatt.terminal.remedies import CLOCK_SLOW, CLOCK_STEP, WARN_DAYS, clock_set_back, clock_slow, keys_run_out
from veriwatt.terminal.sampling.sampler import Sampler
from veriwatt.terminal.spool.spool import Spool
from veriwatt.units import DAY, MINUTE, SECOND, UtcMillis
from veriwatt.verify.frame_refusals import Equivocation, FrameOutOfSequence

LONGEST_PAUSE = 10 * MINUTE
CONFIRM_PAUSE = MINUTE
"""Between two questions to the log host, at most, whether accepted frames are final by now."""

Tell = Callable[[str, str], None]
"""Told what happened, as a code and words; never a value of a reading."""

DOUBTFUL = frozenset({Equivocation.code, FrameOutOfSequence.code})
"""Refusals after which it is not sure any more that this terminal's spool is the newest there is."""


class TerminalLoop:
    """Runs until it is cancelled, or `stop` is called."""

    def __init__(
        self,
        sampler: Sampler,
        collector: Collector,
        framer: Framer,
        spool: Spool,
        keyring: Keyring,
        delivery: Delivery,
        clock: Clock,
        not_before: UtcMillis,
        tell: Tell,
    ) -> None:
        """`not_before`: it cannot be earlier, whatever the clock says; slots of before are not read."""
        self._sampler, self._collector, self._framer, self._spool = sampler, collector, framer, spool
        self._keyring, self._delivery, self._clock, self._tell = keyring, delivery, clock, tell
        self._not_before = not_before
        self._wake, self._stopped = asyncio.Event(), asyncio.Event()
        self._may_sign = False
        self._sampled: UtcMillis | None = None

    def stop(self) -> None:
        """End after what is being done now."""
        self._stopped.set()
        self._wake.set()

    async def run(self) -> None:
        """Sample, frame, deliver. A spool that is damaged ends it; what may pass does not.

        Until the log host has said, once in this run, that it holds nothing newer of this terminal, nothing is
        framed or signed; readings are kept meanwhile.
        """
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
        t, kept = self._sampler.next_end(self._clock.now()), 0
        while True:
            self._check_clock()
            await self._clock.sleep_until(t)
            if t >= self._not_before:
                with self._telling():
                    await self._sampler.collect(t)
                    self._sampled = t
                self._frame()
                if t // DAY > kept:
                    kept = t // DAY
                    self._tidy(t)
            t = self._sampler.next_end(max(t, self._clock.now() - LATEST))

    def _check_clock(self) -> None:
        now, ahead = self._clock.now(), self._sampler.read_up_to
        if now < self._not_before:
            self._tell("clock-slow", clock_slow(self._not_before, now) + ". Nothing is read before then")
        elif ahead > now + CLOCK_STEP:
            self._tell("clock-set-back", clock_set_back(ahead, now))

    def _frame(self) -> None:
        """Frame what was sampled and is due, and sign it with what an earlier run left unsigned."""
        if not self._may_sign:
            return
        with self._telling():
            if self._sampled is not None:
                self._collector.frame(self._sampled)
        with self._telling():
            if self._framer.sign():
                self._wake.set()

    def _tidy(self, now: UtcMillis) -> None:
        """Once a day: frames that are final and old go, and so do window keys that nothing needs any more."""
        with suppress(Unavailable):
            self._spool.purge(now)
            self._keyring.forget_before(self._collector.oldest_open(now))
        left = self._collector.days_of_keys(self._keyring.covered, now)
        if left < WARN_DAYS:
            self._tell("keys-run-out", keys_run_out(left))

    async def _deliver(self) -> None:
        pause = confirm = SECOND
        wait: UtcMillis | None
        while not self._stopped.is_set():
            self._wake.clear()
            try:
                sent, left = await self._round()
            except VeriwattError as error:
                self._told(error)
                wait, pause = pause, min(2 * pause, LONGEST_PAUSE)
            else:
                pause, confirm = SECOND, SECOND if sent else min(2 * confirm, CONFIRM_PAUSE)
                wait = confirm if left else None
            await self._rest(wait)

    async def _round(self) -> tuple[int, int]:
        """Everything there is to settle with the log host; how many frames it took, and how many are not final."""
        if not self._may_sign:
            await asyncio.to_thread(self._delivery.check_newest)
            self._may_sign = True
            self._tell("ready", "the log host holds nothing newer of this terminal than its spool; it may sign")
            self._frame()
        try:
            sent = await asyncio.to_thread(self._delivery.send_and_confirm)
        except FrameRefused as refused:
            self._may_sign = refused.answer.code not in DOUBTFUL
            raise
        left = await asyncio.to_thread(self._delivery.unfinished)
        if sent:
            self._tell("delivered", f"{sent} frames accepted, {left} not final yet")
        newest, now = await asyncio.to_thread(self._delivery.learn), self._clock.now()
        if newest.time > now + CLOCK_SLOW:
            self._tell("clock-slow", clock_slow(newest.time, now))
        return sent, left

    async def _rest(self, wait: UtcMillis | None) -> None:
        """Until something is signed, or `wait` ms have passed by this machine's own clock."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), None if wait is None else wait / SECOND)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except VeriwattError as error:
            self._told(error)

    def _told(self, error: VeriwattError) -> None:
        """Tell what went wrong, to go on; damaged files are not gone on with."""
        if isinstance(error, Corrupted):
            raise error
        self._tell(error.code, str(error))
