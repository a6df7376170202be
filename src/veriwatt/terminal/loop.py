"""The running terminal: sampling and framing on the slot grid, and delivery beside them, so that neither waits.

Delivery has its own connection to the spool and its own thread. After a failure it continues with the frames in the
spool, after a pause that doubles; a frame is deleted from the spool only when it is final and old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from veriwatt.counted import counted
from veriwatt.errors import Corrupted, Unavailable, VeriwattError
from veriwatt.ports.clock import Clock
from veriwatt.terminal.config.terminal_config import LATEST
from veriwatt.terminal.delivery.delivery import Delivery, FrameRefused
from veriwatt.terminal.enrolment.keyring import Keyring
from veriwatt.terminal.framing.frame_scheduler import FrameScheduler
from veriwatt.terminal.framing.framer import Framer
from veriwatt.terminal.remedies import CLOCK_SLOW, CLOCK_STEP, WARN_DAYS, clock_set_back, clock_slow, keys_run_out
from veriwatt.terminal.sampling.sampler import Sampler
from veriwatt.terminal.spool.spool import Spool
from veriwatt.units import DAY, MINUTE, SECOND, UtcMillis
from veriwatt.verify.frame_checks import Equivocation, FrameOutOfSequence

LONGEST_PAUSE = 10 * MINUTE
"""Longest pause after repeated failures of delivery."""

CONFIRM_PAUSE = MINUTE
"""Longest pause between two requests to the log host that ask whether accepted frames are final."""

Report = Callable[[str, str], None]
"""Takes an event's code and its message, which never contains a value of a reading."""

RECHECK = frozenset({Equivocation.code, FrameOutOfSequence.code})
"""Refusals after which the spool may be behind the log host: nothing is signed until that is checked again."""


class TerminalLoop:
    """Runs until it is cancelled, or `stop` is called."""

    def __init__(
        self,
        sampler: Sampler,
        frame_scheduler: FrameScheduler,
        framer: Framer,
        spool: Spool,
        keyring: Keyring,
        delivery: Delivery,
        clock: Clock,
        not_before: UtcMillis,
        report: Report,
    ) -> None:
        """Slots that end before `not_before` are not read: the present is later, whatever the clock shows."""
        self._sampler, self._frame_scheduler, self._framer, self._spool = sampler, frame_scheduler, framer, spool
        self._keyring, self._delivery, self._clock, self._report = keyring, delivery, clock, report
        self._not_before = not_before
        self._wake, self._stopped = asyncio.Event(), asyncio.Event()
        self._may_sign = False
        self._sampled: UtcMillis | None = None

    def stop(self) -> None:
        """End `run` after the present exchange with the log host."""
        self._stopped.set()
        self._wake.set()

    async def run(self) -> None:
        """Sample, frame and deliver; temporary errors are reported, and do not end the run.

        Nothing is framed or signed until the log host has confirmed, once in this run, that it has no newer frame of
        this terminal; readings are stored meanwhile.

        Raises:
            Corrupted: the spool or another file of the home is damaged.
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
        t, tidied = self._sampler.next_end(self._clock.now()), 0
        while True:
            self._check_clock()
            await self._clock.sleep_until(t)
            if t >= self._not_before:
                with self._reporting():
                    await self._sampler.collect(t)
                    self._sampled = t
                self._frame()
                if t // DAY > tidied:
                    tidied = t // DAY
                    self._tidy(t)
            t = self._sampler.next_end(max(t, self._clock.now() - LATEST))

    def _check_clock(self) -> None:
        now, read_up_to = self._clock.now(), self._sampler.read_up_to
        if now < self._not_before:
            self._report("clock-slow", clock_slow(self._not_before, now) + ". Nothing is read before then")
        elif read_up_to > now + CLOCK_STEP:
            self._report("clock-set-back", clock_set_back(read_up_to, now))

    def _frame(self) -> None:
        """Frame the samples that are due, then sign every unsigned frame, also those of an earlier run."""
        if not self._may_sign:
            return
        with self._reporting():
            if self._sampled is not None:
                self._frame_scheduler.frame(self._sampled)
        with self._reporting():
            if self._framer.sign():
                self._wake.set()

    def _tidy(self, now: UtcMillis) -> None:
        """Once a day: delete frames that are final and old, and window keys that are no longer needed."""
        with suppress(Unavailable):
            self._spool.purge(now)
            self._keyring.forget_before(self._frame_scheduler.oldest_open(now))
        left = self._frame_scheduler.days_of_keys(self._keyring.covered, now)
        if left < WARN_DAYS:
            self._report("keys-run-out", keys_run_out(left))

    async def _deliver(self) -> None:
        pause = confirm = SECOND
        wait: UtcMillis | None
        while not self._stopped.is_set():
            self._wake.clear()
            try:
                sent, left = await self._round()
            except VeriwattError as error:
                self._report_error(error)
                wait, pause = pause, min(2 * pause, LONGEST_PAUSE)
            else:
                pause, confirm = SECOND, SECOND if sent else min(2 * confirm, CONFIRM_PAUSE)
                wait = confirm if left else None
            await self._rest(wait)

    async def _round(self) -> tuple[int, int]:
        """One exchange with the log host; returns how many frames it accepted, and how many are not final yet."""
        if not self._may_sign:
            await asyncio.to_thread(self._delivery.check_newest)
            self._may_sign = True
            self._report("ready", "the log host has no newer frame of this terminal than its spool; it may sign")
            self._frame()
        try:
            sent = await asyncio.to_thread(self._delivery.send_and_confirm)
        except FrameRefused as refused:
            self._may_sign = refused.answer.code not in RECHECK
            raise
        left = await asyncio.to_thread(self._delivery.unfinished)
        if sent:
            self._report("delivered", f"{counted(sent, 'frame', 'frames')} accepted, {left} not final yet")
        newest, now = await asyncio.to_thread(self._delivery.refresh_head), self._clock.now()
        if newest.time > now + CLOCK_SLOW:
            self._report("clock-slow", clock_slow(newest.time, now))
        return sent, left

    async def _rest(self, wait: UtcMillis | None) -> None:
        """Wait until a frame is signed, or `wait` ms have passed by this machine's own clock."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), None if wait is None else wait / SECOND)

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except VeriwattError as error:
            self._report_error(error)

    def _report_error(self, error: VeriwattError) -> None:
        """Report an error after which the terminal continues; raises Corrupted, which ends it."""
        if isinstance(error, Corrupted):
            raise error
        self._report(error.code, str(error))
