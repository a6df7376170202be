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
from veriwatt.errors import BadInput, Malformed
from veriwatt.home.ledger_engine import EVERYWHERE, CometEngine
from veriwatt.home.paths import find_home
from veriwatt.home.settings import load_settings
from veriwatt.ledger.open_ledger import own_node_id
from veriwatt.model.members.node_record import RegisterNode, check_p2p
from veriwatt.node.home import Home
from veriwatt.node.run_node import Listening, run_node
from veriwatt.node.tls import certificate_files, read_certificate
from veriwatt.utc_text import utc_text


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="The node that serves a home.", no_args_is_help=True)
    group.command("run")(run)
    group.command("certificate")(certificate)
    group.command("register")(register_node)
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
    key = found.key.hex()
    result = {
        "fingerprint": fingerprint,
        "until": until,
        "key": key,
        "file": str(files.certificate),
        "self_made": files.self_made,
    }
    answer(result, as_json, lambda: f"{fingerprint}\nuntil {until}, {files.certificate}\nkey {key}")


def register_node(
    home: HomeOption,
    address: Annotated[
        list[str] | None, typer.Option("--address", help="Where others reach it: https://HOST[:PORT]; up to four.")
    ] = None,
    p2p: Annotated[
        str, typer.Option("--p2p", help="Where other nodes reach its CometBFT: HOST:PORT; else listen of [ledger].")
    ] = "",
    withdraw: Annotated[bool, typer.Option("--withdraw", help="It is none of the org's nodes any more.")] = False,
    as_json: Json = False,
) -> None:
    """Register this node on the ledger, with the key of its certificate, by which followers know it from then on.

    Without --address it is the one in node.toml. Of a network's node the id and address of its CometBFT are registered
    too: other nodes let it in.
    """
    with Home(home) as node:
        given = [] if withdraw else address or ([node.settings.address] if node.settings.address else [])
        if not (given or withdraw):
            remedy = "name one with --address, or write address in node.toml"
            raise BadInput(where="--address", value=None, why="there is no address of this node", remedy=remedy)
        secure = any(each.startswith("https:") for each in given)
        key = read_certificate(certificate_files(node.paths, node.settings)).key if secure else None
        services = () if withdraw else ("follow", "relay")
        place = None if withdraw else _p2p(node, p2p)
        body = RegisterNode(node.settings.name, tuple(given), key, services, place)
        client = node.member_client(node.settings.org)
        client.check(body)
        client.submit(body)
    name = f"{client.org}/{body.name}"
    addresses, key_text = list(body.addresses), None if key is None else key.hex()
    result = {"node": name, "addresses": addresses, "key": key_text, "p2p": body.p2p}
    where = ", ".join(body.addresses) or "withdrawn"
    answer(result, as_json, lambda: f"node {name}: {where}")


def _p2p(node: Home, given: str) -> str | None:
    """NODE-ID@HOST:PORT of the node's CometBFT; None where it has none."""
    engine, remedy = node.settings.engine, "name where others reach it: --p2p HOST:PORT"
    if not isinstance(engine, CometEngine):
        if given:
            raise BadInput(where="--p2p", value=given, why="no CometBFT runs beside this node", remedy="leave it out")
        return None
    place = given or engine.listen
    if place.rpartition(":")[0] in EVERYWHERE:
        raise BadInput(where="--p2p", value=place, why="it listens at every address, and names none", remedy=remedy)
    try:
        return check_p2p(f"{own_node_id(node.paths.ledger)}@{place}")
    except Malformed as error:
        raise BadInput(where="--p2p", value=place, why=str(error), remedy=remedy) from error


def _report(listening: Listening) -> None:
    if listening.fingerprint:
        say(f"veriwatt: its certificate has the fingerprint {listening.fingerprint}")
    if listening.has_secret:
        say(f"veriwatt: {listening.address} answers; sign in once with the link below")
    else:
        say(f"veriwatt: {listening.address} answers; no link could be stored: `veriwatt node invite` makes one later")
    print(listening.sign_in)
    sys.stdout.flush()
