"""The log host as a terminal sees it: what it can be asked, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from veriwatt.model.frames.number import FrameRef


@dataclass(frozen=True, slots=True)
class Delivered:
    """The log host's outcome for one frame: its `position` in the data chain, or a `code` that refuses it for now."""

    position: int | None
    code: str = ""
    why: str = ""


class LogHostClient(Protocol):
    """Takes signed frames: a log host in this process, or one over HTTP."""

    def send(self, uploads: Sequence[bytes]) -> list[Delivered]:
        """One outcome for each upload, in order; their receipts were verified.

        Accepted frames are durable at the log host on return. Sending a frame again returns its position.

        Raises:
            Unavailable: the log host cannot be reached; which frames it accepted is unknown.
        """
        ...


class LiveLogHostClient(LogHostClient, Protocol):
    """What a live terminal asks beside sending. Every call raises Unavailable when the log host cannot be reached."""

    @property
    def anchored(self) -> int:
        """The anchored size of the data chain as the log host last stated it: frames at lower positions are final."""
        ...

    def newest_frame(self, terminal: str) -> FrameRef | None:
        """The newest frame of the terminal at the log host; None when it has none. A statement without proof."""
        ...

    def root_log(self) -> bytes:
        """The head of the ledger's root log, unverified: `TrustedHead.take` verifies it."""
        ...
