"""Waiting for the disk without leaving the processor idle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def alongside(work: Callable[[], None]) -> Iterator[None]:
    """Do `work` in a thread of its own while the block runs; the block's end waits for it, and raises its error."""
    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(work)
        yield
        done.result()
