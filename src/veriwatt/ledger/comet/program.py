"""Finding the `cometbft` that a node runs."""

from __future__ import annotations

from pathlib import Path

from veriwatt.errors import Unavailable
from veriwatt.system.built_program import find_program_in, places_of

NAME = "cometbft"


class NoCometbft(Unavailable):
    """There is no CometBFT to run."""

    code = "no-cometbft"

    def __init__(self, looked: str) -> None:
        super().__init__(
            f"no CometBFT to run the ledger with (looked at {looked}): `make engines` builds it; "
            'program = "..." under [ledger] in node.toml names another place'
        )
        self.looked = looked


def find_program(named: Path | None) -> Path:
    """The program `named`; without a name that of `make engines`, then the one on the PATH.

    Raises:
        NoCometbft: it is not there, or cannot be run.
    """
    places = [named] if named else places_of(NAME)
    found = find_program_in(places, "" if named else NAME)
    if found is None:
        raise NoCometbft(", ".join([*map(str, places), *([] if named else ["the PATH"])]))
    return found
