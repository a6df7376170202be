"""Figures from the command line: marked where they are partial, and never without the factor that made them."""

from __future__ import annotations

import csv
import io
import random

import pytest

from tests.e2e.cli_home import Cli
from tests.figures_home import build_figures_home
from veriwatt.web.figure_marks import figure_marks

OWN = """\
[table]
measure = "co2"
country = "US"
edition = "the supplier's"
[[factor]]
energy = "electricity"
unit = "kWh"
bases = ["national"]
value = "0.25"
source = "contract of 2026"
"""
SPAN = ("--from", "2026-09-01", "--to", "2026-09-25")


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    folder = tmp_path_factory.mktemp("figures")
    build_figures_home(folder, random.Random(1))
    (folder / "own.toml").write_text(OWN)
    return Cli(folder)


def query(cli: Cli, *args: str) -> str:
    return cli.run("query", *args, *SPAN, "--home", "home").stdout


def test_table_and_csv_say_of_a_figure_what_the_page_says(cli: Cli) -> None:
    rows = cli.ask("query", "hall.meter", *SPAN, "--home", "home")["rows"]
    marks = [figure_marks(row) for row in rows]
    assert any("partial" in each for each in marks)
    assert any(mark.startswith("rollovers") for each in marks for mark in each)
    lines = query(cli, "hall.meter").splitlines()[1:]
    bounds = [row["at_least"] for row in rows]
    said = [
        [*each, *([f"at least {bound} {row['unit']}"] if bound not in (None, row["value"]) else [])]
        for each, bound, row in zip(marks, bounds, rows, strict=True)
    ]
    assert [line.partition("hall.meter")[2].strip() for line in lines] == [", ".join(each) for each in said]
    found = list(csv.DictReader(io.StringIO(query(cli, "hall.meter", "--csv"))))
    assert [row["marks"] for row in found] == ["; ".join(each) for each in marks]
    assert [row["steps_rollover"] for row in found] == [str(row["steps"]["rollover"]) for row in rows]


def test_every_conversion_prints_country_year_basis_and_source(cli: Cli) -> None:
    last = query(cli, "hall.total", "--as", "co2").splitlines()[-1]
    assert last.startswith("hall.total, 2026: factor 0.5306, CN, national, 2023; ")
    assert last.endswith("notice of 2025-12-31")


def test_a_point_abroad_is_converted_by_a_chosen_country_or_an_own_table_alone(cli: Cli) -> None:
    ranch = ("query", "ranch.total", *SPAN, "--every", "1mo", "--as", "co2", "--home", "home")
    refused = cli.run(*ranch, expect=1)
    assert "no co2 factor of US" in refused.stderr
    assert "[factor-not-found]" in refused.stderr
    assert "--country CN" in refused.stderr
    assert "--factors" in refused.stderr
    for country in ("CN", "cn"):
        (chosen,) = cli.ask(*ranch, "--country", country)["rows"]
        assert (chosen["country"], chosen["factor"], chosen["factor_table"]) == ("CN", "0.5306", None)
    (own,) = cli.ask(*ranch, "--factors", "own.toml")["rows"]
    assert (own["country"], own["factor"], own["factor_table"]) == ("US", "0.25", "own.toml")
    assert "own table own.toml: the supplier's: contract of 2026" in cli.run(*ranch, "--factors", "own.toml").stdout


def test_own_tables_are_kept_in_the_settings_of_the_home(cli: Cli) -> None:
    settings = cli.folder / "home" / "node.toml"
    kept = settings.read_text()
    own_table = cli.folder / "kept.toml"
    own_table.write_text(OWN)
    settings.write_text(kept.replace("factors = []", 'factors = ["../kept.toml"]'))
    ranch = ("query", "ranch.total", *SPAN, "--every", "1mo", "--as", "co2", "--home", "home")
    (own,) = cli.ask(*ranch)["rows"]
    assert own["factor_table"] == "kept.toml"
    own_table.write_text(OWN.replace('"0.25"', '"a quarter"'))
    assert "kept.toml, factor 1 (electricity): value" in cli.run(*ranch, expect=2).stderr
    settings.write_text(kept)


@pytest.mark.parametrize("option", [("--country", "CN"), ("--factors", "own.toml"), ("--basis", "national")])
def test_a_factor_without_a_conversion_is_a_mistake(cli: Cli, option: tuple[str, str]) -> None:
    done = cli.run("query", "hall.total", *SPAN, *option, "--home", "home", expect=2)
    assert option[0] in done.stderr


def test_what_is_generated_is_converted_to_nothing(cli: Cli) -> None:
    done = cli.run("query", "roof.pv", *SPAN, "--as", "co2", "--home", "home", expect=1)
    assert "[not-consumption]" in done.stderr


def test_a_date_is_the_own_day_of_each_point_of_a_question(cli: Cli) -> None:
    asked = ("--from", "2026-09-02", "--to", "2026-09-04", "--every", "1d", "--home", "home")
    rows = cli.ask("query", "shed.gas", "hall.total", *asked)["rows"]
    gas, power = rows[:2], rows[2:]
    assert [(row["start"], row["end"], row["expected"]) for row in gas] == [
        ("2026-09-02T06:00:00+08:00", "2026-09-03T06:00:00+08:00", 24),
        ("2026-09-03T06:00:00+08:00", "2026-09-04T06:00:00+08:00", 24),
    ]
    assert [(row["start"][:16], row["expected"]) for row in power] == [
        ("2026-09-02T00:00", 96),
        ("2026-09-03T00:00", 96),
    ]


def test_a_version_is_known_from_the_beginning_of_the_own_day_on(cli: Cli) -> None:
    asked = ("query", "shed.gas", "--from", "2026-09-02", "--to", "2026-09-03", "--home", "home")
    day, instant = (cli.ask(*asked, "--as-of", at)["rows"] for at in ("2026-09-02", "2026-09-02T06:00:00+08:00"))
    assert day == instant


def test_evidence_of_dates_proves_the_own_days_and_the_own_slot(cli: Cli) -> None:
    span = ("2026-09-02", "2026-09-04")
    cli.ask("evidence", "period", "shed.gas", *span, "--home", "home", "-o", "days.vwe")
    facts = cli.ask("verify", "days.vwe", "--trust", "home/trust.json")["facts"]
    (row,) = cli.ask("query", "shed.gas", "--from", span[0], "--to", span[1], "--every", "1mo", "--home", "home")[
        "rows"
    ]
    names = ("start", "end", "value", "expected")
    assert [facts[name] for name in names] == [row[name] for name in names]
    assert row["start"] == "2026-09-02T06:00:00+08:00"
    cli.ask("evidence", "reading", "shed.gas", "2026-09-02", "--home", "home", "-o", "slot.vwe")
    assert cli.ask("verify", "slot.vwe", "--trust", "home/trust.json")["facts"]["start"] == row["start"]
