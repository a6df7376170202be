"""Options that several commands share, and parsing their values."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from veriwatt.crypto.signing import PublicKey, parse_public_key
from veriwatt.crypto.suites.ed25519 import ED25519
from veriwatt.errors import BadInput, Malformed
from veriwatt.home.ledger_engine import check_address
from veriwatt.ids import Digest
from veriwatt.model.ledger.cosignature import WitnessKey

HomeOption: TypeAlias = Annotated[
    Path, typer.Option("--home", envvar="VERIWATT_HOME", help="The home to work in.", show_envvar=True)
]
TerminalHomeOption: TypeAlias = Annotated[
    Path, typer.Option("--home", envvar="VERIWATT_HOME", help="The terminal's own home.", show_envvar=True)
]
OrgOption: TypeAlias = Annotated[str, typer.Option("--org", help="The org, where the home holds several.")]


def parse_witness_key(text: str, where: str = "--key") -> WitnessKey:
    """The witness key in C2SP's spelling; raises BadInput."""
    try:
        return WitnessKey.parse(text)
    except Malformed as error:
        remedy = "write NAME+HASH+KEY as `veriwatt witness init` printed it"
        raise BadInput(where=where, value=text, why="no key of a witness", remedy=remedy) from error


def parse_tls_key(text: str, where: str) -> Digest:
    """The SHA-256 of a TLS key in 64 hexadecimal digits; raises BadInput."""
    try:
        return Digest.from_hex(text)
    except Malformed as error:
        remedy = "write the key as `veriwatt node certificate` of that node prints it"
        raise BadInput(where=where, value=text, why="no TLS key", remedy=remedy) from error


def check_listen(text: str) -> str:
    """The text, which is the host:port at which a node will listen; raises BadInput."""
    try:
        return check_address(text)
    except Malformed as error:
        raise BadInput(where="--listen", value=text, why=str(error), remedy="write 127.0.0.1:8000") from error


def parse_key(text: str, where: str = "--key") -> PublicKey:
    """The suite-1 public key in 64 hexadecimal digits; raises BadInput."""
    try:
        return parse_public_key(ED25519.number, bytes.fromhex(text))
    except (ValueError, Malformed) as error:
        remedy = "write the 64 hexadecimal digits of an Ed25519 public key"
        raise BadInput(where=where, value=text, why="no public key", remedy=remedy) from error
