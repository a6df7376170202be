"""Writes periods.json: local days, slots and totals, after docs/spec/slots-and-periods.md."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from veriwatt.energy.calendar import Grid, Zone, parse_time, period_edges
from veriwatt.metering.register_context import judge_steps
from veriwatt.metering.register_steps import Steps
from veriwatt.metering.register_track import RegisterRule
from veriwatt.metering.totals import ReadingColumns, totals
from veriwatt.units import DAY, HOUR, Interval

DAYS = (
    ("UTC", "2024-02-29"),
    ("+08:00", "2024-03-10"),
    ("Asia/Kathmandu", "2024-03-10"),
    ("Europe/Paris", "2024-03-31"),
    ("Europe/Paris", "2024-10-27"),
    ("Australia/Lord_Howe", "2024-04-07"),
    ("Australia/Lord_Howe", "2024-10-06"),
    ("America/Sao_Paulo", "2017-10-15"),
    ("America/St_Johns", "2010-11-07"),
    ("Pacific/Apia", "2011-12-30"),
)
LEVELS = (
    (1000, 1),
    (1010, 1),
    (0, 4),
    (1030, 1),
    (0, 4),
    (0, 4),
    (0, 4),
    (0, 4),
    (0, 4),
    (1100, 2),
    (1110, 1),
    (1130, 3),
)

UNEQUAL = ((100, 1), (100, 1), (100, 1), (1100, 1), (40, 1), (0, 4), (70, 2), (1000, 1), (20, 1), (30, 1))
MEANS = (
    (Zone("Europe/Paris"), "8h", "1d", "2024-10-27"),  # 8, 8, 8 and 1 hours
    (
        Zone("Australia/Lord_Howe"),
        "20m",
        "1h",
        "2024-04-07T22:30:00",
    ),  # the last half-hour of the day: 20 and 10 minutes
    (Zone("Europe/Paris"), "day", "1w", "2024-03-25"),  # its Sunday has 23 hours
)


def vectors() -> dict[str, object]:
    return {
        "days": [_day(*day) for day in DAYS],
        "totals": [
            *(
                _totals(kind, Zone("Asia/Shanghai"), "15m", "1h", "2024-03-10", LEVELS)
                for kind in ("interval", "register", "instant")
            ),
            *(_totals("instant", *means, UNEQUAL) for means in MEANS),
        ],
    }


def _day(name: str, date: str) -> dict[str, object]:
    zone, utc = Zone(name), Zone("UTC")
    day = utc.day(parse_time(date, utc))
    start, end = zone.midnight(day), zone.midnight(day + 1)
    hours = [] if start == end else Grid(zone, "1h").slots(Interval(start, end))[1].tolist()
    return {"zone": name, "date": date, "start": start, "end": end, "hour_slot_ends": hours}


def _totals(
    kind: str, zone: Zone, slot: str, every: str, date: str, levels: Sequence[tuple[int, int]]
) -> dict[str, object]:
    first, grid = parse_time(date, zone), Grid(zone, slot)
    starts, ends = (edges[: len(levels)] for edges in grid.slots(Interval(first, first + len(levels) * DAY)))
    values, statuses = np.array(levels, dtype=np.int64).T
    readings = ReadingColumns(starts, ends, values, statuses.astype(np.uint8))
    edges = period_edges(zone, every, Interval(first - HOUR, int(ends[-1]) + HOUR))
    rows = totals(kind, readings, edges[:-1], edges[1:], grid, 10, steps=steps_of(kind, readings)).rows()
    slots = zip(starts.tolist(), readings.ends.tolist(), values.tolist(), statuses.tolist(), strict=True)
    return {
        "kind": kind,
        "zone": zone.name,
        "slot": slot,
        "every": every,
        "step": 10,
        "readings": [list(slot) for slot in slots],
        "rows": [asdict(row) for row in rows],
    }


def steps_of(kind: str, readings: ReadingColumns) -> Steps | None:
    known = readings.with_value()
    return judge_steps(known.starts, known.ends, known.values, RegisterRule()) if kind == "register" else None


if __name__ == "__main__":
    Path(__file__).with_name("periods.json").write_text(json.dumps(vectors(), indent=1) + "\n")
