"""A value in the readings view that no frame can have stated: the view is made anew, the answer is that of frames."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.faults.fsck_home import check, problem_lines
from veriwatt.cli.main import main
from veriwatt.home.paths import HomePaths
from veriwatt.node.home import Home
from veriwatt.node.view_keeper import ViewKeeper, ViewMending
from veriwatt.readmodel.readings_tables import ViewDamaged
from veriwatt.readmodel.readings_view import ReadingsView

QUERY = ["query", "press", "--from", "2022-01-08", "--to", "2022-01-12"]
COMMANDS = {
    "query": QUERY,
    "as of": [*QUERY, "--as-of", "2099-01-01"],
    "show": ["points", "show", "press"],
    "period": ["evidence", "period", "press", "2022-01-08", "2022-01-09", "-o", "{out}"],
}

LEFT_OUT = """insert into left_out values ('Works', 2, 'press', 1641600000000, 1641603600000, 1, 'not defined then',
    'a', 1, repeat('x', 32)::blob, 'a', 1, repeat('x', 32)::blob); update left_out set """
SLOT = " where position = 0 and start = 1641603600000"

DAMAGE = {
    LEFT_OUT + "definition = 'x'::blob": ("query", "as of", "show", "period"),
    LEFT_OUT + "definition_in_force = ''::blob": ("query", "as of", "show", "period"),
    LEFT_OUT + "standing = 'other'": ("query", "as of", "show"),
    LEFT_OUT + "last = 2305843009213693952": ("query", "as of", "show", "period"),
    LEFT_OUT + "start = 1641700000000": ("query", "as of", "show", "period"),
    "update readings set status = 0" + SLOT: ("as of", "period"),
    "update readings set status = 9" + SLOT: ("as of", "period"),
    "update readings set stop = start" + SLOT: ("as of",),
    "update readings set start = -2305843009213693952" + SLOT: ("as of",),
    "update readings set stop = 2305843009213693952" + SLOT: ("show",),
    "update readings set position = -1" + SLOT: ("period",),
    "update hours set start = -2305843009213693952": ("query",),
    "update points set id = -7 where id = 0": ("query",),
}
"""Each with the commands that read the value."""


@pytest.mark.parametrize(("statement", "command"), [(s, c) for s, commands in DAMAGE.items() for c in commands])
def test_a_command_answers_by_the_frames_whatever_the_view_holds(
    statement: str, command: str, home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = [each.format(out=tmp_path / "proof.vwe") for each in COMMANDS[command]]
    sound = answer(arguments, home, capfd)
    damage(home, statement)
    (tmp_path / "proof.vwe").unlink(missing_ok=True)
    assert answer(arguments, home, capfd) == sound
    report = check(home)
    assert report.ok, problem_lines(report)


@pytest.mark.parametrize("statement", [each for each in DAMAGE if each.startswith(LEFT_OUT)])
def test_fsck_names_slots_left_out_that_are_damaged(statement: str, home: Path) -> None:
    damage(home, statement)
    assert {p.where for p in check(home).problems} == {"readings.duckdb#left_out"}


def test_a_running_node_makes_its_view_anew(home: Path) -> None:
    path = HomePaths(home).readings
    damage(home, LEFT_OUT + "definition = 'x'::blob")
    with Home(home) as opened:
        keeper = ViewKeeper(path, opened.ledger.chain_id)
    with pytest.raises(ViewMending), keeper.reading() as view:
        view.left_out("Works", "press")
    keeper.mend()
    assert not path.exists()
    keeper.close()


@pytest.mark.parametrize(("position", "settings"), [(-1, None), (7, b""), (2, b"x")])
def test_what_an_import_and_evidence_read_of_frames_is_checked(
    position: int, settings: bytes | None, home: Path
) -> None:
    with duckdb.connect(str(home / "readings.duckdb")) as db:
        db.execute("update readings set position = ?" + SLOT, [position])
        db.execute("update frames set settings = ?", [settings])
        chain, source = db.execute("select chain, (select any_value(source) from frames) from about").fetchall()[0]
    view = ReadingsView(home / "readings.duckdb", chain)
    with pytest.raises(ViewDamaged, match="a row of frames"):
        view.settings_of("Works", source)
    if position != 2:
        with pytest.raises(ViewDamaged, match="a row of readings has a position that no frame in the file has"):
            view.versions("Works", "press", 1641603600000)
    view.close()


def damage(home: Path, statement: str) -> None:
    with duckdb.connect(str(home / "readings.duckdb")) as db:
        db.execute(statement)


def answer(arguments: list[str], home: Path, capfd: pytest.CaptureFixture[str]) -> Any:
    """What the command prints as JSON, once it has ended well."""
    capfd.readouterr()
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--home", str(home), "--json"])
    out, err = capfd.readouterr()
    assert not ended.value.code, err
    return json.loads(out)
