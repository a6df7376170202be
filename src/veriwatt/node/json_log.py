"""The log of a running node: one JSON line per event on stderr, with codes and ids, never keys, values or tokens.

A thread of its own writes the lines: a reader of stderr that stops reading, a closed or a full stderr delay and end
nothing. Lines that cannot be written are counted and dropped; the count is logged once the log can be written again.
Of lines that are alike, few are written (`few_alike`).
"""

from __future__ import annotations

import json
import logging
import os
import sys
from queue import Full, Queue
from threading import Thread
from time import monotonic, sleep

import structlog

from veriwatt.home.key_agent import OPENINGS_LOG
from veriwatt.node.few_alike import FewAlike

WAITING_LINES = 10_000
"""Lines that wait to be written; further ones are dropped."""

LAST_LINES = 2.0
"""Seconds for which a node that ends waits for its last lines to be written."""


class LineWriter:
    """Writes lines to a file descriptor on its own thread; callable from many threads, and never waits or raises."""

    def __init__(self, descriptor: int, alike: FewAlike) -> None:
        self._descriptor, self._alike = descriptor, alike
        self._lines: Queue[str] = Queue(WAITING_LINES)
        self.dropped = 0
        Thread(target=self._run, name="log", daemon=True).start()
        Thread(target=alike.tell_each_minute, name="log-alike", daemon=True).start()

    def msg(self, line: str) -> None:
        try:
            self._lines.put_nowait(line)
        except Full:
            self.dropped += 1

    debug = info = warning = error = critical = msg

    def flush(self) -> None:
        """Tell what was left out, and wait until the lines so far are written, for `LAST_LINES` at most."""
        self._alike.tell()
        until = monotonic() + LAST_LINES
        while self._lines.unfinished_tasks and monotonic() < until:
            sleep(0.01)

    def _run(self) -> None:
        while True:
            line = self._lines.get()
            if self._written(line) and self.dropped and self._written(_dropped_line(self.dropped)):
                self.dropped = 0
            self._lines.task_done()

    def _written(self, line: str) -> bool:
        rest = f"{line}\n".encode("utf-8", "backslashreplace")
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            self.dropped += 1
            return False
        return True


def log_to_stderr() -> LineWriter:
    """Configure the log of this process; `flush` its writer before the process ends."""
    alike = FewAlike()
    try:
        writer = LineWriter(sys.stderr.fileno(), alike)
    except (AttributeError, OSError):  # stderr was closed before the start
        writer = LineWriter(os.open(os.devnull, os.O_WRONLY), alike)
    structlog.configure(
        processors=[
            alike,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: writer,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_Libraries()], force=True)
    logging.getLogger(OPENINGS_LOG).setLevel(logging.INFO)
    return writer


class _Libraries(logging.Handler):
    """Writes the log messages of libraries and of the key agent as events of the same form.

    Only messages are written: a traceback could contain values.
    """

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        log.log(record.levelno, "library", logger=record.name, message=record.getMessage()[:500])


def _dropped_line(count: int) -> str:
    return json.dumps({"event": "log-lines-dropped", "level": "warning", "lines": count})
