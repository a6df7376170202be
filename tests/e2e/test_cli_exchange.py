"""An exchange of a meter: a fall before it is recorded, a step that the owner states afterwards, in every output."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.cli_home import MAPPING, Cli

STAND = """\
time,active
2024-08-01 00:00,5400.0
2024-08-02 00:00,5410.5
2024-08-03 00:00,5421.0
2024-08-04 00:00,5430.0
2024-08-05 00:00,2.5
2024-08-06 00:00,13.0
"""
DAYS = ("--from", "2024-08-03", "--to", "2024-08-06", "--every", "1d")
MONTH = ("--from", "2024-08-01", "--to", "2024-09-01", "--every", "1mo")
EXCHANGE = ("--at", "2024-08-04T10:00", "--last", "5430.0", "--first", "0.0", "--reason", "seal broken")


def test_an_exchange_makes_of_a_fall_a_step_that_the_owner_states(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    mapping = MAPPING.replace('kind = "interval"', 'kind = "register"').replace('slot = "15m"', 'slot = "day"')
    (tmp_path / "map.toml").write_text(mapping)
    (tmp_path / "stand.csv").write_text(STAND)
    cli.ask("init", "home", "--org", "works", "--json")
    cli.ask("import", "stand.csv", "--mapping", "map.toml", "--home", "home", "--json")

    point = ("stand.active", "--home", "home", "--json")
    fell = cli.ask("query", *point, *DAYS)["rows"]
    assert [row["value"] for row in fell] == ["9.00", None, "10.50"]
    assert [row["steps"]["fall"] for row in fell] == [0, 1, 0]
    (month,) = cli.ask("query", *point, *MONTH)["rows"]
    assert (month["value"], month["complete"], month["steps"]["fall"]) == ("40.50", False, 1)

    tried = cli.ask("points", "exchange", *point, *EXCHANGE, "--dry-run")
    assert (tried["recorded"], tried["before"]["value"], tried["after"]["value"]) == (False, None, "2.50")
    assert cli.ask("query", *point, *DAYS)["rows"] == fell
    done = cli.ask("points", "exchange", *point, *EXCHANGE)
    assert (done["recorded"], done["after"]) == (True, tried["after"])

    told = cli.ask("query", *point, *DAYS)["rows"]
    assert [row["value"] for row in told] == ["9.00", "2.50", "10.50"]
    assert [row["stated_by_owner"] for row in told] == [None, "2.50", None]
    assert (told[1]["steps"]["exchange"], told[1]["steps"]["fall"], told[1]["complete"]) == (1, 0, False)
    assert cli.ask("query", *point, *DAYS, "--as-of", "2024-09-01")["rows"][1]["value"] is None
    table = cli.run("query", *point[:3], *DAYS).stdout
    assert "2.50" in table
    assert "steps_exchange" in cli.run("query", *point[:3], *DAYS, "--csv").stdout.splitlines()[0]

    cli.run("points", "exchange", *point, *EXCHANGE, expect=1)
    cli.run("points", "exchange", *point, *EXCHANGE[:3], "5430.0001", *EXCHANGE[4:], expect=2)
