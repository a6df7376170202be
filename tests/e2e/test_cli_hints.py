"""What an error says to do works when it is done."""

from __future__ import annotations

import random
import re

import pytest

from tests.e2e.cli_home import Cli
from tests.figures_home import build_figures_home

HOME = ("--home", "home")
BAD_INPUT, NOT_FOUND = 2, 1
YEARLY = """
[file]
timestamp = "t"
format = "iso"
clock = "Europe/Amsterdam"

[[point]]
id = "by.{slot}"
column = "v"
energy = "electricity"
kind = "interval"
unit = "kWh"
slot = "{slot}"
"""


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    folder = tmp_path_factory.mktemp("hints")
    build_figures_home(folder, random.Random(1))
    return Cli(folder)


@pytest.mark.parametrize("point", ["hall.meter", "shed.gas"])
@pytest.mark.parametrize("beyond", ["--from", "--to"])
def test_the_named_times_of_the_calendar_can_be_asked_for(cli: Cli, point: str, beyond: str) -> None:
    span = {"--from": "2026-09-01", "--to": "2026-09-07"}
    wrong = span | {beyond: {"--from": "1960-01-01", "--to": "2101-02-01"}[beyond]}
    said = cli.run("query", point, *sum(wrong.items(), ()), *HOME, expect=BAD_INPUT).stderr
    found = re.search(r"name a time from (\S+) to ([\d-]+)", said)
    assert found is not None, said
    right = span | {beyond: found[1] if beyond == "--from" else found[2]}
    cli.run("query", point, *sum(right.items(), ()), "--every", "1y", *HOME)


@pytest.mark.parametrize("point", ["hall.meter", "hall.power", "shed.gas"])
@pytest.mark.parametrize(
    "period", [("2026-10-15", "2026-10-16"), ("2026-08-01", "2026-08-02"), ("2050-01-01", "2050-01-02")]
)
def test_the_slot_named_for_a_period_without_one_has_evidence(cli: Cli, point: str, period: tuple[str, str]) -> None:
    said = cli.run("evidence", "period", point, *period, *HOME, "-o", "none.vwe", expect=NOT_FOUND).stderr
    follow(cli, point, said, "no frame states a slot")


def test_the_slot_that_a_period_cuts_has_evidence(cli: Cli) -> None:
    short = ("2026-09-20T00:02", "2026-09-20T00:07")
    said = cli.run("evidence", "period", "hall.power", *short, *HOME, "-o", "none.vwe", expect=NOT_FOUND).stderr
    follow(cli, "hall.power", said, "no whole slot")


@pytest.mark.parametrize("period", [("2024-02-01", "2024-02-20"), ("2019-01-01", "2019-01-20")])
@pytest.mark.parametrize("slot", ["quarter", "year"])
def test_a_slot_longer_than_evidence_of_a_period_has_evidence_of_its_reading(
    cli: Cli, slot: str, period: tuple[str, str]
) -> None:
    (cli.folder / f"{slot}.csv").write_text("t,v\n2024-01-01,5\n")
    (cli.folder / f"{slot}.toml").write_text(YEARLY.format(slot=slot))
    cli.run("import", f"{slot}.csv", "--mapping", f"{slot}.toml", *HOME)
    said = cli.run("evidence", "period", f"by.{slot}", *period, *HOME, "-o", "none.vwe", expect=NOT_FOUND).stderr
    found = re.search(r"ask for evidence of the reading of (\S+)", said)
    assert found is not None, said
    cli.run("evidence", "reading", f"by.{slot}", found[1], *HOME, "-o", f"{slot}.vwe")
    assert "PROVEN" in cli.run("verify", f"{slot}.vwe", "--trust", "home/trust.json").stdout


def test_an_option_that_is_empty_is_refused_and_not_left_out(cli: Cli) -> None:
    slot = ("hall.meter", "2026-09-20")
    cli.run("evidence", "reading", *slot, *HOME, "-o", "empty.vwe")
    verified = cli.run("verify", "empty.vwe", "--trust", "home/trust.json", "--max-age", "", expect=BAD_INPUT)
    assert "not an age" in verified.stderr

    span = ("--from", "2026-09-01", "--to", "2026-09-07")
    asked = cli.run("query", "hall.meter", *span, "--as-of", "", *HOME, expect=BAD_INPUT)
    assert "is no time" in asked.stderr


def follow(cli: Cli, point: str, said: str, why: str) -> None:
    found = re.search(r"ask for one from (\S+) to ([^\s,;]+)", said)
    assert why in said
    assert found is not None, said
    cli.run("evidence", "period", point, found[1], found[2], *HOME, "-o", f"{point}.vwe")
    assert "PROVEN" in cli.run("verify", f"{point}.vwe", "--trust", "home/trust.json").stdout
