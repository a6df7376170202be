"""`veriwatt node run`: one process that locks the home, answers HTTP, anchors and projects in the background."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from uvicorn.loops.auto import auto_loop_factory

from veriwatt.api.app import make_api
from veriwatt.api.group_commit import GroupCommitQueue
from veriwatt.api.guard import Guard
from veriwatt.api.metrics import Metrics
from veriwatt.api.sessions import Sessions
from veriwatt.api.sign_in import CookieSignIn
from veriwatt.errors import BadInput, Corrupted, VeriwattError
from veriwatt.home.paths import find_home
from veriwatt.home.settings import load_settings
from veriwatt.node.http_server import HttpServer
from veriwatt.node.json_log import log_to_stderr
from veriwatt.node.worker import WorkerThread
from veriwatt.system.exclusive_lock import serving
from veriwatt.system.garbage_collector import gc_frozen
from veriwatt.web import add_pages

TICK = 0.2
"""Seconds between two looks at what is due."""

LONGEST_PAUSE = 30
"""Seconds between two tries, at most, while anchoring fails."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")

log = structlog.get_logger("veriwatt.node")


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the node answers, and the link that signs its first reader in."""

    address: str
    sign_in: str


def run_node(root: Path, listen: str, names: Sequence[str], on_ready: Callable[[Listening], None]) -> None:
    """Serve the home until SIGTERM or SIGINT; what was accepted is anchored before it returns.

    A node that is told to stop while a command has the home does not wait for it: the next start anchors.

    Args:
        listen: `host:port`, or empty for that of the home's settings; port 0 takes a free one.
        names: further host names by which the node may be called, such as that of a TLS proxy.
        on_ready: called once the node answers.

    Raises:
        NotFound: there is no home. Unavailable: another process has its lock, or the address is taken.
        Corrupted: the home's files are damaged.
    """
    paths = find_home(root)
    host, port = parse_listen(listen or load_settings(paths.settings).listen)
    log_to_stderr()
    with serving(paths.lock), asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(_Serving(root, host, port, names, on_ready).run())


def parse_listen(text: str) -> tuple[str, int]:
    """Host and port of `host:port`; an IPv6 address stands in brackets."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 65_535:
        raise BadInput(where="listen", value=text, why="not host:port", remedy="write 127.0.0.1:8000 or [::1]:8000")
    return host.strip("[]"), int(port)


class _Serving:
    def __init__(
        self, root: Path, host: str, port: int, names: Sequence[str], on_ready: Callable[[Listening], None]
    ) -> None:
        self._host, self._port, self._on_ready = host, port, on_ready
        self._worker = WorkerThread(root)
        self._queue, self._sessions, self._metrics = GroupCommitQueue(self._worker), Sessions(), Metrics()
        self._hosts = {*LOOPBACK, host, *names}
        self._fatal: BaseException | None = None

    async def run(self) -> None:
        try:
            await self._worker.open()
            with gc_frozen():
                async with self._background():
                    await self._answer()
        finally:
            await self._worker.close()
        if self._fatal is not None:
            raise self._fatal

    async def _answer(self) -> None:
        self._server = HttpServer(self._application(), self._host, self._port, self._report)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        await self._server.serve()

    def _application(self) -> Guard:
        sign_in = CookieSignIn(self._sessions)
        app = make_api(self._worker, self._queue, sign_in, self._metrics)
        add_pages(app, sign_in)
        return Guard(app, self._sessions, self._metrics, self._hosts)

    def _report(self, port: int) -> None:
        shown = f"[{self._host}]" if ":" in self._host else self._host
        address = f"http://{shown}:{port}"
        log.info("listening", address=address)
        self._on_ready(Listening(address, f"{address}/sign-in?secret={self._sessions.secret}"))

    def _stop(self) -> None:
        self._server.should_exit = True

    @asynccontextmanager
    async def _background(self) -> AsyncIterator[None]:
        """The tasks beside the server; when it has stopped, everything accepted is written and anchored."""
        tending = asyncio.create_task(self._tend())
        writing = asyncio.create_task(self._queue.run())
        try:
            yield
        finally:
            self._worker.leave()
            self._queue.stop()
            await writing
            tending.cancel()
            await asyncio.gather(tending, return_exceptions=True)
            await self._anchor_all()
            log.info("stopped")

    async def _tend(self) -> None:
        """Release the home to waiting commands, anchor what is due, project into the readings view; until cancelled."""
        pause = TICK
        while True:
            try:
                more = await self._tend_once()
                pause = 0 if more else TICK
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

    async def _tend_once(self) -> bool:
        # a home that did not open after the last command may have been mended since
        if not self._worker.is_open or await self._worker.ask(lambda node: node.is_waited_for()):
            async with self._queue.paused():
                log.info("steps-aside")
                await self._worker.step_aside()
            if not self._worker.is_open:  # told to stop meanwhile
                return False
        for org in await self._worker.ask(lambda node: node.anchor_due()):
            await self._anchor(org)
        return await self._worker.ask(lambda node: node.project())

    async def _anchor(self, org: str) -> None:
        size = await self._worker.ask(lambda node: node.anchor(org))
        log.info("anchored", org=org, frames=size)

    async def _anchor_all(self) -> None:
        if not self._worker.is_open:
            return
        for org in await self._worker.ask(lambda node: node.waiting()):
            try:
                await self._anchor(org)
            except VeriwattError as error:  # the frames are durable; the next start anchors them
                log.warning("not-anchored", org=org, code=error.code, why=str(error))

    def _give_up(self, error: Exception) -> None:
        log.critical("giving-up", error=type(error).__name__, code=getattr(error, "code", "bug"))
        self._fatal = error
        self._stop()
