"""A node of a network in a process of its own, which runs functions of its ledger when it is asked to."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from veriwatt.errors import Unavailable, VeriwattError
from veriwatt.ledger.open_ledger import CometSettings, run_node
from veriwatt.ports.ledger import LedgerEngine

P = ParamSpec("P")
T = TypeVar("T")

STARTS_WITHIN = 120
"""Seconds in which a node answers after its start, on a loaded machine."""

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Failed:
    """An error of a function that the node ran: its class and its text."""

    kind: str
    text: str


class Validator:
    """A running node, whose process ends with ours at the latest."""

    def __init__(self, folder: Path, settings: CometSettings, before: Callable[[], None] | None = None) -> None:
        """Start it; `ready` waits until it runs. The process calls `before`, a function of a module, first of all."""
        here, there = get_context("spawn").Pipe()
        self._pipe = here
        self.process = get_context("spawn").Process(target=_serve, args=(there, folder, settings, before), daemon=True)
        self.process.start()
        there.close()

    def ready(self) -> None:
        """Wait until CometBFT answers; raises Unavailable if it does not."""
        self.answer(STARTS_WITHIN)

    def begin(
        self, task: Callable[Concatenate[LedgerEngine, P], object], /, *args: P.args, **keywords: P.kwargs
    ) -> None:
        """Let the node run a function of a module with its ledger; `answer` is what it returns."""
        self._pipe.send((task, args, keywords))

    def answer(self, within: float | None = None) -> Any:
        """What the function returned.

        Raises:
            Unavailable: it raised an error, the node has ended, or it takes longer than so many seconds.
        """
        if not self._pipe.poll(within):
            raise Unavailable(f"the node did not answer within {within} s")
        try:
            found = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise Unavailable("the node has ended") from error
        if isinstance(found, Failed):
            raise Unavailable(f"{found.kind}: {found.text}")
        return found

    def run(self, task: Callable[Concatenate[LedgerEngine, P], T], /, *args: P.args, **keywords: P.kwargs) -> T:
        """The function's result."""
        self.begin(task, *args, **keywords)
        found: T = self.answer()
        return found

    @property
    def pids(self) -> list[int]:
        """Its process and that of CometBFT."""
        own = self.process.pid
        children = Path(f"/proc/{own}/task").glob("*/children")
        return [int(own or 0), *(int(pid) for each in children for pid in each.read_text().split())]

    def stop(self) -> None:
        """End it, and wait until it has."""
        self._pipe.close()
        self.process.join()


def processor_seconds(pid: int) -> float:
    """The processor time that a process has used, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _serve(pipe: Connection, folder: Path, settings: CometSettings, before: Callable[[], None] | None) -> None:
    if before is not None:
        before()
    try:
        with run_node(folder, settings) as ledger:
            pipe.send(None)
            while True:
                task, args, keywords = pipe.recv()
                pipe.send(_answer(ledger, task, args, keywords))
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        return
    except VeriwattError as error:
        pipe.send(Failed(type(error).__name__, str(error)))


def _answer(ledger: LedgerEngine, task: Callable[..., object], args: Any, keywords: Any) -> object:
    try:
        return task(ledger, *args, **keywords)
    except VeriwattError as error:
        return Failed(type(error).__name__, str(error))
