"""A step that another org confirmed is the step between two readings: the owner states no other one under its name."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.attacks.test_register_periods import hours, proven, register
from veriwatt.model.frames.columns import Column
from veriwatt.model.points.register_record import ConfirmStep, ReadStep
from veriwatt.model.points.status import Status
from veriwatt.testing.certifiers import admitted_certifier
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import HOUR, Interval

DAYS = [[1000 + 24 * day + i + (500 if 24 * day + i >= 30 else 0) for i in range(24)] for day in range(12)]
STEP = ReadStep(FIRST_DAY + 30 * HOUR, 1029, FIRST_DAY + 31 * HOUR, 1530)
WHOLE = hours(0, 24 * 12)


def restated(world: SimWorld, day: int, values: list[int]) -> None:
    """Another version of a day."""
    start = FIRST_DAY + 24 * day * HOUR
    starts = np.arange(start, start + 24 * HOUR, HOUR, dtype=np.int64)
    codes = np.full(24, Status.MEASURED, np.uint8)
    column = Column("main", starts, starts + HOUR, np.array(values, np.int64), codes)
    world.append(world.made(Interval(start, start + 24 * HOUR), {"registers": [column]}))


def confirmed(tmp_path: Path) -> SimWorld:
    """A register with an implausible step on its second day, which another org confirmed."""
    world = register(tmp_path, *DAYS, rate=10)
    world.must(world.inspector.sign(ConfirmStep("acme", "main", STEP)))
    return world


def test_a_confirmed_step_counts_and_says_who_confirmed_it_and_bounds_nothing(tmp_path: Path) -> None:
    world = confirmed(tmp_path)
    found = proven(world, hours(24, 48), list(range(12)), WHOLE)
    facts = found.facts()
    assert (facts["value"], facts["at_least"]) == ("524", "23")
    assert isinstance(facts["steps"], dict)
    assert (facts["steps"]["confirmed"], facts["steps"]["implausible"]) == (1, 0)
    (said,) = [each for each in found.caveats(world.trust(), world.clock.now()) if each.code == "step-confirmed"]
    assert (said.values["org"], said.values["before"], said.values["after"]) == (world.inspector.org, "1029", "1530")


def test_a_step_confirmed_by_a_creature_of_the_owner_says_so(tmp_path: Path) -> None:
    """The owner admitted the org that confirms its own giant step; another org certified the terminal."""
    world = register(tmp_path, *DAYS, rate=10)
    judge = admitted_certifier(world, "creature", world.owner)
    world.must(judge.sign(ConfirmStep("acme", "main", STEP)))
    found = proven(world, hours(24, 48), list(range(12)), WHOLE)
    told = {each.code: each.values for each in found.caveats(world.trust(), world.clock.now())}
    assert told["step-confirmed"]["org"] == found.facts()["confirmed_by"] == "creature"
    assert found.facts()["confirmer"] == {
        "admitted_by": "acme",
        "granted_by": "metro, city",
        "basis": "independent-majority",
    }
    assert told["admitted-by-owner"] == {"certifier": "creature", "owner": "acme"}


def test_a_period_says_that_corrections_of_its_slots_may_not_be_shown(tmp_path: Path) -> None:
    """The whole of the second day is corrected, and the file shows the days as they first were."""
    world = register(tmp_path, *DAYS[:4], rate=1000)
    restated(world, 1, DAYS[1])
    world.anchor()
    found = proven(world, hours(24, 48), [0, 1, 2, 3], hours(0, 24 * 4))
    assert "corrections-not-shown" in {each.code for each in found.caveats(world.trust(), world.clock.now())}


def test_a_reading_stated_anew_after_its_step_was_confirmed_is_implausible_again(tmp_path: Path) -> None:
    world = confirmed(tmp_path)
    for day in range(1, 12):
        restated(world, day, [value + (999_500 if value >= 1530 else 0) for value in DAYS[day]])
    world.anchor()
    found = proven(world, hours(24, 48), [0, *range(12, 23)], WHOLE)
    facts = found.facts()
    assert (facts["value"], facts["complete"]) == ("23", False)
    assert isinstance(facts["steps"], dict)
    assert (facts["steps"]["confirmed"], facts["steps"]["implausible"]) == (0, 1)
    assert "step-confirmed" not in {each.code for each in found.caveats(world.trust(), world.clock.now())}
