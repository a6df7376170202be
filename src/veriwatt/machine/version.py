"""The version of the state machine; a state of another version is refused, not misread."""

from __future__ import annotations

from veriwatt.errors import WrongFormat

MACHINE_VERSION = 1
"""Incremented with any change of a rule, a record of the state, or a result code."""


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
