"""`veriwatt ledger refetch`: a home that lost its ledger gets it from the other nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from veriwatt.cli.options import HomeOption
from veriwatt.cli.output import Json, answer
from veriwatt.home.opened_home import OpenedHome
from veriwatt.ledger.open_ledger import node_key_in
from veriwatt.node.refetch_ledger import Refetched, refetch_ledger


def refetch(
    home: HomeOption,
    node_key: Annotated[
        Path | None,
        typer.Option(
            "--node-key",
            metavar="FILE",
            help="The lost node's ledger/comet/config/node_key.json, by which the others know and admit it.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make the ledger of a home on a ledger of others again, after its folder was lost; the next start fetches it.

    A validator gets a new key, which the orgs give power by a vote: the lost one might sign twice.
    """
    key = None if node_key is None else node_key_in(node_key)
    with OpenedHome(home) as opened:
        made = refetch_ledger(opened, key)
    told = {"chain_id": made.chain_id, "node_id": made.node_id, "validator": made.validator}
    answer(told, as_json, lambda: _text(made))


def _text(made: Refetched) -> str:
    begun = f"ledger {made.chain_id} has no blocks here yet; start the node, and it fetches them"
    if made.validator is None:
        return begun
    return (
        f"{begun}\nnode       {made.node_id}\nvalidator  {made.validator}, new and without power: "
        f"`veriwatt ledger propose validators OLD_KEY=0 {made.validator}=POWER`"
    )
