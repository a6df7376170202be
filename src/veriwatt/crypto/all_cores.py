"""Share out calls of C code that lets other threads run, such as libsodium's, among the cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

WORTH_SHARING = 16
"""Calls; fewer of about 50 µs each are over before another thread has begun."""


def on_all_cores(work: Callable[[T], object], items: Sequence[T]) -> None:
    """Call `work` with each item once, in no order, in this thread and in one for each further core.

    All calls have returned when this returns or raises. `work` is called from many threads at once.

    Raises:
        Exception: the first that this thread, else another, met; items may be left over.
    """
    more = 0 if len(items) < WORTH_SHARING else _cores() - 1
    waiting = iter(items)  # each thread takes the next one: a core that is busy elsewhere delays none of them

    def take() -> None:
        for item in waiting:
            work(item)

    others = [_threads(os.getpid()).submit(take) for _ in range(more)]
    try:
        take()
    finally:
        begun = [other for other in others if not other.cancel()]
        errors = [error for other in begun if (error := other.exception()) is not None]
    for error in errors:
        raise error


def _cores() -> int:
    """Those that this process may run on, where the system says it."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=1)
def _threads(process: int) -> ThreadPoolExecutor:
    """The further threads; a child that was forked from the process has none of them, so it makes its own."""
    return ThreadPoolExecutor(max(1, _cores() - 1), thread_name_prefix=f"all-cores-{process}")
