"""`veriwatt terminal` at the terminal itself: its home, its request, what its org handed it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from veriwatt.cli import terminal_org, terminal_run, terminal_status
from veriwatt.cli.files import read_input, write_output
from veriwatt.cli.output import Json, answer
from veriwatt.terminal.home import TerminalHome
from veriwatt.terminal.home_files import make_terminal

Directory = Annotated[Path, typer.Argument(help="The terminal's own home.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Terminals: make, enrol, certify, run, revoke.", no_args_is_help=True)
    for name, command in (
        ("init", init),
        ("request", request),
        ("enrol", terminal_org.enrol),
        ("keys", terminal_org.keys),
        ("install", install),
        ("certify", terminal_org.certify),
        ("revoke", terminal_org.revoke),
        ("list", terminal_org.list_),
        ("status", terminal_status.status),
        ("run", terminal_run.run),
    ):
        group.command(name)(command)
    app.add_typer(group, name="terminal")


def init(
    directory: Annotated[Path, typer.Argument(help="Where the terminal's home is made.")],
    config: Annotated[Path, typer.Option(help="Its terminal.toml; see docs/terminal-config.md.")],
    trust: Annotated[Path, typer.Option(help="A copy of the node's trust file: which ledger it delivers to.")],
    unprotected_key: Annotated[
        bool, typer.Option("--unprotected-key", help="Keep the keys without a passphrase; the passport says so.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a terminal's home with keys of its own, and the request that its org enrols it by."""
    make_terminal(directory, config, trust, unprotected=unprotected_key)
    with TerminalHome(directory) as held:
        file, name, key = directory / "request", held.config.name, held.keyring.signer.public.key_id
        write_output(file, held.request())
    shown = {"home": str(directory), "terminal": name, "key_id": key.hex(), "request": str(file)}
    answer(
        shown,
        as_json,
        lambda: (
            f"terminal {name} in {directory}, key id {key}\n"
            f"bring {file} to the org: `veriwatt terminal enrol {file} -o handover`"
        ),
    )


def request(
    directory: Directory,
    out: Annotated[Path, typer.Option("-o", "--out", help="The file to write.")],
    as_json: Json = False,
) -> None:
    """At the terminal: write a request, to be enrolled or to be handed new window keys. Nothing in it is secret."""
    with TerminalHome(directory) as held:
        write_output(out, held.request())
    answer({"request": str(out)}, as_json, lambda: f"{out}: bring it to the org")


def install(
    directory: Directory,
    file: Annotated[Path, typer.Argument(help="The handover of the terminal's org.")],
    as_json: Json = False,
) -> None:
    """At the terminal: take in what the org handed over. The first handover says whose later ones are taken."""
    with TerminalHome(directory) as held:
        first = not held.installed
        handed = held.install(read_input(file))
    shown = {"terminal": handed.terminal, "first": first, "member_key": handed.member_key.raw.hex()}
    note = f"; from now on handovers by key {shown['member_key']} alone are taken: compare it" if first else ""
    answer(shown, as_json, lambda: f"terminal {handed.terminal}: handover installed{note}")
