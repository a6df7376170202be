"""What the terminals know of their own readings: how many they signed, and how many the ledger proved to be final."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from veriwatt.terminal.spool.spool import Spool
from veriwatt.terminal.spool.spooled_frame import FrameState, SpooledFrame
from veriwatt.testing.demo.slot_counts import spooled_slots, stated
from veriwatt.testing.demo.terminals import PlantTerminal
from veriwatt.units import UtcMillis


def signed_readings(terminals: Sequence[PlantTerminal]) -> int:
    """The readings in the frames that these terminals made."""
    return sum(stated(spooled_slots(_frames(each))) for each in terminals)


def final_readings(terminals: Sequence[PlantTerminal], after: UtcMillis = 0) -> int:
    """The readings in frames whose window ended after `after`, and of which a terminal has the proof to be final."""
    return sum(
        stated(
            spooled_slots(
                frame for frame in _frames(each) if frame.state is FrameState.FINAL and frame.window_end > after
            )
        )
        for each in terminals
    )


def _frames(terminal: PlantTerminal) -> Iterator[SpooledFrame]:
    with Spool(terminal.home.paths.spool, reading=True) as spool:
        newest = spool.tip().number
        found = [spool.frame(newest._replace(seq=seq)) for seq in range(1, newest.seq + 1)]
    return iter([frame for frame in found if frame is not None])
