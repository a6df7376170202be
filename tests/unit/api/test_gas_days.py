"""A bare date in a question to the API is the own day of each point: of a gas point that which begins at six."""

from __future__ import annotations

import pytest

from tests.served_home import ServedHome, imported_home
from tests.unit.api.conftest import Served, serve
from veriwatt.verify.claims.kinds import parse_evidence

MAPPING = """\
[file]
timestamp = "time"
format = "%Y-%m-%d %H:%M"
clock = "+08:00"
stamp = "start"

[[point]]
id = "gas"
column = "gas"
energy = "natural_gas"
kind = "interval"
unit = "m3"
slot = "1h"
day_begins = 6

[[point]]
id = "power"
column = "power"
energy = "electricity"
kind = "interval"
unit = "kWh"
slot = "1h"
"""
SPAN = "from=2026-01-02&to=2026-01-04"
GAS = ("2026-01-02T06:00:00+08:00", "2026-01-04T06:00:00+08:00")
POWER = ("2026-01-02T00:00:00+08:00", "2026-01-04T00:00:00+08:00")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> ServedHome:
    rows = [f"2026-01-{day:02} {hour:02}:00,{day},1" for day in range(1, 6) for hour in range(24)]
    file = "\n".join(["time,gas,power", *rows]) + "\n"
    return ServedHome(imported_home(tmp_path_factory.mktemp("gas"), file, MAPPING), [])


def test_totals_of_dates_are_of_whole_gas_days(home: ServedHome) -> None:
    async def scenario(served: Served) -> None:
        async with served.client() as client:
            answer = (await client.get(f"/api/v1/points/gas/totals?{SPAN}&every=1d")).json()
        assert (answer["total"]["start"], answer["total"]["end"]) == GAS
        assert [(row["expected"], row["value"]) for row in answer["rows"]] == [(24, "54.000"), (24, "78.000")]

    serve(home, scenario)


def test_completeness_takes_each_points_own_days_and_says_which(home: ServedHome) -> None:
    async def scenario(served: Served) -> None:
        async with served.client() as client:
            answer = (await client.get(f"/api/v1/completeness?{SPAN}")).json()
            points = (await client.get("/api/v1/points")).json()["points"]
        found = {each["point"]: (each["start"], each["end"], each["measured"]) for each in answer["points"]}
        assert found == {"gas": (*GAS, 48), "power": (*POWER, 48)}
        assert {each["id"]: each["day_begins"] for each in points} == {"gas": 6, "power": 0}

    serve(home, scenario)


def test_evidence_of_dates_claims_whole_gas_days(home: ServedHome) -> None:
    async def scenario(served: Served) -> None:
        async with served.client() as client:
            by_dates = await client.get(f"/api/v1/evidence?point=gas&{SPAN}")
            by_times = await client.get("/api/v1/evidence", params={"point": "gas", "from": GAS[0], "to": GAS[1]})
            slot = await client.get("/api/v1/evidence?point=gas&slot=2026-01-02")
        assert by_dates.status_code == slot.status_code == 200
        assert parse_evidence(by_dates.content).claim == parse_evidence(by_times.content).claim

    serve(home, scenario)
