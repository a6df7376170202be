"""How often the copy of a followed ledger is brought to the newest head."""

from __future__ import annotations

import pytest

from veriwatt.ledger.follower.copied_ledger import COPY_EVERY, LONGEST, pause_after
from veriwatt.ports.ledger import STALE_AFTER
from veriwatt.units import SECOND


@pytest.mark.parametrize(("spent", "pause"), [(0.0, COPY_EVERY), (0.05, COPY_EVERY), (0.3, 30.0), (7.0, LONGEST)])
def test_copying_takes_a_hundredth_of_a_core_and_no_head_is_stale_by_it(spent: float, pause: float) -> None:
    assert pause_after(spent) == pytest.approx(pause)
    assert LONGEST < STALE_AFTER / SECOND / 2
