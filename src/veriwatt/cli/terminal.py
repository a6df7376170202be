"""`veriwatt terminal` at the terminal itself: make its home, write its request, accept the handover of its org."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from veriwatt.cli import (
    terminal_equivocation,
    terminal_org,
    terminal_revocation,
    terminal_run,
    terminal_status,
    terminal_void,
)
from veriwatt.cli.files import OutputFile, read_input
from veriwatt.cli.options import TerminalHomeOption, parse_key
from veriwatt.cli.output import Json, answer
from veriwatt.terminal.home import TerminalHome
from veriwatt.terminal.home_files import make_terminal


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Terminals: make, enrol, certify, run, revoke.", no_args_is_help=True)
    for name, command in (
        ("init", init),
        ("request", request),
        ("enrol", terminal_org.enrol),
        ("renew-keys", terminal_org.renew_keys),
        ("accept", accept),
        ("certify", terminal_org.certify),
        ("revoke", terminal_revocation.revoke),
        ("replace-software", terminal_revocation.replace_software),
        ("report-equivocation", terminal_equivocation.report_equivocation),
        ("answer", terminal_revocation.answer_report),
        ("refused", terminal_void.refused),
        ("void", terminal_void.void),
        ("list", terminal_org.list_),
        ("status", terminal_status.status),
        ("run", terminal_run.run),
    ):
        group.command(name)(command)
    app.add_typer(group, name="terminal")


def init(
    home: TerminalHomeOption,
    config: Annotated[Path, typer.Option(help="Its terminal.toml; see docs/terminal-config.md.")],
    trust: Annotated[Path, typer.Option(help="A copy of the node's trust file: which ledger it delivers to.")],
    unprotected_key: Annotated[
        bool, typer.Option("--unprotected-key", help="Store the keys without a passphrase; the passport says so.")
    ] = False,
    as_json: Json = False,
) -> None:
    """At the terminal: make its home with fresh keys, and the request by which its org enrols it."""
    make_terminal(home, config, trust, unprotected=unprotected_key)
    with TerminalHome(home) as terminal:
        file, name, key = home / "request", terminal.config.name, terminal.keyring.signer.public.key_id
        OutputFile(file, own=file).write(terminal.request())
    result = {"home": str(home), "terminal": name, "key_id": key.hex(), "request": str(file)}
    answer(
        result,
        as_json,
        lambda: (
            f"terminal {name} in {home}, key id {key}\n"
            f"bring {file} to the org: `veriwatt terminal enrol {file} -o handover`"
        ),
    )


def request(
    home: TerminalHomeOption,
    out: Annotated[Path, typer.Option("-o", "--out", help="The file to write.")],
    as_json: Json = False,
) -> None:
    """At the terminal: write a request to be enrolled or to get new window keys. It holds nothing secret."""
    file = OutputFile(out, own=home / "request")
    with TerminalHome(home) as terminal:
        file.write(terminal.request())
    answer({"request": str(out)}, as_json, lambda: f"{out}: bring it to the org")


def accept(
    file: Annotated[Path, typer.Argument(help="The handover of the terminal's org.")],
    home: TerminalHomeOption,
    member_key: Annotated[
        str, typer.Option(help="Where the member has another key by now: that key in hexadecimal.")
    ] = "",
    as_json: Json = False,
) -> None:
    """At the terminal: accept a handover of its org. Later ones must be signed by the member who signed the first."""
    with TerminalHome(home) as terminal:
        first = not terminal.has_handover
        expected = parse_key(member_key, "--member-key") if member_key else None
        handover = terminal.accept(read_input(file), member_key=expected)
    result = {"terminal": handover.terminal, "first": first, "member_key": handover.member_key.raw.hex()}
    note = f"; from now on only handovers by key {result['member_key']} are accepted: compare it" if first else ""
    answer(result, as_json, lambda: f"terminal {handover.terminal}: handover accepted{note}")
