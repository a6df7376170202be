"""The register reading at the instant at which another definition of its point comes into force."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.terminal.one_point import one_point
from veriwatt.metering.calendars import zone_calendar
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.terminals.handover import HandedGroup, HandedVersion
from veriwatt.terminal.config.terminal_toml import parse_config
from veriwatt.terminal.drivers.base import Address, Reading
from veriwatt.terminal.sampling.sampler import Sampler
from veriwatt.terminal.spool.spool import Spool
from veriwatt.testing.clocks import SimClock
from veriwatt.units import DAY, MINUTE, Decimal10

MIDNIGHT = 20_650 * DAY
CONFIG = parse_config(one_point('type = "i64"\nscale = "0.0001"\nresolution = "0.000001"\nkind = "interval"'))
FINE = CONFIG.points[0].definition
COARSE = replace(FINE, scale=-3, step=1)


class Meter:
    def __init__(self, clock: SimClock, shows: int) -> None:
        self._clock, self._shows = clock, shows

    async def read(self, addresses: Sequence[Address]) -> Reading:
        return Reading((Decimal10(self._shows, 0),) * len(addresses), self._clock.now())

    async def close(self) -> None:
        return


@pytest.mark.parametrize(("shows", "kept"), [(2**63 - 1, None), (12_345, 1_234_500)])
def test_a_reading_too_large_for_the_new_definition_is_no_start_of_its_first_advance(
    tmp_path: Path, shows: int, kept: int | None
) -> None:
    """A garbled 64-bit number within 10^15 units has more digits at a finer resolution than a spool can hold."""
    calendar = zone_calendar("UTC", 0)
    versions = HandedVersion(1, MIDNIGHT - DAY, calendar, (COARSE,)), HandedVersion(2, MIDNIGHT, calendar, (FINE,))
    handed = HandedGroup("main", KeyWindow.DAY, 0, 30, versions)
    clock = SimClock(MIDNIGHT)
    with Spool(tmp_path / "spool.db") as spool:
        sampler = Sampler(CONFIG, {"m": Meter(clock, shows)}, spool, clock, [handed])
        assert asyncio.run(sampler.collect(MIDNIGHT)) == 1
        assert spool.newest_slots()["p"].end == MIDNIGHT
        assert spool.newest_slots()["p"].register == kept
        clock.advance_to(MIDNIGHT + 15 * MINUTE)
        assert asyncio.run(sampler.collect(clock.now())) == 1
