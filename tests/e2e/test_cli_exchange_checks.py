"""An exchange that the stored readings contradict is refused, and a wrong one that was recorded can be taken back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli_home import Cli
from tests.unit.importing.file_import import ORG, FileImports
from veriwatt.energy.calendar import Zone
from veriwatt.metering.calendars import next_version
from veriwatt.node.home import Home
from veriwatt.ports.clock import Clock
from veriwatt.system.clock import SystemClock
from veriwatt.testing.clocks import SimClock
from veriwatt.units import DAY, HOUR, SECOND

REGISTER = {"kind": '"register"', "slot": '"day"', "timezone": '"+08:00"'}
READ = [5400.0, 5410.5, 5421.0, 5430.0, 2.5, 13.0, 20.0]
STAND = "when,p\n" + "".join(f"2024-08-{day:02} 00:00,{value}\n" for day, value in enumerate(READ, 1))
POINT = ("p", "--home", "home", "--json")
RIGHT = ("2024-08-04T10:00", "5430.0", "0.0")


class Meter:
    """A home with the days of a register that was replaced on the fourth, and the command."""

    def __init__(self, folder: Path, clock: Clock | None = None, files: FileImports | None = None) -> None:
        self.files, self.cli = files or FileImports(folder, clock), Cli(folder)
        if files is None:
            self.files.add(STAND, REGISTER)

    def exchange(self, at: str, last: str, first: str, *more: str) -> dict[str, Any]:
        return self.cli.ask("points", "exchange", *POINT, "--at", at, "--last", last, "--first", first, *_WHY, *more)

    def refused(self, at: str, last: str, first: str) -> str:
        told = ("--at", at, "--last", last, "--first", first, *_WHY)
        return self.cli.run("points", "exchange", "p", "--home", "home", *told, expect=2).stderr

    def days(self) -> list[str | None]:
        return self.files.totals("2024-08-03", "2024-08-06", "1d")


_WHY = ("--reason", "seal broken")


@pytest.fixture
def meter(tmp_path: Path) -> Meter:
    return Meter(tmp_path)


def test_an_exchange_that_the_readings_contradict_is_refused_with_what_to_do(meter: Meter) -> None:
    before = meter.days()
    for at, last, first, says in (
        ("2024-08-04T10:00", "5000.0", "0.0", "below the last reading stored, 5430.0 kWh"),
        ("2024-08-04T10:00", "5430.0", "4.0", "above the next reading stored, 2.5 kWh"),
        ("2023-08-04T10:00", "5430.0", "0.0", "no reading lies before it"),
        ("2090-08-04T10:00", "5430.0", "0.0", "lies in the future"),
        ("2024-08-04T10:00", "5430.0", "5430.0", "changes nothing"),
    ):
        assert says in " ".join(meter.refused(at, last, first).split())
    assert meter.days() == before


def test_an_exchange_of_today_is_recorded_on_a_ledger_that_is_quiet_since_yesterday(tmp_path: Path) -> None:
    now = SystemClock().now()
    meter = Meter(tmp_path, SimClock(now - DAY))
    told = meter.exchange(Zone.parse("+08:00").rfc3339(now - now % SECOND - HOUR), "21.0", "0.0")
    assert told["recorded"]
    ahead = Zone.parse("+08:00").rfc3339(now - now % SECOND + HOUR)
    assert "lies in the future" in " ".join(meter.refused(ahead, "21.0", "0.0").split())


def test_a_wrong_exchange_is_replaced_by_another_at_its_time_and_both_are_shown(meter: Meter) -> None:
    meter.exchange("2024-08-04T10:00", "5439.0", "0.0")
    told = meter.exchange(*RIGHT)
    assert (told["last"], told["replaces"]["last"], told["replaces"]["reason"]) == ("5430.0", "5439.0", "seal broken")
    assert told["before"]["value"] != told["after"]["value"]


def test_an_exchange_that_never_was_is_taken_back(meter: Meter) -> None:
    before = meter.days()
    meter.exchange(*RIGHT)
    assert meter.days() != before
    taken = meter.cli.ask("points", "exchange", *POINT, "--at", RIGHT[0], "--withdraw", "--reason", "another meter")
    assert (taken["withdrawn"], taken["last"], taken["replaces"]["last"]) == (True, None, "5430.0")
    assert meter.days() == before
    again = ("points", "exchange", *POINT, "--at", RIGHT[0], "--withdraw", "--reason", "another meter")
    meter.cli.run(*again, expect=2)


def test_what_is_stated_counts_at_the_scale_of_its_time(meter: Meter) -> None:
    """The point is read to a hundredth from the day after tomorrow on; the exchange was when it was read to a tenth."""
    with Home(meter.files.root) as home:
        group, now = home.points.newest(ORG, "readings"), home.clock.now()
        calendar = group.version.calendar
        midnight = calendar.day_start(calendar.day_of(now) + 2)
        finer = replace(group.definitions[0], scale=group.definitions[0].scale - 1)
        home.member_client(ORG).submit(next_version("readings", midnight, (finer,), now, group.version))
    told = meter.exchange(*RIGHT)
    assert (told["last"], told["after"]["value"]) == ("5430.0", "2.5")


def test_an_exchange_at_the_time_of_a_reading_shows_the_step_that_it_changes(meter: Meter) -> None:
    """The meter was replaced as the fifth began: the reading stamped then is the new meter's first."""
    told = meter.exchange("2024-08-05T00:00", "5430.0", "2.0", "--dry-run")
    (step,) = told["steps"]
    assert (step["from"], step["to"]) == ("2024-08-04T00:00:00+08:00", "2024-08-05T00:00:00+08:00")
    assert (step["before"]["advance"], step["before"]["kinds"]) == (None, ["fall", "provisional"])
    assert (step["after"]["advance"], step["after"]["kinds"]) == ("0.5", ["exchange", "provisional"])
    (month,) = told["months"]
    assert month["before"]["start"] == "2024-08-01T00:00:00+08:00"
    assert (month["before"]["value"], month["after"]["value"]) == ("47.5", "48.0")


def test_every_step_that_an_exchange_changes_is_told_and_one_recorded_beside_it(meter: Meter) -> None:
    wrong_day = meter.exchange("2024-08-06T10:00", "5430.0", "0.0", "--despite-readings")
    assert ([step["to"][8:10] for step in wrong_day["steps"]], wrong_day["others"]) == (["05", "06", "07"], [])
    assert [step["after"]["kinds"][:2] for step in wrong_day["steps"]][:2] == [["exchange", "outlier"]] * 2
    right = meter.exchange(*RIGHT, "--dry-run")
    assert right["steps"]
    assert [(other["at"], other["last"]) for other in right["others"]] == [("2024-08-06T10:00:00+08:00", "5430.0")]
    told = ("--at", RIGHT[0], "--last", RIGHT[1], "--first", RIGHT[2], *_WHY)
    words = meter.cli.run("points", "exchange", *POINT[:3], *told).stdout
    assert "an exchange is already recorded at 2024-08-06T10:00:00+08:00" in words
    assert "withdraw it (--withdraw --at 2024-08-06T10:00:00+08:00)" in words


HOURS = REGISTER | {"slot": '"1h"'}
REPLACED = [*range(5410, 5431), 2.5, *range(3, 30)]
"""A register read at each hour from the first of August on, and replaced between 20:00 and 21:00."""


def hourly(folder: Path, readings: int) -> Meter:
    """A home with the first of REPLACED."""
    files = FileImports(folder)
    times = (f"2024-08-{1 + n // 24:02} {n % 24:02}:00" for n in range(readings))
    rows = (f"{time},{value}\n" for time, value in zip(times, REPLACED, strict=False))
    files.add("when,p\n" + "".join(rows), HOURS)
    return Meter(folder, files=files)


def test_an_exchange_where_the_register_does_not_fall_is_refused_with_its_figure_and_the_fall(tmp_path: Path) -> None:
    """Dated by the day alone, the register's whole stand would count."""
    meter = hourly(tmp_path, len(REPLACED))
    told = " ".join(meter.refused("2024-08-02", "5430.4", "0.0").split())
    assert "do not fall there: 4.0 kWh at 2024-08-01T23:00:00+08:00, 6.0 kWh at 2024-08-02T01:00:00+08:00" in told
    assert "the meters would have counted 5432.4 kWh between them" in told
    between = "give a time between 5430.0 kWh at 2024-08-01T20:00:00+08:00 and 2.5 kWh at 2024-08-01T21:00:00+08:00"
    assert between in told
    assert meter.exchange("2024-08-01T20:30", "5430.4", "0.0")["after"]["value"] == "2.9"


def test_an_exchange_that_only_its_owner_knows_of_is_recorded_when_it_is_said_twice(tmp_path: Path) -> None:
    meter = hourly(tmp_path, len(REPLACED))
    assert meter.exchange("2024-08-02", "5430.4", "0.0", "--despite-readings")["recorded"]
    meter.refused("2024-08-02", "5430.2", "0.0")  # what is recorded there already explains nothing either


def test_an_exchange_that_no_reading_follows_yet_needs_its_time_of_the_day(tmp_path: Path) -> None:
    """The readings to come are the old meter's up to then, and would each count from the new one's first."""
    meter = hourly(tmp_path, 15)
    assert "names no time of the day" in " ".join(meter.refused("2024-08-02", "5430.4", "0.0").split())
    assert meter.exchange("2024-08-02T10:30", "5430.4", "0.0")["recorded"]


def test_times_of_a_refusal_are_as_they_were_typed_or_in_the_zone_of_the_point(meter: Meter) -> None:
    assert "'2090-08-04T10:00'" in meter.refused("2090-08-04T10:00", "5430.0", "0.0")
    assert "at 2024-08-04T00:00:00+08:00" in " ".join(meter.refused(RIGHT[0], "5000.0", "0.0").split())


def test_a_point_that_is_no_register_is_refused_before_anything_else(tmp_path: Path) -> None:
    files = FileImports(tmp_path)
    files.add(STAND, REGISTER | {"kind": '"interval"'})
    told = ("--at", "2090-08-04T10:00", "--last", "x", "--first", "x", *_WHY)
    assert "it is no register" in Cli(tmp_path).run("points", "exchange", *POINT[:3], *told, expect=2).stderr
