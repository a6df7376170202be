"""Resources that are opened one by one, and closed together."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Self


class ResourceStack:
    """A context manager that closes the resources on its stack, the last opened first."""

    def __init__(self) -> None:
        self._stack = ExitStack()

    def close(self) -> None:
        """Close everything that was opened; may be repeated."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
