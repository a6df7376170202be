"""`veriwatt init`: a new home."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from veriwatt.cli.output import Json, answer
from veriwatt.node.init_home import init_home


def register(app: typer.Typer) -> None:
    app.command()(init)


def init(
    directory: Annotated[Path, typer.Argument(help="Where the home is made; must be empty or new.")],
    org: Annotated[str, typer.Option("--org", help="Short name of your organisation: letters, digits, . _ @ + -")],
    title: Annotated[str, typer.Option(help="Its full name, shown to people.")] = "",
    ledger: Annotated[str, typer.Option(help="Name of the ledger; by default made from the org's.")] = "",
    unprotected_key: Annotated[
        bool, typer.Option("--unprotected-key", help="Keep the keys without a passphrase; evidence says so.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a home: keys, a ledger of one operator, the org's data chain, and a trust file for verifiers.

    The passphrase of the keys comes from VERIWATT_PASSPHRASE_FILE, a systemd credential or the OS keyring.
    """
    made = init_home(directory, org, title=title, ledger_name=ledger, unprotected=unprotected_key)
    answer(
        made,
        as_json,
        lambda: (
            f"home {made['home']} of {org}\nledger {made['chain_id']}, run by a single operator\n"
            f"trust file {made['trust']}: give a copy to everyone who verifies your evidence"
        ),
    )
