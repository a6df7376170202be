"""A food plant: kettles that cook and cool in batches, cold stores under the weather, steam, gas and water."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from veriwatt.terminal.drivers.modbus_tcp.register import WordOrder
from veriwatt.testing.plants.meters import Meter, Plant, active, gas, heat, power, reactive, water
from veriwatt.testing.plants.variation import MINUTES, Minutes, Rates, Variation, between_hours, transformer, whole
from veriwatt.testing.plants.weather import DayWeather

KETTLES = 3
BATCHES = 5

STEAM_KJ = 2_700
"""What a kilogram of steam carries, in kJ."""

GAS_KJ = 35.5
"""What a litre of gas gives, in kJ."""


@dataclass(frozen=True, slots=True)
class _Kitchen:
    """What all batches of a day ask for, minute by minute."""

    steam: Minutes
    """kg/min"""
    water: Minutes
    """l/min"""
    stirring: Minutes
    """W"""
    chilling: Minutes
    """W of heat to take out of the food"""


def _day(variation: Variation, day: int, weather: DayWeather) -> Mapping[str, Rates]:
    working = (day + 3) % 7 < 6
    kitchen = _kitchen(variation, day, working)
    shift = between_hours(5.5, 22) * working
    cold = _refrigeration(variation, day, kitchen, shift, weather)
    parts = [whole(cold), whole(kitchen.stirring + 6_000), whole(_packing(variation, day, shift, weather))]
    load = parts[0] + parts[1] + parts[2]
    main = load + transformer(load, rated=1_000_000, no_load=1_700, full_load=10_300)
    steam = whole(kitchen.steam * STEAM_KJ)
    standby = 900.0 if working else 300.0
    rinse = 3.5 * shift + 0.00002 * cold + 0.4
    return {
        "main/active": main,
        "main/reactive": whole(load * 0.48),
        "main/power": main,
        "refrigeration/active": parts[0],
        "refrigeration/power": parts[0],
        "cooking/active": parts[1],
        "packing/active": parts[2],
        "steam/heat": steam,
        "boiler/gas": whole((steam / 0.88 + standby) / GAS_KJ),
        "water/water": whole(kitchen.water + rinse * variation.jitter("taps", day, 0.4)),
    }


def _kitchen(variation: Variation, day: int, working: bool) -> _Kitchen:
    kitchen = _Kitchen(*(np.zeros(MINUTES) for _ in range(4)))
    for kettle in range(KETTLES if working else 0):
        at = 6 * 60 + 40 * kettle
        for batch in range(BATCHES):
            number = (day * KETTLES + kettle) * BATCHES + batch
            at = _cook(kitchen, at, size=0.85 + 0.3 * variation.at("batch size", number))
            at += variation.between("changeover", number, 4, 16)
    return kitchen


def _cook(kitchen: _Kitchen, at: int, size: float) -> int:
    """Add one batch from minute `at`; returns when its kettle is clean again.

    Fill 10, heat up 22, cook 40, cool 75 and drain, clean 15 minutes.
    """
    hot, done, cooled = at + 32, at + 72, at + 147
    kitchen.water[at : at + 10] += 130 * size
    kitchen.steam[at + 10 : hot] += 15.5 * size
    kitchen.steam[hot:done] += 4.1 * size
    kitchen.stirring[at:cooled] += 9_000 + 5_500 * size
    fading = np.exp(-np.arange(MINUTES) / 28)
    chilled = kitchen.chilling[done:cooled]
    chilled += 310_000 * size * fading[: len(chilled)]
    clean = cooled - 60  # the batch leaves for the blast chiller; its kettle is washed meanwhile
    kitchen.water[clean : clean + 15] += 55
    kitchen.steam[clean : clean + 15] += 3.0
    return clean + 15


def _refrigeration(variation: Variation, day: int, kitchen: _Kitchen, shift: Minutes, weather: DayWeather) -> Minutes:
    """Watts: heat through walls and doors and out of the food, lifted by machines that work harder when it is warm.

    Machines are whole: within each quarter of an hour as many run as the heat needs, the last for part of it.
    Coils are defrosted at 2 and at 14 h.
    """
    walls = 1_900.0 * (weather.temperature + 22)
    doors = shift * 450.0 * np.maximum(weather.temperature + 5, 0) * variation.jitter("doors", day, 0.35)
    lifted = walls + doors + kitchen.chilling
    performance = np.clip(3.3 - 0.045 * (weather.temperature - 15), 1.8, 4.2)
    machines = lifted / performance / 38_000
    running = np.floor(machines) + (np.arange(MINUTES) % 15 < 15 * (machines % 1))
    defrost = between_hours(2, 2 + 25 / 60) + between_hours(14, 14 + 25 / 60)
    watts: Minutes = 5_200 + 38_000 * running * (1 - 0.5 * defrost) + 18_000 * defrost
    return watts


def _packing(variation: Variation, day: int, shift: Minutes, weather: DayWeather) -> Minutes:
    line = between_hours(9, 21) * (1 - between_hours(12, 12.5)) * (1 - between_hours(17.5, 18)) * shift
    lamps = 14_000.0 * shift + 2_500.0 * (weather.sunlight < 60)
    return 3_500 + lamps + 62_000.0 * line * variation.jitter("packing", day, 0.08)


FOOD = Plant(
    name="food",
    org="river-foods",
    meters=(
        Meter("main", (active(), reactive(), power())),
        Meter("refrigeration", (active(), power()), "main"),
        Meter("cooking", (active(),), "main", WordOrder.LITTLE),
        Meter("packing", (active(),), "main"),
        Meter("steam", (heat(),)),
        Meter("boiler", (gas(),)),
        Meter("water", (water(),), None, WordOrder.LITTLE),
    ),
    model=_day,
)
