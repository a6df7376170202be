"""What a terminal put aside in its spool: slots that were read while its clock was ahead, and what it cannot open.

It is stated nowhere, and deleted never.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.terminal.spool.sample_rows import SAMPLE_COLUMNS
from veriwatt.terminal.spool.spool_file import SpoolFile
from veriwatt.units import UtcMillis


@dataclass(frozen=True, slots=True)
class PutAside:
    """How many slots were put aside, the end of the last one (0 if there is none), and what void frames retain.

    `unopened` slots of `void_frames` void frames were not stated again: the terminal has their definitions no more.
    """

    slots: int = 0
    last_end: UtcMillis = 0
    void_frames: int = 0
    unopened: int = 0


class AsideBook:
    """Puts slots aside; a method's effect is durable when it returns, and every call may be repeated.

    Raises, from every method: as `Spool`.
    """

    def __init__(self, file: SpoolFile) -> None:
        self._file = file

    def reaches(self) -> UtcMillis:
        """The latest time to which a point was read, or at which a slot that waits was read; 0 if there is none."""
        sql = "SELECT max(ifnull((SELECT max(newest_end) FROM points), 0), ifnull(max(collected_at), 0)) FROM samples"
        ((latest,),) = self._file.read(sql)
        return int(latest)

    def put_aside(self, now: UtcMillis, tolerance: UtcMillis) -> int:
        """Put aside the unframed slots that were read later than `tolerance` ms after `now`; returns how many.

        A point that was read up to a later time is read on from its first slot here, or from `now`. Slots after that
        are open again, also those that a frame states. Register readings of the future are forgotten.
        """
        limit = now + tolerance
        with self._file.writing() as db:
            db.execute(_OPEN_AGAIN, (limit, now))
            moved = db.execute(f"{_MOVE} FROM samples WHERE collected_at > ?", (limit,)).rowcount
            db.execute("DELETE FROM samples WHERE collected_at > ?", (limit,))
            db.execute("DELETE FROM registers WHERE at > ?", (limit,))
            db.execute(_NEWEST_REGISTER, (limit,))
        return moved

    def counts(self) -> PutAside:
        """What was put aside in this spool, ever."""
        ((slots, last),) = self._file.read("SELECT count(*), ifnull(max(slot_end), 0) FROM put_aside")
        ((frames, unopened),) = self._file.read("SELECT count(*), ifnull(sum(slots), 0) FROM unopened")
        return PutAside(slots, last, frames, unopened)


_MOVE = f"INSERT INTO put_aside SELECT {SAMPLE_COLUMNS}"
_OPEN_AGAIN = """
UPDATE points SET framed_to = min(framed_to, ?2), newest_end = ifnull((
    SELECT min(slot_start) FROM samples
    WHERE point = points.point AND collected_at > ?1 AND slot_start BETWEEN min(framed_to, ?2) AND ?2), ?2)
WHERE newest_end > ?1
"""
_NEWEST_REGISTER = """
UPDATE points SET (register, register_at) = (
    SELECT register, at FROM registers WHERE point = points.point ORDER BY at DESC LIMIT 1)
WHERE register_at > ?
"""
