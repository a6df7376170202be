"""The example mappings, each on a few rows written as its data set writes them."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest

from tests.unit.bridges.file_world import NOW
from veriwatt.bridges.files.mapping import load_mapping
from veriwatt.bridges.files.read_file import read_file
from veriwatt.energy.calendar import Zone
from veriwatt.metering.series import SourceReadings

EXAMPLES = Path(__file__).parents[3] / "examples" / "mappings"

FILES = {
    "steel_uci": "\ufeffdate,Usage_kWh,Lagging_Current_Reactive_Power_kVarh,Leading_Current_Reactive_Power_kVarh,"
    "CO2(tCO2),Lagging_Current_Power_Factor,Leading_Current_Power_Factor,NSM,WeekStatus,Day_of_week,Load_Type\n"
    "01/01/2018 23:45,3.17,2.95,0,0.01,73.21,100,85500,Weekday,Monday,Light_Load\n"
    "01/01/2018 00:00,4,4.46,0,0,66.77,100,0,Weekday,Monday,Light_Load\n",
    "ampds2_gas": "unix_ts,counter,avg_rate,inst_rate\n1333263600,295279.248,0.0,0.0\n1333263660,295335.88,0.0,0.0\n",
    "cambridge_estates": "datetime,electricity_kWh,gas_kWh\n"
    "2017-01-01 00:00:00,33.6,2.1\n2017-01-01 01:00:00,66.6,4.4\n",
    "bdg2_electricity": "timestamp,Panther_a,Fox_b,Lamb_c,Moose_d,Shrew_e\n"
    "2017-03-12 02:00:00,,174.49,31.5,0.0,194.08900000000003\n2017-03-12 03:00:00,7.5,,33.0,1.0,1.0\n",
    "rsf_nrel_2011": "Day of Week,Date and Time,Total Cooling (kW),Total Heating (kW),Total Mechanical (kW),"
    "Total Lighting (kW),Total Plug Loads (kW),Total Data Center (kW),Total Building (kW),PV (kW),Building Net (kW),\n"
    "Saturday,01/01/2011 01:00,0,936,8,4,32,102,1080,-2,1078,\n",
}


@pytest.fixture
def example(tmp_path: Path, request: pytest.FixtureRequest) -> SourceReadings:
    (tmp_path / "b1.csv.gz").write_bytes(gzip.compress(FILES[request.param].encode()))
    return read_file(tmp_path / "b1.csv.gz", load_mapping(EXAMPLES / f"{request.param}.toml"), now=NOW)


def first(readings: SourceReadings, id: str) -> tuple[str, str]:
    """Start of the first slot on the point's clock, and its value."""
    (series,) = (s for s in readings.series if s.definition.id == id)
    zone = Zone(series.definition.timezone)
    return zone.rfc3339(int(series.starts[0])), str(series.definition.value(int(series.values[0])))


def test_every_example_has_a_file_here() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.toml")} >= FILES.keys()


@pytest.mark.parametrize("example", FILES, indirect=True)
def test_an_example_reads_its_data_set_without_a_rejection(example: SourceReadings) -> None:
    assert example.rejected == ()
    assert len(example.series) in (1, 2, 5, 6, 9)


@pytest.mark.parametrize("example", ["steel_uci"], indirect=True)
def test_the_steel_works_midnight_row_closes_its_day(example: SourceReadings) -> None:
    (active,) = (s for s in example.series if s.definition.unit == "kWh")

    assert first(example, active.definition.id) == ("2018-01-01T23:30:00+09:00", "3.17")
    assert active.values.tolist() == [317, 400]
    assert Counter(s.definition.unit for s in example.series) == {"kWh": 1, "kvarh": 2, "t": 1, "%": 2}


@pytest.mark.parametrize("example", ["ampds2_gas"], indirect=True)
def test_the_gas_register_is_in_cubic_metres_and_closes_its_minute(example: SourceReadings) -> None:
    assert first(example, "b1.counter") == ("2012-03-31T23:59:00-07:00", "295.279248")


@pytest.mark.parametrize("example", ["cambridge_estates"], indirect=True)
def test_every_estate_has_its_two_meters_in_a_group_of_its_own(example: SourceReadings) -> None:
    assert [(s.definition.id, s.definition.energy, s.group) for s in example.series] == [
        ("b1.electricity", "electricity", "b1"),
        ("b1.gas", "natural_gas", "b1"),
    ]


@pytest.mark.parametrize("example", ["bdg2_electricity"], indirect=True)
def test_every_building_is_on_the_clock_of_its_site(example: SourceReadings) -> None:
    assert {s.definition.id: first(example, s.definition.id) for s in example.series} == {
        "Panther_a": ("2017-03-12T04:00:00-04:00", "7.5000"),
        "Fox_b": ("2017-03-12T02:00:00-07:00", "174.4900"),
        "Lamb_c": ("2017-03-12T02:00:00+00:00", "31.5000"),
        "Moose_d": ("2017-03-12T03:00:00-04:00", "0.0000"),
        "Shrew_e": ("2017-03-12T02:00:00+00:00", "194.0890"),
    }


@pytest.mark.parametrize("example", ["rsf_nrel_2011"], indirect=True)
def test_the_offices_uses_are_parts_of_its_total_and_generation_is_negative(example: SourceReadings) -> None:
    assert sum(s.definition.parent == "rsf.total" for s in example.series) == 6
    assert first(example, "rsf.solar") == ("2011-01-01T00:00:00-07:00", "-2")
