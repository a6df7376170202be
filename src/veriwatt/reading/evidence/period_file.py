"""The evidence file of a period: it proves the figure that a query gives, or is not handed out."""

from __future__ import annotations

from veriwatt.energy.calendar import Zone
from veriwatt.errors import Refused
from veriwatt.metering.register_falls import ContextInsufficient
from veriwatt.model.points.point import PointDefinition
from veriwatt.ports.key_agent import KeyAgent
from veriwatt.ports.ledger import Ledger
from veriwatt.reading.evidence.build import build_period_evidence, proven_file
from veriwatt.reading.evidence.frame_proof import ChainReader
from veriwatt.reading.evidence.period_claim import last_unstated
from veriwatt.reading.query import span_total
from veriwatt.readmodel.points import Points
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import Interval
from veriwatt.verify.claims.period import ProvenPeriod
from veriwatt.verify.steps import StepFailed


class StepsUndecided(Refused):
    """Behind slots that no frame states, too few readings come before a period to decide the steps of its register."""

    code = "steps-undecided"

    def __init__(self, point: str, start: str, end: str) -> None:
        super().__init__(
            f"no frame states {point!r} from {start} to {end}, and the readings from then up to the period do not "
            "decide its steps: state these slots, those without a reading as gaps, or ask for a period that begins "
            f"by {start}, or some readings later"
        )
        self.point, self.start, self.end = point, start, end


class FiguresDiffer(Refused):
    """The frames of a period do not name all that a query counts by, such as the newest calendar of the group."""

    code = "figures-differ"

    def __init__(self, point: str, proven: int, queried: int) -> None:
        super().__init__(
            f"evidence of this period of {point!r} would be another figure than the query's ({proven} slots expected, "
            f"not {queried}): its frames do not name all that a query counts by, as the newest calendar of the group; "
            "ask for a period that ends with the last slot that a frame states"
        )
        self.point, self.proven, self.queried = point, proven, queried


def period_file(
    ledger: Ledger,
    chain: ChainReader,
    agent: KeyAgent,
    view: ReadingsView,
    org: str,
    definition: PointDefinition,
    period: Interval,
) -> bytes:
    """The file to hand out as evidence of a period's figure; the arguments are those of `build_period_evidence`.

    Raises:
        StepsUndecided, FiguresDiffer: the file would prove nothing, or another figure than the query's.
        StepFailed: as of `evidence_file`.
        PeriodTooLong, NotFound, SeveralDefinitions, NotInOneFile, NotAnchored, KeyRefused, Unavailable: as of
            `build_period_evidence`.
    """
    history = Points(ledger).history
    for _ in range(2):  # a second time, for a frame or an anchor may have come in between
        built = build_period_evidence(ledger, chain, agent, view, org, definition, period)
        _, queried = span_total(view, org, definition, period, history)
        try:
            raw, proven = proven_file(built)
        except StepFailed as refused:
            if not isinstance(refused.cause, ContextInsufficient):
                raise
            unstated = last_unstated(view, org, definition, history(org, definition.id), period)
            if unstated is None:
                raise
            raise _undecided(definition, unstated) from refused
        assert isinstance(proven, ProvenPeriod)
        total = proven.total
        if total == queried:
            return raw
    unstated = last_unstated(view, org, definition, history(org, definition.id), period)
    if unstated is None or total.expected != queried.expected:
        raise FiguresDiffer(definition.id, total.expected, queried.expected)
    raise _undecided(definition, unstated)


def _undecided(definition: PointDefinition, unstated: Interval) -> StepsUndecided:
    zone = Zone.parse(definition.timezone)
    return StepsUndecided(definition.id, zone.rfc3339(unstated.start), zone.rfc3339(unstated.end))
