"""The log of a running node: one JSON line an event on stderr, with codes and ids, never keys, values or tokens."""

from __future__ import annotations

import logging
import sys

import structlog

from veriwatt.home.key_agent import OPENINGS_LOG


def log_to_stderr() -> None:
    """Set the process's log up."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_Libraries()], force=True)
    logging.getLogger(OPENINGS_LOG).setLevel(logging.INFO)


class _Libraries(logging.Handler):
    """What libraries and the key agent log, as events of the same form.

    Messages only, for a traceback may hold values.
    """

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        log.log(record.levelno, "library", message=record.getMessage()[:500])
