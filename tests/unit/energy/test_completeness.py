from __future__ import annotations

import pytest

from veriwatt.energy.completeness import Completeness
from veriwatt.errors import Malformed


def test_a_slot_in_no_frame_is_missing_and_a_signed_gap_is_not() -> None:
    found = Completeness(due=96, measured=90, estimated=2, manual=1, gap=2)
    assert (found.missing, found.signed, found.permille, found.complete) == (1, 95, 937, False)


def test_an_incomplete_span_never_rounds_to_1000_permille() -> None:
    assert Completeness(35_040, 35_039, 0, 0, 1).permille == 999
    assert Completeness(35_040, 35_040, 0, 0, 0).permille == 1000


def test_a_span_without_slots_has_no_completeness() -> None:
    nothing = Completeness(0, 0, 0, 0, 0)
    assert nothing.permille is None
    assert not nothing.complete


def test_estimates_do_not_count_as_measured() -> None:
    assert Completeness(4, 2, 1, 1, 0).permille == 500


def test_more_statuses_than_slots_are_refused() -> None:
    for counts in ((3, 2, 2, 0, 0), (3, -1, 0, 0, 0)):
        with pytest.raises(Malformed):
            Completeness(*counts)
