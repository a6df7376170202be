"""Whether a terminal accepts a handover: steps 2 and 3 of docs/spec/terminal-handover.md."""

from __future__ import annotations

from veriwatt.errors import Refused
from veriwatt.model.terminals.handover import Handover


class WrongMember(Refused):
    """A handover signed by another member than the one who signed the first."""

    code = "wrong-member"

    def __init__(self, terminal: str) -> None:
        super().__init__(
            f"the handover to terminal {terminal} is signed by another member than the first one; nothing was accepted"
        )
        self.terminal = terminal


def check_acceptable(handover: Handover, chain: str, org: str, terminal: str, present: Handover | None) -> None:
    """Check a handover whose signature is verified; `present` is the one that was accepted last.

    Raises:
        Refused: it is for another terminal, org or ledger.
        WrongMember: it is not of the member whose handovers this terminal accepts.
    """
    if (handover.chain, handover.org, handover.terminal) != (chain, org, terminal):
        raise Refused(f"the handover is for terminal {handover.org}/{handover.terminal} on ledger {handover.chain}")
    if present is not None and present.member_key != handover.member_key:
        raise WrongMember(terminal)
