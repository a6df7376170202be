"""Imports as people make them: mistakes in the file, a dry run before it, and the same file corrected."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.e2e.cli_home import MAPPING, Cli

GOOD = ["2026-03-01 00:15,1.50", "2026-03-01 00:30,2.25", "2026-03-01 01:00,0", "2026-04-01 00:15,4"]
STATUS = 'status = {column = "flag", measured = ["A"], estimated = ["E"], gap = ["N"]}\n'


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    made = Cli(tmp_path)
    made.ask("init", "home", "--org", "Works")
    (tmp_path / "mapping.toml").write_text(MAPPING)
    (tmp_path / "flags.toml").write_text(MAPPING.replace("[[point]]", STATUS + "\n[[point]]", 1))
    return made


def add(cli: Cli, rows: list[str], *options: str, header: str = "time,active", expect: int = 0) -> dict[str, Any]:
    (cli.folder / "readings.csv").write_text("\n".join([header, *rows]) + "\n")
    mapping = "flags.toml" if "flag" in header else "mapping.toml"
    return cli.ask("import", "readings.csv", "--mapping", mapping, "--home", "home", *options, expect=expect)


def day(cli: Cli, start: str, end: str, every: str = "1d") -> list[dict[str, Any]]:
    span = ("--from", start, "--to", end, "--every", every)
    rows: list[dict[str, Any]] = cli.ask("query", "readings.active", *span, "--home", "home")["rows"]
    return rows


def frames(cli: Cli) -> int:
    return int(cli.ask("fsck", "--home", "home")["checked"]["frames"])


def test_a_dry_run_says_what_the_import_then_does_and_writes_nothing(cli: Cli) -> None:
    planned = add(cli, GOOD, "--dry-run")

    assert (planned["frames"], planned["dry_run"], frames(cli)) == (0, True, 0)
    assert cli.ask("points", "list", "--home", "home")["points"] == []
    (point,) = planned["points"]
    assert (point["id"], point["unit"], point["slot"], point["timezone"]) == (
        "readings.active",
        "kWh",
        "15m",
        "Asia/Shanghai",
    )
    assert point["first"] == {
        "line": 2,
        "start": "2026-03-01T00:00:00+08:00",
        "end": "2026-03-01T00:15:00+08:00",
        "value": "1.50",
        "status": "measured",
    }
    assert (point["last"]["line"], point["last"]["value"]) == (5, "4.00")
    assert [(m["start"][:7], m["value"], m["measured"]) for m in point["months"]] == [
        ("2026-03", "3.75", 3),
        ("2026-04", "4.00", 1),
    ]

    done = add(cli, GOOD)
    assert done["slots"] == planned["slots"]
    assert [row["value"] for row in day(cli, "2026-03-01", "2026-05-01", "1mo")] == ["3.75", "4.00"]
    again = add(cli, GOOD, "--dry-run")
    assert (sum(again["slots"].values()), again["points"][0]["months"]) == (0, point["months"])


def test_a_dry_run_shows_refused_rows_and_ends_as_the_import_would(cli: Cli) -> None:
    rows = [GOOD[0], "2026-03-01 00:30,x", GOOD[0], *GOOD[2:]]
    planned = add(cli, rows, "--dry-run", expect=2)

    assert ([r["line"] for r in planned["rejected"]], planned["repeated"]) == ([3], 1)
    assert planned["points"][0]["read"]["refused"] == 1
    assert add(cli, rows, "--dry-run", "--keep-good", expect=5)["slots"]["measured"] == 3
    assert frames(cli) == 0


def test_a_row_of_another_decade_is_rejected_alone_with_keep_good_and_refuses_the_file_without(cli: Cli) -> None:
    rows = [GOOD[0], "2016-03-01 00:30,2.25", *GOOD[1:3]]
    refused = add(cli, rows, expect=2)

    assert [(r["line"], r["field"], r["value"]) for r in refused["rejected"]] == [(3, "time", "2016-03-01 00:30")]
    assert "--allow-gaps" in refused["rejected"][0]["why"]
    assert frames(cli) == 0
    assert add(cli, rows, "--keep-good", expect=5)["slots"]["measured"] == 3
    assert [row["value"] for row in day(cli, "2026-03-01", "2026-03-02")] == ["3.75"]


def test_the_text_of_a_dry_run_is_for_a_person(cli: Cli) -> None:
    (cli.folder / "readings.csv").write_text("\n".join(["time,active", *GOOD, GOOD[0]]) + "\n")
    text = cli.run("import", "readings.csv", "--mapping", "mapping.toml", "--home", "home", "--dry-run").stdout

    for line in (
        "dry run, nothing was written: the import would write 4 measured",
        "1 row repeats another row in every field",
        "first line 2: 2026-03-01T00:00:00+08:00 to 2026-03-01T00:15:00+08:00: 1.50 kWh",
        "2026-03: 3.75 kWh",
    ):
        assert line in text


def test_a_dry_run_says_of_a_registers_months_which_steps_are_in_doubt_and_which_count_nothing(cli: Cli) -> None:
    register = MAPPING.replace('"interval"', '"register"') + 'rate = "4"\n'
    (cli.folder / "mapping.toml").write_text(register)
    rows = [
        "2026-02-28 23:45,10",
        "2026-03-01 00:00,10.5",
        "2026-03-01 00:15,12.5",
        "2026-03-01 00:30,13",
        "2026-04-01 00:15,5",
    ]
    (month, march, april) = add(cli, rows, "--dry-run")["points"][0]["months"]
    text = cli.run("import", "readings.csv", "--mapping", "mapping.toml", "--home", "home", "--dry-run").stdout

    assert (march["start"][:7], march["steps"]["implausible"]) == ("2026-03", 1)
    assert (april["value"], april["measured"]) == (None, 1)
    assert month["steps"] is not None
    assert "implausible steps 1" in text
    assert "2026-04: no advance counted" in text


def test_with_keep_good_a_refused_cell_stays_missing_and_the_exit_says_in_part(cli: Cli) -> None:
    rows = [GOOD[0], '2026-03-01 00:30,"1,234.5"', "2026-03-01 01:00,0"]
    done = add(cli, rows, "--keep-good", expect=5)

    assert (done["slots"]["measured"], done["slots"]["gap"]) == (2, 1)
    refused, gap = day(cli, "2026-03-01T00:15", "2026-03-01T00:45", "15m")
    assert (refused["value"], refused["measured"], refused["gap"]) == (None, 0, 0)
    assert (gap["value"], gap["gap"]) == (None, 1)
    assert cli.ask("fsck", "--home", "home")["ok"]

    mended = add(cli, [rows[0], "2026-03-01 00:30,1234.5", rows[2]])
    assert (mended["frames"], mended["slots"]["measured"], mended["slots"]["gap"]) == (1, 1, 0)
    assert day(cli, "2026-03-01T00:15", "2026-03-01T00:30", "15m")[0]["value"] == "1234.50"


def test_a_file_without_one_good_row_is_refused_with_keep_good_too(cli: Cli) -> None:
    assert add(cli, ["2026-03-01 00:15,x"], "--keep-good", expect=2)["frames"] == 0


def test_every_refused_row_is_in_the_file_of_rejects(cli: Cli) -> None:
    rows = [f"2026-03-01 {n // 4:02d}:{15 * (n % 4):02d},{'x' if n % 2 else n}" for n in range(1, 80)]
    rows.append("2026-03-05 00:00")
    done = add(cli, rows, "--rejects", "rejects.csv", expect=2)

    assert (len(done["rejected"]), done["rejected_count"]) == (20, 41)
    written = list(csv.reader((cli.folder / "rejects.csv").read_text().splitlines()))
    assert written[0] == ["file", "line", "field", "value", "why"]
    assert sorted(int(row[1]) for row in written[1:]) == [*range(2, 81, 2), 81]
    assert ["readings.csv", "2", "active", "x"] in [row[:4] for row in written]


def test_a_contradicted_value_and_an_unreadable_file_are_in_the_file_of_rejects_too(cli: Cli) -> None:
    add(cli, GOOD)
    add(cli, ["2026-03-01 00:15,9"], "--rejects", "conflicts.csv", expect=2)
    add(cli, [], "--rejects", "empty.csv", expect=2)

    assert "has 1.50 kWh already" in (cli.folder / "conflicts.csv").read_text()
    assert "no data row" in (cli.folder / "empty.csv").read_text()


def test_one_mistyped_year_writes_nothing_and_blocks_no_later_import(cli: Cli) -> None:
    refused = add(cli, [GOOD[0], "2062-03-01 00:30,2.25", GOOD[2]], expect=2)

    assert [(r["line"], r["field"], r["value"]) for r in refused["rejected"]] == [(3, "time", "2062-03-01 00:30")]
    assert (frames(cli), cli.ask("points", "list", "--home", "home")["points"]) == (0, [])
    assert add(cli, ["2026-03-02 00:15,5"])["slots"]["measured"] == 1
    assert add(cli, GOOD)["slots"]["measured"] == 4
    assert day(cli, "2026-03-01", "2026-03-02")[0]["value"] == "3.75"


def test_a_file_exported_now_is_imported_up_to_the_slot_under_way(cli: Cli) -> None:
    now = datetime.now(UTC) + timedelta(hours=8)
    edge = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
    rows = [f"{edge + timedelta(minutes=15 * n):%Y-%m-%d %H:%M},{n + 3}" for n in (-1, 0, 1)]
    done = add(cli, rows)

    assert (done["slots"]["measured"], done["slots"]["gap"], done["not_ended"]) in ((2, 0, 1), (3, 0, 0))


def test_a_lone_row_of_another_decade_asks_before_it_signs_gaps(cli: Cli) -> None:
    rows = ["2014-03-01 00:15,1", *GOOD]
    refused = add(cli, rows, expect=2)

    assert [r["line"] for r in refused["rejected"]] == [2]
    assert "--allow-gaps" in refused["rejected"][0]["why"]
    assert frames(cli) == 0
    allowed = add(cli, ["2024-10-01 00:15,1", *GOOD], "--allow-gaps")
    assert (allowed["slots"]["measured"], allowed["slots"]["gap"] > 50_000) == (5, True)


def test_repeated_rows_are_counted_in_the_answer(cli: Cli) -> None:
    assert add(cli, [GOOD[0], GOOD[0], GOOD[1]])["repeated"] == 1
    assert add(cli, [GOOD[0], GOOD[0], GOOD[1]])["repeated"] == 1


def test_rows_set_aside_for_another_row_of_their_slot_are_counted_in_every_answer(cli: Cli) -> None:
    copies = MAPPING.replace("[[point]]", 'repeats = "same"\n\n[[point]]', 1)
    (cli.folder / "mapping.toml").write_text(copies)
    rows = ["2026-03-01 00:15,A,1.50", "2026-03-01 00:15,B,1.50", "2026-03-01 00:30,A,2", "2026-03-01 00:30,B,2"]

    for more in (["--dry-run"], []):
        assert add(cli, rows, *more, header="time,meter,active")["set_aside"] == 2
    again = ("import", "readings.csv", "--mapping", "mapping.toml", "--home", "home")
    for done in (cli.run(*again), cli.run(*again, "--dry-run")):
        assert "2 rows set aside, as `repeats` says, for another row of their slot" in done.stdout


def test_blank_cells_at_the_ends_of_a_file_are_counted_in_every_answer(cli: Cli) -> None:
    rows = ["2026-03-01 00:15,1", "2026-03-01 00:30,2", "2026-03-01 00:45,", "2042-03-01 00:45,"]

    for more in (["--dry-run"], []):
        assert add(cli, rows, *more)["blanks_beyond"] == 2
    told = cli.run("import", "readings.csv", "--mapping", "mapping.toml", "--home", "home").stdout
    assert "2 cells without a value before the first reading of a point or after its last: nothing stated" in told


def test_values_beyond_a_bound_are_counted_as_gaps_with_the_first_of_them_in_every_answer(cli: Cli) -> None:
    """A bound in another unit than the file's makes gaps of almost all that is good."""
    (cli.folder / "mapping.toml").write_text(MAPPING + 'maximum = "50"\n')
    rows = ["2026-03-01 00:15,100", "2026-03-01 00:30,101", "2026-03-01 00:45,5"]
    beyond = {"above_maximum": {"count": 2, "first": {"line": 2, "field": "active", "value": "100.00 kWh"}}}

    planned = add(cli, rows, "--dry-run")
    assert (planned["stated_gaps"], planned["points"][0]["stated_gaps"]) == (beyond, beyond)
    for _ in range(2):
        assert add(cli, rows)["stated_gaps"] == beyond
    again = ("import", "readings.csv", "--mapping", "mapping.toml", "--home", "home")
    for done in (cli.run(*again), cli.run(*again, "--dry-run")):
        assert "2 values above their maximum are gaps; the first in line 2: active: 100.00 kWh" in done.stdout


def test_rounded_values_and_what_they_change_are_told_in_plan_and_answer(cli: Cli) -> None:
    (cli.folder / "mapping.toml").write_text(MAPPING.replace("[[point]]", "[[point]]\nround = true"))
    rows = ["2026-03-01 00:15,1.504", "2026-03-01 00:30,0.004", "2026-03-01 00:45,3.00", "2026-04-01 00:15,2.004"]
    changed = {"point": "readings.active", "count": 3, "to_zero": 1, "unit": "kWh"}
    changed |= {"total_read": "6.512", "total": "6.50"}

    planned = add(cli, rows, "--dry-run", "--allow-gaps")
    assert planned["rounded"] == [changed]
    months = planned["points"][0]["months"]
    assert [(m["value"], m["value_read"]) for m in months] == [("4.50", "4.508"), ("2.00", "2.004")]

    text = cli.run("import", "readings.csv", "--mapping", "mapping.toml", "--home", "home", "--dry-run", "--allow-gaps")
    assert "readings.active: 3 values were rounded to its resolution, 1 of them to 0: " in text.stdout
    assert "the values read are 6.512 kWh in all, those stored 6.50" in text.stdout
    assert "2026-03: 4.50 kWh, 4.508 before rounding" in text.stdout
    assert add(cli, rows, "--allow-gaps")["rounded"] == [changed]


def test_plan_and_answer_name_the_sheet_that_was_read(cli: Cli) -> None:
    book = openpyxl.Workbook()
    book.active.title = "March"
    for row in (["time", "active"], ["2026-03-01 00:15", 1.5]):
        book.active.append(row)
    book.save(cli.folder / "readings.xlsx")
    add_book = ("import", "readings.xlsx", "--mapping", "mapping.toml", "--home", "home")

    assert "read from the sheet 'March'" in cli.run(*add_book, "--dry-run").stdout
    assert cli.ask(*add_book)["sheet"] == "March"
    assert add(cli, GOOD)["sheet"] is None


def test_gaps_that_a_file_marks_over_recorded_values_are_counted_in_every_answer(cli: Cli) -> None:
    add(cli, ["2026-03-01 00:15,10,A", "2026-03-01 00:30,11,A"], header="time,active,flag")
    rows = ["2026-03-01 00:15,10,A", "2026-03-01 00:30,11,N", "2026-03-01 00:45,0,N", "2026-03-01 01:15,3,A"]
    for more in (["--dry-run"], [], []):
        assert add(cli, rows, *more, header="time,active,flag")["gaps_over_values"] == 1
    for more in ([], ["--dry-run"]):
        told = cli.run("import", "readings.csv", "--mapping", "flags.toml", "--home", "home", *more).stdout
        assert "1 slot has a recorded value where the file marks that there is none: not taken" in told


def test_blank_cells_over_recorded_values_are_counted_in_every_answer(cli: Cli) -> None:
    add(cli, GOOD)
    rows = [GOOD[0], GOOD[1].split(",")[0] + ",", *GOOD[2:]]
    for more in (["--dry-run"], []):
        assert add(cli, rows, *more)["blanks_over_values"] == 1
        told = cli.run("import", "readings.csv", "--mapping", "mapping.toml", "--home", "home", *more).stdout
        assert "1 slot has a recorded value where the file has a cell without one: not taken" in told


def test_statuses_reach_query_and_evidence(cli: Cli) -> None:
    rows = ["2026-03-01 00:15,10,A", "2026-03-01 00:30,11,E", "2026-03-01 00:45,0,N"]
    done = add(cli, rows, header="time,active,flag")

    assert [done["slots"][s] for s in ("measured", "estimated", "gap")] == [1, 1, 1]
    (total,) = day(cli, "2026-03-01", "2026-03-02")
    assert (total["value"], total["measured"], total["estimated"], total["gap"]) == ("21.00", 1, 1, 1)
    cli.ask("evidence", "reading", "readings.active", "2026-03-01T00:15", "--home", "home", "-o", "x.vwe")
    assert cli.ask("verify", "x.vwe", "--trust", "home/trust.json")["facts"]["status"] == "estimated"


def test_a_status_that_changes_is_a_new_version_and_the_older_file_is_nothing_new(cli: Cli) -> None:
    provisional, final = ["2026-03-01 00:15,10,E"], ["2026-03-01 00:15,10,A"]
    add(cli, provisional, header="time,active,flag")
    changed = add(cli, final, header="time,active,flag")

    assert (changed["frames"], changed["slots"]["measured"]) == (1, 1)
    assert day(cli, "2026-03-01", "2026-03-02")[0]["measured"] == 1
    assert add(cli, provisional, header="time,active,flag")["frames"] == 0
    assert add(cli, ["2026-03-01 00:15,10.00"])["frames"] == 0, "a file without statuses says nothing about them"


def test_a_file_that_repeats_an_older_version_of_a_corrected_slot_is_nothing_new(cli: Cli) -> None:
    add(cli, GOOD)
    correct = ("correct", "readings.active", "2026-03-01T00:00")
    cli.ask(*correct, "1.75", "--reason", "read again", "--home", "home")
    cli.ask(*correct, "1.80", "--reason", "and again", "--home", "home")

    for value in ("1.50", "1.75", "1.80"):
        again = add(cli, [f"2026-03-01 00:15,{value}", *GOOD[1:]])
        assert (again["frames"], again["rejected"]) == (0, [])
    assert day(cli, "2026-03-01", "2026-03-02")[0]["value"] == "4.05"
    assert add(cli, ["2026-03-01 00:15,1.60"], expect=2)["rejected_count"] == 1


def test_the_commands_of_the_page_on_mappings_run_as_written(cli: Cli) -> None:
    page = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text(encoding="utf-8")
    commands = [line.split()[1:] for line in page.splitlines() if line.startswith("veriwatt import ")]
    (cli.folder / "home").rename(cli.folder / "works")
    lines = ["time,active", "2024-10-01 00:15,1", *GOOD, "2026-04-01 00:30,x"]
    (cli.folder / "readings.csv").write_text("\n".join(lines) + "\n")

    ends = [cli.ask(*command, expect=code)["rejected_count"] for command, code in zip(commands, (2, 5, 2), strict=True)]
    assert ends == [2, 2, 1]
    (cli.folder / "readings.csv").write_text("\n".join(lines[:-1]) + "\n")
    assert cli.ask(*commands[-1])["slots"]["measured"] == 1
    assert (cli.folder / "rejects.csv").read_text().count("\n") == 3


def test_the_remedies_of_a_value_that_is_recorded_otherwise_are_followed(cli: Cli) -> None:
    add(cli, GOOD)
    refused = add(cli, ["2026-03-01 00:15,1.60"], expect=2)
    assert "`veriwatt correct` makes a new version" in refused["rejected"][0]["why"]

    cli.ask(
        "correct", "readings.active", "2026-03-01T00:00:00+08:00", "1.60", "--reason", "validated", "--home", "home"
    )
    assert add(cli, ["2026-03-01 00:15,1.60"])["rejected"] == []
    assert day(cli, "2026-03-01", "2026-03-02")[0]["value"] == "3.85"


def test_a_slot_in_which_nothing_is_stated_is_imported_and_not_corrected(cli: Cli) -> None:
    add(cli, GOOD)
    tried = ("correct", "readings.active", "--reason", "r", "--home", "home")
    assert "import its reading" in cli.run(*tried, "2026-04-01T08:00", "1", expect=1).stderr
    refused = cli.run(*tried, "2026-04-01T08:05", "1", expect=1).stderr
    assert "the slot there starts at 2026-04-01T08:00:00+08:00" in refused


def test_the_remedies_of_another_mapping_are_followed(cli: Cli) -> None:
    add(cli, GOOD)
    (cli.folder / "mapping.toml").write_text(MAPPING.replace('"0.01"', '"0.01"\nfactor = "10"'))
    assert "or new point ids" in add(cli, GOOD, expect=2)["rejected"][0]["why"]
    (cli.folder / "mapping.toml").write_text(MAPPING.replace('"0.01"', '"0.001"'))
    assert "or the registered definition" in add(cli, GOOD, expect=2)["rejected"][0]["why"]

    (cli.folder / "mapping.toml").write_text(MAPPING)
    assert add(cli, GOOD)["frames"] == 0
    tenfold = MAPPING.replace('"0.01"', '"0.01"\nfactor = "10"').replace("{stem}.active", "tenfold")
    (cli.folder / "mapping.toml").write_text(tenfold)
    assert add(cli, GOOD)["slots"]["measured"] == 4
    assert day(cli, "2026-03-01", "2026-03-02")[0]["value"] == "3.75"


def test_an_import_says_that_it_moves_the_beginning_of_a_definition(cli: Cli) -> None:
    assert add(cli, GOOD)["begins_earlier"] == [], "a new point begins; nothing is moved"
    earlier = ["2026-02-01 00:15,1.25", *GOOD]
    moved = {
        "point": "readings.active",
        "group": cli.ask("points", "list", "--home", "home")["points"][0]["group"],
        "was": "2026-03-01T00:00:00+08:00",
        "effective_from": "2026-02-01T00:00:00+08:00",
    }
    assert add(cli, earlier, "--dry-run")["begins_earlier"] == [moved]
    told = cli.run("import", "readings.csv", "--mapping", "mapping.toml", "--home", "home", "--allow-gaps")
    assert f"holds from {moved['effective_from']} on, not from {moved['was']}" in told.stdout
    shown = cli.ask("points", "show", "readings.active", "--home", "home")
    assert shown["effective_from"] == moved["effective_from"]
    assert add(cli, earlier)["begins_earlier"] == []
