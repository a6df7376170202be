"""The check that each terminal's frames are consecutive: each `prev` is the id before, and only voids are left out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from veriwatt.fsck.chain_check import PositionedFrame
from veriwatt.fsck.report import Findings
from veriwatt.model.frames.number import NO_VOIDS, FrameRef, Voids, number_after, voids_before


class SequenceCheck:
    """A `ChainCheck`. After frames that cannot be read, each terminal may continue with any number."""

    def __init__(self, folder: Path, voids: Mapping[str, Voids], findings: Findings) -> None:
        """`voids` are those of each terminal that has any."""
        self._folder, self._voids, self._findings = folder, voids, findings
        self._tips: dict[str, FrameRef] = {}
        self._lost = False

    def check_frame(self, positioned: PositionedFrame) -> None:
        frame, prev = positioned.frame.ref, positioned.frame.prev
        tip = self._tips.get(frame.terminal)
        number, continued = number_after(tip, voids_before(self._voids.get(frame.terminal, NO_VOIDS), frame.number))
        anywhere = tip is None and self._lost
        if not anywhere and (frame.number, prev) != (number, continued):
            self._findings.problem(
                self._folder,
                f"frame {positioned.position}, {frame.number} of {frame.terminal}, "
                f"does not continue its chain: the next was {number}",
            )
        self._tips[frame.terminal] = frame

    def terminals(self) -> list[str]:
        """The terminals whose frames the chain has, as far as it could be read."""
        return sorted(self._tips)

    def skip(self, start: int, end: int) -> None:
        self._tips.clear()
        self._lost = True

    def finish(self) -> None:
        """Each frame is checked when it is met."""
