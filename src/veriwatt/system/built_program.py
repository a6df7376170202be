"""Programs that `make engines` builds."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def places_of(name: str) -> list[Path]:
    """Where `make engines` puts the program: beside the environment, or below the folder that this process is in."""
    return [folder / "build" / "engines" / name for folder in (Path(sys.prefix).parent, Path.cwd())]


def find_program_in(places: list[Path], on_path: str = "") -> Path | None:
    """The first of the places that is a program, then the one named so on the PATH; None without one."""
    for place in places:
        if os.access(place, os.X_OK) and place.is_file():
            return place.absolute()
    found = shutil.which(on_path) if on_path else None
    return None if found is None else Path(found).absolute()
