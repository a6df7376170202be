"""How many transactions a proposer takes, by what the newest blocks cost."""

from __future__ import annotations

from veriwatt.ledger.comet.execution_pace import COUNTS_FROM, EXECUTION, LEAST, ExecutionPace

LIMIT = 2_000


def test_as_many_as_may_be_until_they_take_long() -> None:
    pace = ExecutionPace()
    assert pace.most(LIMIT) == LIMIT
    pace.note(1_000, 0.9 * EXECUTION / LIMIT * 1_000)
    assert pace.most(LIMIT) == LIMIT


def test_what_costs_four_times_as_much_is_taken_at_a_quarter_from_the_next_block_on() -> None:
    pace = ExecutionPace()
    pace.note(500, 4 * EXECUTION / LIMIT * 500)
    assert abs(pace.most(LIMIT) - LIMIT // 4) <= 1


def test_cheap_ones_bring_it_back_within_some_blocks_and_few_ones_say_nothing() -> None:
    pace = ExecutionPace()
    pace.note(500, 4 * EXECUTION / LIMIT * 500)
    pace.note(COUNTS_FROM - 1, 60)
    for _ in range(3):
        pace.note(500, EXECUTION / LIMIT * 250)
    assert pace.most(LIMIT) == LIMIT


def test_some_are_taken_however_long_they_take() -> None:
    pace = ExecutionPace()
    pace.note(COUNTS_FROM, 600)
    assert pace.most(LIMIT) == LEAST
