"""One figure of a period in query, API and verified evidence, over random lives of a point; or no evidence of it."""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.properties.point_lives import PointLife
from veriwatt.errors import NotFound
from veriwatt.metering.totals import Total
from veriwatt.reading.evidence.period_file import StepsUndecided, period_file
from veriwatt.reading.figure import own_figure
from veriwatt.reading.query import span_total
from veriwatt.units import Interval
from veriwatt.verify.claims.period import ProvenPeriod
from veriwatt.verify.procedure import verify_evidence

COUNTS = ("expected", "measured", "estimated", "manual", "gap", "bridged", "complete")
SAME = ("value", *COUNTS, "steps", "stated_by_owner", "at_least")


@settings(max_examples=6, phases=[Phase.generate])  # a smaller seed is no smaller life
@given(st.integers(0, 2**32))
def test_a_period_has_one_figure_in_query_and_evidence_whatever_its_point_went_through(seed: int) -> None:
    check_life(seed)


def check_life(seed: int) -> None:
    with TemporaryDirectory() as folder:
        life = PointLife(Path(folder), Random(seed))
        for period in life.periods(5):
            definition, total = span_total(life.view, "acme", life.definition, period, life.points.history)
            shown = own_figure("acme", definition, total, total.expected).fields()
            proven = proven_or_none(life, period, total)
            if proven is not None:
                facts = proven.facts()
                assert {name: facts[name] for name in SAME} == {name: shown[name] for name in SAME}, period
        life.world.close()


def proven_or_none(life: PointLife, period: Interval, total: Total) -> ProvenPeriod | None:
    """What evidence proves of the period; None where none is handed out, which a complete period never is."""
    world = life.world
    try:
        raw = period_file(world.ledger, world.chain, world.agent, life.view, "acme", life.definition, period)
    except (NotFound, StepsUndecided):
        assert not total.complete
        return None
    found = verify_evidence(raw, world.trust(), world.clock.now())
    assert isinstance(found, ProvenPeriod)
    return found
