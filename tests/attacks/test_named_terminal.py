"""Only the terminal that a point's definition names states its meter, each for its own time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.test_evidence_in_force import DAYS, FIRST, POINT, anchored, code_of, frame, reading
from veriwatt.encoding import Value
from veriwatt.testing.soundness.naive_calendar import DAY, HOUR
from veriwatt.testing.soundness.workshop import Registered, Workshop

NAMED_T2: dict[str, Value] = {**POINT, "terminal": "t2"}


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path, FIRST)


def defined(shop: Workshop, point: dict[str, Value], effective_from: int) -> Registered:
    assert shop.define("plant", "day", DAYS, [point], effective_from).ok
    return shop.versions[-1]


def test_a_second_certified_terminal_of_the_org_does_not_state_the_meter(shop: Workshop) -> None:
    version = defined(shop, POINT, FIRST)
    proven = reading(shop, version, anchored(shop, frame(shop, version, FIRST)))
    assert proven.frame.header.terminal == "t1"
    position = anchored(shop, frame(shop, version, FIRST, terminal="t2"))
    assert code_of(lambda: reading(shop, version, position)) == "other-terminal"


def test_where_no_terminal_is_named_none_states_the_meter(shop: Workshop) -> None:
    version = defined(shop, {**POINT, "terminal": None}, FIRST)
    position = anchored(shop, frame(shop, version, FIRST))
    assert code_of(lambda: reading(shop, version, position)) == "other-terminal"


def test_a_point_handed_over_at_noon_is_its_old_terminals_before_and_its_new_ones_after(shop: Workshop) -> None:
    """Also what the old terminal delivers late: its frames of both days are anchored after the hand-over."""
    old = defined(shop, POINT, FIRST)
    new = defined(shop, NAMED_T2, FIRST + DAY + 12 * HOUR)
    after = anchored(shop, frame(shop, new, FIRST + 2 * DAY, terminal="t2"))
    assert reading(shop, new, after).value == "0.040"
    for start, last in ((FIRST, 95), (FIRST + DAY, 47)):
        late = anchored(shop, frame(shop, old, start))
        assert reading(shop, old, late, 0).value == "0.000"
        assert reading(shop, old, late, last).value == f"0.0{last}"
    assert code_of(lambda: reading(shop, old, late, 48)) == "definition-replaced"
    handed = anchored(shop, frame(shop, new, FIRST + DAY, terminal="t2"))
    assert code_of(lambda: reading(shop, new, handed, 47)) == "definition-replaced"
    assert reading(shop, new, handed, 48).value == "0.048"
