"""A terminal that learns of a changed definition late states again what it stated under the replaced one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_changed_group import NEXT, NOON, ORG, QUARTER, Works, point, quarters
from tests.terminal_toml import terminal_toml
from veriwatt.metering.totals import Total
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.points.standing import Standing
from veriwatt.model.terminals.handover import parse_handover
from veriwatt.reading.evidence.build import build_period_evidence
from veriwatt.reading.query import span_total
from veriwatt.system.files import DiskFiles, save
from veriwatt.terminal.home import TerminalHome
from veriwatt.units import HOUR, Interval
from veriwatt.verify.claims.period import ProvenPeriod
from veriwatt.verify.procedure import verify_evidence

BEFORE = terminal_toml(
    ORG, *map(point, ("same", "hourly")), point("coarser", 'resolution = "0.1"'), *map(point, ("sharper", "turned"))
)
CHANGED = terminal_toml(
    ORG,
    point("same"),
    point("hourly", 'slot = "1h"'),
    point("coarser"),
    point("sharper", 'resolution = "0.1"'),
    point("turned", 'multiplier = "2"'),
)
LATE = NEXT + 2 * HOUR
"""When the terminal accepts the handover, two hours after the definitions changed."""

END = LATE + 2 * HOUR


def told_late(folder: Path) -> tuple[Works, bytes]:
    """A terminal that has framed two hours under definitions that had been replaced, and the handover that says so."""
    made = Works(folder, BEFORE)
    made.run(NOON)
    made.configure(CHANGED)
    handed = made.enrol()
    made.configure(BEFORE)
    made.run(LATE)
    made.configure(CHANGED)
    return made, handed


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    made, handed = told_late(tmp_path)
    made.accept(handed)
    yield made
    made.home.close()


def figure(works: Works, name: str, span: Interval) -> Total:
    """What query shows of a point, and evidence proves alike."""
    home = works.home
    view, found = home.view(), home.points.group_of(ORG, name)
    definition, total = span_total(view, ORG, found.definition(name), span, home.points.history)
    chain, agent = home.org_log(ORG).chain, home.keys.agent
    raw = build_period_evidence(home.ledger, chain, agent, view, ORG, definition, span).to_bytes()
    proven = verify_evidence(raw, None, works.clock.now())
    assert isinstance(proven, ProvenPeriod)
    shown = None if total.value is None else str(definition.value(total.value))
    assert (proven.value, proven.total.measured, proven.total.expected) == (shown, total.measured, total.expected)
    return total


def frames(works: Works) -> int:
    return works.home.org_log(ORG).chain.size


def test_what_was_stated_under_a_replaced_definition_is_proven_under_the_right_one(works: Works) -> None:
    works.run(END)
    after = range(NEXT, LATE, QUARTER)
    assert works.proven("same", NEXT) == quarters(NEXT, END, 15), "an unchanged point is not stated twice"
    hourly = works.proven("hourly", NEXT)
    assert [hourly[t] for t in (NEXT, NEXT + HOUR)] == [60, 60]
    coarser, sharper, turned = (works.proven(name, NEXT) for name in ("coarser", "sharper", "turned"))
    assert {coarser[t] for t in after} == {15}
    assert {sharper[t] for t in after} == {15}
    assert {turned[t] for t in after} == {None}, "a value under another multiplier means something else"
    left_out = works.home.view().left_out(ORG, "hourly")
    assert [(each.standing, each.slots) for each in left_out] == [(Standing.REPLACED, 1)] * 8


def test_query_and_evidence_then_show_the_same_figure(works: Works) -> None:
    works.run(END)
    span = Interval(NEXT, LATE)
    assert figure(works, "hourly", span).value == 120
    assert figure(works, "coarser", span).value == 8 * 15
    sharper = figure(works, "sharper", span)
    assert (sharper.value, sharper.measured) == (1200, 0), "read at whole kWh, so that tenths are estimated"
    assert figure(works, "turned", span).value is None


def test_a_frame_names_the_frames_whose_slots_it_states_again(works: Works) -> None:
    before = frames(works)
    works.run(END)
    chain = works.home.org_log(ORG).chain
    sent = [parse_frame(chain.upload(position)) for position in range(chain.size)]
    late = [frame.frame_id for frame in sent[:before] if frame.header.window.end > NEXT]
    naming = {n: frame.header.groups[0].replaces for n, frame in enumerate(sent) if frame.header.groups[0].replaces}
    assert min(naming) >= before
    assert len(late) == 8
    assert [name for names in naming.values() for name in names] == late
    assert all(sent[n].header.window.start < LATE for n in naming), "a frame of new slots names none"


def test_nothing_is_stated_a_third_time(works: Works) -> None:
    works.run(END)
    view = works.home.view()
    assert len(view.versions(ORG, "coarser", NEXT)) == 1
    assert len(view.versions(ORG, "same", NEXT)) == 1
    with TerminalHome(works.folder, works.clock) as terminal:
        assert terminal.restate_replaced() == 0
    works.hand_over()
    assert works.waiting() == 0


def test_a_terminal_that_was_killed_once_it_had_stored_the_handover_states_them_when_it_starts(tmp_path: Path) -> None:
    works, handed = told_late(tmp_path)
    with TerminalHome(works.folder, works.clock) as terminal:
        terminal.keyring.take(parse_handover(handed))
        save(DiskFiles(), terminal.paths.handover, handed)
    assert works.waiting() == 0
    with TerminalHome(works.folder, works.clock) as terminal:
        assert terminal.restate_replaced() > 0
        assert terminal.restate_replaced() == 0
    works.run(END)
    assert works.proven("hourly", NEXT)[NEXT] == 60
    works.home.close()
