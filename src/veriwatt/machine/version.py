"""Which state machine this is; a state of another one is refused rather than misread."""

from __future__ import annotations

from veriwatt.errors import WrongFormat

MACHINE_VERSION = 1
"""Raised with any change of a rule, a record in the state, or a result code."""


class WrongMachine(WrongFormat):
    """A state that another version of the machine made."""

    code = "wrong-machine"

    def __init__(self, found: int) -> None:
        remedy = f"run a veriwatt release whose `ledger status` says machine version {found}"
        super().__init__("the ledger's state machine", found, MACHINE_VERSION, remedy)


def check_machine(version: int) -> None:
    """Raise WrongMachine unless `version` is this machine's."""
    if version != MACHINE_VERSION:
        raise WrongMachine(version)
