"""An implausible step of a register counts once another org with a role for it has confirmed it."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.cli_home import MAPPING, Cli

READINGS = [100, 110, 120, 700, 710, 720, 730]
"""The midnights of a week; a rate of 1 kWh an hour makes the step to 700 implausible."""
WEEK = ("--from", "2024-08-01", "--to", "2024-08-08", "--every", "1mo")
FROM = ("--earlier", "2024-08-03", "--before", "120")
STEP = ("works/stand.active", *FROM, "--at", "2024-08-04", "--after", "700", "--home", "home", "--org", "metro")
OTHER = ("works/stand.active", *FROM, "--at", "2024-08-04", "--after", "701", "--home", "home", "--org", "metro")


def test_a_step_is_confirmed_by_a_member_who_may_and_the_refusal_says_who_may(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    mapping = MAPPING.replace('kind = "interval"', 'kind = "register"\nrate = "1"').replace(
        'slot = "15m"', 'slot = "day"'
    )
    (tmp_path / "map.toml").write_text(mapping)
    rows = [f"2024-08-{day:02} 00:00,{value}" for day, value in enumerate(READINGS, 1)]
    (tmp_path / "stand.csv").write_text("\n".join(["time,active", *rows]) + "\n")
    cli.ask("init", "home", "--org", "works")
    cli.ask("import", "stand.csv", "--mapping", "map.toml", "--home", "home")
    (before,) = cli.ask("query", "stand.active", *WEEK, "--home", "home")["rows"]
    assert (before["value"], before["steps"]["implausible"]) == ("50.00", 1)

    cli.ask("org", "add", "metro", "--home", "home")
    refused = cli.run("points", "confirm", *STEP, "--member", "owner", expect=1)
    assert "a member with the role metrology or regulator may" in refused.stderr
    cli.ask("member", "add", "inspector", "--role", "metrology", "--org", "metro", "--home", "home")
    refused = cli.run("points", "confirm", *STEP, "--member", "inspector", expect=1)
    assert "grant-role" in refused.stderr
    cli.ask("org", "grant-role", "metro", "metrology", "--home", "home")
    cli.ask("points", "confirm", *OTHER, "--member", "inspector")
    (same,) = cli.ask("query", "stand.active", *WEEK, "--home", "home")["rows"]
    assert (same["value"], same["steps"]["implausible"], same["steps"]["confirmed"]) == ("50.00", 1, 0)
    done = cli.ask("points", "confirm", *STEP, "--member", "inspector")
    assert done == {
        "org": "works",
        "point": "stand.active",
        "earlier": "2024-08-03T00:00:00+08:00",
        "before": "120.00",
        "at": "2024-08-04T00:00:00+08:00",
        "after": "700.00",
    }

    (after,) = cli.ask("query", "stand.active", *WEEK, "--home", "home")["rows"]
    assert (after["value"], after["steps"]["implausible"], after["steps"]["confirmed"]) == ("630.00", 0, 1)


def test_a_definition_names_the_terminal_that_reads_the_point(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    cli.ask("init", "home", "--org", "works")
    define = ("--energy", "electricity", "--unit", "kWh", "--kind", "interval", "--timezone", "UTC", "--home", "home")
    cli.ask("points", "define", "hall.a", *define, "--terminal", "t1", "--country", "cn")
    cli.ask("points", "define", "hall.b", *define)
    shown = [cli.ask("points", "show", point, "--home", "home") for point in ("hall.a", "hall.b")]
    assert [(each["terminal"], each["country"]) for each in shown] == [("t1", "CN"), (None, None)]
    cli.run("points", "define", "hall.a", *define, "--terminal", "t2", expect=2)
    cli.run("points", "define", "hall.c", *define, "--terminal", "no such name", expect=2)
