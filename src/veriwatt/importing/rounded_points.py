"""Which values of a source were rounded, and by how much that changes the totals of its points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from veriwatt.metering.rounding import RoundedPoint
from veriwatt.metering.series import Series
from veriwatt.model.points.status import Kind
from veriwatt.units import Decimal10, Interval


def rounded_points(all_series: Iterable[Series]) -> Iterator[RoundedPoint]:
    """Every point of which a value was rounded."""
    for series in all_series:
        if series.rounding is not None:
            definition, found = series.definition, series.rounding
            total = int(series.values.sum(dtype=object))
            read = total_read(series, Interval(int(series.starts[0]), int(series.ends[-1])), total)
            stored = None if read is None else definition.value(total)
            yield RoundedPoint(definition.id, definition.unit, len(found), found.to_zero, read, stored)


def total_read(series: Series, span: Interval, stored: int | None) -> Decimal10 | None:
    """The total of amounts in a span as they were read, where they are stored as `stored`.

    None if none of them was rounded, or the point has no amounts.
    """
    if series.rounding is None or series.definition.kind is not Kind.INTERVAL or stored is None:
        return None
    left = series.rounding.left_in(span)
    if left is None:
        return None
    return Decimal10(series.definition.value(stored).at_scale(left.scale) + left.mantissa, left.scale)
