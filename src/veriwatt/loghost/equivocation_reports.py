"""Equivocations that the log host caught are submitted to the ledger, with both headers.

The quarantine is what remains to be done: a report is repeated until the ledger has a record of the number, also
after a crash. It is made once the first frame is anchored, so that the record does not stand in its way.
"""

from __future__ import annotations

from collections.abc import Callable

from veriwatt.errors import Malformed, NotFound
from veriwatt.loghost.data_chain import DataChain
from veriwatt.loghost.quarantine import Quarantine
from veriwatt.machine.terminals.queries import number_record
from veriwatt.model.frames.frame import Frame, parse_frame
from veriwatt.model.terminals.contradiction import ReportEquivocation, SignedHeader
from veriwatt.ports.ledger import Ledger, submit
from veriwatt.verify.frame_refusals import Equivocation


class EquivocationReports:
    """The reports of one org's log host; `sign` makes a transaction of a member of the org."""

    def __init__(
        self, chain: DataChain, ledger: Ledger, quarantine: Quarantine, sign: Callable[[ReportEquivocation], bytes]
    ) -> None:
        self._chain, self._ledger, self._quarantine, self._sign = chain, ledger, quarantine, sign
        self._settled = set[str]()

    def submit(self) -> bool:
        """Submit what can be submitted; returns whether nothing remains. A report that is refused is not repeated.

        Raises:
            Unavailable, Unsettled: call again.
        """
        names = self._quarantine.names(self._chain.org)
        for name in names:
            if name not in self._settled and self._settle(name):
                self._settled.add(name)
        return len(self._settled) == len(names)

    def _settle(self, name: str) -> bool:
        try:
            why, upload = self._quarantine.read(self._chain.org, name)
            return why != Equivocation.code or self._report(parse_frame(upload))
        except Malformed:  # a damaged file proves nothing; fsck names it
            return True
        except NotFound:  # the first frame is not in the chain yet: its batch failed, and it will be sent again
            return False

    def _report(self, second: Frame) -> bool:
        """Report the contradiction between this frame and the one in the chain, if that one is anchored."""
        org, terminal, number = second.org, second.terminal, second.number
        known = number_record(self._ledger, org, terminal, number)
        if known is not None and known.equivocation is not None:
            return True
        position, _ = self._chain.find(terminal, number)
        if position >= self._chain.anchored_size:
            return False
        headers = [SignedHeader.of(each.envelope) for each in (parse_frame(self._chain.upload(position)), second)]
        submit(self._ledger, [self._sign(ReportEquivocation(org, terminal, *headers))])
        return True
