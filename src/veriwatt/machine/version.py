"""The version of the state machine; a state of another version is refused."""

from __future__ import annotations

from veriwatt.errors import WrongFormat

MACHINE_VERSION = 2
"""Incremented with every change of a rule, a state record or a result code."""


class WrongMachine(WrongFormat):
    """A state written by another version of the machine."""

    code = "wrong-machine"

    def __init__(self, found: int) -> None:
        remedy = f"run a veriwatt release whose `ledger status` says machine version {found}"
        super().__init__("the ledger's state machine", found, MACHINE_VERSION, remedy)


def check_machine(version: int) -> None:
    """Raise WrongMachine unless `version` is the version of this machine."""
    if version != MACHINE_VERSION:
        raise WrongMachine(version)
