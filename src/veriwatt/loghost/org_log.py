"""One org's data chain on this node: accepting into it, and anchoring it."""

from __future__ import annotations

from collections.abc import Callable

from veriwatt.crypto.signing import Signer
from veriwatt.home.paths import HomePaths
from veriwatt.loghost.accept import Acceptance
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.loghost.anchoring import anchor_chain
from veriwatt.loghost.equivocation_reports import EquivocationReports
from veriwatt.loghost.quarantine import Quarantine
from veriwatt.loghost.recovery import open_chain
from veriwatt.machine.anchors import queries
from veriwatt.model.chain.anchor import Anchor
from veriwatt.model.ledger.transaction import Body
from veriwatt.ports.blobs import BlobStore
from veriwatt.ports.ledger import Ledger, Result, submit
from veriwatt.readmodel.frame_index import FrameIndex
from veriwatt.readmodel.ledger_cache import LedgerCache
from veriwatt.store.local_tiles import LocalTiles
from veriwatt.system.files import Files


class OrgLog:
    """The org's chain, opened by the constructor; one thread at a time.

    `sign` makes a transaction of a member of the org.
    """

    def __init__(
        self,
        org: str,
        files: Files,
        paths: HomePaths,
        blobs: BlobStore,
        index: FrameIndex,
        ledger: Ledger,
        ledger_cache: LedgerCache,
        log_signer: Signer,
        sign: Callable[[Body], bytes],
    ) -> None:
        self.org, self._ledger, self._sign = org, ledger, sign
        with ledger.snapshot() as now:
            anchored, anchors = queries.data_chain(now, org), AnchorLog(now, org)
            self.chain = open_chain(
                org, files, paths.journal(org), LocalTiles(files, paths.chain(org)), blobs, index, anchored, anchors
            )
        quarantine = Quarantine(files, paths.quarantine)
        self.acceptance = Acceptance(self.chain, ledger_cache, log_signer, quarantine)
        self._reports = EquivocationReports(self.chain, ledger, quarantine, sign)

    def anchor(self) -> int:
        """Anchor the accepted frames that are ready; returns the anchored size of the chain."""
        anchor_chain(self.chain, self._ledger, self._submit)
        return self.chain.anchored_size

    def report_equivocations(self) -> bool:
        """Submit the equivocations in the quarantine to the ledger; returns whether none remains to be submitted."""
        return self._reports.submit()

    def _submit(self, anchor: Anchor) -> Result:
        return submit(self._ledger, [self._sign(anchor)])[0]
