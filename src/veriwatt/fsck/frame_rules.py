"""The check of each frame against the ledger: the rules of docs/spec/frame.md, section 4, except 4 and 5.

They are the log host's rules for a frame that is in the chain already: a frame that was anchored before its key was
reported compromised, or long after its terminal retired, is no problem. `veriwatt verify` says what it is worth.
"""

from __future__ import annotations

from pathlib import Path

from veriwatt.errors import VeriwattError
from veriwatt.fsck.audited_ledger import AuditedLedger
from veriwatt.fsck.chain_check import PositionedFrame
from veriwatt.fsck.report import Findings
from veriwatt.units import UtcMillis
from veriwatt.verify.frame_checks import check_org, check_sender, check_standing, sender_of


class FrameRulesCheck:
    """A `ChainCheck`."""

    def __init__(self, org: str, folder: Path, ledger: AuditedLedger, now: UtcMillis, findings: Findings) -> None:
        self._org, self._folder, self._ledger, self._now, self._findings = org, folder, ledger, now, findings

    def check_frame(self, positioned: PositionedFrame) -> None:
        try:
            sender = check_sender(sender_of(positioned.frame, self._ledger), self._ledger)
            check_org(positioned.frame, self._org)
            check_standing(sender, self._ledger, self._now, arriving=False)
        except VeriwattError as error:
            self._findings.problem(self._folder, f"frame {positioned.position}: {error}")

    def skip(self, start: int, end: int) -> None:
        """Each frame is checked by itself."""

    def finish(self) -> None:
        """Each frame is checked by itself."""
