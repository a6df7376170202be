from __future__ import annotations

import asyncio

import numpy as np
import pytest

from veriwatt.testing.clocks import SimClock
from veriwatt.testing.plants import Park
from veriwatt.testing.plants.food import FOOD
from veriwatt.testing.plants.office import OFFICE
from veriwatt.testing.plants.steel import STEEL
from veriwatt.testing.plants.variation import Variation
from veriwatt.testing.plants.weather import DayWeather, weather_of
from veriwatt.units import DAY, HOUR, MINUTE, Interval

MONDAY = 20_597 * DAY + 16 * HOUR
"""Local midnight that begins a Monday in the park."""

DAY_NUMBER = 20_598
WEEK = Interval(MONDAY, MONDAY + 7 * DAY)


def advance(park: Park, point: str, span: Interval) -> int:
    start, end = park.truth(point, span)
    return end - start


def test_the_same_seed_gives_the_same_registers_however_time_is_stepped() -> None:
    one, other = Park(3, MONDAY), Park(3, MONDAY + 5 * HOUR)
    one.advance_to(WEEK.end)
    for hours in range(5, 169, 7):
        other.advance_to(MONDAY + hours * HOUR)
    assert [one.value_at(p, WEEK.end - MINUTE) for p in one.points] == [
        other.value_at(p, WEEK.end - MINUTE) for p in other.points
    ]
    third = Park(4, MONDAY)
    assert any(third.value_at(p, WEEK.end) != one.value_at(p, WEEK.end) for p in one.points)


def test_registers_never_fall() -> None:
    park = Park(3, MONDAY)
    for point, quantity in park.points.items():
        if quantity.cumulative:
            shown = [park.value_at(point, MONDAY + n * 30 * MINUTE) for n in range(7 * 48)]
            assert shown == sorted(shown), point


@pytest.mark.parametrize(
    ("plant", "parts", "solar"),
    [
        ("steel", ("furnace", "rolling", "utilities"), None),
        ("food", ("refrigeration", "cooking", "packing"), None),
        ("office", ("climate", "lamps", "plugs"), "solar"),
    ],
)
def test_a_plant_draws_what_its_parts_draw_and_what_its_transformer_loses(
    plant: str, parts: tuple[str, ...], solar: str | None
) -> None:
    park = Park(3, MONDAY)
    load = sum(advance(park, f"{plant}/{part}/active", WEEK) for part in parts)
    own = advance(park, f"{plant}/{solar}/active", WEEK) if solar else 0
    lost = advance(park, f"{plant}/main/active", WEEK) + own - load
    assert 0.002 * load < lost < 0.03 * load


def test_heats_are_tapped_around_the_clock_and_mondays_night_shift_repairs() -> None:
    furnace = STEEL.model(Variation(3), DAY_NUMBER, weather(20))["furnace/active"]
    melting = furnace > 15_000_000
    assert not melting[: 8 * 60].any()
    begun = np.count_nonzero(~melting[:-1] & melting[1:])
    assert 20 <= begun <= 32, "two melting phases in each of ten to sixteen heats"


def test_cold_stores_work_harder_when_it_is_warm() -> None:
    cold, warm = (FOOD.model(Variation(3), DAY_NUMBER, weather(t))["refrigeration/active"].sum() for t in (5, 30))
    assert warm > 1.5 * cold


def test_lamps_burn_for_people_without_daylight() -> None:
    dark, bright = (OFFICE.model(Variation(3), DAY_NUMBER, weather(20, sun))["lamps/active"] for sun in (0, 800))
    assert dark[11 * 60] > 2 * bright[11 * 60]
    assert dark[3 * 60] == bright[3 * 60]


def test_heat_is_bought_in_winter_and_the_sun_is_higher_in_summer() -> None:
    summer, winter = (Interval(MONDAY + n * DAY, MONDAY + (n + 14) * DAY) for n in (40, 220))
    warm, cold = (advance(Park(3, span.start), "office/heating/heat", span) for span in (summer, winter))
    assert cold > 20 * warm
    variation = Variation(3)
    noon = [np.mean([weather_of(variation, d + n).sunlight[720] for n in range(30)]) for d in (20_625, 20_805)]
    assert noon[0] > 1.5 * noon[1]


def test_a_clock_stops_wherever_somebody_sleeps_until() -> None:
    clock, seen = SimClock(0), list[tuple[str, int]]()

    async def tick(name: str, every: int) -> None:
        for n in range(1, 4):
            await clock.sleep_until(n * every)
            await asyncio.sleep(0.01)
            seen.append((name, clock.now()))

    async def go() -> None:
        tasks = [asyncio.create_task(tick("a", 10)), asyncio.create_task(tick("b", 15))]
        await clock.drive(100)
        await asyncio.gather(*tasks)

    asyncio.run(go())
    assert sorted(seen) == [("a", 10), ("a", 20), ("a", 30), ("b", 15), ("b", 30), ("b", 45)]
    assert clock.now() == 100


def weather(temperature: float, sunlight: float = 300) -> DayWeather:
    return DayWeather(np.full(1440, float(temperature)), np.zeros(1440), np.full(1440, float(sunlight)))
