"""A node of a network of validators: the application and CometBFT, started, restarted and ended together.

When CometBFT ends, its connections do, and when the application fails, the server ends them and CometBFT with them; so
either way both are started again, from what each has on disk, and so are they when the network goes on without them. A
failure that another start cannot mend, a bug, damage or an upgrade that is due, is not tried again: the node stays
halted and says why.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import structlog

from veriwatt.errors import Malformed, Unavailable, Unsettled, VeriwattError
from veriwatt.home.ledger_engine import parse_peer
from veriwatt.ledger.comet.app_socket import listen_in
from veriwatt.ledger.comet.application import Application
from veriwatt.ledger.comet.codec import Codec
from veriwatt.ledger.comet.comet_home import node_keys_in, remove_received, write_config
from veriwatt.ledger.comet.peer_filter import PeerFilter
from veriwatt.ledger.comet.process import CometProcess
from veriwatt.ledger.comet.program import find_program
from veriwatt.ledger.comet.rpc import CometRpc
from veriwatt.ledger.comet.server import AbciServer
from veriwatt.ledger.comet.settings import CometSettings
from veriwatt.ledger.comet.signing_place import SigningPlace
from veriwatt.ledger.comet.state_sync import StateSync
from veriwatt.ledger.comet.stuck_watch import LOOK_EVERY, AloneWatch, StuckWatch
from veriwatt.machine.refusals import UpgradeDue

READY_WITHIN = 60
"""Seconds in which CometBFT answers after a start; it first executes the blocks that the application lacks."""

FIRST_PAUSE, LONGEST_PAUSE = 1, 60
"""Seconds before another start; each start that fails doubles them."""

STARTS = 4
"""How often CometBFT is started before a node that never answered is given up."""

_TICK = 0.2

log = structlog.get_logger("veriwatt.node")


class NodeHalted(Unavailable):
    """A node whose application failed in a way that another start does not mend."""

    code = "node-halted"

    def __init__(self, why: str) -> None:
        super().__init__(f"this node of the ledger has stopped: {why}; run `veriwatt fsck`, then start it again")
        self.why = why


class CometNode:
    """The node with CometBFT's home in `folder`, from construction until `close`; callable from many threads."""

    def __init__(
        self,
        folder: Path,
        settings: CometSettings,
        rpc: CometRpc,
        open_application: Callable[[], tuple[Application, StateSync]],
    ) -> None:
        """Start both; `open_application` makes the application anew of its file.

        Raises:
            Unavailable: CometBFT cannot be started, or ends at once.
        """
        self._folder, self._settings, self._rpc, self._open = folder, settings, rpc, open_application
        self._closing, self._halted = Event(), ""
        self._place = SigningPlace(folder)
        self._begin()
        try:
            self._wait_until_ready()
        except BaseException:
            self._end()
            raise
        self._supervisor = Thread(target=self._supervise, name="comet", daemon=True)
        self._supervisor.start()

    @property
    def application(self) -> Application:
        """The application as of its last start; raises NodeHalted when it is not started again."""
        if self._halted:
            raise NodeHalted(self._halted)
        return self._application

    @property
    def process(self) -> CometProcess:
        return self._process

    def close(self) -> None:
        self._closing.set()
        self._supervisor.join()
        self._end()
        self._place.note()

    def _begin(self) -> None:
        self._place.check()
        self._application, self._state_sync = self._open()
        own = node_keys_in(self._folder).node_id
        registered = [peer for peer in map(parse_peer, self._application.p2p_addresses()) if peer.node_id != own]
        self._dialled = [*self._settings.peers, *registered]
        write_config(self._folder, self._settings, registered)
        remove_received(self._folder)
        self._server = AbciServer(listen_in(self._folder), self._codec().answer)
        try:
            self._process = CometProcess(find_program(self._settings.program), self._folder)
        except BaseException:
            self._server.close()
            raise

    def _codec(self) -> Codec:
        configured = frozenset(peer.node_id for peer in self._settings.peers)
        peers = PeerFilter(configured, self._application.p2p_ids)
        return Codec(self._application, self._state_sync, peers, self._settings.retention)

    def _end(self) -> None:
        self._process.stop()
        self._server.close()
        self._state_sync.finish()

    def _wait_until_ready(self) -> None:
        """Wait until CometBFT answers; it is started again while the one of a killed process still ends."""
        deadline, starts = time.monotonic() + READY_WITHIN, 1
        while not self._rpc.answers():
            if self._process.wait(_TICK):
                if starts == STARTS:
                    raise Unavailable(f"CometBFT ended as soon as it was started: {self._process.last_words()}")
                starts += 1
                self._end()
                time.sleep(FIRST_PAUSE)
                self._begin()
            if time.monotonic() > deadline:
                raise Unavailable(f"CometBFT does not answer within {READY_WITHIN} s: {self._process.last_words()}")

    def _supervise(self) -> None:
        pause = FIRST_PAUSE
        while not self._closing.wait(_TICK):
            began = time.monotonic()
            self._watch, self._alone, self._looked = StuckWatch(), AloneWatch(began), began
            while self._server.failure is None and not self._process.wait(0) and not self._stuck():
                if self._closing.wait(_TICK):
                    return
            failure = self._server.failure
            ended = "it no longer takes part" if failure is None and not self._process.wait(0) else "it ended"
            self._end()
            why = _told(failure) if failure else self._process.full_disk() or self._process.last_words()
            log.error("cometbft-ended", folder=str(self._folder), what=ended, why=str(why))
            pause = FIRST_PAUSE if time.monotonic() - began > LONGEST_PAUSE else pause
            while failure is None or _may_pass(failure):
                if self._closing.wait(pause):
                    return
                pause = min(2 * pause, LONGEST_PAUSE)
                try:
                    self._begin()
                    log.info("cometbft-started-again", folder=str(self._folder), pid=self._process.pid)
                    break
                except VeriwattError as again:
                    if str(again) != str(failure):
                        log.warning("cometbft-not-started", folder=str(self._folder), why=_told(again))
                    failure = again
            else:
                log.critical("cometbft-not-started", folder=str(self._folder), why=_told(failure))
                self._halted = f"{type(failure).__name__}: {failure}"
                return

    def _stuck(self) -> bool:
        """Whether CometBFT has to be started again, though it runs."""
        now = time.monotonic()
        if now < self._looked + LOOK_EVERY:
            return False
        self._looked = now
        self._place.note()
        if self._state_sync.is_busy:
            return False
        try:
            heights, connected = self._rpc.peer_heights(), len(self._rpc.peers())
        except (Unavailable, Malformed):
            return False
        height, _ = self._application.newest()
        alone = bool(self._dialled) and self._alone.is_alone(now, connected)
        synced = self._state_sync.asked if self._settings.sync_from is not None and height == 0 else None
        return alone or self._watch.is_stuck(now, height, heights, synced)


def _told(failure: Exception) -> str:
    """The failure in the log; the message of a bug may have values."""
    return f"[{failure.code}] {failure}" if isinstance(failure, VeriwattError) else type(failure).__name__


def _may_pass(failure: Exception) -> bool:
    """Whether another start may mend it; only another release ends an upgrade that is due."""
    return isinstance(failure, Unavailable | Unsettled) and not isinstance(failure, UpgradeDue)
