"""What of a log is lost for good, and whether it can be given up. Spec: docs/spec/log-epochs.md, section 5."""

from __future__ import annotations

from typing import NamedTuple

from veriwatt.errors import Refused
from veriwatt.model.chain.log_epochs import Recover


class AnchoredFramesLost(Refused):
    """Frames that the ledger has anchored are missing: no record gives them up."""

    code = "anchored-frames-lost"

    def __init__(self, org: str, size: int, anchored: int) -> None:
        super().__init__(
            f"org {org} lost frames {size} to {anchored - 1}, which the ledger has anchored: these cannot be given up. "
            "They come back from a copy of the home, or from the terminals with `veriwatt node run --refill`"
        )
        self.org, self.size, self.anchored = org, size, anchored


class LossNotSigned(Refused):
    """No checkpoint that the log signed shows the loss, so there is nothing to give up on the ledger."""

    code = "loss-not-signed"

    def __init__(self, org: str) -> None:
        super().__init__(
            f"no high-water mark and no receipt shows that {org} acknowledged more frames than it has. Run "
            "`veriwatt node run --refill` until every terminal has called; if none shows a receipt, delete "
            "readings.duckdb, which is made again"
        )
        self.org = org


class Loss(NamedTuple):
    """The acknowledged frames of an org that its chain of `size` frames does not have, in its log epoch.

    `acknowledged` is how many there were, as far as is known; `note` the log's own largest checkpoint.
    """

    org: str
    epoch: int
    anchored: int
    size: int
    acknowledged: int
    note: str

    @property
    def frames(self) -> int:
        """How many frames are missing."""
        return self.acknowledged - self.size

    def check_can_be_given_up(self) -> None:
        """Raises AnchoredFramesLost, LossNotSigned."""
        if self.size < self.anchored:
            raise AnchoredFramesLost(self.org, self.size, self.anchored)
        if not self.note:
            raise LossNotSigned(self.org)

    def recover(self, anchored: int, reason: str) -> Recover:
        """The body that gives up what is not among the `anchored` frames."""
        return Recover(self.epoch + 1, anchored, self.note, reason)
