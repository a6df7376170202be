"""What a query costs: hourly sums of 100 points over a year of quarter-hours, beside DuckDB's own sum of the rows."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from veriwatt.cli.bench.figures import Figure, paired, seconds
from veriwatt.model.frames.columns import Column
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.reading.query import many_totals, point_totals
from veriwatt.reading.series_readings import no_history
from veriwatt.readmodel.reading_rows import ProjectedFrame, ProjectedGroup
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import DAY, HOUR, Interval

POINTS = 100
DAYS = 365
SLOT = HOUR // 4
YEAR_START = 1_735_689_600_000
"""2025-01-01T00:00:00Z."""


def measure() -> list[Figure]:
    """Seconds for 876,000 hourly rows and for a page of twelve, warm; the floor sums the same slots in DuckDB alone."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "readings.duckdb"
        view = ReadingsView(path, "bench-0123456789abcdef")
        definitions = [
            PointDefinition(f"p{i}", "electricity", "kWh", Kind.INTERVAL, -2, 1, "15m", "UTC") for i in range(POINTS)
        ]
        _fill(view, definitions)
        span = Interval(YEAR_START, YEAR_START + DAYS * DAY)

        def work() -> float:
            return seconds(lambda: many_totals(view, "bench", definitions, span, "1h", no_history))

        def floor() -> float:
            return seconds(lambda: view.count_raw_sums(HOUR))

        def page() -> float:
            return seconds(lambda: point_totals(view, "bench", definitions[POINTS // 2], span, "1mo", no_history))

        work(), page(), floor()
        value, least, ratio = paired(5, work, floor)
        by_month = median(page() for _ in range(5))
        view.close()
    return [
        Figure("hourly_100_points", value, "s", least, ratio),
        Figure("rows_per_second", POINTS * DAYS * 24 / value, "1/s"),
        Figure("year_by_month_one_point", by_month, "s"),
    ]


def _fill(view: ReadingsView, definitions: list[PointDefinition]) -> None:
    rng = np.random.default_rng(1)
    for day in range(DAYS):
        starts = YEAR_START + day * DAY + np.arange(96, dtype=np.int64) * SLOT
        values = rng.integers(0, 10_000, (POINTS, 96), dtype=np.int64)
        measured = np.ones(96, np.uint8)
        columns = [
            Column(definition.id, starts, starts + SLOT, values[i], measured)
            for i, definition in enumerate(definitions)
        ]
        frame = ProjectedFrame("bench", day, 0, "main", None, None)
        view.add("bench", [ProjectedGroup(frame, "UTC", columns)])
