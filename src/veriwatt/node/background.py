"""What a node does beside answering HTTP: it yields its home to commands, anchors, reports, and updates its views."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from veriwatt.api.group_commit import GroupCommitQueue
from veriwatt.errors import Corrupted, VeriwattError
from veriwatt.node.worker import WorkerThread

TICK = 0.2
"""Seconds between two checks of what is due."""

LONGEST_PAUSE = 30
"""Seconds between two tries, at most, while anchoring fails."""

log = structlog.get_logger("veriwatt.node")


class BackgroundLoop:
    """The background work of one node, on its event loop."""

    def __init__(self, worker: WorkerThread, queue: GroupCommitQueue, give_up: Callable[[Exception], None]) -> None:
        """`give_up` is called with an error after which the node must not go on: damaged files, or a bug."""
        self._worker, self._queue, self._give_up = worker, queue, give_up

    async def run(self) -> None:
        """Release the home to waiting commands, anchor and report what is due, update the view; until cancelled.

        Other expected errors are logged, and the work is tried again after a pause that doubles.
        """
        pause = TICK
        while True:
            try:
                pause = 0 if await self._run_once() else TICK
            except Corrupted as error:
                self._give_up(error)
                return
            except VeriwattError as error:
                pause = min(LONGEST_PAUSE, max(1, 2 * pause))
                log.warning("background-failed", code=error.code, why=str(error), again_in_seconds=pause)
            except Exception as error:  # noqa: BLE001 - a bug: a node that no longer anchors must not look alive
                self._give_up(error)
                return
            await asyncio.sleep(pause)

    async def anchor_all(self) -> None:
        """Anchor every frame that is ready, unless a command has the home; the next start anchors the others.

        Errors are logged.
        """
        if not self._worker.is_open:
            return
        for org in await self._worker.ask(lambda node: node.waiting()):
            try:
                await self._anchor(org)
            except VeriwattError as error:
                log.warning("not-anchored", org=org, code=error.code, why=str(error))

    async def _run_once(self) -> bool:
        """Do what is due; returns whether more frames wait to be projected."""
        # a home that could not be reopened after a command may have been repaired since
        if not self._worker.is_open or await self._worker.ask(lambda node: node.has_waiters()):
            async with self._queue.paused():
                log.info("steps-aside")
                await self._worker.release_to_waiters()
            if not self._worker.is_open:  # the node was stopped meanwhile
                return False
        await self._worker.ask(lambda node: node.keep_high_water())
        await self._tell_missing()
        for org in await self._worker.ask(lambda node: node.anchor_due()):
            await self._anchor(org)
        for org in await self._worker.ask(lambda node: node.reports_due()):
            await self._report(org)
        for org in await self._worker.ask(lambda node: node.calendars_due()):
            await self._renew_calendars(org)
        return await self._worker.ask(lambda node: node.project())

    async def _renew_calendars(self, org: str) -> None:
        """A calendar that cannot be renewed now has years to go: nothing else waits for it."""
        try:
            groups = await self._worker.ask(lambda node: node.renew_calendars(org))
        except Corrupted:
            raise
        except VeriwattError as error:
            log.warning("calendars-not-renewed", org=org, code=error.code, why=str(error))
        else:
            if groups:
                log.info("calendars-renewed", org=org, groups=groups)

    async def _tell_missing(self) -> None:
        """Log from time to time which acknowledged frames nobody has sent again yet."""
        for org, missing in (await self._worker.ask(lambda node: node.missing_due())).items():
            log.warning("refill-waits", org=org, frames=len(missing), first=missing[0], last=missing[-1])

    async def _report(self, org: str) -> None:
        await self._worker.ask(lambda node: node.report_equivocations(org))

    async def _anchor(self, org: str) -> None:
        size = await self._worker.ask(lambda node: node.anchor(org))
        log.info("anchored", org=org, frames=size)
