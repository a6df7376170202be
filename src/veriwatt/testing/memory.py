"""What a call leaves behind in memory, to tell that a cache does not grow with what strangers send."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable


def bytes_left_by(call: Callable[[], object]) -> int:
    """How many bytes that were allocated during the call are still in use after it."""
    gc.collect()
    tracemalloc.start()
    try:
        call()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
