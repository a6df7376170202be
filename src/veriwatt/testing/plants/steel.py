"""A steel plant: an arc furnace in heats, a rolling mill in shifts, a gas-fired reheating furnace, utilities."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from veriwatt.terminal.drivers.modbus_tcp.register import NumberType, WordOrder
from veriwatt.testing.plants.meters import Meter, Plant, active, gas, power, reactive
from veriwatt.testing.plants.variation import MINUTES, Minutes, Rates, Variation, between_hours, transformer, whole
from veriwatt.testing.plants.weather import DayWeather

SHIFT = 480
"""Minutes of a shift; heats begin and end within one."""

_HEAT = ((4, 9.0e6, 0.12), (18, 17.2e6, 0.06), (4, 0.3e6, 0.0), (16, 18.1e6, 0.05), (9, 8.4e6, 0.03), (9, 0.3e6, 0.0))
"""One heat: bore in, melt, charge again, melt, refine, tap and turn round; minutes, watts, unrest of the arc."""

_FULL_SHIFT = 7


def _day(variation: Variation, day: int, weather: DayWeather) -> Mapping[str, Rates]:
    furnace, heats = _furnace(variation, day)
    rolling, billets = _rolling(variation, day, heats)
    utilities = _utilities(variation, day, furnace, rolling, weather)
    parts = [whole(furnace), whole(rolling), whole(utilities)]
    load = parts[0] + parts[1] + parts[2]
    main = load + transformer(load, rated=40_000_000, no_load=28_000, full_load=260_000)
    lag = [whole(part * tangent) for part, tangent in zip(parts, (0.62, 0.74, 0.55), strict=True)]
    return {
        "main/active": main,
        "main/reactive": lag[0] + lag[1] + lag[2] + 60_000,
        "main/power": main,
        "furnace/active": parts[0],
        "furnace/reactive": lag[0],
        "furnace/power": parts[0],
        "rolling/active": parts[1],
        "rolling/power": parts[1],
        "utilities/active": parts[2],
        "reheating/gas": _reheating(variation, day, billets),
    }


def _furnace(variation: Variation, day: int) -> tuple[Minutes, list[int]]:
    """Watts, and the heats tapped in each shift. The night shift before a Monday is for maintenance."""
    watts, heats = np.full(MINUTES, 0.12e6), [0, 0, 0]
    for shift in range(3):
        if shift == 0 and _weekday(day) == 0:
            continue
        at = shift * SHIFT + 12 + variation.between("handover", day * 3 + shift, 0, 9)
        while (phases := _phases(variation, day * MINUTES + at)) and at + sum(phases) <= (shift + 1) * SHIFT:
            for minutes, (_, level, unrest) in zip(phases, _HEAT, strict=True):
                arc = variation.jitter("arc", day, unrest)[at : at + minutes]
                watts[at : at + minutes] = level * arc
                at += minutes
            heats[shift] += 1
    return watts, heats


def _phases(variation: Variation, start: int) -> list[int]:
    """Minutes of each phase of the heat that starts then; heavy scrap melts longer."""
    scrap = variation.between("scrap", start, -2, 3)
    return [minutes + (scrap if level > 15e6 else 0) for minutes, level, _ in _HEAT]


def _rolling(variation: Variation, day: int, heats: list[int]) -> tuple[Minutes, Minutes]:
    """Watts, and the share of full throughput: what the shift before has tapped is rolled, 6 to 22 on working days."""
    throughput = np.zeros(MINUTES)
    if _weekday(day) < 6:
        for first, tapped in ((6, heats[0]), (14, heats[1])):
            throughput += between_hours(first, first + 8) * (0.35 + 0.65 * min(1.0, tapped / _FULL_SHIFT))
            throughput *= 1 - between_hours(first + 4, first + 4.5)
            change = first + 1 + variation.at("roll change", day * 24 + first) * 5
            throughput *= 1 - between_hours(change, change + 25 / 60)
    billet = np.arange(MINUTES) % 3 != 2  # two minutes in the stands, one between billets
    ready = between_hours(5.5, 22.25) * (_weekday(day) < 6)
    stands = 2.9e6 * throughput * (0.25 + 0.75 * billet) * variation.jitter("billet", day, 0.05)
    return 0.08e6 + 0.32e6 * ready + stands, throughput


def _reheating(variation: Variation, day: int, throughput: Minutes) -> Rates:
    """Litres of gas a minute: holding the hearth, heating it up before the shift, and the steel that passes."""
    holding = 3_200.0 if _weekday(day) < 6 else 1_900.0
    heating = 5_500.0 * between_hours(4.75, 6) * (_weekday(day) < 6)
    return whole((holding + heating + 14_500.0 * throughput) * variation.jitter("burner", day, 0.015))


def _utilities(variation: Variation, day: int, furnace: Minutes, rolling: Minutes, weather: DayWeather) -> Minutes:
    """Watts: cooling water follows the heat to carry away, air compressors load and unload, lamps burn in the dark."""
    cooling = 0.16e6 + 0.016 * furnace + 0.012 * rolling + 2_500.0 * np.maximum(weather.temperature - 18, 0)
    duty = 4 + (rolling > 1e6) * 3
    compressors = np.where(np.arange(MINUTES) % 9 < duty, 0.33e6, 0.11e6)
    lamps = 0.07e6 * (weather.sunlight < 60)
    return (cooling + compressors + lamps) * variation.jitter("utilities", day, 0.01)


def _weekday(day: int) -> int:
    """0 is Monday; 1970-01-01 was a Thursday."""
    return (day + 3) % 7


STEEL = Plant(
    name="steel",
    org="north-steel",
    meters=(
        Meter("main", (active(NumberType.U64), reactive(NumberType.U64), power())),
        Meter("furnace", (active(NumberType.U64), reactive(NumberType.U64), power()), "main", WordOrder.LITTLE),
        Meter("rolling", (active(), power()), "main"),
        Meter("utilities", (active(),), "main"),
        Meter("reheating", (gas(),)),
    ),
    model=_day,
)
