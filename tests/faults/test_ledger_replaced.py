"""The ledger's folder or file moved away alone under a running node: the node stops, and says so.

Nothing is written into the ledger that was put there, and what was anchored is in the one that was moved.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.fsck_home import check, problem_lines
from tests.served_home import FRAMES, ORG, ServedHome, build_home
from veriwatt.ledger.rows.in_place import LedgerReplaced
from veriwatt.model.members.organisation import AddOrg, NewMember, Role
from veriwatt.node.home import Home
from veriwatt.ports.ledger import submit
from veriwatt.testing.actors import sim_key
from veriwatt.testing.node_process import NodeProcess, until

WITHIN = 5
"""Seconds in which a node notices it."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ServedHome:
    return build_home(tmp_path_factory.mktemp("replaced"))


@pytest.fixture
def home(built: ServedHome, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built.root, tmp_path / "home"))


def folder_replaced(ledger: Path, copy: Path, away: Path) -> None:
    ledger.rename(away)
    shutil.copytree(copy, ledger)


def folder_moved(ledger: Path, _: Path, away: Path) -> None:
    ledger.rename(away)


def file_replaced(ledger: Path, copy: Path, away: Path) -> None:
    """As `folder_replaced`; the folder itself stays."""
    away.mkdir()
    for path in list(ledger.iterdir()):
        path.rename(away / path.name)
    shutil.copytree(copy, ledger, dirs_exist_ok=True)


WAYS = [folder_replaced, folder_moved, file_replaced]


@pytest.mark.parametrize("replace", WAYS)
@pytest.mark.parametrize("idle", [True, False])
def test_a_node_whose_ledger_is_replaced_stops_within_seconds(
    replace: Callable[[Path, Path, Path], None], idle: bool, home: Path, built: ServedHome, tmp_path: Path
) -> None:
    ledger, away = home / "ledger", tmp_path / "away"
    node = NodeProcess.start(home, log=tmp_path / "log")
    copy = Path(shutil.copytree(ledger, tmp_path / "copy"))
    try:
        assert node.post(built.uploads[: FRAMES // 2]).status == 200
        replace(ledger, copy, away)
        put = contents(ledger)
        if not idle:
            for upload in built.uploads[FRAMES // 2 :]:
                node.post([upload])
        until(lambda: node.process.poll() is not None, within=WITHIN)
    finally:
        status = node.stop()
    assert status == 4
    critical = [event for event in node.events() if event["level"] == "critical"]
    assert [(event["event"], event["code"]) for event in critical] == [("giving-up", "ledger-replaced")]
    assert str(ledger) in critical[0]["why"]
    assert "docs/operations/restore.md" in critical[0]["why"]
    assert contents(ledger) == put
    shutil.rmtree(ledger, ignore_errors=True)
    away.rename(ledger)
    assert not check(home).problems, problem_lines(check(home))
    again = NodeProcess.start(home)
    try:
        answers = again.post(built.uploads[: FRAMES // 2]).json()["frames"]
        assert [each["code"] for each in answers] == ["known"] * (FRAMES // 2)
    finally:
        again.stop()


@pytest.mark.parametrize("replace", WAYS)
def test_nothing_is_final_and_nothing_read_once_the_ledger_is_replaced(
    replace: Callable[[Path, Path, Path], None], home: Path, tmp_path: Path
) -> None:
    ledger, away = home / "ledger", tmp_path / "away"
    with Home(home) as opened:
        height = opened.ledger.head().height
        copy = Path(shutil.copytree(ledger, tmp_path / "copy"))
        signed = opened.member_client(ORG).sign(
            AddOrg("metro", "Metro", NewMember("owner", Role.OWNER, sim_key("metro").public))
        )
        replace(ledger, copy, away)
        put = contents(ledger)
        for use in (
            lambda: submit(opened.ledger, [signed]),
            opened.ledger.sign_fresh_head,
            opened.ledger.check_in_place,
        ):
            with pytest.raises(LedgerReplaced, match=str(ledger)):
                use()
        with opened.ledger.snapshot(), pytest.raises(LedgerReplaced), opened.ledger.snapshot():
            pass  # the second one opens the file anew
    assert contents(ledger) == put
    shutil.rmtree(ledger, ignore_errors=True)
    away.rename(ledger)
    with Home(home) as opened:
        assert opened.ledger.head().height == height


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder but for lock files; none where there is no folder."""
    return {path.name: path.read_bytes() for path in folder.glob("*") if path.suffix != ".lock"}
