"""Points, figures and completeness. Quantities are exact decimal strings, times RFC 3339 in the point's zone."""
# ruff: noqa: D101 - a schema that its name explains needs no sentence

from __future__ import annotations

from typing import Literal

from pydantic import Field

from veriwatt.api.schemas.base import Schema


class ReadingsSpan(Schema):
    start: str
    end: str


class Measured(Schema):
    """What a point measures by a definition."""

    energy: str
    unit: str = Field(description="its own, before any conversion")
    kind: Literal["interval", "register", "instant"]
    direction: Literal["import", "export", "generation"]


class DefinedFrom(Measured):
    """What a point measures from a time on, and in which slots."""

    start: str | None = Field(description="null: its first definition, which holds for all before as well")
    slot: str


class RegisteredPoint(Schema):
    """A point by its newest definition, which may be one to come; a figure says itself what it is of."""

    id: str
    org: str
    group: str
    energy: str
    unit: str
    kind: Literal["interval", "register", "instant"]
    slot: str
    timezone: str
    day_begins: int = Field(description="the local hour at which its days begin; of a gas day 6")
    direction: Literal["import", "export", "generation"]
    country: str | None = Field(description="as defined, or of the zone; null: none is known")
    resolution: str
    parent: str | None
    data_code: str | None
    readings: ReadingsSpan | None = Field(description="from the first known slot's start to the last one's end")
    defined: list[DefinedFrom] = Field(description="its definitions in the order of time")


class PointsAnswer(Schema):
    points: list[RegisteredPoint]


class FactorUse(Schema):
    year: int = Field(description="the year asked for")
    country: str = Field(description="ISO 3166 alpha-2, or international")
    basis: str
    factor: str = Field(description="for one unit of the point")
    exact: bool = Field(description="false: `factor` is the number used, rounded to nine decimals")
    factor_year: int = Field(description="the year of the factor: the newest published that is not after it")
    source: str
    table: str | None = Field(description="the org's own table that states it; null: the product's")
    confirmed: bool


class StepCounts(Schema):
    """The steps of a register by kind (docs/spec/slots-and-periods.md)."""

    exchange: int
    restart: int
    outlier: int = Field(description="readings that were skipped")
    rollover: int
    fall: int = Field(description="steps that count nothing because the register fell, and those that a fall marks")
    implausible: int
    open: int
    provisional: int
    at_least: int
    not_stated: int = Field(description="steps that a reading in a slot which no frame states could change")
    confirmed: int = Field(description="implausible steps that another org with a role for it confirmed")
    beside_fall: int = Field(description="steps that a wrong reading just before or after a fall would make")


class StepCountColumns(Schema):
    """The same, a list of each."""

    exchange: list[int]
    restart: list[int]
    outlier: list[int]
    rollover: list[int]
    fall: list[int]
    implausible: list[int]
    open: list[int]
    provisional: list[int]
    at_least: list[int]
    not_stated: list[int]
    confirmed: list[int]
    beside_fall: list[int]


class FigureFields(Schema):
    """A figure of a period; `value` null: no reading lies in it, or no advance of a register counts; never a zero."""

    start: str
    end: str
    value: str | None
    unit: str
    expected: int = Field(description="all slots of the period")
    due: int = Field(description="those from the point's first slot up to now")
    measured: int
    estimated: int
    manual: int
    gap: int
    missing: int = Field(description="slots that are due and that no frame names")
    bridged: bool = Field(description="a register's advance spans slots without a reading")
    partial: bool = Field(description="there is a value, and slots of the period have none, or it is `cut`")
    cut: bool = Field(description="there is a value, and an end of the period cuts a slot")
    complete: bool = Field(description="every slot is measured, and no step of a register is in doubt")
    one_slot: bool = Field(description="the period is exactly one slot of the point as it was defined then")
    steps: StepCounts | None = Field(description="of a register by kind; null for other kinds")
    stated_by_owner: str | None = Field(description="the part of a register's value over exchanges of its meter")
    at_least: str | None = Field(description="the lower bound of a register's value that nobody can dispute")


class PeriodFigure(FigureFields):
    """One period of a point; a converted one with its factor."""

    point: str
    country: str | None = None
    basis: str | None = None
    factor: str | None = None
    factor_exact: bool | None = None
    factor_year: int | None = None
    factor_source: str | None = None
    factor_table: str | None = None
    factor_confirmed: bool | None = None
    factors: list[FactorUse] | None = Field(
        default=None,
        description="where factors change within the periods: those of this one; what they differ in is null above",
    )


class SpanFigure(FigureFields):
    """The whole span as one period."""

    counted_start: str | None = Field(description="of a period that cuts slots: the span that its figure is of")
    counted_end: str | None
    permille: int | None = Field(description="measured of due in whole thousandths, rounded down")
    factors: list[FactorUse]
    evidence: str | None = Field(
        description="where to ask for the evidence; null beyond 31 days, or with no value and no stated slot"
    )


class FigureColumns(Schema):
    """The periods as a list of each part; period i is from `edges[i]` to `edges[i + 1]`."""

    edges: list[str]
    unit: str
    value: list[str | None]
    expected: list[int]
    due: list[int]
    measured: list[int]
    estimated: list[int]
    manual: list[int]
    gap: list[int]
    missing: list[int]
    bridged: list[bool]
    partial: list[bool]
    cut: list[bool]
    complete: list[bool]
    one_slot: list[bool]
    steps: StepCountColumns | None
    stated_by_owner: list[str | None] | None
    at_least: list[str | None] | None


class NotConverted(Schema):
    """Why a figure has no value in another measure: code and values as of an error (docs/errors.md)."""

    code: str
    values: dict[str, str | int]
    detail: str


class ConvertedValue(Schema):
    """The whole span in another measure; `why_not` where no factor converts it."""

    value: str | None
    unit: str
    factors: list[FactorUse]
    why_not: NotConverted | None


class LeftOutStretch(Schema):
    """Slots that frames state under another definition than the point's: none of them is in a figure."""

    why: Literal["definition replaced", "not defined then", "other terminal"]
    stated_under: str = Field(description="group, version and digest of the definition under which they were stated")
    in_force: str | None = Field(description="the same of the point's own definition then; null: it had none")
    slots: int
    first: str = Field(description="start of the first slot")
    last: str = Field(description="start of the last slot")


class FigureDefinition(Measured):
    """What the figures of an answer are of: the point as it was defined in the span, which may be otherwise now."""

    timezone: str
    countries: list[str] = Field(description="known ones, as defined or of the zone, in the order of time")


class TotalsAnswer(Schema):
    org: str
    point: str
    every: str
    measure: str | None
    definition: FigureDefinition
    total: SpanFigure
    also: dict[str, ConvertedValue]
    rows: list[PeriodFigure] | None = Field(description="unless `form` is columns")
    columns: FigureColumns | None = Field(description="when `form` is columns")
    left_out: list[LeftOutStretch] = Field(description="of every frame that states such slots in the span")


class PointCompleteness(Schema):
    point: str
    org: str
    start: str = Field(description="the span as it is for this point")
    end: str
    due: int = Field(description="slots from the point's first one up to now")
    measured: int
    estimated: int
    manual: int
    gap: int
    missing: int
    permille: int | None
    complete: bool


class CompletenessAnswer(Schema):
    start: str = Field(description="as asked")
    end: str = Field(description="as asked")
    points: list[PointCompleteness]
