"""Ids may have slashes: a text that names several points is refused, and never answered by another point's figure."""

from __future__ import annotations

import pytest

from tests.e2e.cli_home import MAPPING, Cli

DAY = ("2026-09-01", "2026-09-02")
POINTS = [("works", "p", 1), ("works", "works/p", 20), ("works", "steel/main", 300), ("steel", "main", 4000)]


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    cli = Cli(tmp_path_factory.mktemp("slashes"))
    cli.ask("init", "home", "--org", "works")
    cli.ask("org", "add", "steel", "--home", "home")
    for n, (org, point, value) in enumerate(POINTS):
        mapping = MAPPING.replace("{stem}.active", point).replace('"15m"', '"day"').replace('"interval"', '"instant"')
        (cli.folder / "map.toml").write_text(mapping.replace("[file]", f'[file]\ngroup = "g{n}"'))
        (cli.folder / "day.csv").write_text(f"time,active\n2026-09-02 00:00,{value}\n")
        cli.ask("import", "day.csv", "--mapping", "map.toml", "--home", "home", "--org", org)
    return cli


@pytest.mark.parametrize(
    ("named", "org", "id_", "value"),
    [
        ("works/p", "works", "works/p", "20.00"),
        ("works/works/p", "", "works/p", "20.00"),
        ("steel/main", "works", "steel/main", "300.00"),
        ("main", "steel", "main", "4000.00"),
    ],
)
def test_a_name_is_answered_with_the_figure_of_its_point(cli: Cli, named: str, org: str, id_: str, value: str) -> None:
    (row,) = cli.ask("query", named, "--from", DAY[0], "--to", DAY[1], "--home", "home", "--org", org)["rows"]
    assert (row["point"], row["value"]) == (id_, value)
    cli.run("evidence", "period", named, *DAY, "--home", "home", "--org", org, "-o", "proof.vwe")
    facts = cli.ask("verify", "proof.vwe", "--trust", "home/trust.json")["facts"]
    assert (facts["point"], facts["value"]) == (id_, value)


@pytest.mark.parametrize(
    ("named", "several"),
    [
        ("works/p", ["'works/p' of org 'works'", "'p' of org 'works'"]),
        ("steel/main", ["'steel/main' of org 'works'", "'main' of org 'steel'"]),
    ],
)
def test_a_name_of_several_points_is_refused_and_names_them(cli: Cli, named: str, several: list[str]) -> None:
    for asked in (("query", named, "--from", DAY[0], "--to", DAY[1]), ("evidence", "period", named, *DAY, "-o", "x")):
        refused = cli.run(*asked, "--home", "home", expect=1).stderr
        assert all(each in refused for each in several), refused
    assert not (cli.folder / "x").exists()


def test_with_an_org_a_text_is_the_id_alone(cli: Cli) -> None:
    asked = ("query", "steel/main", "--from", DAY[0], "--to", DAY[1], "--home", "home", "--org", "steel")
    refused = cli.run(*asked, expect=1)
    assert "there is no point 'steel/main' of org 'steel'" in refused.stderr
