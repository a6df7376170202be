"""One figure of a period, whoever gives it: query, the sum of its hours, the API, and evidence that is verified."""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from tests.unit.importing.file_import import ORG, FileImports
from veriwatt.api.totals import TotalsQuestion, totals_answer
from veriwatt.energy.calendar import Zone
from veriwatt.model.points.register_record import RecordExchange
from veriwatt.node.home import Home
from veriwatt.reading.convert import USUAL
from veriwatt.reading.evidence.period_file import StepsUndecided, period_file
from veriwatt.reading.query import point_totals
from veriwatt.units import DAY, HOUR, Interval, UtcMillis
from veriwatt.verify.claims.period import ProvenPeriod
from veriwatt.verify.procedure import verify_evidence

START: UtcMillis = 20_514 * DAY
"""2026-03-02T00:00:00Z."""

WIDTH = 1000
HOURS = 24 * 9
POINT = {"kind": '"register"', "slot": '"1h"', "resolution": '"1"', "width": '"1000"', "rate": '"40"'}
EVENTS = ("on",) * 12 + ("gap", "spike", "dip", "stay")


def meter(rng: Random) -> tuple[str, tuple[UtcMillis, int, int]]:
    """A file of hourly readings with gaps, spikes, dips and rollovers, and the exchange of the meter within it."""
    shown, exchanged = rng.randint(0, WIDTH - 1), rng.randint(1, HOURS - 1)
    rows, exchange = ["when,p"], (0, 0, 0)
    for hour in range(HOURS):
        if hour == exchanged:
            exchange, shown = (START + hour * HOUR - HOUR // 2, shown, 7), 7
        shown = (shown + rng.randint(0, 25)) % WIDTH
        event = rng.choice(EVENTS)
        value = {"spike": shown + 900, "dip": 0}.get(event, shown)
        if event != "gap":
            rows.append(f"{Zone.parse('+00:00').rfc3339(START + hour * HOUR)},{value}")
    return "\n".join(rows) + "\n", exchange


def climbing_meter(rng: Random) -> str:
    """A file of a month of hourly readings: spikes that climb in several steps, and hours that are not stated."""
    shown, spike, left, rows = rng.randint(0, 50_000), 0, 0, ["when,p"]
    most = rng.choice((12, 24 * 4, 24 * 9))
    for hour in range(24 * 31):
        shown += rng.randint(0, 25)
        if not left and rng.random() < 0.02:
            left = rng.randint(1, most)
        left = max(0, left - 1)
        spike = spike + (rng.randint(100, 900) if not spike or rng.random() < 0.2 else 0) if left else 0
        value = "unreadable" if rng.random() < 0.004 else shown + spike
        rows.append(f"{Zone.parse('+00:00').rfc3339(START + hour * HOUR)},{value}")
    return "\n".join(rows) + "\n"


@settings(max_examples=5, phases=[Phase.explicit, Phase.generate])
@example(4550)
@given(st.integers(0, 2**32))
def test_a_period_of_a_register_with_spikes_that_climb_has_one_figure(seed: int) -> None:
    rng = Random(seed)
    with TemporaryDirectory() as folder:
        files = FileImports(Path(folder))
        point = POINT | {"timezone": '"+00:00"', "width": '"100000"', "rate": '"1000"'}
        files.add(climbing_meter(rng), point, clock='"+00:00"', keep_good=True)
        with Home(files.root) as home:
            home.org_log(ORG).anchor()
            for _ in range(4):
                day = rng.randint(2, 25)
                check(home, Interval(START + day * DAY, START + rng.randint(day + 1, 29) * DAY))


@settings(max_examples=5, phases=[Phase.generate])  # a smaller seed is no smaller meter
@given(st.integers(0, 2**32), st.integers(2, 5), st.integers(1, 3))
def test_a_period_has_one_figure(seed: int, day: int, days: int) -> None:
    text, (at, last, first) = meter(Random(seed))
    with TemporaryDirectory() as folder:
        files = FileImports(Path(folder))
        files.add(text, POINT | {"timezone": '"+00:00"'}, clock='"+00:00"')
        with Home(files.root) as home:
            home.member_client(ORG).submit(RecordExchange("p", at, last, first, "calibration"))
            home.org_log(ORG).anchor()
            check(home, Interval(START + day * DAY, START + (day + days) * DAY))


def check(home: Home, span: Interval) -> None:
    view, definition, histories = home.view(), home.points.find("p")[1], home.points.history
    query = point_totals(view, ORG, definition, span, "1d", histories).totals
    hours = point_totals(view, ORG, definition, span, "1h", histories).totals
    asked = TotalsQuestion(span, None, "1d", "", (), USUAL, None, by_column=False)
    api = totals_answer(view, ORG, definition, asked, histories)
    chain, agent = home.org_log(ORG).chain, home.keys.agent
    value, shown = sum(total.value or 0 for total in query), api.total.model_dump(by_alias=True)
    assert sum(total.value or 0 for total in hours) == value
    assert shown["value"] == str(definition.value(value))
    try:
        raw = period_file(home.ledger, chain, agent, view, ORG, definition, span)
    except StepsUndecided:  # an hour that is not stated, just before the period
        assert not shown["complete"]
        return
    proven = verify_evidence(raw, None, home.clock.now())
    assert isinstance(proven, ProvenPeriod)
    facts = proven.facts()
    same = ("value", "steps", "stated_by_owner", "at_least", "complete", "expected", "measured", "gap", "bridged")
    assert {name: shown[name] for name in same} == {name: facts[name] for name in same}
