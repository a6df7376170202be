"""A question after more periods than an answer may have is refused before they are made."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from tests.unit.importing.file_import import ORG, FileImports
from veriwatt.api.totals import MAX_ROWS, TotalsQuestion, totals_answer
from veriwatt.errors import BadInput
from veriwatt.node.home import Home
from veriwatt.reading.convert import USUAL
from veriwatt.units import DAY, MINUTE, Interval


def test_minutes_of_ten_years_are_refused_within_little_memory(tmp_path: Path) -> None:
    files = FileImports(tmp_path)
    files.add("when,p\n2026-09-01 00:15,1\n")
    begin = 1_700_000_000_000 // DAY * DAY
    with Home(files.root, files.clock) as home:
        (_, definition), view = home.points.find("p"), home.view()

        def ask(span: Interval, every: str) -> None:
            asked = TotalsQuestion(span, span, every, "", (), USUAL, None, by_column=True)
            totals_answer(view, ORG, definition, asked, home.points.history)

        tracemalloc.start()
        try:
            with pytest.raises(BadInput, match="100,000"):
                ask(Interval(begin, begin + 3650 * DAY), "1m")
            assert tracemalloc.get_traced_memory()[1] < 16_000_000
        finally:
            tracemalloc.stop()
        quarters = 15 * MINUTE
        ask(Interval(begin, begin + MAX_ROWS * quarters), "15m")
        with pytest.raises(BadInput, match="100,000"):
            ask(Interval(begin, begin + MAX_ROWS * quarters + 1), "15m")
