"""The zones there are and the country that each lies in, by a list of our own: every machine has the same."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_NO_COUNTRY = "none"


@cache
def zone_countries() -> Mapping[str, str | None]:
    """Every IANA name to its country, ISO 3166 alpha-2; None for a zone that is only an offset or a rule."""
    text = (files("veriwatt.energy") / "data" / "zone_countries.toml").read_text(encoding="utf-8")
    lists: dict[str, list[str]] = tomllib.loads(text)
    return {name: None if country == _NO_COUNTRY else country for country, names in lists.items() for name in names}


def country_of_zone(name: str) -> str | None:
    """The country of a zone; None for a fixed offset, and for a name that no country has."""
    return zone_countries().get(name)
