"""`veriwatt node run`: one process that locks the home, answers HTTP, and stops cleanly on a signal."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from uvicorn.loops.auto import auto_loop_factory

from veriwatt.api.access import Access
from veriwatt.api.app import make_api
from veriwatt.api.group_commit import GroupCommitQueue
from veriwatt.api.guard import Guard
from veriwatt.api.metrics import Metrics
from veriwatt.api.metrics_page import MetricsPage
from veriwatt.api.resources.bodies import Bodies
from veriwatt.api.resources.connections import Connections
from veriwatt.api.resources.descriptors import most_connections, raise_descriptor_limit
from veriwatt.api.resources.handshakes import Handshakes
from veriwatt.api.resources.verifying_process import VerifyingProcess
from veriwatt.api.sign_in import CookieSignIn
from veriwatt.errors import BadInput, Corrupted, Malformed, Unavailable, Unsettled, VeriwattError
from veriwatt.home.access_files import AccessFiles
from veriwatt.home.paths import HomePaths, find_home
from veriwatt.home.settings import Settings
from veriwatt.home.witness_door import WitnessDoor
from veriwatt.ledger.open_ledger import catches_up
from veriwatt.node.background import BackgroundLoop
from veriwatt.node.edge_connection import Edge
from veriwatt.node.engine_check import checked_settings
from veriwatt.node.followed_start import wait_until_admitted
from veriwatt.node.http_server import HttpServer
from veriwatt.node.json_log import log_to_stderr
from veriwatt.node.listener import listening
from veriwatt.node.network_start import complete_home, network_node
from veriwatt.node.tls import NodeTls, certificate_files, serves_tls
from veriwatt.node.witness_asking import WitnessAsking
from veriwatt.node.worker import WorkerThread
from veriwatt.ports.ledger import LedgerEngine
from veriwatt.store.high_water import LedgerBehind
from veriwatt.system.exclusive_lock import serving
from veriwatt.system.garbage_collector import gc_frozen
from veriwatt.system.held_files import HeldLock
from veriwatt.system.loopback import LOOPBACK_NAMES, is_loopback
from veriwatt.units import UtcMillis, parse_count
from veriwatt.web import add_pages

SWITCH_EVERY = 0.001
"""Seconds after which a thread that computes yields to one that accepts: a fifth of Python's own."""

METRICS_CONNECTIONS = 8

LEDGER_AGAIN = 0.5
"""Seconds between two looks for the first block of a network."""

log = structlog.get_logger("veriwatt.node")


@dataclass(frozen=True, slots=True)
class Listening:
    """The address at which the node answers, the link that signs its first reader in, its certificate's fingerprint.

    The link has a secret unless none could be stored.
    """

    address: str
    sign_in: str
    fingerprint: str | None = None
    has_secret: bool = True


@dataclass(frozen=True, slots=True)
class Places:
    """The sockets at which the node listens: for its API, and for metrics where they have a place of their own.

    They listen before anything of the home is touched, so that a node that cannot be reached does nothing.
    """

    api: Sequence[socket.socket]
    metrics: Sequence[socket.socket]


def run_node(
    root: Path,
    listen: str,
    names: Sequence[str],
    on_ready: Callable[[Listening], None],
    *,
    tls: bool = False,
    plain_http: bool = False,
    refill: bool = False,
) -> None:
    """Serve the home until SIGTERM or SIGINT; every accepted frame that is ready is anchored before this returns.

    A node that is stopped while a command uses the home does not wait for the command: the next start anchors.

    Args:
        listen: `host:port`, or empty for the address in the home's settings; port 0 takes a free port.
        names: further host names by which clients may call the node, such as that of a TLS proxy.
        on_ready: called once the node answers.
        tls: serve TLS on loopback too; elsewhere it is always served.
        plain_http: serve no TLS, wherever the node listens.
        refill: whether to serve data chains that lost acknowledged frames, so that terminals send these again.

    Raises:
        NotFound: there is no home.
        Unavailable: another process has its lock, or an address is taken; then nothing was begun.
        ChainBehind: acknowledged frames are missing, and `refill` is not set.
        Corrupted: the home's files are damaged.
    """
    paths = find_home(root)
    settings = checked_settings(paths)
    settings = replace(settings, listen=listen or settings.listen)
    host, _ = parse_listen(settings.listen)
    writer = log_to_stderr()
    try:
        with (
            serving(paths.lock) as served,
            _places(settings) as places,
            asyncio.Runner(loop_factory=auto_loop_factory()) as runner,
        ):
            node_tls = None
            if serves_tls(host, settings, tls=tls, plain_http=plain_http):
                node_tls = NodeTls(
                    certificate_files(paths, settings), [*dict.fromkeys([*LOOPBACK_NAMES, host, *names])]
                )
            elif not is_loopback(host):
                log.warning("plain-http", listen=host, why="whoever is on the way reads and changes what is said")
            home = HeldLock(*served)
            with network_node(paths, settings) as network:
                serving_run = _Serving(root, settings, names, on_ready, node_tls, places, home, network, refill=refill)
                runner.run(serving_run.run())
    finally:
        writer.flush()


@contextmanager
def _places(settings: Settings) -> Iterator[Places]:
    """The places of the settings, while the block runs; raises Unavailable if one is taken."""
    with ExitStack() as stack:

        def at(address: str) -> Sequence[socket.socket]:
            return stack.enter_context(listening(*parse_listen(address))) if address else ()

        yield Places(at(settings.listen), at(settings.metrics_listen))


def parse_listen(text: str) -> tuple[str, int]:
    """Host and port of `host:port`; an IPv6 address stands in brackets."""
    host, _, port = text.rpartition(":")
    try:
        if host and (number := parse_count(port)) <= 65_535:
            return host.strip("[]"), number
    except Malformed:
        pass
    raise BadInput(where="listen", value=text, why="not host:port", remedy="write 127.0.0.1:8000 or [::1]:8000")


def _in_url(host: str) -> str:
    """A host as it stands in a URL; a node that listens everywhere answers at loopback too."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not listened at
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


class _Serving:
    """One run of a node: its worker thread, write queue, background loop and HTTP server."""

    def __init__(
        self,
        root: Path,
        settings: Settings,
        names: Sequence[str],
        on_ready: Callable[[Listening], None],
        tls: NodeTls | None,
        places: Places,
        home: HeldLock,
        network: LedgerEngine | None,
        *,
        refill: bool,
    ) -> None:
        self._root, self._network, self._stopping = root, network, asyncio.Event()
        self._settings, self._on_ready, self._tls, self._home = settings, on_ready, tls, home
        self._places, (self._host, _) = places, parse_listen(settings.listen)
        self._refill, self._worker = refill, WorkerThread(root, refill=refill, network=network)
        self._queue, self._metrics = GroupCommitQueue(self._worker), Metrics()
        self._access = Access(AccessFiles(HomePaths(root).access))
        called = [urlsplit(settings.address).hostname or ""] if settings.address else []
        self._hosts = {*LOOPBACK_NAMES, self._host, *names, *called}
        limit = most_connections(raise_descriptor_limit())
        self._verifying = VerifyingProcess()
        self._edge = Edge(Connections(limit, settings.proxies), Bodies(), Handshakes(settings.proxies))
        self._metrics.watch_edge(self._edge.connections, self._edge.bodies)
        self._witness_homes = [root / each for each in settings.witness_homes]
        self._fatal: BaseException | None = None
        self._server: HttpServer | None = None

    async def run(self) -> None:
        sys.setswitchinterval(SWITCH_EVERY)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stop)
        try:
            if self._network is not None and not await self._home_is_complete(self._network):
                return
            if not await wait_until_admitted(self._root, self._settings, self._stopping):
                return
            try:
                if not await self._opened():
                    return
            except Corrupted as error:
                log.critical("not-started", code=error.code, why=str(error))
                raise
            with gc_frozen(), WitnessDoor(self._witness_homes) as self._witnesses:
                async with self._background():
                    await self._answer()
        finally:
            await self._verifying.close()
            await self._worker.close()
        if self._fatal is not None:
            raise self._fatal

    async def _answer(self) -> None:
        context = self._tls.context if self._tls else None
        server = self._server = HttpServer(self._application(), self._places.api, self._edge, self._report, context)
        loop = asyncio.get_running_loop()
        if self._tls:
            loop.add_signal_handler(signal.SIGHUP, self._tls.take_up)
        if self._stopping.is_set():
            return
        async with self._metrics_listener():
            await server.serve()

    async def _home_is_complete(self, network: LedgerEngine) -> bool:
        """Wait until the home has what only a ledger with a block gives; False when the node is stopped before."""
        told = ""
        while not self._stopping.is_set():
            try:
                await asyncio.to_thread(complete_home, self._root, network)
                return True
            except (Unavailable, Unsettled) as error:
                if error.code != told:
                    told = error.code
                    log.warning("waits-for-ledger", code=error.code, why=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), LEDGER_AGAIN)
        return False

    async def _opened(self) -> bool:
        """Open the home, once a ledger that is fetched again has its anchors; False when the node is stopped before."""
        told = False
        while not self._stopping.is_set():
            try:
                if not (self._refill and await self._is_fetching()):  # a refill anchors again what no anchor covers
                    await self._worker.open()
                    return True
            except LedgerBehind:
                if not await self._is_fetching():
                    raise
            if not told:
                told = True
                log.warning("waits-for-ledger", why="its blocks are fetched from the other nodes")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), LEDGER_AGAIN)
        return False

    async def _is_fetching(self) -> bool:
        return self._network is not None and await asyncio.to_thread(catches_up, self._network)

    @asynccontextmanager
    async def _metrics_listener(self) -> AsyncIterator[None]:
        """The server of metrics, if the settings have a place for it, while the block runs."""
        if not self._places.metrics:
            yield
            return
        edge = Edge(Connections(METRICS_CONNECTIONS), Bodies())
        page = MetricsPage(self._worker, self._metrics)
        server = HttpServer(page, self._places.metrics, edge, lambda port: log.info("metrics-listening", port=port))
        serving = asyncio.create_task(server.serve())
        serving.add_done_callback(lambda _: self._stop())
        try:
            yield
        finally:
            server.should_exit = True
            await serving

    def _application(self) -> Guard:
        sign_in = CookieSignIn(self._access)
        until = self._certificate_until
        app = make_api(self._worker, self._queue, sign_in, self._metrics, self._verifying, until, self._witnesses)
        add_pages(app, sign_in)
        return Guard(app, self._access, self._metrics, self._hosts, self._settings.proxies)

    def _certificate_until(self) -> UtcMillis | None:
        return self._tls.facts.until if self._tls else None

    def _report(self, port: int) -> None:
        address = self._settings.address or f"{'https' if self._tls else 'http'}://{_in_url(self._host)}:{port}"
        fingerprint = self._tls.fingerprint if self._tls else None
        log.info("listening", address=address, **({"fingerprint": fingerprint} if fingerprint else {}))
        query = self._stored_link(address)
        self._on_ready(Listening(address, f"{address}/sign-in{query}", fingerprint, bool(query)))

    def _stored_link(self, address: str) -> str:
        """The query with the secret of a new link; empty where none can be stored, for accepting needs none."""
        access = self._access.files
        try:
            access.forget_ended()
            access.address = address
            return f"?secret={access.console_link()}"
        except Unavailable as error:
            log.warning("no-sign-in-link", code=error.code, why=str(error))
            return ""

    def _stop(self) -> None:
        self._stopping.set()
        if self._server is not None:
            self._server.should_exit = True

    @asynccontextmanager
    async def _background(self) -> AsyncIterator[None]:
        """The tasks beside the server; when the server has stopped, everything accepted is written and anchored."""
        loop = BackgroundLoop(self._worker, self._queue, self._home, self._give_up)
        running = asyncio.create_task(loop.run())
        writing = asyncio.create_task(self._queue.run())
        watching = asyncio.create_task(self._tls.watch()) if self._tls else None
        asking = asyncio.create_task(WitnessAsking(self._worker, self._settings.witnesses).run())
        try:
            yield
        finally:
            self._worker.stop_waiting()
            self._queue.stop()
            await writing
            beside = [running, asking, *([watching] if watching else [])]
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await loop.anchor_all()
            log.info("stopped")

    def _give_up(self, error: Exception) -> None:
        why = str(error) if isinstance(error, VeriwattError) else ""  # the message of a bug may have values
        log.critical("giving-up", error=type(error).__name__, code=getattr(error, "code", "bug"), why=why)
        self._fatal = error
        self._stop()
