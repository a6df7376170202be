"""Mappings and files of a small factory, for the tests of reading files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from veriwatt.bridges.files.mapping import Mapping, load_mapping
from veriwatt.metering.series import SourceReadings

FILE = {"timestamp": '"when"', "format": '"iso"', "clock": '"+08:00"'}
POINT = {
    "id": '"{stem}.p"',
    "column": '"p"',
    "energy": '"electricity"',
    "kind": '"interval"',
    "unit": '"kWh"',
    "slot": '"15m"',
    "timezone": '"+08:00"',
    "resolution": '"0.1"',
}

NOW = 1_767_225_600_000
"""2026-01-01 00:00 UTC: the present of these tests."""

Map = Callable[..., Mapping]
Read = Callable[..., SourceReadings]


def toml(file: dict[str, str], *points: dict[str, str]) -> str:
    def lines(table: dict[str, str]) -> str:
        return "".join(f"{key} = {value}\n" for key, value in table.items() if value)

    return f"[file]\n{lines(file)}" + "".join(f"\n[[point]]\n{lines(point)}" for point in points)


def write_mapping(
    folder: Path, point: dict[str, str] | None = None, more: tuple[dict[str, str], ...] = (), **file: str
) -> Mapping:
    """A mapping with the keys of `FILE` and `POINT`; `point={...}` changes one, "" leaves a key out."""
    points = (POINT | (point or {}), *(POINT | one for one in more))
    (folder / "m.toml").write_text(toml(FILE | file, *points), encoding="utf-8")
    return load_mapping(folder / "m.toml")
