"""A helper process that applies to frames the rules that need no order, and the pipes to it.

Forth go parts: `(uploads, now)`. Back comes, for each part, `(height, answers)`: the height of the ledger at which it
was checked, and for each upload what acceptance needs of the frame, or None where rules 1 to 3 or 6 to 9 refuse it.
Both are marshalled. `CheckerProcess` and `_run` are the two ends of this format.
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
from typing import TypeAlias

from veriwatt.errors import VeriwattError
from veriwatt.model.frames.frame import frame_with_digests
from veriwatt.ports.ledger import LedgerEngine
from veriwatt.readmodel.ledger_cache import LedgerCache
from veriwatt.system.garbage_collector import gc_frozen
from veriwatt.units import UtcMillis
from veriwatt.verify.frame_checks import CheckedFrame, check_uploads

PIPE_BYTES = 1 << 20

Answer: TypeAlias = tuple[str, str, int, int, bytes, bytes, bytes, int]
"""Org, terminal, epoch, seq, prev, frame id, leaf and latest time of a frame that passes."""

OpenReader: TypeAlias = Callable[[], LedgerEngine]
"""Opens the ledger for reading in a helper; it is pickled on its way there."""


@dataclass(slots=True, eq=False)
class Part:
    """Some uploads of a batch that arrived at `now`; once they are checked, the outcome for each.

    `checked_at` is the ledger's height at which they were checked. An outcome is None where a helper refused the
    upload: it is checked again where the chain is, which makes the refusal.
    """

    uploads: Sequence[bytes]
    now: UtcMillis
    outcomes: list[CheckedFrame | VeriwattError | None] = field(default_factory=list)
    checked_at: int | None = None


class CheckerProcess:
    """One helper, as the process that has the chain sees it; `parts` are those it was sent, the oldest first."""

    def __init__(self, open_reader: OpenReader) -> None:
        self.parts: deque[Part] = deque()
        self.has_answered = False
        context = get_context("spawn")
        parts, self._parts = context.Pipe(duplex=False)
        self._answers, answers = context.Pipe(duplex=False)
        _widen(self._parts)
        self._poll = poll()
        self._poll.register(self._answers, POLLIN)
        self._process = context.Process(target=_run, args=(open_reader, parts, answers), daemon=True)
        with _interrupts_blocked():
            self._process.start()
        parts.close()
        answers.close()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def send(self, part: Part) -> None:
        """Raises OSError when the process has ended; the part is among `parts` all the same."""
        self.parts.append(part)
        self._parts.send_bytes(marshal.dumps((list(part.uploads), part.now)))

    def has_answer(self) -> bool:
        return bool(self._poll.poll(0))

    def receive(self) -> None:
        """Wait for the outcomes of the oldest part; raises EOFError or OSError when the process has ended."""
        height, answers = marshal.loads(self._answers.recv_bytes())  # noqa: S302 - our own process wrote it
        part = self.parts.popleft()
        part.outcomes = [
            None if answer is None else tuple.__new__(CheckedFrame, (frame_with_digests(upload, *answer), True))
            for upload, answer in zip(part.uploads, answers, strict=True)
        ]
        part.checked_at = height
        self.has_answered = True

    def close(self) -> None:
        """Let the process finish what it was sent, and wait for its end."""
        self._parts.close()
        self._process.join()
        self._answers.close()

    def terminate(self) -> None:
        """Stop the process at once, whatever it is doing."""
        self._process.terminate()
        self.close()


def _run(open_reader: OpenReader, parts: Connection, answers: Connection) -> None:
    """The helper's loop, until the other end of `parts` is closed or nobody is left to read answers."""
    with open_reader() as ledger, suppress(EOFError, BrokenPipeError):
        ledger_cache = LedgerCache(ledger)
        with gc_frozen():
            while True:
                uploads, now = marshal.loads(parts.recv_bytes())  # noqa: S302 - our own process wrote it
                height = ledger_cache.refresh()
                outcomes = check_uploads(uploads, ledger_cache, now)
                answers.send_bytes(marshal.dumps((height, [_answer(outcome) for outcome in outcomes])))


def _answer(outcome: CheckedFrame | VeriwattError) -> Answer | None:
    if isinstance(outcome, VeriwattError) or not outcome.standing:
        return None
    frame = outcome.frame
    epoch, seq = frame.number
    return frame.org, frame.terminal, epoch, seq, frame.prev, bytes(frame.frame_id), bytes(frame.leaf), frame.latest


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """A process started here never gets the Ctrl-C that reaches every process of a terminal; its parent ends it."""
    resource_tracker.ensure_running()  # started on the way, it would unblock interrupts again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _widen(end: Connection) -> None:
    """Let a part lie in the pipe while another is checked; where the system cannot, sending waits for the helper."""
    with suppress(AttributeError, OSError):
        fcntl.fcntl(end.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
