"""A home that is moved away under a running node, with another in its place or none: the node stops, and says so.

Nothing is written into the home that was put there, and whatever was acknowledged is in the one that was moved.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.fsck_home import check, problem_lines
from tests.served_home import FRAMES, ORG, ServedHome, build_home
from veriwatt.home.opened_home import OpenedHome
from veriwatt.system.files import save
from veriwatt.system.held_files import HomeReplaced
from veriwatt.testing.node_process import NodeProcess, until

BEFORE = FRAMES // 2


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ServedHome:
    return build_home(tmp_path_factory.mktemp("replaced"))


@pytest.fixture
def home(built: ServedHome, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built.root, tmp_path / "home"))


def replaced(home: Path, built: ServedHome) -> None:
    shutil.copytree(built.root, home)


def moved_away(home: Path, _: ServedHome) -> None:
    assert not home.exists()


def linked(home: Path, built: ServedHome) -> None:
    home.symlink_to(shutil.copytree(built.root, home.with_name("other")))


@pytest.mark.parametrize("then", [replaced, moved_away, linked])
@pytest.mark.parametrize("idle", [True, False])
def test_a_node_whose_home_is_replaced_stops_and_what_it_acknowledged_is_in_the_home_that_was_moved(
    then: Callable[[Path, ServedHome], None], idle: bool, home: Path, built: ServedHome, tmp_path: Path
) -> None:
    node, lost = NodeProcess.start(home, log=tmp_path / "log"), tmp_path / "home.lost"
    assert node.post(built.uploads[:BEFORE]).status == 200
    home.rename(lost)
    then(home, built)
    put = contents(home)
    acknowledged = BEFORE
    if not idle:
        acknowledged += sum(accepts(node, upload) for upload in built.uploads[BEFORE:])
    until(lambda: node.process.poll() is not None, within=20)
    assert node.stop() == 4
    critical = [event for event in node.events() if event["level"] == "critical"]
    assert [(event["event"], event["code"]) for event in critical] == [("giving-up", "home-replaced")]
    assert str(home) in critical[0]["why"]
    assert contents(home) == put
    assert not check(lost).problems, problem_lines(check(lost))
    again = NodeProcess.start(lost)
    try:
        assert again.chain()["frames"] >= before_size(built) + acknowledged
        answers = again.post(built.uploads[:acknowledged]).json()["frames"]
        assert [each["code"] for each in answers] == ["known"] * acknowledged
    finally:
        again.stop()


def test_what_is_written_while_the_home_is_replaced_is_durable_for_nobody(home: Path, built: ServedHome) -> None:
    with OpenedHome(home) as opened:
        file = opened.paths.journal(ORG) / "frame"
        opened.files.make_folder(file.parent)
        opened.files.append(file, b"in the home that it opened")
        home.rename(home.with_name("lost"))
        replaced(home, built)
        with pytest.raises(HomeReplaced, match=str(home)):
            opened.files.sync(file)
        for write in (opened.files.unlink, opened.files.make_folder, lambda path: save(opened.files, path, b"more")):
            with pytest.raises(HomeReplaced):
                write(home / "genesis.cbor")
    assert contents(home) == contents(built.root)


def before_size(built: ServedHome) -> int:
    """The frames that the home had before any was posted."""
    return check(built.root).checked["frames"]


def contents(home: Path) -> dict[str, bytes]:
    """The files of a home but for lock files."""
    files = [path for path in home.rglob("*") if path.is_file() and path.suffix != ".lock"]
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in files}


def accepts(node: NodeProcess, upload: bytes) -> bool:
    posted = node.post([upload])
    return posted.status == 200 and posted.json()["frames"][0]["code"] == "accepted"
