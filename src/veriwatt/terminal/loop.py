"""The running terminal: sampling and framing on the slot grid, and delivery beside them, so that neither waits.

Delivery has its own connection to the spool and its own thread. After a failure it continues with the frames in the
spool, after a pause that doubles; a frame is deleted from the spool only when it is final and old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial

from veriwatt.counted import counted
from veriwatt.errors import Corrupted, Unavailable, VeriwattError
from veriwatt.ports.clock import Clock
from veriwatt.terminal.clock_watch import ClockWatch, tell_clock
from veriwatt.terminal.config.terminal_config import LATEST
from veriwatt.terminal.delivery.delivery import REFILLING, Delivery, FrameRefused, Report
from veriwatt.terminal.enrolment.keyring import Keyring
from veriwatt.terminal.enrolment.learnt_versions import LearntVersion
from veriwatt.terminal.framing.frame_scheduler import FrameScheduler
from veriwatt.terminal.framing.framer import Framer
from veriwatt.terminal.remedies import CLOCK_SLOW, WARN_DAYS, clock_jumped, clock_slow, future_put_aside, keys_run_out
from veriwatt.terminal.sampling.sampler import Sampler
from veriwatt.terminal.spool.aside_book import AsideBook
from veriwatt.terminal.spool.spool import Spool
from veriwatt.units import DAY, MINUTE, SECOND, UtcMillis
from veriwatt.verify.frame_checks import CLOCK_TOLERANCE
from veriwatt.verify.frame_refusals import Equivocation, FrameOutOfSequence

LONGEST_PAUSE = 10 * MINUTE
"""Longest pause after repeated failures of delivery."""

CONFIRM_PAUSE = MINUTE
"""Longest pause between two requests to the log host that ask whether accepted frames are final."""

IDLE_PAUSE = 15 * MINUTE
"""Longest pause while no frame waits for the log host: then the ledger may have other definitions."""

JUMP_PAUSE = 0.5
"""Seconds between two looks at a clock that jumped."""

Work = tuple[Sampler, FrameScheduler]

RECHECK = frozenset({Equivocation.code, FrameOutOfSequence.code, REFILLING})
"""Refusals after which spool or log host may be behind the other: nothing is signed until that is checked again."""


class TerminalLoop:
    """Runs until it is cancelled, or `stop` is called."""

    def __init__(
        self,
        known_versions: Callable[[], Mapping[str, int]],
        learn: Callable[[Sequence[LearntVersion]], Sequence[str]],
        work: Callable[[], Work],
        framer: Framer,
        spool: Spool,
        keyring: Keyring,
        delivery: Delivery,
        clock: Clock,
        not_before: UtcMillis,
        report: Report,
    ) -> None:
        """Slots that end before `not_before` are not read: the present is later, whatever the clock shows.

        Args:
            known_versions: the number of each group's newest version that the terminal knows.
            learn: stores proven versions and returns texts to report; with none it resumes what was cut off.
            work: the sampler and the frame scheduler under the definitions that are stored now.
        """
        self._known_versions, self._learn_versions, self._make_work = known_versions, learn, work
        self._sampler, self._frame_scheduler = work()
        self._framer, self._spool, self._aside = framer, spool, AsideBook(spool.file)
        self._keyring, self._delivery, self._clock, self._report = keyring, delivery, clock, report
        self._not_before, self._newest_block = not_before, 0
        self._clock_watch = ClockWatch(clock)
        self._wake, self._stopped = asyncio.Event(), asyncio.Event()
        self._may_sign = self._half_learnt = False
        self._sampled: UtcMillis | None = None
        self._tidied, self._done_to = 0, clock.now()
        self._keys_kept_for: UtcMillis = 0
        self._collecting = asyncio.Lock()

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
        self._done_to = self._clock.now()
        self._sampling = asyncio.create_task(self._sample())
        telling = tell_clock(self._clock, lambda: self._sampler.read_up_to, self._not_before, self._report)
        watching, stopping = asyncio.create_task(telling), asyncio.create_task(self._stopped.wait())
        delivering = asyncio.create_task(self._deliver())
        try:
            watched = None
            while watched is not self._sampling:  # a new one has begun, under other definitions
                watched = self._sampling
                await asyncio.wait([watched, watching, stopping, delivering], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.stop()
            for task in (self._sampling, watching, stopping):
                task.cancel()
            ended = await asyncio.gather(self._sampling, watching, stopping, delivering, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    async def _sample(self) -> None:
        while True:
            await self._clock_believed()
            t = self._sampler.next_end(max(self._done_to, self._clock.now() - LATEST))
            await self._clock.sleep_until(t)
            await self._clock_believed()
            if t >= self._not_before:
                with self._reporting():
                    async with self._collecting:
                        await self._sampler.collect(t)
                    self._sampled = t
                self._frame()
                if self._open_gaps():  # they follow once a newer head is proven
                    self._wake.set()
                if t // DAY > self._tidied:
                    self._tidied = t // DAY
                    self._tidy(t)
            self._done_to = t

    async def _clock_believed(self) -> None:
        """Wait while the clock is further ahead than time has passed: what is stored then would block the terminal."""
        told = False
        while (expected := self._clock_watch.jump(max(self._not_before, self._newest_block))) is not None:
            if not told:
                self._report("clock-jumped", clock_jumped(expected, self._clock.now()))
                told = True
            await asyncio.sleep(JUMP_PAUSE)

    def _open_gaps(self) -> bool:
        """Whether gaps wait for a newer head."""
        with self._reporting():
            return self._may_sign and self._sampled is not None and self._frame_scheduler.open_gaps(self._sampled)
        return False

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
        """Once a day: delete frames that are final and old, and tell when window keys run out."""
        with suppress(Unavailable):
            self._spool.purge(now)
        left = self._frame_scheduler.days_of_keys(self._keyring.covered, now)
        if left < WARN_DAYS:
            self._report("keys-run-out", keys_run_out(left))

    async def _deliver(self) -> None:
        pause = confirm = SECOND
        idle = False
        while not self._stopped.is_set():
            self._wake.clear()
            try:
                sent, left = await self._round(idle=idle)
            except VeriwattError as error:
                self._report_error(error)
                wait, pause = pause, min(2 * pause, LONGEST_PAUSE)
            else:
                pause, confirm = SECOND, SECOND if sent else min(2 * confirm, CONFIRM_PAUSE)
                wait = confirm if left else CONFIRM_PAUSE if self._open_gaps() else IDLE_PAUSE
            idle = await self._rest(wait) and wait == IDLE_PAUSE

    async def _round(self, *, idle: bool) -> tuple[int, int]:
        """One exchange with the log host; returns how many frames it accepted, and how many are not final yet.

        `idle`: nothing was exchanged for a long time.
        """
        await self._put_aside_future()
        if not self._may_sign:
            await asyncio.to_thread(self._delivery.check_newest)
            self._may_sign = True
            self._report("ready", "the log host has no newer frame of this terminal than its spool; it may sign")
            with self._reporting():
                await self._learn()
            self._frame()
        try:
            sent = await asyncio.to_thread(self._delivery.send_and_confirm)
        except FrameRefused as refused:
            self._may_sign = refused.answer.code not in RECHECK
            raise
        left = await asyncio.to_thread(self._delivery.unfinished)
        if sent:
            self._report("delivered", f"{counted(sent, 'frame', 'frames')} accepted, {left} not final yet")
        follow = self._open_gaps()
        newest = await asyncio.to_thread(partial(self._delivery.refresh_head, anyway=idle or follow))
        now, self._newest_block = self._clock.now(), newest.as_of
        if follow:
            self._frame()
        if newest.time > now + CLOCK_SLOW:
            self._report("clock-slow", clock_slow(newest.time, now))
        await self._learn()
        self._forget_keys()
        return sent, left

    async def _put_aside_future(self) -> None:
        """Put aside what was read while the clock was ahead, once it is right, and read on.

        It is right if neither a block nor the log host's clock is later, but for the tolerance: slots that seem to be
        of the future because the clock is slow now stay as they are.
        """
        if self._aside.reaches() <= self._clock.now() + CLOCK_TOLERANCE:
            return
        passed = await asyncio.to_thread(self._delivery.ask_time)
        async with self._collecting:
            self._sampler.save()
            now, reached = self._clock.now(), self._aside.reaches()
            if passed > now + CLOCK_TOLERANCE or reached <= now + CLOCK_TOLERANCE:
                return
            slots = self._aside.put_aside(now, CLOCK_TOLERANCE)
            self._clock_watch = ClockWatch(self._clock)
            self._done_to, self._sampled = now, None
            self._begin_again()
        self._report("slots-put-aside", future_put_aside(slots, reached, now))

    def _forget_keys(self) -> None:
        """Delete the window keys that are not needed any more, when the versions are known up to a later time."""
        known_to = self._delivery.versions_known_to
        if known_to > self._keys_kept_for:
            self._keyring.forget_before(self._frame_scheduler.oldest_open(self._clock.now(), known_to))
            self._keys_kept_for = known_to

    async def _learn(self) -> None:
        """Ask for versions of the groups that the terminal does not know, and sample and frame under them from now on.

        What was cut off once the versions were stored is done by the next call.
        """
        versions = await asyncio.to_thread(self._delivery.newer_versions, self._known_versions)
        if not versions and not self._half_learnt:
            return
        async with self._collecting:
            self._sampler.save()
            self._half_learnt = True
            for note in self._learn_versions(versions):
                self._report("definitions-changed", note)
            self._begin_again()
            self._half_learnt = False
        self._frame()

    def _begin_again(self) -> None:
        """Sample and frame by what the home and the spool have now."""
        self._sampler, self._frame_scheduler = self._make_work()
        self._sampling.cancel()
        self._sampling = asyncio.create_task(self._sample())

    async def _rest(self, wait: UtcMillis) -> bool:
        """Wait until a frame is signed, or `wait` ms have passed by this machine's own clock; whether they have."""
        try:
            await asyncio.wait_for(self._wake.wait(), wait / SECOND)
        except TimeoutError:
            return True
        return False

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
