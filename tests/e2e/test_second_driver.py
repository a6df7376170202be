"""A driver from outside `terminal/`: configured in terminal.toml, sampled and spooled like any other."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.unit.terminal.one_point import meter, point_of, terminal_of
from veriwatt.errors import BadInput
from veriwatt.model.points.status import Status
from veriwatt.terminal.config.terminal_config import TerminalConfig
from veriwatt.terminal.config.terminal_toml import parse_config
from veriwatt.terminal.drivers.registry import DRIVERS
from veriwatt.terminal.sampling.sampler import Sampler
from veriwatt.terminal.spool.spool import Spool
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.line_meter import LineMeter, LineMeterKind
from veriwatt.units import DAY, MINUTE

NOON = 20_600 * DAY + DAY // 2
QUARTER = 15 * MINUTE


def config(port: int, number: str = "total", more: str = "") -> TerminalConfig:
    water = 'energy = "water"\nunit = "m3"\nkind = "register"'
    text = terminal_of(
        meter("m", f'driver = "lines"\nhost = "127.0.0.1"\nport = {port}\ntimeout_ms = 300'),
        point_of("m", "m/total", f'number = "{number}"\nresolution = "0.1"\n{water}\n{more}'),
        point_of("m", "m/flow", f'number = "flow"\nresolution = "1"\n{water}'),
    )
    return parse_config(text, drivers={**DRIVERS, "lines": LineMeterKind()})


def test_its_readings_are_sampled_in_one_request_and_its_silence_is_a_gap(tmp_path: Path) -> None:
    meter = LineMeter({"total": "17.24"})

    async def go() -> None:
        clock = SimClock(NOON)
        async with meter.serve() as port:
            terminal = config(port)
            sampler = Sampler(terminal, terminal.drivers(clock), spool, clock)
            for silent in (False, True, False):
                meter.silent = silent
                clock.advance_to(clock.now() + QUARTER)
                await sampler.collect(clock.now())
                meter.numbers["total"] = "18"

    with Spool(tmp_path / "spool.db") as spool:
        asyncio.run(go())
        columns = spool.unframed(["m/total", "m/flow"], 2**62)
    assert meter.requests == ["total flow"] * 3
    assert columns["m/total"].values.tolist() == [172, 0, 180]
    assert columns["m/total"].statuses.tolist() == [Status.MEASURED, Status.GAP, Status.MEASURED]
    assert columns["m/flow"].statuses.tolist() == [Status.GAP] * 3, "the meter has no number of that name"


@pytest.mark.parametrize(
    ("number", "more", "place", "remedy"),
    [
        ("two words", "", "[[point]] 1 (m/total) number", "write the number's name as the meter shows it"),
        ("total", "register = 3", "[[point]] 1 (m/total) register", "its keys"),
    ],
)
def test_a_mistake_in_its_keys_is_refused_with_place_and_remedy(
    number: str, more: str, place: str, remedy: str
) -> None:
    with pytest.raises(BadInput) as caught:
        config(1, number, more)
    assert place in caught.value.where
    assert remedy in str(caught.value)


def test_an_unregistered_driver_is_refused() -> None:
    with pytest.raises(BadInput, match="modbus_tcp"):
        parse_config('[terminal]\n[[meter]]\nid = "m"\ndriver = "lines"\n')
