"""The output of commands: one JSON object on stdout with --json, else text; everything else goes to stderr."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Annotated, Any

import typer

from veriwatt.errors import Corrupted, Malformed, NotFound, NotProven, Refused, Unavailable, Unsettled, VeriwattError

DONE, REFUSED, USAGE, UNAVAILABLE, CORRUPTED, IN_PART, NOT_COMPARED = 0, 1, 2, 3, 4, 5, 6

EXIT_STATUS: Mapping[type[VeriwattError], int] = {
    Malformed: USAGE,
    NotProven: REFUSED,
    Refused: REFUSED,
    NotFound: REFUSED,
    Unavailable: UNAVAILABLE,
    Unsettled: UNAVAILABLE,
    Corrupted: CORRUPTED,
}
"""The exit status of each family of errors; the only such table."""

_OBEYED = {
    code: f"\\u{code:04x}"
    for code in (*range(0x20), *range(0x7F, 0xA0), 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))
    if chr(code) not in "\t\n"
}
"""Control characters and changes of direction, with the text that is shown for each."""

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else there.")]

PROGRESS_EVERY = 0.5


def exit_status(error: type[VeriwattError]) -> int:
    """The exit status that an error of this class ends a command with."""
    return next(EXIT_STATUS[family] for family in error.__mro__ if family in EXIT_STATUS)


def visible(text: str) -> str:
    """The text with an escape for each character that a console would obey: a name or file may bring any."""
    return text.translate(_OBEYED)


def say(text: str) -> None:
    """Print a line of text on stderr; a closed or full stderr takes nothing, and ends nothing."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            print(visible(text), file=sys.stderr, flush=True)


def answer(result: Mapping[str, Any], as_json: bool, words: Callable[[], str]) -> None:
    """Print the command's result on stdout: as JSON in ASCII, for consoles of any encoding, or as text.

    A reader that has read enough (`| head -1`) ends no command: its exit status stays that of what it did.
    """
    text = json.dumps(result) if as_json else visible(words())
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is buffered still is flushed at the end


class Progress:
    """Reports the progress of long work at intervals: in one line on a terminal, else in separate lines."""

    def __init__(self, what: str, unit: str) -> None:
        self._what, self._unit = what, unit
        self._began = self._said = time.monotonic()
        self._live = sys.stderr is not None and sys.stderr.isatty()
        self._wrote = False

    def __call__(self, done: int, total: int | None = None) -> None:
        now = time.monotonic()
        if sys.stderr is None or now - self._said < (PROGRESS_EVERY if self._live else 10 * PROGRESS_EVERY):
            return
        self._said, self._wrote = now, True
        rate = done / max(now - self._began, 1e-9)
        left = f", {(total - done) / rate:.0f} s left" if total and rate else ""
        share = f" of {total:,}" if total else ""
        text = f"{self._what}: {done:,}{share} {self._unit}, {rate:,.0f}/s{left}"
        with suppress(OSError):
            print(f"\r{text}\033[K" if self._live else text, end="" if self._live else "\n", file=sys.stderr)

    def end(self) -> None:
        """Clear the progress line."""
        if self._live and self._wrote:
            with suppress(OSError):
                print("\r\033[K", end="", file=sys.stderr)
