"""Finding the `cometbft` that a node runs."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from veriwatt.errors import Unavailable

NAME = "cometbft"

BUILT = Path("build/engines") / NAME
"""Where `make engines` builds it, below the folder that has the environment."""


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
    places = [named] if named else [folder / BUILT for folder in (Path(sys.prefix).parent, Path.cwd())]
    for place in places:
        if os.access(place, os.X_OK) and place.is_file():
            return place.absolute()
    on_path = None if named else shutil.which(NAME)
    if on_path is None:
        raise NoCometbft(", ".join([*map(str, places), *([] if named else ["the PATH"])]))
    return Path(on_path).absolute()
