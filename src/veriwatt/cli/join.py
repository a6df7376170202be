"""`veriwatt join`: a home of an org on a ledger that others run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from veriwatt.cli.files import read_input
from veriwatt.cli.options import check_listen, parse_tls_key
from veriwatt.cli.output import Json, answer
from veriwatt.home.settings import LISTEN
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.node.join_home import join_home


def register(app: typer.Typer) -> None:
    app.command()(join)


def join(
    directory: Annotated[Path, typer.Argument(help="Where the home is made; must be empty or new.")],
    org: Annotated[str, typer.Option("--org", help="Short name of your organisation: letters, digits, . _ @ + -")],
    trust: Annotated[Path, typer.Option("--trust", help="The trust file of the ledger, from somebody you trust.")],
    peer: Annotated[str, typer.Option("--peer", help="A node of the ledger: https://HOST[:PORT].")],
    peer_key: Annotated[
        str, typer.Option("--peer-key", help="Its TLS key, as `veriwatt node certificate` there prints it.")
    ] = "",
    title: Annotated[str, typer.Option(help="Its full name, shown to people.")] = "",
    listen: Annotated[str, typer.Option(help="Where its node will listen, as host:port.")] = LISTEN,
    names: Annotated[
        list[str] | None, typer.Option("--name", help="A further host name that this node is called by.")
    ] = None,
    unprotected_key: Annotated[
        bool, typer.Option("--unprotected-key", help="Keep the keys without a passphrase; evidence says so.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the home of an org that joins a ledger: its own keys, and a request that members of the ledger admit.

    Give them the request. Once the org is admitted, `veriwatt node run` keeps its data chain, and anchors it through
    the peer, which is not believed.
    """
    raw = read_input(trust)
    key = parse_tls_key(peer_key, "--peer-key") if peer_key else None
    made = join_home(
        directory,
        org,
        raw,
        parse_trust(raw, str(trust)),
        peer,
        tls_key=key,
        title=title,
        listen=check_listen(listen),
        names=names or (),
        unprotected=unprotected_key,
    )
    answer(
        made,
        as_json,
        lambda: (
            f"home {made['home']} of {org}, on ledger {made['chain_id']}\n"
            f"request {made['request']}: members of the ledger admit the org by `veriwatt org admit`\n"
            f"owner's key {made['owner_key']}: tell it to them by another way, so that they compare it\n"
            f"whether the name {org} is free, the ledger tells its members alone: `veriwatt org list` of one shows it"
        ),
    )
