"""The command `veriwatt`: collects the groups, and turns errors into one message and an exit status."""

from __future__ import annotations

import os
import sys

import typer

from veriwatt import __version__
from veriwatt.cli import correct, demo, evidence, founding, importing, ledger, points, query
from veriwatt.cli.output import exit_status, say
from veriwatt.errors import VeriwattError

app = typer.Typer(
    name="veriwatt",
    help="Energy meter readings as evidence: collect, seal, anchor, query, prove.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def options(
    debug: bool = typer.Option(False, "--debug", help="Show the whole traceback of an error."),  # noqa: FBT003
) -> None:
    """Energy meter readings as evidence."""
    if debug:
        os.environ["VERIWATT_DEBUG"] = "1"


@app.command()
def version() -> None:
    """Print the version."""
    print(__version__)  # noqa: T201 - the command's answer


for group in (founding, importing, points, query, correct, evidence, ledger, demo):
    group.register(app)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 refused or not proven, 2 usage, 3 unavailable, 4 corrupted."""
    try:
        app(args=arguments)
    except VeriwattError as error:
        if os.environ.get("VERIWATT_DEBUG"):
            raise
        say(f"veriwatt: {error} [{error.code}]")
        sys.exit(exit_status(error))
