"""What every home has that a process opens: a clock, and parts that are closed with it, the last opened first."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Self

from veriwatt.ports.clock import Clock
from veriwatt.system.clock import SystemClock


class OpenedHome:
    """A home whose parts are opened when first asked for; they are put on `_stack`."""

    def __init__(self, clock: Clock | None) -> None:
        self.clock: Clock = clock or SystemClock()
        self._stack = ExitStack()

    def close(self) -> None:
        """Close what was opened and let go of the home."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
