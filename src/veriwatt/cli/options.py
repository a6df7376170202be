"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

HomeOption: TypeAlias = Annotated[
    Path, typer.Option("--home", envvar="VERIWATT_HOME", help="The home to work in.", show_envvar=True)
]
TerminalHomeOption: TypeAlias = Annotated[
    Path, typer.Option("--home", envvar="VERIWATT_HOME", help="The terminal's own home.", show_envvar=True)
]
OrgOption: TypeAlias = Annotated[str, typer.Option("--org", help="The org, where the home holds several.")]
