"""The checks of a handover before a terminal accepts it: steps 2 and 3 of docs/spec/terminal-handover.md."""

from __future__ import annotations

from collections.abc import Sequence

from veriwatt.crypto.signing import PublicKey
from veriwatt.errors import Refused
from veriwatt.model.terminals.handover import Handover


class WrongMember(Refused):
    """The handover is signed by another member than the first handover."""

    code = "wrong-member"

    def __init__(self, terminal: str) -> None:
        super().__init__(
            f"the handover to terminal {terminal} is signed by another member than the first handover; nothing was "
            "accepted: ask the member who signed the first one, or state its new key by --member-key"
        )
        self.terminal = terminal


def check_acceptable(
    handover: Handover,
    chains: Sequence[str],
    org: str,
    terminal: str,
    present: Handover | None,
    expected: PublicKey | None = None,
) -> None:
    """Check a handover whose signature is verified; `present` is the handover that was accepted last.

    `chains` are the trusted ledger and those that it continues.

    `expected` is the key of the member who must have signed it; by default that of `present`, or any for the first.

    Raises:
        Refused: it is for another terminal, org or ledger.
        WrongMember: another key than the expected one signed it.
    """
    if handover.chain not in chains or (handover.org, handover.terminal) != (org, terminal):
        raise Refused(f"the handover is for terminal {handover.org}/{handover.terminal} on ledger {handover.chain}")
    signer = expected or (None if present is None else present.member_key)
    if signer is not None and signer != handover.member_key:
        raise WrongMember(terminal)
