"""The version of the state machine; a state of a version that this machine does not run is refused."""

from __future__ import annotations

from veriwatt.errors import WrongFormat

MACHINE_VERSION = 3
"""Incremented with every change of a rule, a state record or a result code."""

EARLIEST = 2
"""The earliest version whose states this machine runs.

Every block that version 2 could make has the same results and state by the rules of version 3, which adds bundles,
government and records of nodes.
"""


class WrongMachine(WrongFormat):
    """A state of a version that this machine does not run."""

    code = "wrong-machine"

    def __init__(self, found: int) -> None:
        remedy = (
            f"run a veriwatt release whose `ledger status` says machine version {found}; with that release "
            "`veriwatt ledger propose upgrade` brings a ledger to a later version"
        )
        super().__init__("the ledger's state machine", found, MACHINE_VERSION, remedy)


def check_machine(version: int) -> None:
    """Raise WrongMachine unless this machine runs states of `version`."""
    if not EARLIEST <= version <= MACHINE_VERSION:
        raise WrongMachine(version)
