"""The claim of a period's figure, with all slots of the period, and of a register's context, from several frames.

claim = ["period", org, point, start, end, context start, context end, [definition ...], [column ...]]

There is one column a frame. Spec: docs/spec/evidence.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from veriwatt.encoding import Fields, Value
from veriwatt.errors import Malformed
from veriwatt.ids import check_point
from veriwatt.model.evidence.disclosure import ColumnPart, DefinitionPart
from veriwatt.model.evidence.file_limits import MAX_FRAMES, MAX_VERSIONS
from veriwatt.model.ledger.state_keys import point_key, register_key
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.units import DAY, HOUR, Interval, UtcMillis

LONGEST_PERIOD = 31 * DAY + 2 * HOUR
"""The longest period: 31 local days, of which two may have an hour more."""


class PeriodTooLong(Malformed):
    """Evidence of a longer period than a file can hold the slots of."""

    code = "period-too-long"

    def __init__(self) -> None:
        super().__init__("evidence proves a period of at most 31 days; longer totals come with statements")


def check_length(period: Interval) -> None:
    """Raises PeriodTooLong for a period of more than 31 days."""
    if period.end - period.start > LONGEST_PERIOD:
        raise PeriodTooLong


@dataclass(frozen=True, slots=True)
class ClaimedPeriod:
    """`period` of `point` of `org`; `context` is the span whose slots are disclosed."""

    org: str
    point: str
    period: Interval
    context: Interval

    def __post_init__(self) -> None:
        period, context = self.period, self.context
        if not period.start < period.end:
            raise Malformed("evidence: a period has an end after its start")
        check_length(period)
        if not (context.start <= period.start and period.end <= context.end):
            raise Malformed("evidence: the context of a period contains it")


@dataclass(frozen=True, slots=True)
class PeriodClaim:
    """`evidence.Claim`: the figure of a period, from all slots of its context that the frames state."""

    KIND: ClassVar[str] = "period"

    claimed: ClaimedPeriod
    definitions: tuple[DefinitionPart, ...]
    columns: tuple[ColumnPart, ...]

    @property
    def definition(self) -> PointDefinition:
        """That of the figure; the others with a place differ from it in terminal, parent or data code alone."""
        return self.definitions[-1].definition

    @property
    def org(self) -> str:
        return self.claimed.org

    @property
    def frames(self) -> int:
        return len(self.columns)

    @property
    def needs_newest_anchor(self) -> bool:
        """Of a register: no slot that might mark its steps ends later than that anchor."""
        return self.definition.kind is Kind.REGISTER

    def times(self) -> tuple[UtcMillis, ...]:
        period, context = self.claimed.period, self.claimed.context
        instants = (t for c in self.columns for leaf in c.leaves for t in leaf.instants if t is not None)
        return (period.start, period.end, context.start, context.end, *instants)

    def state_keys(self) -> tuple[bytes, ...]:
        org, point = self.claimed.org, self.claimed.point
        register = (register_key(org, point),) if self.definition.kind is Kind.REGISTER else ()
        return (point_key(org, point), *register)

    def fields(self) -> list[Value]:
        claimed = self.claimed
        spans = (claimed.period.start, claimed.period.end, claimed.context.start, claimed.context.end)
        definitions: list[Value] = [part.fields() for part in self.definitions]
        columns: list[Value] = [column.fields() for column in self.columns]
        return [self.KIND, claimed.org, claimed.point, *spans, definitions, columns]

    @classmethod
    def parse(cls, value: object) -> PeriodClaim:
        f = Fields(value, "evidence: claim", 9)
        f.text("kind")
        org, point = f.name("org"), check_point(f.text("point"))
        period = Interval(f.int("start"), f.int("end"))
        context = Interval(f.int("context start"), f.int("context end"))
        definitions = f.each("definitions", DefinitionPart.parse, MAX_VERSIONS)
        if not definitions or not definitions[-1].places:
            raise Malformed("evidence: the last definition of a period is one that its frames name")
        if definitions[-1].definition.kind is not Kind.REGISTER and context != period:
            raise Malformed("evidence: only the period of a register has a context around it")
        columns = f.each("columns", ColumnPart.parse, MAX_FRAMES)
        if not columns:
            raise Malformed("evidence: a period is proven by at least one frame")
        return cls(ClaimedPeriod(org, point, period, context), definitions, columns)
