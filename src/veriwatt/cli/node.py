"""`veriwatt node`: the node that serves a home."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from veriwatt.cli.options import HomeOption
from veriwatt.cli.output import say
from veriwatt.node.run_node import Listening, run_node


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="The node that serves a home.", no_args_is_help=True)
    group.command("run")(run)
    app.add_typer(group, name="node")


def run(
    home: HomeOption,
    listen: Annotated[str, typer.Option(help="host:port in place of that of node.toml; port 0 is any free one.")] = "",
    names: Annotated[
        list[str] | None, typer.Option("--name", help="A further host name the node is called by, e.g. of a TLS proxy.")
    ] = None,
) -> None:
    """Serve a home over HTTP: accept frames, anchor them, show pages. SIGTERM or Ctrl-C stops it cleanly.

    Prints a link that signs in once; a restart prints a new one. Logs are JSON lines on stderr.
    """
    run_node(home, listen, names or [], _report)


def _report(listening: Listening) -> None:
    say(f"veriwatt: {listening.address} answers; sign in once with the link below")
    print(listening.sign_in)
    sys.stdout.flush()
