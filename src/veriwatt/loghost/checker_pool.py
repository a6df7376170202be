"""Judging frames on every core: the part of acceptance that needs no order, shared out among processes.

A batch is judged in small parts. Helpers are processes with the ledger open for reading: they are kept supplied with
parts, and the process that keeps the chain judges what is left. A helper answers only for frames that may enter as
the ledger stands; whatever else it finds is judged again here, where a refusal is made and explained.
"""

from __future__ import annotations

import fcntl
import marshal
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from select import POLLIN, poll
from typing import Self, TypeAlias

import structlog

from veriwatt.errors import VeriwattError
from veriwatt.ids import Digest, FrameId, of_fixed_length
from veriwatt.loghost.frame_checks import CheckedFrame, check_frames
from veriwatt.loghost.ledger_cache import LedgerCache
from veriwatt.model.chain.entry import ChainEntry
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.ports.ledger import LedgerEngine
from veriwatt.system.garbage_collector import gc_frozen
from veriwatt.units import UtcMillis

PART = 128
"""Uploads that are judged in one go."""

AHEAD = 2
"""Parts that a helper has at a time: one in work and one that waits, so that it never does."""

PIPE_BYTES = 1 << 20

Clear: TypeAlias = tuple[str, bytes, bytes, bytes, str, int, int]
"""What a helper says of a frame that may enter: org, prev, leaf, frame id, terminal, epoch, seq."""

OpenReader: TypeAlias = Callable[[], LedgerEngine]
"""Opens the ledger for reading in a helper; it is pickled on its way there."""

log = structlog.get_logger("veriwatt.node")


@dataclass(slots=True, eq=False)
class _Part:
    """Uploads, and once they are judged what they are by the ledger of that height; None where a helper is not sure."""

    uploads: Sequence[bytes]
    now: UtcMillis
    found: list[CheckedFrame | VeriwattError | None] = field(default_factory=list)
    height: int = -1


class CheckerPool:
    """Judges batches in this process and in `count` helpers; used by one thread. Close them when done."""

    def __init__(self, count: int, open_reader: OpenReader, ledger_cache: LedgerCache) -> None:
        """Start the helpers, each of which opens the ledger that `ledger_cache` reads."""
        self._open_reader, self._ledger_cache = open_reader, ledger_cache
        self._begun: deque[list[_Part]] = deque()
        self._todo: deque[_Part] = deque()
        self._helpers = [_Checker(open_reader) for _ in range(count)]

    def begin(self, uploads: Sequence[bytes], now: UtcMillis) -> None:
        """Take a batch; a few may be under way. Where this raises, the batch is not."""
        parts = [_Part(uploads[at : at + PART], now) for at in range(0, len(uploads), PART)]
        self._todo += parts
        self._supply()
        self._begun.append(parts)

    def finish(self) -> list[CheckedFrame | VeriwattError]:
        """The oldest batch that was begun, judged by the ledger as it is now; it is no longer under way."""
        parts = self._begun.popleft()
        while any(part.height < 0 for part in parts):
            if self._todo:
                self._judge(self._todo[0])
                self._todo.popleft()
                self._supply()
            else:
                self._receive(next(helper for helper in self._helpers if helper.parts))
        height = self._ledger_cache.refresh()
        for part in parts:
            if part.height != height:
                self._judge(part)
        return [found for part in parts for found in self._settled(part)]

    def close(self) -> None:
        """Let the helpers finish, and wait for them."""
        for helper in self._helpers:
            helper.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _judge(self, part: _Part) -> None:
        height = self._ledger_cache.refresh()
        part.found = list(check_frames(part.uploads, self._ledger_cache, part.now))
        part.height = height

    def _settled(self, part: _Part) -> Iterator[CheckedFrame | VeriwattError]:
        """What the uploads are; those of which a helper was not sure are judged here."""
        unsure = [upload for upload, found in zip(part.uploads, part.found, strict=True) if found is None]
        here = check_frames(unsure, self._ledger_cache, part.now)
        return (next(here) if found is None else found for found in part.found)

    def _supply(self) -> None:
        """Take what helpers have found, and give each the next parts."""
        for helper in list(self._helpers):
            while helper.parts and helper.has_answer():
                self._receive(helper)
            while self._todo and helper in self._helpers and len(helper.parts) < AHEAD:
                self._send(helper, self._todo.popleft())

    def _send(self, helper: _Checker, part: _Part) -> None:
        helper.parts.append(part)
        try:
            helper.send(part)
        except OSError:
            self._replace(helper)

    def _receive(self, helper: _Checker) -> None:
        try:
            height, clear = helper.receive()
        except (EOFError, OSError):
            self._replace(helper)
            return
        part = helper.parts.popleft()
        part.found = [
            None if each is None else _judged(each, upload) for upload, each in zip(part.uploads, clear, strict=True)
        ]
        part.height = height

    def _replace(self, ended: _Checker) -> None:
        """Put a new helper in the place of one that ended, unless it never was of help; others judge its parts."""
        log.error("helper-ended", parts=len(ended.parts), replaced=ended.helped)
        ended.end()
        self._todo.extendleft(reversed(ended.parts))
        ended.parts.clear()
        place = self._helpers.index(ended)
        self._helpers[place : place + 1] = [_Checker(self._open_reader)] if ended.helped else []


class _Checker:
    """One process, as seen from the one that keeps the chain; `parts` are those that it has."""

    def __init__(self, open_reader: OpenReader) -> None:
        self.parts: deque[_Part] = deque()
        self.helped = False
        context = get_context("spawn")
        there, self._parts = context.Pipe(duplex=False)
        self._found, found = context.Pipe(duplex=False)
        _widen(self._parts)
        self._answers = poll()
        self._answers.register(self._found, POLLIN)
        self._process = context.Process(target=_help, args=(open_reader, there, found), daemon=True)
        with _deaf_to_interrupts():
            self._process.start()
        there.close()
        found.close()

    def send(self, part: _Part) -> None:
        self._parts.send_bytes(marshal.dumps((list(part.uploads), part.now)))

    def has_answer(self) -> bool:
        return bool(self._answers.poll(0))

    def receive(self) -> tuple[int, list[Clear | None]]:
        """The height by which it judged its oldest part, and what may enter; None for each that it is not sure of."""
        height, clear = marshal.loads(self._found.recv_bytes())  # noqa: S302 - our own process wrote it
        self.helped = True
        return height, clear

    def close(self) -> None:
        self._parts.close()
        self._process.join()
        self._found.close()

    def end(self) -> None:
        """Stop the process at once, whatever it is doing."""
        self._process.terminate()
        self.close()


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """What is started here never hears the Ctrl-C that reaches every process of a terminal: we end it when we end."""
    resource_tracker.ensure_running()  # started on the way, it would let interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _widen(end: Connection) -> None:
    """Let a part lie in the pipe while another is judged; where the system cannot, sending waits for the helper."""
    with suppress(AttributeError, OSError):
        fcntl.fcntl(end.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _help(open_reader: OpenReader, parts: Connection, found: Connection) -> None:
    """What a helper does until the other end of `parts` is closed, or nobody is left to read what it found."""
    with open_reader() as ledger, suppress(EOFError, BrokenPipeError):
        ledger_cache = LedgerCache(ledger)
        with gc_frozen():
            while True:
                uploads, now = marshal.loads(parts.recv_bytes())  # noqa: S302 - our own process wrote it
                height = ledger_cache.refresh()
                found.send_bytes(
                    marshal.dumps((height, [_clear(each) for each in check_frames(uploads, ledger_cache, now)]))
                )


def _clear(found: CheckedFrame | VeriwattError) -> Clear | None:
    if isinstance(found, VeriwattError) or found.refusal is not None:
        return None
    leaf, (terminal, number, frame_id) = found.entry
    return found.org, found.prev, bytes(leaf), bytes(frame_id), terminal, *number


def _judged(clear: Clear, upload: bytes) -> CheckedFrame:
    org, prev, leaf, frame, terminal, epoch, seq = clear
    ref = FrameRef(terminal, FrameNumber(epoch, seq), of_fixed_length(FrameId, frame))
    entry = ChainEntry(of_fixed_length(Digest, leaf), ref)
    return CheckedFrame(org, prev, entry, upload)
