"""What a node does beside answering HTTP: it yields its home to commands, anchors, reports, and updates its views.

Each work has its own tries: one that fails is told once, tried again after a pause that doubles, and holds up no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

import structlog

from veriwatt.api.group_commit import GroupCommitQueue
from veriwatt.errors import Corrupted, VeriwattError
from veriwatt.node.worker import DERIVED, HOLD_TOLD, WorkerThread
from veriwatt.system.held_files import HeldLock, HomeReplaced

TICK = 0.2
"""Seconds between two checks of what is due."""

SELDOM = 1.0
"""Seconds between two turns of a work that nobody waits for: a look that finds nothing costs two threads a switch."""

LONGEST_PAUSE = 30
"""Seconds between two tries, at most, while a work fails."""

LEFT_ALONE = 60
"""Seconds for which a command is not yielded to that waited for the home and did not take it."""

REBUILT_AGAIN = 600
"""Seconds within which index and tiles are not damaged twice, unless the disk fails."""

log = structlog.get_logger("veriwatt.node")


class BackgroundLoop:
    """The background work of one node, on its event loop."""

    def __init__(
        self, worker: WorkerThread, queue: GroupCommitQueue, home: HeldLock, give_up: Callable[[Exception], None]
    ) -> None:
        """`home` is the lock of the node that serves it, which no command takes.

        `give_up` is called with an error after which the node must not go on: damaged files, or a bug.
        """
        self._worker, self._queue, self._home, self._give_up = worker, queue, home, give_up
        self._next: dict[str, float] = {}
        self._pauses: dict[str, float] = {}
        self._rebuilt_at = -float(REBUILT_AGAIN)
        self._yield_from = 0.0
        self._closing = asyncio.Lock()

    async def run(self) -> None:
        """Yield to commands, and do what is due, until cancelled or given up."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._yield_to_commands())
                tasks.create_task(self._keep())
        except* Exception as group:  # noqa: BLE001 - a node that no longer anchors must not look alive
            self._give_up(self._reason(_first(group)))

    def _reason(self, error: Exception) -> Exception:
        """The error to tell: what is missing in a home that was moved away is not lost."""
        try:
            self._home.check()
        except HomeReplaced as moved:
            return moved
        return error

    async def anchor_all(self) -> None:
        """Anchor every frame that is ready, unless a command has the home; the next start anchors the others.

        Errors are logged.
        """
        if not self._worker.is_open:
            return
        for org in await self._worker.keep(lambda node: node.upkeep.waiting()):
            try:
                await self._anchor(org)
            except VeriwattError as error:
                log.warning("not-anchored", org=org, code=error.code, why=str(error))

    async def _keep(self) -> None:
        pause = TICK
        while True:
            await asyncio.sleep(pause)
            pause = 0 if await self._run_once() else TICK

    async def _run_once(self) -> bool:
        """Do what is due; returns whether more frames wait to be projected."""
        if not self._worker.is_open:
            return False
        await self._try("ledger", self._check_ledger, SELDOM)
        await self._try("blocks", self._check_goes_on, SELDOM)
        await self._try("acknowledged", self._check_acknowledged, SELDOM)
        await self._try("high-water", self._keep_high_water, SELDOM)
        await self._try("refill", self._tell_missing, SELDOM)
        await self._try("anchor", self._anchor_due)
        await self._try("report", self._report_due, SELDOM)
        await self._try("calendars", self._renew_calendars, SELDOM)
        await self._try("heads", self._sign_fresh_head)
        await self._try("clock", self._check_clock, SELDOM)
        await self._try("derived", self._check_derived)
        return await self._try("view", lambda: self._worker.keep(lambda node: node.project()), SELDOM) or False

    async def _try(self, work: str, call: Callable[[], Awaitable[bool]], every: float = 0) -> bool:
        """Do a work, `every` so many seconds unless it has more to do, and later if it failed a moment ago.

        Its expected errors are told, and end nothing.
        """
        if monotonic() < self._next.get(work, 0) or not self._worker.is_open:
            return False
        self._home.check()
        try:
            more = await call()
        except DERIVED as error:
            await self._rebuild(error)
            return False
        except Corrupted:
            raise
        except VeriwattError as error:
            if not self._worker.is_open:
                return False
            pause = self._pauses[work] = min(LONGEST_PAUSE, max(1, 2 * self._pauses.get(work, 0)))
            self._next[work] = monotonic() + pause
            self._worker.troubles.fails(work, error)
            return False
        self._pauses.pop(work, None)
        self._worker.troubles.works(work)
        self._next[work] = 0 if more else monotonic() + every
        return more

    async def _check_ledger(self) -> bool:
        await self._worker.keep(lambda node: node.upkeep.check_ledger())
        return False

    async def _check_goes_on(self) -> bool:
        await self._worker.keep(lambda node: node.upkeep.check_goes_on())
        return False

    async def _check_acknowledged(self) -> bool:
        await self._worker.keep(lambda node: node.upkeep.check_acknowledged())
        return False

    async def _keep_high_water(self) -> bool:
        await self._worker.keep(lambda node: node.upkeep.keep_high_water())
        return False

    async def _tell_missing(self) -> bool:
        """Log from time to time which acknowledged frames nobody has sent again yet, and who has not called."""
        for org, missing, unheard in await self._worker.keep(lambda node: node.upkeep.refills_due()):
            if missing:
                log.warning("refill-waits", org=org, frames=len(missing), first=missing[0], last=missing[-1])
            else:
                log.warning("refill-holds", org=org, unheard=unheard)
        return False

    async def _anchor_due(self) -> bool:
        for org in await self._worker.keep(lambda node: node.upkeep.anchor_due()):
            await self._anchor(org)
        return False

    async def _anchor(self, org: str) -> None:
        size = await self._worker.keep(lambda node: node.upkeep.anchor(org))
        log.info("anchored", org=org, frames=size)

    async def _report_due(self) -> bool:
        for org in await self._worker.keep(lambda node: node.upkeep.reports_due()):
            await self._worker.keep(lambda node, org=org: node.upkeep.report_equivocations(org))  # type: ignore[misc]
        return False

    async def _renew_calendars(self) -> bool:
        for org in await self._worker.keep(lambda node: node.upkeep.calendars_due()):
            groups = await self._worker.keep(lambda node, org=org: node.upkeep.renew_calendars(org))  # type: ignore[misc]
            if groups:
                log.info("calendars-renewed", org=org, groups=groups)
        return False

    async def _sign_fresh_head(self) -> bool:
        await self._worker.keep(lambda node: node.upkeep.sign_fresh_head())
        return False

    async def _check_clock(self) -> bool:
        await self._worker.keep(lambda node: node.upkeep.check_clock())
        return False

    async def _check_derived(self) -> bool:
        if self._worker.damage is not None:
            raise self._worker.damage
        return False

    async def _yield_to_commands(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            self._home.check()
            if not self._worker.is_open and not self._closing.locked():  # a command left a home that cannot be opened
                async with self._closing:
                    await self._try_to_reopen()
            elif monotonic() >= self._yield_from and await asyncio.to_thread(self._worker.command_waits):
                async with self._closing:
                    await self._step_aside()

    async def _step_aside(self) -> None:
        """Close the home until no command uses it; posts and questions are answered meanwhile, as unavailable."""
        log.info("steps-aside")
        async with self._queue.paused():
            await self._worker.release()
        telling = asyncio.create_task(self._tell_holder())
        try:
            await self._try_to_reopen()
        finally:
            telling.cancel()
        if self._worker.is_open and await asyncio.to_thread(self._worker.command_waits):
            self._worker.tell_holder()  # it is stopped: the home was free, and it did not take it
            self._yield_from = monotonic() + LEFT_ALONE

    async def _tell_holder(self) -> None:
        while True:
            await asyncio.sleep(HOLD_TOLD)
            await asyncio.to_thread(self._worker.tell_holder)

    async def _try_to_reopen(self) -> None:
        try:
            await self._worker.reopen()
        except Corrupted:
            raise
        except VeriwattError as error:
            self._worker.troubles.fails("home", error)
            await asyncio.sleep(1)
        else:
            self._worker.troubles.works("home")

    async def _rebuild(self, error: VeriwattError) -> None:
        """Make index and tiles again from the objects, in place of damaged ones; raises `error` the second time."""
        if monotonic() - self._rebuilt_at < REBUILT_AGAIN:
            raise error
        async with self._closing:
            log.error("rebuilds", code=error.code, why=str(error))
            async with self._queue.paused():
                await self._worker.release()
            await self._worker.reopen(rebuild=True)
            self._worker.damage, self._rebuilt_at = None, monotonic()


def _first(group: BaseExceptionGroup[Exception]) -> Exception:
    """The first error of a group of errors."""
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
