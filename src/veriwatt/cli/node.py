"""`veriwatt node`: the node that serves a home."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from veriwatt.cli import node_access
from veriwatt.cli.node_recover import recover
from veriwatt.cli.options import HomeOption
from veriwatt.cli.output import Json, answer, say
from veriwatt.crypto.tls_certificate import fingerprint_text
from veriwatt.home.paths import find_home
from veriwatt.home.settings import load_settings
from veriwatt.node.run_node import Listening, run_node
from veriwatt.node.tls import certificate_files, read_certificate
from veriwatt.utc_text import utc_text


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="The node that serves a home.", no_args_is_help=True)
    group.command("run")(run)
    group.command("certificate")(certificate)
    group.command("recover")(recover)
    node_access.register(group)
    app.add_typer(group, name="node")


def run(
    home: HomeOption,
    listen: Annotated[str, typer.Option(help="host:port in place of that of node.toml; port 0 is any free one.")] = "",
    names: Annotated[
        list[str] | None, typer.Option("--name", help="A further host name the node is called by, e.g. of a TLS proxy.")
    ] = None,
    tls: Annotated[
        bool, typer.Option("--tls", help="Serve TLS on loopback too; elsewhere it is always served.")
    ] = False,
    plain_http: Annotated[
        bool, typer.Option("--plain-http", help="Serve no TLS, though others on the network can read and change it.")
    ] = False,
    refill: Annotated[
        bool,
        typer.Option("--refill", help="Take back frames that were lost, from the terminals; nothing new is accepted."),
    ] = False,
) -> None:
    """Serve a home: accept frames, anchor them, show pages. SIGTERM or Ctrl-C stops it cleanly.

    Off loopback it serves TLS 1.3, by the certificate in node.toml or by one that it makes itself; SIGHUP takes up new
    certificate files. Prints a link that signs in once; a restart prints a new one. Logs are JSON lines on stderr.
    """
    run_node(home, listen, names or [], _report, tls=tls, plain_http=plain_http, refill=refill)


def certificate(home: HomeOption, as_json: Json = False) -> None:
    """Show fingerprint and end of the certificate that the node serves; a terminal pins it as `fingerprint`."""
    paths = find_home(home)
    files = certificate_files(paths, load_settings(paths.settings))
    found = read_certificate(files)
    fingerprint, until = fingerprint_text(found.fingerprint), utc_text(found.until)
    result = {"fingerprint": fingerprint, "until": until, "file": str(files.certificate), "self_made": files.self_made}
    answer(result, as_json, lambda: f"{fingerprint}\nuntil {until}, {files.certificate}")


def _report(listening: Listening) -> None:
    if listening.fingerprint:
        say(f"veriwatt: its certificate has the fingerprint {listening.fingerprint}")
    if listening.has_secret:
        say(f"veriwatt: {listening.address} answers; sign in once with the link below")
    else:
        say(f"veriwatt: {listening.address} answers; no link could be stored: `veriwatt node invite` makes one later")
    print(listening.sign_in)
    sys.stdout.flush()
