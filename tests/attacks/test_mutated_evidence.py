"""Frames with fields changed, signed by the enterprise's own keys: nothing untrue is proven, nothing true is refused.

The seed is drawn anew each run and printed; `SOUNDNESS_SEED=n` repeats a run. `make drill-soundness` runs many more.
"""

from __future__ import annotations

import os
from pathlib import Path
from random import SystemRandom
from time import monotonic

import pytest

from veriwatt.testing.soundness.campaign import run_lot
from veriwatt.testing.soundness.period_campaign import run_period_lot
from veriwatt.testing.soundness.tally import Tally

SEED = int(os.environ.get("SOUNDNESS_SEED", SystemRandom().randrange(10**9)))
LOTS = 12
WITHIN = 20.0
"""Seconds after which no further lot begins."""


@pytest.fixture(scope="module")
def tally(tmp_path_factory: pytest.TempPathFactory) -> Tally:
    print(f"SOUNDNESS_SEED={SEED}")
    began, tally = monotonic(), Tally()
    for lot in range(LOTS):
        tally.add(run_lot(tmp_path_factory.mktemp("lot"), SEED + lot, cases=120))
        if monotonic() - began > WITHIN:
            break
    return tally


@pytest.fixture(scope="module")
def periods(tmp_path_factory: pytest.TempPathFactory) -> Tally:
    print(f"SOUNDNESS_SEED={SEED}")
    tally = Tally()
    for lot in range(3):
        tally.add(run_period_lot(tmp_path_factory.mktemp("periods"), SEED + lot))
    return tally


def told(tally: Tally) -> str:
    return "\n".join([f"SOUNDNESS_SEED={SEED}", *tally.problems])


def test_no_verdict_proven_says_what_is_not_true(tally: Tally) -> None:
    assert tally.false_proofs == 0, told(tally)


def test_one_frame_never_proves_two_values_of_one_point_and_instant(tally: Tally) -> None:
    assert tally.pairs == 0, told(tally)


def test_two_proven_frames_of_one_number_are_a_recorded_contradiction_that_both_files_tell(tally: Tally) -> None:
    assert tally.contradicted > 0, told(tally)
    assert tally.pairs == 0, told(tally)


def test_no_honest_reading_is_refused(tally: Tally) -> None:
    assert tally.honest_refused == 0, told(tally)


def test_no_proven_period_has_another_figure_than_its_slots_give(periods: Tally) -> None:
    assert (periods.false_proofs, periods.honest_refused) == (0, 0), told(periods)
    assert periods.proven > 0


def test_the_cases_reach_every_kind_of_end(tally: Tally) -> None:
    assert tally.honest > 5
    assert tally.proven > tally.honest
    assert {1, 2, 8, 11, 12, 13, 14} <= set(tally.steps), sorted(tally.steps.items())


def test_a_lot_is_repeated_by_its_seed(tmp_path: Path) -> None:
    one, other = (run_lot(tmp_path / name, SEED, cases=24) for name in ("one", "other"))
    assert (one.cases, one.proven, one.steps) == (other.cases, other.proven, other.steps)
