"""The weather over the park: season, hour, and slow fronts that pass; a function of seed and time alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from veriwatt.testing.plants.variation import MINUTES, Minutes, Variation

LATITUDE = math.radians(36.0)
_FRONTS = ((2.7, 1.6), (4.1, 2.2), (6.6, 2.8))
"""Period in days and strength in kelvin of the waves that pass over the park."""


@dataclass(frozen=True, slots=True)
class DayWeather:
    """One local day, minute by minute: temperature in degC, cloud cover 0 .. 1, sunlight on the ground in W/m2."""

    temperature: Minutes
    cloud: Minutes
    sunlight: Minutes


def weather_of(variation: Variation, day: int) -> DayWeather:
    """The weather of local day `day` (days since 1970-01-01)."""
    days = day + np.arange(MINUTES) / MINUTES
    hour = np.arange(MINUTES) / 60
    year = 2 * math.pi * (days - 11.0) / 365.25  # the coldest day follows the solstice by three weeks
    cloud = 1 / (1 + np.exp(-1.3 * _fronts(variation, "cloud", days)))
    swing = 5.5 * (1 - 0.6 * cloud)
    cold = 12.5 - 14.0 * np.cos(year)
    temperature = cold + swing * np.cos(2 * math.pi * (hour - 15) / 24) + _fronts(variation, "temperature", days)
    return DayWeather(temperature, cloud, _sunlight(days, hour, cloud))


def _fronts(variation: Variation, name: str, days: Minutes) -> Minutes:
    total = np.zeros(MINUTES)
    for at, (period, strength) in enumerate(_FRONTS):
        total += strength * np.sin(2 * math.pi * (days / period + variation.at(name, at)))
    return total


def _sunlight(days: Minutes, hour: Minutes, cloud: Minutes) -> Minutes:
    declination = np.radians(-23.44) * np.cos(2 * math.pi * (days + 10) / 365.25)
    angle = 2 * math.pi * (hour - 12) / 24
    height = np.sin(LATITUDE) * np.sin(declination) + np.cos(LATITUDE) * np.cos(declination) * np.cos(angle)
    light: Minutes = 1_050 * np.maximum(height, 0) ** 1.15 * (1 - 0.75 * cloud)
    return light
