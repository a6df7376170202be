"""Records of the readings view: opened columns to add, rows of slots, and the frames that state them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from veriwatt.ids import Digest
from veriwatt.model.frames.columns import Column, Ints
from veriwatt.model.frames.frame import Frame
from veriwatt.model.frames.origin import File
from veriwatt.model.points.standing import Standing
from veriwatt.model.points.status import Status
from veriwatt.units import UtcMillis


@dataclass(frozen=True, slots=True, eq=False)
class ReadingRows:
    """Versions of slots, one in each row.

    Attributes:
        points: the point of each row, as its number in the view.
        starts: of the slot, UTC milliseconds.
        stops: of the slot, UTC milliseconds, exclusive.
        values: mantissas at the scale of the point's definition.
        statuses: codes of `Status`.
        positions: the position of the stating frame in the org's data chain.
    """

    points: NDArray[np.int32]
    starts: Ints
    stops: Ints
    values: Ints
    statuses: NDArray[np.uint8]
    positions: Ints

    def __len__(self) -> int:
        return len(self.starts)

    def part(self, at: slice) -> ReadingRows:
        return ReadingRows(
            self.points[at], self.starts[at], self.stops[at], self.values[at], self.statuses[at], self.positions[at]
        )

    def to_arrow(self, point: Any = None, **more: Any) -> pa.Table:
        """The rows with the view's column names; `point` replaces the numbers, and `more` adds columns."""
        return pa.table(
            {
                "point": self.points if point is None else point,
                "start": self.starts,
                "stop": self.stops,
                "value": self.values,
                "status": self.statuses,
                "position": self.positions,
                **more,
            }
        )


@dataclass(frozen=True, slots=True)
class StatedColumn:
    """The stated slots of one point in one frame, for `join_columns`.

    `point` is the point's number, `position` the frame's.
    """

    point: int
    position: int
    slots: Column


def stated_slots(column: Column) -> Column:
    """The column without its absent slots."""
    if Status.ABSENT not in column.codes.tobytes():
        return column
    stated = column.codes != Status.ABSENT
    starts, ends = column.starts[stated], column.ends[stated]
    return Column(column.point, starts, ends, column.values[stated], column.codes[stated])


def join_columns(parts: Sequence[StatedColumn]) -> ReadingRows:
    """All slots of the columns, a row each, in order."""
    none, slots = np.zeros(0, np.int64), [part.slots for part in parts]
    lengths = [len(column.codes) for column in slots]
    return ReadingRows(
        np.repeat(np.array([part.point for part in parts], np.int32), lengths),
        np.concatenate([none, *(column.starts for column in slots)]),
        np.concatenate([none, *(column.ends for column in slots)]),
        np.concatenate([none, *(column.values for column in slots)]),
        np.concatenate([none.astype(np.uint8), *(column.codes for column in slots)]),
        np.repeat(np.array([part.position for part in parts], np.int64), lengths),
    )


@dataclass(frozen=True, slots=True)
class ProjectedFrame:
    """One group of a frame that is in the view.

    `anchored_at` is the time of the anchoring block, None if not anchored; `source` and `settings` are digests if the
    origin is a file, else None.
    """

    org: str
    position: int
    anchored_at: UtcMillis | None
    group: str
    source: bytes | None
    settings: bytes | None

    @classmethod
    def of(cls, frame: Frame, group: str, position: int, anchored_at: UtcMillis | None) -> ProjectedFrame:
        origin = frame.template.origin
        source, settings = (origin.sha256, origin.settings) if isinstance(origin, File) else (None, None)
        return cls(frame.org, position, anchored_at, group, source, settings)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Slots of a point in one frame that are not its values: those that start in `[start, last]`, `slots` of them.

    They were stated under `definition`, in version `n` of `group`; what is in force is None if nothing is.
    """

    point: str
    start: UtcMillis
    last: UtcMillis
    slots: int
    standing: Standing
    group: str
    n: int
    definition: Digest
    group_in_force: str | None = None
    version_in_force: int | None = None
    definition_in_force: Digest | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ProjectedGroup:
    """One group of a frame to add to the view, with its opened columns; it has none if it could not be opened.

    `timezone` is the zone of the group's points. A point has several columns if slots between them were left out.
    """

    frame: ProjectedFrame
    timezone: str = ""
    columns: Sequence[Column] = ()
    left_out: Sequence[LeftOut] = ()


def left_out_to_arrow(found: Sequence[tuple[int, LeftOut]]) -> pa.Table:
    """Slots left out, each with its frame's position, with the columns of the view's table `left_out` but `org`."""
    rows = [each for _, each in found]
    return pa.table(
        {
            "position": pa.array([position for position, _ in found], pa.int64()),
            "point": pa.array([each.point for each in rows], pa.string()),
            "start": pa.array([each.start for each in rows], pa.int64()),
            "last": pa.array([each.last for each in rows], pa.int64()),
            "slots": pa.array([each.slots for each in rows], pa.int64()),
            "standing": pa.array([each.standing.value for each in rows], pa.string()),
            "name": pa.array([each.group for each in rows], pa.string()),
            "n": pa.array([each.n for each in rows], pa.int64()),
            "definition": pa.array([each.definition for each in rows], pa.binary()),
            "name_in_force": pa.array([each.group_in_force for each in rows], pa.string()),
            "n_in_force": pa.array([each.version_in_force for each in rows], pa.int64()),
            "definition_in_force": pa.array([each.definition_in_force for each in rows], pa.binary()),
        }
    )


def frames_to_arrow(frames: Sequence[ProjectedFrame]) -> pa.Table:
    """The frames with the columns of the view's table `frames`, in its order."""
    return pa.table(
        {
            "org": pa.array([f.org for f in frames], pa.string()),
            "position": pa.array([f.position for f in frames], pa.int64()),
            "anchored_at": pa.array([f.anchored_at for f in frames], pa.int64()),
            "name": pa.array([f.group for f in frames], pa.string()),
            "source": pa.array([f.source for f in frames], pa.binary()),
            "settings": pa.array([f.settings for f in frames], pa.binary()),
        }
    )
