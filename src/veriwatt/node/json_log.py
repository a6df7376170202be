"""The log of a running node: one JSON line per event on stderr, with codes and ids, never keys, values or tokens."""

from __future__ import annotations

import logging
import sys

import structlog

from veriwatt.home.key_agent import OPENINGS_LOG


def log_to_stderr() -> None:
    """Configure the log of this process."""
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
    """Writes the log messages of libraries and of the key agent as events of the same form.

    Only messages are written: a traceback could contain values.
    """

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        log.log(record.levelno, "library", message=record.getMessage()[:500])
