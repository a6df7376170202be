"""The command `veriwatt`: collects the groups, and turns errors into one message and an exit status."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from threading import Timer, current_thread, main_thread

import typer

from veriwatt import __version__
from veriwatt.cli.output import exit_status, say
from veriwatt.errors import BadInput, Unavailable, VeriwattError
from veriwatt.system.disk_errors import disk_error

GROUPS = {
    "init": "init",
    "join": "join",
    "demo": "demo",
    "node": "node",
    "org": "org",
    "member": "member",
    "terminal": "terminal",
    "key": "key",
    "import": "importing",
    "points": "points",
    "query": "query",
    "correct": "correct",
    "evidence": "evidence",
    "verify": "verify",
    "ledger": "ledger",
    "network": "network",
    "witness": "witness",
    "fsck": "fsck",
    "bench": "bench",
}
"""Which file of this folder holds a command. Only that one is loaded: verifying needs no web server."""


def build(names: list[str]) -> typer.Typer:
    """The command line with the commands of these names, or with all of them when one is unknown."""
    app = typer.Typer(
        name="veriwatt",
        help="Energy meter readings as evidence: collect, seal, anchor, query, prove.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(options)
    app.command()(version)
    wanted = names if names and set(names) <= set(GROUPS) else list(GROUPS)
    for module in dict.fromkeys(GROUPS[name] for name in wanted):
        import_module(f"veriwatt.cli.{module}").register(app)
    return app


def options(debug: bool = typer.Option(False, "--debug", help="Show the whole traceback of an error.")) -> None:
    """Energy meter readings as evidence."""
    if debug:
        os.environ["VERIWATT_DEBUG"] = "1"


def version() -> None:
    """Print the version."""
    print(__version__)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 refused or not proven, 2 usage, 3 unavailable, 4 corrupted.

    5 is done in part, and 6 not everything compared.
    """
    os.umask(0o077)  # also DuckDB's files, its log and what it lays out on the disk are their owner's alone
    given = sys.argv[1:] if arguments is None else arguments
    named = [word for word in given if not word.startswith("-")][:1]
    if isinstance(sys.stdout, TextIOWrapper):  # a console whose encoding lacks a character shows its escape
        sys.stdout.reconfigure(errors="backslashreplace")
    _end_on_term()
    try:
        _check_text(given)
        build(named)(args=given)
    except (VeriwattError, OSError) as error:
        if os.environ.get("VERIWATT_DEBUG"):
            raise
        expected = error if isinstance(error, VeriwattError) else _system_error(error)
        say(f"veriwatt: {expected} [{expected.code}]")
        sys.exit(exit_status(type(expected)))


_AGAIN = 0.05
"""Seconds until an exit that was swallowed comes again."""


def _end_on_term() -> None:
    """SIGTERM ends a command as an error does, so that what it made in part, keys among it, is removed.

    Python swallows an exit in a finalizer or a callback; it comes again once that is over. Commands that serve until
    they are ended have handlers of their own.
    """
    if current_thread() is main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
        sys.unraisablehook = partial(_exit_again, sys.unraisablehook)


def _exit_again(report: Callable[[sys.UnraisableHookArgs], object], swallowed: sys.UnraisableHookArgs) -> None:
    if swallowed.exc_type is SystemExit:
        Timer(_AGAIN, os.kill, (os.getpid(), signal.SIGTERM)).start()
    else:
        report(swallowed)


def _check_text(arguments: list[str]) -> None:
    """Raise BadInput at an argument that is no text: an id or reason of it is stored nowhere, nor is a home opened."""
    for at, argument in enumerate(arguments, 1):
        try:
            argument.encode()
        except UnicodeEncodeError:
            remedy = "write it in UTF-8; a file or folder of such a name must be renamed first"
            raise BadInput(where=f"argument {at}", value=argument, why="it is not UTF-8", remedy=remedy) from None


def _system_error(error: OSError) -> Unavailable:
    """An error of the operating system that no adapter translated: a folder without write permission, a full disk."""
    where = Path(os.fsdecode(error.filename)) if isinstance(error.filename, (str, bytes)) else Path.cwd()
    text = f"{error.filename or 'reading or writing'}: {error.strerror or error}; remove the cause, then try again"
    return disk_error(error, where) or Unavailable(text)
