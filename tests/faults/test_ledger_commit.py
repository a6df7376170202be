"""The one durable write of a submit, lost or applied but reported failed, at every statement it makes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from veriwatt.errors import Unavailable, Unsettled
from veriwatt.ledger.embedded.audit import audit
from veriwatt.ledger.embedded.ledger import EmbeddedLedger
from veriwatt.ports.ledger import submit
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_genesis, sim_validator
from veriwatt.testing.clocks import SimClock


class Cut(sqlite3.Connection):
    """A connection whose nth writing statement fails: before it is done, or after."""

    plan: tuple[int, bool] | None = None
    seen = 0

    def _cut(self, sql: str, *, before: bool) -> None:
        if Cut.plan is None or sql.split(maxsplit=1)[0] in {"SELECT", "PRAGMA", "ROLLBACK"}:
            return
        Cut.seen += before
        nth, applied = Cut.plan
        if Cut.seen == nth and applied != before:
            raise sqlite3.OperationalError("disk I/O error")

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        self._cut(sql, before=True)
        done = super().execute(sql, *values)
        self._cut(sql, before=False)
        return done

    def executemany(self, sql: str, *values: Any) -> sqlite3.Cursor:
        self._cut(sql, before=True)
        done = super().executemany(sql, *values)
        self._cut(sql, before=False)
        return done


@pytest.fixture(autouse=True)
def no_cut() -> Iterator[None]:
    yield
    Cut.plan, Cut.seen = None, 0


STATEMENTS = 6
"""BEGIN, blocks, state put, state deleted, leaves, COMMIT."""


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize("nth", range(1, STATEMENTS + 1))
def test_what_was_not_confirmed_is_learnt_by_asking_again(tmp_path: Path, nth: int, applied: bool) -> None:
    path, ann, clock = tmp_path / "ledger.db", SimMember("acme", "ann"), SimClock(START)
    EmbeddedLedger.create(path, sim_genesis(ann), sim_validator(), clock).close()
    first, second = [ann.open_log()], [ann.enrol(SimTerminal("acme", "t1")), ann.enrol(SimTerminal("acme", "t2"))]
    with EmbeddedLedger.open(path, sim_validator(), clock, connection=Cut) as ledger:
        submit(ledger, first)
        Cut.plan = (nth, applied)
        with pytest.raises(Unsettled if nth == STATEMENTS else Unavailable):
            submit(ledger, second)
        Cut.plan = None
        happened = nth == STATEMENTS and applied
        assert ledger.head().height == (5 if happened else 3)
        results = submit(ledger, second)
        assert [(result.code, result.height) for result in results] == [("ok", 4), ("ok", 4)]
        assert ledger.head().height == 5
    assert audit(path).ok


def test_a_submit_makes_no_more_statements_than_were_cut(tmp_path: Path) -> None:
    path, ann, clock = tmp_path / "ledger.db", SimMember("acme", "ann"), SimClock(START)
    EmbeddedLedger.create(path, sim_genesis(ann), sim_validator(), clock).close()
    with EmbeddedLedger.open(path, sim_validator(), clock, connection=Cut) as ledger:
        Cut.plan, Cut.seen = (10**9, False), 0
        submit(ledger, [ann.open_log()])
    assert Cut.seen == STATEMENTS
