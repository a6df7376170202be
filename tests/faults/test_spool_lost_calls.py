"""Every call to the spool cut in two ways: lost before it took effect, and applied but reported lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from tests.faults import spool_scenario as scenario
from veriwatt.terminal.spool.spool import Spool


class Cut(Exception):
    """The call did not come back."""


class CuttingSpool:
    """Passes every call on to a spool, but the nth does not come back."""

    def __init__(self, spool: Spool, nth: int, *, applied: bool) -> None:
        self._spool, self._left, self._applied = spool, nth, applied

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = getattr(self._spool, name)

        def call(*args: Any) -> object:
            self._left -= 1
            if self._left == 0 and not self._applied:
                raise Cut
            result: object = method(*args)
            if self._left == 0:
                raise Cut
            return result

        return call


def cut_and_finish(path: Path, nth: int, *, applied: bool) -> bool:
    """Do the work with call `nth` cut, look, do it again from the start, look; False when there is no such call."""
    reports: list[str] = []
    with Spool(path) as spool:
        try:
            scenario.work(cast("Spool", CuttingSpool(spool, nth, applied=applied)), reports.append)
        except Cut:
            scenario.check_no_loss(spool, reports)
            scenario.work(spool, reports.append)
            scenario.check_no_loss(spool, reports)
            scenario.check_done(spool)
            return True
    return False


@pytest.mark.parametrize("applied", [False, True], ids=["lost", "applied"])
def test_a_call_with_unknown_outcome_may_be_repeated(tmp_path: Path, applied: bool) -> None:
    nth = 1
    while cut_and_finish(tmp_path / f"{nth}.db", nth, applied=applied):
        nth += 1
    assert nth > 30, "the sweep cut nothing"
