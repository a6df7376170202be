"""Records of the readings view: rows of slots, and the frames that state them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from veriwatt.model.frames.columns import Ints
from veriwatt.units import UtcMillis


@dataclass(frozen=True, slots=True, eq=False)
class ReadingRows:
    """Versions of slots, one in each row.

    Attributes:
        points: the point of each row, as its number in the view (`ReadingsView.point_ids`).
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
