"""Filling the readings view of a running node from its data chains, some frames at a time."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from threading import Lock

from veriwatt.errors import VeriwattError
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.node.chain_lock import SharedChain
from veriwatt.node.unopened_groups import warn_of_unopened
from veriwatt.node.view_keeper import ViewKeeper
from veriwatt.ports.key_agent import KeyAgent, Purpose
from veriwatt.ports.ledger import Ledger
from veriwatt.reading.project import Piece, project
from veriwatt.readmodel.group_opener import GroupOpener
from veriwatt.readmodel.ledger_cache import LedgerCache
from veriwatt.readmodel.points import Points

PIECE = Piece(frames=2_048, slots=1 << 16)
"""What one call projects into the readings view, in less than a second, so that other calls do not wait long.

Each write to the view takes DuckDB as long as opening some 200 frames, so a view that is behind is filled in large
pieces.
"""

TURN = 1.0
"""Seconds that a question waits to take frames in itself; while the view is mended others have that turn for longer."""


class ViewProjection:
    """Fills the view that `views` keeps, by one thread at a time. `sizes` are the frames that it has of each org."""

    def __init__(
        self, views: ViewKeeper, ledger: Ledger, agent: KeyAgent, points: Points, chains: Mapping[str, SharedChain]
    ) -> None:
        self._views, self._ledger, self._points, self._chains = views, ledger, points, chains
        self._cache = LedgerCache(ledger)
        self._opener = GroupOpener(self._cache, agent, Purpose.VIEW)
        self._filled: tuple[int, ...] | None = None
        """The ledger's height, and the frames of each chain, for which the view has all that there is."""
        self._turn = Lock()
        self.sizes = dict.fromkeys(chains, 0)
        with suppress(VeriwattError), views.writer() as view:  # a view that cannot be opened is mended by `run`
            self.sizes = {org: view.size(org) for org in chains}

    def run(self) -> bool:
        """Project some frames; returns whether more wait. Nothing is done for the block and frames of the last call.

        Raises:
            ViewMending, DiskFull, DiskReadOnly: the view could not be written; a later call goes on.
        """
        with self._turn:
            if self._views.mend():
                self._filled = None
            now = (self._ledger.head().height, *(chain.size for chain in self._chains.values()))
            if now == self._filled:
                return False
            self._filled = None
            more = self._fill()
            self._filled = None if more else now
            return more

    def take_in(self, accepted: Mapping[str, int]) -> None:
        """Project some frames at once where the view has fewer than `accepted` says of an org; for any thread.

        The thread has no question to the view open meanwhile. Raises as `run`.
        """
        if any(self.sizes[org] < size for org, size in accepted.items()) and self._turn.acquire(timeout=TURN):
            try:
                self._fill()
            finally:
                self._turn.release()

    def _fill(self) -> bool:
        """Project some frames of every org; returns whether more wait."""
        self._cache.refresh()
        more = [self._project(org, chain) for org, chain in self._chains.items()]  # every org takes its turn
        return any(more)

    def _project(self, org: str, chain: SharedChain) -> bool:
        """Project the org's next frames into the view; returns whether more wait."""
        with self._views.writer() as view, self._ledger.snapshot() as now:
            anchors, record = AnchorLog(now, org), self._points.record
            done = project(chain, anchors, view, self._opener, record, PIECE)
            self.sizes[org] = view.size(org)
        warn_of_unopened(org, done)
        return done.cut
