"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from veriwatt.errors import BadInput

HomeOption: TypeAlias = Annotated[
    Path, typer.Option("--home", envvar="VERIWATT_HOME", help="The home to work in.", show_envvar=True)
]
OrgOption: TypeAlias = Annotated[str, typer.Option("--org", help="The org, where the home holds several.")]


def read_named(file: Path) -> bytes:
    """The bytes of a file that a person named; raises BadInput when it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput(
            where=str(file), value=None, why=str(error.strerror), remedy="name a file that is there"
        ) from error
