"""Options that several commands share, and parsing their values."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from veriwatt.crypto.signing import PublicKey, parse_public_key
from veriwatt.crypto.suites.ed25519 import ED25519
from veriwatt.errors import BadInput, Malformed

HomeOption: TypeAlias = Annotated[
    Path, typer.Option("--home", envvar="VERIWATT_HOME", help="The home to work in.", show_envvar=True)
]
TerminalHomeOption: TypeAlias = Annotated[
    Path, typer.Option("--home", envvar="VERIWATT_HOME", help="The terminal's own home.", show_envvar=True)
]
OrgOption: TypeAlias = Annotated[str, typer.Option("--org", help="The org, where the home holds several.")]


def parse_key(text: str, where: str = "--key") -> PublicKey:
    """The suite-1 public key in 64 hexadecimal digits; raises BadInput."""
    try:
        return parse_public_key(ED25519.number, bytes.fromhex(text))
    except (ValueError, Malformed) as error:
        remedy = "write the 64 hexadecimal digits of an Ed25519 public key"
        raise BadInput(where=where, value=text, why="no public key", remedy=remedy) from error
