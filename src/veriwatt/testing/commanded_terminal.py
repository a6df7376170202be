"""A small terminal in a process of its own that does what its standard input says, a word a line.

Run as `python -m veriwatt.testing.commanded_terminal EQUIPMENT URL`, where EQUIPMENT is a file with a pickled
`Equipment`. Each word is answered with one line of JSON:

    open | make | work      the code of the error, or null
    known                   [[position, frame id] ...] of every frame with a receipt
    unfinished              the number of frames without one
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from veriwatt.errors import VeriwattError
from veriwatt.testing.small_terminal import Equipment, SmallTerminal


class CommandedTerminal:
    """The other end of such a process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, word: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextmanager
def commanded_terminal(
    equipment: Equipment, url: str, folder: Path, within: Sequence[str]
) -> Iterator[CommandedTerminal]:
    """Start one with the command `within` before its own; `folder` is where its equipment is written."""
    given = folder / "equipment"
    given.write_bytes(pickle.dumps(equipment))
    words = [*within, sys.executable, "-m", __name__, str(given), url]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield CommandedTerminal(process)


def main(given: str, url: str) -> None:
    equipment = pickle.loads(Path(given).read_bytes())  # noqa: S301 - written by the process that started this one
    terminal: SmallTerminal | None = None
    for word in map(str.strip, sys.stdin):
        answer: object = None
        try:
            if word == "open":
                terminal = SmallTerminal(equipment, url)
            elif terminal is not None:
                answer = _do(terminal, word)
        except VeriwattError as error:
            answer = error.code
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _do(terminal: SmallTerminal, word: str) -> object:
    if word == "make":
        terminal.make(1)
        return None
    if word == "work":
        return None if terminal.work() else terminal.errors[-1]
    if word == "known":
        return [[each.position, each.frame.hex()] for each in terminal.acknowledged()]
    return terminal.unfinished()


if __name__ == "__main__":
    main(*sys.argv[1:])
