"""The main job from the command line: import, query, correct, prove, verify."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import pytest

from tests.e2e.cli_home import MAPPING, Cli

ROWS = ["2026-03-01 00:15,1.50", "2026-03-01 00:30,2.25", "2026-03-01 01:00,0", "2026-03-02 00:00,4"]
OUT = ("--home", "home", "-o", "n.vwe")
DAY = ("--from", "2026-03-01", "--to", "2026-03-02", "--every", "1d")


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    return Cli(tmp_path_factory.mktemp("cli"))


@pytest.fixture(scope="module")
def home(cli: Cli) -> Path:
    return cli.home_with(ROWS)


def test_a_day_is_the_exact_sum_and_its_holes_are_gaps(cli: Cli, home: Path) -> None:
    (row,) = cli.ask("query", "readings.active", *DAY, "--home", home)["rows"]

    assert row["value"] == "7.75"
    assert (row["expected"], row["measured"], row["gap"]) == (96, 4, 92)


def test_a_zero_is_a_value_and_a_gap_is_none(cli: Cli, home: Path) -> None:
    span = ("--from", "2026-03-01T00:30", "--to", "2026-03-01T01:00", "--every", "15m")
    gap, zero = cli.ask("query", "readings.active", *span, "--home", home)["rows"]

    assert (gap["value"], gap["gap"]) == (None, 1)
    assert (zero["value"], zero["gap"]) == ("0.00", 0)


def test_the_same_file_again_writes_nothing(cli: Cli, home: Path) -> None:
    again = cli.import_rows(home, ROWS)

    assert (again["frames"], again["rejected"]) == (0, [])


def test_another_value_for_a_slot_is_refused_whole(cli: Cli, home: Path) -> None:
    refused = cli.import_rows(home, [*ROWS[:-1], "2026-03-01 01:15,9", "2026-03-02 00:00,5"], expect=2)

    assert refused["frames"] == 0
    (problem,) = refused["rejected"]
    assert (problem["line"], problem["field"], problem["value"]) == (6, "active", "5")
    assert problem["why"].startswith(
        "5.00 kWh for the slot of readings.active that starts at 2026-03-01T23:45:00+08:00,"
    )
    assert "which has 4.00 kWh already" in problem["why"]
    (row,) = cli.ask("query", "readings.active", *DAY, "--home", home)["rows"]
    assert row["value"] == "7.75"


def test_an_error_in_a_mapping_is_one_json_object_too(cli: Cli, home: Path) -> None:
    source = cli.folder / "same.csv"
    source.write_text("time,active\n2026-03-05 00:15,1\n")
    imported = ("import", source, "--home", home, "--mapping")
    cli.ask(*imported, cli.folder / "mapping.toml")

    for change, file, why in [
        (('"kWh"', '"kWhh"'), "changed.toml: [[point]] 1 ({stem}.active) unit", "did you mean 'kWh'"),
        (('"0.01"', '"0.01"\nfactor = "10"'), "same.csv", "another mapping"),
        (('"electricity"', '"heat"'), "point same.active", "another energy"),
    ]:
        (cli.folder / "changed.toml").write_text(MAPPING.replace(*change))
        refused = cli.ask(*imported, cli.folder / "changed.toml", expect=2)
        (problem,) = refused["rejected"]
        assert (refused["frames"], problem["file"], problem["line"]) == (0, file, 0)
        assert why in problem["why"]


def test_a_refused_import_prints_place_and_reason_for_a_person(cli: Cli, home: Path) -> None:
    (cli.folder / "empty.csv").write_text("")

    done = cli.run("import", "empty.csv", "--mapping", "mapping.toml", "--home", home, expect=2)

    assert done.stdout == (
        "nothing was imported\nempty.csv: no data row: the file is empty; name a file with readings\n"
    )


def test_an_error_of_the_system_is_one_message_and_exit_3(cli: Cli, home: Path) -> None:
    broken = cli.folder / "broken"
    broken.mkdir()
    (broken / "home.lock").symlink_to("home.lock")
    for name in ("format", "genesis.cbor"):
        (broken / name).write_bytes((home / name).read_bytes())

    told = cli.run("points", "list", "--home", broken, expect=3).stderr

    assert "home.lock: Too many levels of symbolic links" in told


def test_a_value_fills_a_gap_as_a_new_version(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    home = cli.home_with(ROWS)

    filled = cli.import_rows(home, [*ROWS[:2], "2026-03-01 00:45,3", *ROWS[2:]])

    assert (filled["frames"], filled["slots"]["measured"]) == (1, 1)
    (row,) = cli.ask("query", "readings.active", *DAY, "--home", home)["rows"]
    assert (row["value"], row["measured"], row["gap"]) == ("10.75", 5, 91)


def test_a_correction_is_a_new_version_and_the_old_one_stays(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    home = cli.home_with(ROWS)
    before = cli.ask("ledger", "status", "--home", home)["time"]

    dry = cli.ask(
        "correct", "readings.active", "2026-03-01T00:00", "1.75", "--reason", "r", "--home", home, "--dry-run"
    )
    assert dry["frames"] == 0
    cli.ask("correct", "readings.active", "2026-03-01T00:00", "1.75", "--reason", "meter read again", "--home", home)

    (now,) = cli.ask("query", "readings.active", *DAY, "--home", home)["rows"]
    (then,) = cli.ask("query", "readings.active", *DAY, "--as-of", before, "--home", home)["rows"]
    assert (now["value"], now["manual"], now["measured"]) == ("8.00", 1, 3)
    assert (then["value"], then["manual"], then["measured"]) == ("7.75", 0, 4)


def test_an_earlier_day_imported_since_is_not_due_as_known_before(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    home = cli.home_with(ROWS)
    asked = ("query", "readings.active", "--from", "2026-02-27", "--to", "2026-03-02", "--every", "1d", "--home", home)
    then, at = cli.ask(*asked)["rows"], cli.ask("ledger", "status", "--home", home)["time"]
    cli.import_rows(home, ["2026-02-27 00:15,1.50", "2026-02-27 00:30,2.25"])

    assert [row["due"] for row in then] == [0, 0, 96]
    assert [row["due"] for row in cli.ask(*asked)["rows"]] == [96, 96, 96]
    assert cli.ask(*asked, "--as-of", at)["rows"] == then


def test_a_slot_is_corrected_to_a_negative_value(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    home = cli.home_with(ROWS)

    done = cli.ask("correct", "readings.active", "2026-03-01T00:00", "-3.50", "--reason", "sun", "--home", home)

    assert (done["value"], done["version"]) == ("-3.50", 2)
    (row,) = cli.ask("query", "readings.active", *DAY, "--home", home)["rows"]
    assert row["value"] == "2.75"


@pytest.mark.parametrize("reason", ["", "r" * 1025])
def test_a_correction_without_a_usable_reason_leaves_the_home_as_it_was(tmp_path: Path, reason: str) -> None:
    cli = Cli(tmp_path)
    home = cli.home_with(ROWS)
    slot = ("readings.active", "2026-03-01T00:00", "1.75", "--home", home)

    assert "1,024" in cli.run("correct", *slot, "--reason", reason, expect=2).stderr

    assert cli.ask("correct", *slot, "--reason", "meter read again")["frames"] == 1
    assert cli.ask("fsck", "--home", home)["ok"]


def test_points_of_other_zones_and_slots_of_one_file_get_groups_of_their_own(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    cli.ask("init", "home", "--org", "Works")
    (tmp_path / "mixed.csv").write_text("time,active,london,day\n2026-03-01 08:00,1,2,\n2026-03-02 00:00,3,4,5\n")
    other = MAPPING[MAPPING.index("[[point]]") :]
    london = other.replace("{stem}.active", "london").replace('"active"', '"london"').replace("Asia/Shanghai", "UTC")
    day = other.replace("{stem}.active", "day").replace('"active"', '"day"').replace("15m", "day")
    (tmp_path / "mixed.toml").write_text(MAPPING + london + day)

    done = cli.ask("import", "mixed.csv", "--mapping", "mixed.toml", "--home", "home")

    assert (done["slots"]["measured"], done["rejected"]) == (5, [])
    listed = cli.ask("points", "list", "--home", "home")["points"]
    assert {p["id"]: p["group"] for p in listed} == {"mixed.active": "mixed", "london": "mixed-2", "day": "mixed-3"}
    assert cli.ask("fsck", "--home", "home")["ok"]
    assert cli.ask("import", "mixed.csv", "--mapping", "mixed.toml", "--home", "home")["frames"] == 0


def test_a_day_that_is_too_wide_for_one_frame_becomes_several(tmp_path: Path) -> None:
    cli, random = Cli(tmp_path), Random(1)
    cli.ask("init", "home", "--org", "Works")
    minutes = [f"2026-03-01 {n // 60:02d}:{n % 60:02d}" for n in range(1, 1440)]
    rows = [[random.randrange(10**12) for _ in range(150)] for _ in minutes]
    lines = [",".join([at, *map(str, row)]) for at, row in zip(minutes, rows, strict=True)]
    (tmp_path / "wide.csv").write_text("\n".join(["time," + ",".join(f"m{n}" for n in range(150)), *lines]))
    wide = MAPPING.replace("{stem}.active", "{column}").replace('"active"', '"m*"').replace("15m", "1m")
    (tmp_path / "wide.toml").write_text(wide)

    done = cli.ask("import", "wide.csv", "--mapping", "wide.toml", "--home", "home")

    assert (done["frames"], done["slots"]["measured"]) == (3, 150 * 1439)
    (day,) = cli.ask("query", "m7", *DAY, "--home", "home")["rows"]
    assert day["value"] == f"{sum(row[7] for row in rows)}.00"
    assert cli.ask("import", "wide.csv", "--mapping", "wide.toml", "--home", "home")["frames"] == 0


@pytest.mark.parametrize("kept", [None, "older"])
def test_a_spool_that_knows_less_than_the_chain_signs_no_number_twice(tmp_path: Path, kept: str | None) -> None:
    cli = Cli(tmp_path)
    home = cli.home_with(ROWS)
    spool, newest = home / "terminals" / "Works.software", tmp_path / "newest"
    shutil.copytree(spool, tmp_path / "older")
    more = [*ROWS, "2026-03-03 00:00,1"]
    cli.import_rows(home, more)
    spool.rename(newest)
    if kept:
        shutil.copytree(tmp_path / kept, spool)

    more.append("2026-03-04 00:00,1")
    (tmp_path / "readings.csv").write_text("\n".join(["time,active", *more]) + "\n")
    refused = cli.run("import", "readings.csv", "--mapping", "mapping.toml", "--home", home, expect=4)

    assert "two frames of one number" in refused.stderr
    shutil.rmtree(spool, ignore_errors=True)
    newest.rename(spool)
    assert cli.import_rows(home, more)["slots"]["measured"] == 1
    assert cli.ask("fsck", "--home", home)["ok"]


def test_a_software_terminal_that_was_retired_signs_nothing_more(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    home = cli.home_with(ROWS)
    cli.ask("terminal", "revoke", "--terminal", "software", "--reason", "retired", "--home", home)
    (tmp_path / "readings.csv").write_text("time,active\n2026-03-05 00:15,1\n")

    output = cli.run("import", "readings.csv", "--mapping", "mapping.toml", "--home", home, expect=1).stderr

    assert "Works/software is retired" in output
    assert cli.ask("fsck", "--home", home)["checked"]["spool_frames"] == 1


def test_evidence_is_proven_offline_with_the_home_gone(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    home = cli.home_with(ROWS)
    trust = tmp_path / "kept.json"
    trust.write_bytes((home / "trust.json").read_bytes())
    made = cli.ask("evidence", "reading", "readings.active", "2026-03-01T00:15:00+08:00", "--home", home, "-o", "x.vwe")
    home.rename(tmp_path / "gone")

    proof = cli.ask("verify", "x.vwe", "--trust", trust)

    assert (proof["verdict"], proof["facts"]["value"], proof["facts"]["status"]) == ("proven", "2.25", "measured")
    assert proof["facts"]["start"] == "2026-03-01T00:15:00+08:00"
    assert any("file readings.csv" in caveat for caveat in proof["caveats"])
    assert made["bytes"] == (tmp_path / "x.vwe").stat().st_size <= 8192
    assert cli.ask("verify", "x.vwe", expect=1)["verdict"] == "consistent"


def test_a_point_defined_beforehand_takes_a_files_readings_and_keeps_its_meaning(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    cli.ask("init", "home", "--org", "Works")
    meaning = ["--energy", "electricity", "--kind", "interval", "--timezone", "Asia/Shanghai", "--resolution", "0.01"]
    define = ["points", "define", "readings.active", *meaning, "--home", "home"]
    defined = cli.ask(*define, "--unit", "kWh", "--from", "2026-02-01")
    assert (defined["id"], defined["effective_from"]) == ("readings.active", "2026-02-01T00:00:00+08:00")

    (tmp_path / "mapping.toml").write_text(MAPPING)
    assert cli.import_rows(tmp_path / "home", ROWS)["slots"]["measured"] > 0

    assert "another unit" in cli.run(*define, "--unit", "MWh", expect=2).stderr
    assert [p["group"] for p in cli.ask("points", "list", "--home", "home")["points"]] == [defined["group"]]
    cli.run("evidence", "reading", "readings.active", "2026-03-01T00:15", "--home", "home", "-o", "e.vwe")
    assert cli.ask("verify", "e.vwe", "--trust", "home/trust.json")["verdict"] == "proven"


def test_readings_older_than_the_first_import_are_proven_too(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    home = cli.home_with(["2026-02-01 00:15,2.5", "2026-02-01 00:30,2.75"])
    cli.import_rows(home, ["2026-01-01 00:15,1.5", "2026-01-01 00:30,1.75"])

    for start, value in (("2026-01-01T00:00", "1.50"), ("2026-01-01T00:15", "1.75"), ("2026-02-01T00:15", "2.75")):
        cli.run("evidence", "reading", "readings.active", start, "--home", home, "-o", "e.vwe")
        found = cli.ask("verify", "e.vwe", "--trust", home / "trust.json")
        assert (found["verdict"], found["facts"]["value"]) == ("proven", value), found
    assert cli.ask("fsck", "--home", home)["ok"]


def test_evidence_of_a_corrected_slot_names_author_and_reason(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    home = cli.home_with(ROWS)
    cli.ask(
        "correct",
        "readings.active",
        "2026-03-01T00:00",
        "1.75",
        "--reason",
        "wrong ratio",
        "--author",
        "lab",
        "--home",
        home,
    )
    cli.ask("evidence", "reading", "readings.active", "2026-03-01T00:00", "--home", home, "-o", "c.vwe")

    facts = cli.ask("verify", "c.vwe", "--trust", home / "trust.json")["facts"]

    assert (facts["value"], facts["status"]) == ("1.75", "manual")
    assert (facts["origin"]["author"], facts["origin"]["reason"]) == ("lab", "wrong ratio")
    output = cli.run("verify", "c.vwe", "--trust", home / "trust.json").stdout
    assert "origin                     kind manual, author lab, reason wrong ratio\n" in output
    assert "Works: 2 of 2 frames anchored" in cli.run("ledger", "status", "--home", home).stdout


def test_control_characters_of_a_signer_do_not_reach_the_console(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    home = cli.home_with(ROWS)
    slot = ("readings.active", "2026-03-01T00:00")
    cli.ask("correct", *slot, "1.75", "--reason", "\x1b[2Jproven", "--author", "lab", "--home", home)
    cli.ask("evidence", "reading", *slot, "--home", home, "-o", "c.vwe")

    assert "\x1b" not in cli.run("verify", "c.vwe", "--trust", home / "trust.json").stdout


def test_refreshed_evidence_is_proven_against_a_newer_trust_file(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    home = cli.home_with(ROWS)
    cli.ask("evidence", "reading", "readings.active", "2026-03-01T00:00", "--home", home, "-o", "r.vwe")
    cli.import_rows(home, [*ROWS, "2026-03-03 00:00,1"])
    cli.ask("ledger", "trust", "--home", home)

    old = cli.ask("verify", "r.vwe", "--trust", home / "trust.json", expect=1)
    cli.ask("evidence", "refresh", "r.vwe", "--home", home)

    assert (old["verdict"], "refresh" in " ".join(old["caveats"])) == ("consistent", True)
    assert cli.ask("verify", "r.vwe", "--trust", home / "trust.json")["verdict"] == "proven"


def test_evidence_of_a_period_proves_what_query_says_of_it(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    home = cli.home_with(ROWS)
    (row,) = cli.ask("query", "readings.active", *DAY, "--home", home)["rows"]
    period = ("evidence", "period", "readings.active", "2026-03-01", "2026-03-02", "--home", home, "-o", "p.vwe")
    made = cli.ask(*period)
    assert made["bytes"] == (tmp_path / "p.vwe").stat().st_size
    assert "p.vwe" in cli.run(*period).stdout
    trust = tmp_path / "kept.json"
    trust.write_bytes((home / "trust.json").read_bytes())
    home.rename(tmp_path / "gone")

    proof = cli.ask("verify", "p.vwe", "--trust", trust)

    same = ("start", "end", "value", "unit", "expected", "measured", "gap", "complete", "steps")
    assert proof["verdict"] == "proven"
    assert {name: proof["facts"][name] for name in same} == {name: row[name] for name in same}
    assert {caveat["code"] for caveat in proof["caveat_codes"]} >= {"slots-not-measured", "file"}


def test_refreshed_evidence_says_that_a_later_frame_states_it_anew(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    home = cli.home_with(ROWS)
    slot, day = ("readings.active", "2026-03-01T00:00"), ("readings.active", "2026-03-01", "2026-03-02")
    cli.ask("evidence", "reading", *slot, "--home", home, "-o", "r.vwe")
    cli.ask("evidence", "period", *day, "--home", home, "-o", "p.vwe")
    assert [cli.ask("evidence", "refresh", f, "--home", home)["superseded_by"] for f in ("r.vwe", "p.vwe")] == [
        None
    ] * 2

    cli.ask("correct", *slot, "1.75", "--reason", "wrong ratio", "--author", "lab", "--home", home)

    for file in ("r.vwe", "p.vwe"):
        assert cli.ask("evidence", "refresh", file, "--home", home)["superseded_by"] == 1
        assert "superseded: frame 1" in cli.run("evidence", "refresh", file, "--home", home).stdout


@pytest.mark.parametrize(
    ("args", "status", "words"),
    [
        (["query", "no.such", *DAY, "--home", "home"], 1, "points list"),
        (["query", "readings.active", "--from", "2026-03-02", "--to", "2026-03-01", "--home", "home"], 2, "later end"),
        (["query", "readings.active", *DAY[:5], "7q", "--home", "home"], 2, "7q"),
        (["query", "readings.active", *DAY[:5], "1m", "--home", "home"], 2, "finer"),
        (["query", "readings.active", *DAY, "--as", "beer", "--home", "home"], 2, "kgce"),
        (["points", "list", "--home", "nowhere"], 1, "veriwatt init"),
        (["init", "home", "--org", "Works"], 1, "not empty"),
        (["init", "new", "--org", "two words"], 2, "two words"),
        (["import", "none.csv", "--mapping", "mapping.toml", "--home", "home"], 2, "none.csv"),
        (["verify", "none.vwe"], 2, "none.vwe"),
        (["verify", "mapping.toml", "--max-age", "soon"], 2, "30d"),
        (["verify", "mapping.toml", "--max-age", "²d"], 2, "30d"),
        (["import", "n" * 5000, "--mapping", "mapping.toml", "--home", "home"], 2, "name too long"),
        (["evidence", "reading", "readings.active", "1999-01-01", "--home", "home", "-o", "n.vwe"], 1, "1999"),
        (["evidence", "period", "readings.active", "2026-01-01", "2026-03-02", *OUT], 2, "statements"),
        (["correct", "readings.active", "2026-03-01T00:00", "1.005", "--reason", "r", "--home", "home"], 2, "0.01"),
        (["correct", "readings.active", "2026-03-01T00:07", "1", "--reason", "r", "--home", "home"], 1, "no slot"),
        (["ledger", "block", "999", "--home", "home"], 1, "999"),
        (["ledger", "block", "99999999999999999999", "--home", "home"], 2, "height"),
        (["ledger", "trust", "-o", ".", "--home", "home"], 2, "is no file"),
        (["evidence", "reading", "readings.active", "2026-03-01", "--home", "home", "-o", "."], 2, "is no file"),
        (["query", "readings.active", *DAY, "--basis", "national", "--home", "home"], 2, "--as"),
        (["points", "list", "--org", "Nope", "--home", "home"], 2, "Works"),
        (["member", "list", "--org", "Nope", "--home", "home"], 2, "Works"),
        (["terminal", "list", "--org", "Nope", "--home", "home"], 2, "Works"),
        (["verify", "mapping.toml", "--trust", "/dev/zero"], 2, "more than"),
        (["bench", "nothing"], 2, "ingest"),
    ],
)
def test_a_mistake_gets_one_clear_message(cli: Cli, home: Path, args: list[str], status: int, words: str) -> None:
    assert home.is_dir()

    done = cli.run(*args, expect=status)

    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 12


@pytest.mark.parametrize("left", [None, b"", b"no key store"])
def test_a_home_whose_key_store_is_lost_says_how_to_restore_it(cli: Cli, home: Path, left: bytes | None) -> None:
    store, away = home / "keys" / "owner.keystore", cli.folder / "away"
    store.rename(away)
    if left is not None:
        store.write_bytes(left)
    try:
        output = cli.run("points", "list", "--home", home, expect=4).stderr
    finally:
        away.replace(store)

    assert "owner.keystore is no key store" in output
    assert "veriwatt key restore" in output


def test_a_home_without_its_passphrase_says_which_variable_is_missing(cli: Cli, home: Path) -> None:
    bare = Cli(cli.folder)
    del bare.env["VERIWATT_PASSPHRASE_FILE"]

    assert "VERIWATT_PASSPHRASE_FILE" in bare.run("points", "list", "--home", home, expect=1).stderr
    assert "VERIWATT_PASSPHRASE_FILE" in bare.run("init", "third", "--org", "Works", expect=1).stderr
    assert not (cli.folder / "third").exists()


def test_a_wrong_passphrase_has_its_own_message(cli: Cli, home: Path) -> None:
    other = Cli(cli.folder)
    wrong = cli.folder / "wrong"
    wrong.write_text("another one\n")
    wrong.chmod(0o600)
    other.env["VERIWATT_PASSPHRASE_FILE"] = str(wrong)

    assert "another passphrase" in other.run("points", "list", "--home", home, expect=1).stderr


def test_an_endless_evidence_file_is_refused_after_its_first_bytes(cli: Cli) -> None:
    assert cli.ask("verify", "/dev/zero", expect=1)["verdict"] == "refused"
