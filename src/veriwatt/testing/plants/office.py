"""An office building: people by the hour, climate by the weather, lamps by daylight, a roof of solar cells."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from veriwatt.terminal.drivers.modbus_tcp.register import WordOrder
from veriwatt.testing.plants.meters import Meter, Plant, active, heat, power, power_f32, temperature
from veriwatt.testing.plants.variation import MINUTES, Minutes, Rates, Variation, between_hours, transformer, whole
from veriwatt.testing.plants.weather import DayWeather

SOLAR_WATTS = 30_000
"""What the roof yields in full sun; less than the building ever draws, so nothing is fed back."""


def _day(variation: Variation, day: int, weather: DayWeather) -> Mapping[str, Rates]:
    people = _people(variation, day)
    open_house = between_hours(6, 20) * ((day + 3) % 7 < 5)
    parts = [
        whole(_climate(people, open_house, weather)),
        whole(_lamps(people, open_house, weather)),
        whole(_plugs(variation, day, people)),
    ]
    solar = whole(SOLAR_WATTS * weather.sunlight / 1_000)
    load = parts[0] + parts[1] + parts[2]
    main = load + transformer(load, rated=800_000, no_load=1_300, full_load=8_200) - solar
    return {
        "main/active": main,
        "main/power": main,
        "climate/active": parts[0],
        "climate/outdoor": np.rint(weather.temperature * 10).astype(np.int64),
        "lamps/active": parts[1],
        "plugs/active": parts[2],
        "plugs/power": parts[2],
        "solar/active": solar,
        "solar/power": solar,
        "heating/heat": _heating(people, open_house, weather),
    }


def _people(variation: Variation, day: int) -> Minutes:
    """The share of desks in use: arrivals and departures spread over an hour and a half, lunch is eaten outside."""
    hours = np.arange(MINUTES) / 60
    arrive = 8.4 + 0.3 * variation.at("arrival", day)
    leave = 17.8 + 0.6 * variation.at("leaving", day)
    present = 1 / (1 + np.exp(-4 * (hours - arrive))) - 1 / (1 + np.exp(-3 * (hours - leave)))
    lunch = 1 - 0.4 * np.exp(-(((hours - 12.4) / 0.45) ** 2))
    weekday = (day + 3) % 7
    crowd = (0.95, 1.0, 1.0, 0.97, 0.85, 0.08, 0.03)[weekday] * (0.92 + 0.08 * variation.at("crowd", day))
    share: Minutes = np.maximum(present, 0) * lunch * crowd
    return share


def _climate(people: Minutes, open_house: Minutes, weather: DayWeather) -> Minutes:
    """Watts: fans while the house is open; chillers against warmth from outside, sun and people."""
    fans = 5_000 + 24_000 * open_house
    gain = 7_500.0 * (weather.temperature - 21) + 85.0 * weather.sunlight + 60_000.0 * people
    chilled = np.maximum(gain, 0) * (0.08 + 0.92 * open_house)
    return fans + chilled / np.clip(4.6 - 0.06 * (weather.temperature - 20), 2.5, 5.5)


def _heating(people: Minutes, open_house: Minutes, weather: DayWeather) -> Rates:
    """Kilojoules of district heat a minute: to 20 degC when open, to 15 at night, less what people and sun bring."""
    wanted = 15 + 5 * np.maximum(open_house, between_hours(4.5, 6) * open_house.any())
    lost = 6_800.0 * (wanted - weather.temperature) - 35_000.0 * people - 30.0 * weather.sunlight
    return whole(np.maximum(lost, 0) * 60 / 1_000)


def _lamps(people: Minutes, open_house: Minutes, weather: DayWeather) -> Minutes:
    """Watts: rooms are lit where there are people and not enough daylight; corridors while the house is open."""
    daylight = np.clip(weather.sunlight / 350, 0, 1)
    return 2_200 + 9_000 * open_house + 52_000 * people * (1 - 0.7 * daylight)


def _plugs(variation: Variation, day: int, people: Minutes) -> Minutes:
    """Watts: servers day and night, desks with people, lifts when they come and go."""
    moving = np.abs(np.gradient(people)) * 60
    lifts = 22_000 * np.minimum(moving, 1) * variation.series("lifts", day * MINUTES + np.arange(MINUTES))
    watts: Minutes = 34_000 + 71_000 * people + lifts
    return watts


OFFICE = Plant(
    name="office",
    org="harbour-office",
    meters=(
        Meter("main", (active(), power())),
        Meter("climate", (active(), temperature()), "main", WordOrder.LITTLE),
        Meter("lamps", (active(),), "main"),
        Meter("plugs", (active(), power_f32()), "main"),
        Meter("solar", (active(), power()), "main"),
        Meter("heating", (heat(),)),
    ),
    model=_day,
)
