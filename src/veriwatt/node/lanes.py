"""Verifying frames in other processes: the part of acceptance that needs no order runs on every core.

A lane is a process with the ledger open for reading. Uploads go to it and arrivals come back; judging them
against the chain, and the one durable append, stay with the process that keeps the chain.
"""

from __future__ import annotations

import marshal
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from veriwatt.errors import Malformed, Unavailable, VeriwattError
from veriwatt.ids import Digest, FrameId, of_fixed_length
from veriwatt.ledger.embedded.ledger import EmbeddedLedger
from veriwatt.node.clock import SystemClock
from veriwatt.services.accept import all_alone
from veriwatt.services.arrival import Arrival, ArrivedGroup
from veriwatt.services.facts import Facts
from veriwatt.units import Interval


class RefusedInLane(Malformed):
    """A frame that a lane found malformed, unsigned or of an unknown terminal; code and words are the lane's."""

    code = "refused-in-lane"

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class LaneEnded(Unavailable):
    """A process that verifies frames is gone."""

    code = "lane-ended"

    def __init__(self) -> None:
        super().__init__("a process that verifies frames has ended; nothing was accepted, restart the node")


class Lanes:
    """Processes that verify frames; used by one thread. Close them when done."""

    def __init__(self, count: int, ledger: Path) -> None:
        """Start `count` processes that read the ledger at `ledger`."""
        context = get_context("spawn")
        self._ends: list[Connection] = []
        self._processes = []
        for _ in range(count):
            here, there = context.Pipe()
            process = context.Process(target=_lane, args=(ledger, there), daemon=True)
            process.start()
            there.close()
            self._ends.append(here)
            self._processes.append(process)

    def send(self, uploads: Sequence[bytes]) -> None:
        """Hand a batch to the lanes, in equal parts; several batches may be on their way."""
        for end, part in zip(self._ends, self._parts(uploads), strict=True):
            try:
                end.send_bytes(marshal.dumps(list(part)))
            except BrokenPipeError as error:
                raise LaneEnded from error

    def receive(self) -> list[Arrival | VeriwattError]:
        """What the lanes found of the oldest batch sent, in its order; Unavailable when a lane has died."""
        found: list[Arrival | VeriwattError] = []
        for end in self._ends:
            try:
                found += map(_read, marshal.loads(end.recv_bytes()))  # noqa: S302 - our own process wrote it
            except (EOFError, ConnectionResetError) as error:
                raise LaneEnded from error
        return found

    def end_processes(self) -> None:
        """Stop the processes at once, whatever they are doing."""
        for process in self._processes:
            process.terminate()
            process.join()

    def close(self) -> None:
        """Let the processes finish, and wait for them."""
        for end in self._ends:
            end.close()
        for process in self._processes:
            process.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _parts(self, uploads: Sequence[bytes]) -> list[Sequence[bytes]]:
        size = -(-len(uploads) // len(self._ends))
        return [uploads[i * size : (i + 1) * size] for i in range(len(self._ends))]


def _lane(path: Path, end: Connection) -> None:
    with EmbeddedLedger.open(path, None, SystemClock()) as ledger, suppress(EOFError, KeyboardInterrupt):
        facts = Facts(ledger)
        while True:
            uploads = marshal.loads(end.recv_bytes())  # noqa: S302 - our own process wrote it
            facts.refresh()
            end.send_bytes(marshal.dumps([_written(found) for found in all_alone(uploads, facts)]))


def _written(found: Arrival | VeriwattError) -> tuple[object, ...]:
    if isinstance(found, VeriwattError):
        return found.code, str(found)
    groups = [(g.group, bytes(g.definition_root), g.spans) for g in found.groups]
    return (
        *found[:6], bytes(found.prev), found.window.start, found.window.end, found.collected_at, found.root_log_size,
        bytes(found.root_log_leaf), groups, bytes(found.frame), bytes(found.leaf),
    )  # fmt: skip


def _read(written: tuple[object, ...]) -> Arrival | VeriwattError:
    match written:
        case (str(code), str(text)):
            return RefusedInLane(code, text)
        case (
            str(chain), str(org), str(terminal), int(passport), int(epoch), int(seq), bytes(prev), int(start), int(end),
            int(collected), int(size), bytes(leaf), list(groups), bytes(frame), bytes(own),
        ):  # fmt: skip
            kept = tuple(ArrivedGroup(g, root, spans) for g, root, spans in groups)
            return Arrival(
                chain, org, terminal, passport, epoch, seq, prev, Interval(start, end),
                collected, size, leaf, kept, of_fixed_length(FrameId, frame),
                of_fixed_length(Digest, own),
            )  # fmt: skip
    raise TypeError("a lane answered something else")
