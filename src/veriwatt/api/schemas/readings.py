"""Points, figures and completeness. Quantities are exact decimal strings, times RFC 3339 in the point's zone."""
# ruff: noqa: D101 - a schema that its name explains needs no sentence

from __future__ import annotations

from typing import Literal

from pydantic import Field

from veriwatt.api.schemas.base import Schema


class ReadingsSpan(Schema):
    start: str
    end: str


class RegisteredPoint(Schema):
    id: str
    org: str
    group: str
    energy: str
    unit: str
    kind: Literal["interval", "register", "instant"]
    slot: str
    timezone: str
    resolution: str
    parent: str | None
    data_code: str | None
    readings: ReadingsSpan | None = Field(description="from the first known slot's start to the last one's end")


class PointsAnswer(Schema):
    points: list[RegisteredPoint]


class FactorUse(Schema):
    year: int = Field(description="the year asked for")
    basis: str
    factor: str
    factor_year: int = Field(description="the year of the factor: the newest published that is not after it")
    source: str
    confirmed: bool


class FigureFields(Schema):
    """A figure of a period; `value` null: no reading lies in it, which is never a zero."""

    start: str
    end: str
    value: str | None
    unit: str
    expected: int
    measured: int
    estimated: int
    manual: int
    gap: int
    missing: int = Field(description="slots that no frame names")
    bridged: bool = Field(description="a register's advance spans slots without a reading")


class PeriodFigure(FigureFields):
    """One period of a point; a converted one with its factor."""

    point: str
    basis: str | None = None
    factor: str | None = None
    factor_year: int | None = None
    factor_source: str | None = None
    factor_confirmed: bool | None = None


class SpanFigure(FigureFields):
    """The whole span as one period."""

    permille: int | None = Field(description="measured of expected in whole thousandths, rounded down")
    factors: list[FactorUse]
    evidence: str | None = Field(description="where to ask for the evidence; null unless the span is one slot")


class FigureColumns(Schema):
    """The periods as a list of each part; period i is from `edges[i]` to `edges[i + 1]`."""

    edges: list[str]
    unit: str
    value: list[str | None]
    expected: list[int]
    measured: list[int]
    estimated: list[int]
    manual: list[int]
    gap: list[int]
    missing: list[int]
    bridged: list[bool]


class ConvertedValue(Schema):
    """The whole span in another measure; without factors when a year of it has none."""

    value: str | None
    unit: str
    factors: list[FactorUse]


class TotalsAnswer(Schema):
    org: str
    point: str
    every: str
    measure: str | None
    total: SpanFigure
    also: dict[str, ConvertedValue]
    rows: list[PeriodFigure] | None = Field(description="unless `form` is columns")
    columns: FigureColumns | None = Field(description="when `form` is columns")


class PointCompleteness(Schema):
    point: str
    org: str
    expected: int
    measured: int
    estimated: int
    manual: int
    gap: int
    missing: int
    permille: int | None
    complete: bool


class CompletenessAnswer(Schema):
    start: str
    end: str
    points: list[PointCompleteness]
