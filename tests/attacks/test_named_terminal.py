"""Only the terminal that a point's definition names states its meter, each for its own time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.test_evidence_in_force import DAYS, FIRST, POINT, anchored, frame, reading
from veriwatt.encoding import Value
from veriwatt.testing.soundness.workshop import Registered, Workshop
from veriwatt.verify.refusals import OtherTerminal
from veriwatt.verify.steps import StepFailed

NAMED_T2: dict[str, Value] = {**POINT, "terminal": "t2"}


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path, FIRST)


def defined(shop: Workshop, point: dict[str, Value], effective_from: int) -> Registered:
    assert shop.define("plant", "day", DAYS, [point], effective_from).ok
    return shop.versions[-1]


def refusal(shop: Workshop, version: Registered, start: int, terminal: str) -> BaseException | None:
    with pytest.raises(StepFailed) as failed:
        reading(shop, version, anchored(shop, frame(shop, version, start, terminal=terminal)))
    assert failed.value.number == 14
    return failed.value.cause


def test_a_second_certified_terminal_of_the_org_does_not_state_the_meter(shop: Workshop) -> None:
    version = defined(shop, POINT, FIRST)
    proven = reading(shop, version, anchored(shop, frame(shop, version, FIRST)))
    assert proven.frame.header.terminal == "t1"
    assert isinstance(refusal(shop, version, FIRST, "t2"), OtherTerminal)


def test_where_no_terminal_is_named_none_states_the_meter(shop: Workshop) -> None:
    version = defined(shop, {**POINT, "terminal": None}, FIRST)
    assert isinstance(refusal(shop, version, FIRST, "t1"), OtherTerminal)
