"""The proofs of the moves of a home's ledger, for terminals that trust a ledger of before."""

from __future__ import annotations

from veriwatt.errors import NotFound
from veriwatt.home.paths import HomePaths
from veriwatt.model.ledger.succession import parse_successions
from veriwatt.system.files import DiskFiles


def successions_of(paths: HomePaths) -> tuple[bytes, ...]:
    """The proofs, the eldest first, as they were made; whoever is given one verifies it.

    Raises:
        Malformed: the file is damaged.
    """
    try:
        return parse_successions(DiskFiles().read(paths.successions))
    except (FileNotFoundError, NotFound):
        return ()
