"""Each terminal's frames follow one another over the whole chain: no number left out, each `prev` the id before."""

from __future__ import annotations

from pathlib import Path

from veriwatt.fsck.placed import Placed
from veriwatt.fsck.report import Findings
from veriwatt.ids import FrameId
from veriwatt.model.frames.frame import FIRST


class Sequence:
    """A `Follower`. After frames that cannot be read every terminal starts wherever it is met."""

    def __init__(self, folder: Path, findings: Findings) -> None:
        self._folder, self._findings = folder, findings
        self._tips: dict[str, tuple[int, int, FrameId]] = {}
        self._lost = False

    def follow(self, placed: Placed) -> None:
        header = placed.frame.header
        tip = self._tips.get(header.terminal)
        epoch, seq, prev = (0, 1, FIRST) if tip is None else (tip[0], tip[1] + 1, tip[2])
        anywhere = tip is None and self._lost
        if not anywhere and (header.epoch, header.seq, header.prev) != (epoch, seq, prev):
            self._findings.problem(
                self._folder,
                f"frame {placed.position}, ({header.epoch}, {header.seq}) of {header.terminal}, "
                f"does not continue its chain: the next was ({epoch}, {seq})",
            )
        self._tips[header.terminal] = (header.epoch, header.seq, placed.frame.frame_id)

    def terminals(self) -> list[str]:
        """The terminals whose frames the chain has, as far as it could be read."""
        return sorted(self._tips)

    def lose(self, start: int, end: int) -> None:
        self._tips.clear()
        self._lost = True

    def finish(self) -> None:
        """Nothing is left to be said at the end."""
