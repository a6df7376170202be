"""One org's data chain on this node: accepting into it, anchoring it, reading it."""

from __future__ import annotations

from veriwatt.crypto.signing import Signer
from veriwatt.machine.anchors import queries
from veriwatt.model.anchor import Anchor
from veriwatt.ports import BlobStore, Ledger, Result
from veriwatt.readmodel.frame_index import FrameIndex
from veriwatt.readmodel.opening import Opener
from veriwatt.readmodel.readings import Readings
from veriwatt.services.accept import Acceptance
from veriwatt.services.anchor import anchor_chain
from veriwatt.services.anchor_log import AnchorLog
from veriwatt.services.chain import open_chain
from veriwatt.services.desk import Desk
from veriwatt.services.facts import Facts
from veriwatt.services.project import Projected, project
from veriwatt.services.quarantine import Quarantine
from veriwatt.store.files import Files
from veriwatt.store.home import HomePaths


class OrgRoom:
    """The org's chain, recovered when made; one thread at a time."""

    def __init__(
        self,
        org: str,
        files: Files,
        paths: HomePaths,
        blobs: BlobStore,
        index: FrameIndex,
        ledger: Ledger,
        facts: Facts,
        log_signer: Signer,
        desk: Desk,
    ) -> None:
        self.org, self._ledger, self._desk = org, ledger, desk
        self._anchors = AnchorLog(ledger, org)
        anchored = queries.data_chain(ledger, org)
        self.chain = open_chain(org, files, paths.chain(org), blobs, index, anchored, self._anchors)
        quarantine = Quarantine(files, paths.quarantine)
        self.acceptance = Acceptance(self.chain, facts, log_signer, quarantine)

    def anchor(self) -> int:
        """Anchor what is accepted; returns the anchored size of the chain."""
        anchor_chain(self.chain, self._anchors, self._submit)
        return self.chain.anchored_size

    def project(self, readings: Readings, opener: Opener, at_most: int | None = None) -> Projected:
        """Bring the readings view up to the chain, or `at_most` so many frames nearer to it."""
        return project(self.chain, self._anchors, readings, opener, at_most)

    def _submit(self, anchor: Anchor) -> Result:
        return self._ledger.submit([self._desk.sign(anchor)])[0]
