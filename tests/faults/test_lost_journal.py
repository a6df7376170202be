"""A journal that lost its end: no program goes on with a chain that is shorter than what was acknowledged."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.faults.fsck_home import check, import_into, make_home, problem_lines, write_source
from tests.served_home import ORG, ServedHome, build_home
from veriwatt.bridges.files.mapping import load_mapping
from veriwatt.bridges.files.read_file import read_file
from veriwatt.crypto.hashing import sha256
from veriwatt.errors import VeriwattError
from veriwatt.ids import Digest
from veriwatt.loghost import recorder
from veriwatt.loghost.data_chain import ChainForked
from veriwatt.model.chain.checkpoint import Checkpoint
from veriwatt.model.chain.log_epochs import LogName
from veriwatt.node.home import Home
from veriwatt.node.node_service import NodeService
from veriwatt.store.high_water import ChainBehind, HighWaterLost

LOST = 5
"""Frames acknowledged in a second batch, which the damage takes away."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ServedHome:
    return build_home(tmp_path_factory.mktemp("served"))


@pytest.fixture
def home(built: ServedHome, tmp_path: Path) -> Path:
    """A home that acknowledged frames in two batches and anchored none of them."""
    root = tmp_path / "home"
    shutil.copytree(built.root, root)
    node = NodeService(root)
    for uploads in (built.uploads[:-LOST], built.uploads[-LOST:]):
        node.begin(uploads)
        assert {outcome.code for outcome in node.finish()} == {"accepted"}
        shutil.copytree(root / "chains" / ORG / "journal", tmp_path / f"journal-{len(uploads)}")
    while node.project():
        pass
    node.close()
    return root


def cut(home: Path, tmp_path: Path, built: ServedHome) -> None:
    """The journal is what it was before the second batch."""
    journal = home / "chains" / ORG / "journal"
    shutil.rmtree(journal)
    shutil.copytree(tmp_path / f"journal-{len(built.uploads) - LOST}", journal)


def sizes(home: Path, built: ServedHome) -> tuple[int, int]:
    """The frames before the loss, and those acknowledged."""
    with Home(home) as opened:
        anchored = opened.org_log(ORG).chain.anchored_size
    return anchored + len(built.uploads) - LOST, anchored + len(built.uploads)


@pytest.mark.parametrize("view", [True, False], ids=["view", "no view"])
def test_a_node_whose_journal_was_cut_does_not_start_and_names_the_frames(
    home: Path, built: ServedHome, tmp_path: Path, *, view: bool
) -> None:
    size, acknowledged = sizes(home, built)
    cut(home, tmp_path, built)
    if not view:
        (home / "readings.duckdb").unlink()
    with pytest.raises(ChainBehind, match=f"lost frames {size} to {acknowledged - 1}.*--refill"):
        NodeService(home)


def test_a_node_that_never_had_a_mark_sees_by_its_readings_that_frames_are_lost(
    home: Path, built: ServedHome, tmp_path: Path
) -> None:
    cut(home, tmp_path, built)
    shutil.rmtree(home / "high-water")
    (home / "chains" / ORG / "marked").unlink()
    with pytest.raises(ChainBehind, match="readings view"):
        NodeService(home)


@pytest.mark.parametrize("gone", ["high-water", f"high-water/{ORG}"])
def test_no_program_opens_a_chain_whose_mark_is_gone(home: Path, gone: str, tmp_path: Path) -> None:
    (home / gone).rename(tmp_path / "away")
    with pytest.raises(HighWaterLost, match=f"{home}/high-water/{ORG} is missing.*--refill"):
        NodeService(home)
    with Home(home) as opened, pytest.raises(HighWaterLost):
        opened.readings_import(ORG)
    with Home(home) as opened, pytest.raises(HighWaterLost):
        opened.view()
    assert f"high-water/{ORG}: it is missing" in problem_lines(check(home))
    NodeService(home, refill=True).close()
    assert (home / "high-water" / ORG).is_file(), "the node writes another"
    NodeService(home).close()


def test_an_import_into_a_home_whose_journal_was_cut_writes_nothing(
    home: Path, built: ServedHome, tmp_path: Path
) -> None:
    cut(home, tmp_path, built)
    with Home(home) as opened, pytest.raises(ChainBehind):
        opened.readings_import(ORG)
    with Home(home) as opened, pytest.raises(ChainBehind):
        opened.view()


def test_fsck_without_the_view_sees_that_acknowledged_frames_are_lost(
    home: Path, built: ServedHome, tmp_path: Path
) -> None:
    size, acknowledged = sizes(home, built)
    assert check(home).ok, problem_lines(check(home))
    cut(home, tmp_path, built)
    (home / "readings.duckdb").unlink()
    assert f"lost frames {size} to {acknowledged - 1}" in problem_lines(check(home))


def test_fsck_names_the_frames_that_only_the_view_has_seen_and_keeps_the_view(
    home: Path, built: ServedHome, tmp_path: Path
) -> None:
    size, acknowledged = sizes(home, built)
    cut(home, tmp_path, built)
    shutil.rmtree(home / "high-water")
    found = problem_lines(check(home))
    assert f"lost frames {size} to {acknowledged - 1}" in found
    assert "by the readings view" in found
    assert "delete" not in found
    (home / "keys" / "owner.keystore").rename(tmp_path / "away")
    assert f"lost frames {size} to {acknowledged - 1}" in problem_lines(check(home)), "no key is needed for it"


def test_a_node_whose_journal_is_gone_does_not_start(home: Path) -> None:
    shutil.rmtree(home / "chains" / ORG / "journal")
    with pytest.raises(ChainBehind):
        NodeService(home)
    assert "lost frames" in problem_lines(check(home))


def test_a_chain_of_other_frames_than_those_acknowledged_is_refused(home: Path) -> None:
    with Home(home) as opened:
        size, origin = opened.org_log(ORG).chain.size, LogName(opened.ledger.chain_id, ORG).origin
        other = Checkpoint(origin, size, Digest(sha256(b"another chain")), 0).sign(opened.keys.log(ORG))
    (home / "high-water" / ORG).write_text(other, encoding="utf-8")
    with pytest.raises(ChainForked):
        NodeService(home)
    assert "have another root" in problem_lines(check(home))


def test_a_mark_that_the_log_did_not_sign_is_named(home: Path) -> None:
    mark = home / "high-water" / ORG
    mark.write_text(mark.read_text().replace("\n", "\n ", 1))
    with pytest.raises(VeriwattError, match="not a checkpoint"):
        NodeService(home)
    assert "not a checkpoint" in problem_lines(check(home))


def test_imports_leave_a_mark_that_fsck_checks(tmp_path: Path) -> None:
    root = make_home(tmp_path / "home", write_source(tmp_path, 3), frames_per_anchor=2)
    mark = root / "high-water" / "Works"
    there = mark.read_bytes()
    assert check(root).ok
    mark.unlink()
    found = problem_lines(check(root))
    assert found.startswith("high-water/Works: it is missing"), "the anchors show that there was one"
    assert "\n" not in found
    mark.parent.rmdir()
    found = problem_lines(check(root))
    assert found.startswith("high-water/Works: it is missing"), "the chain says that there was one"
    (root / "chains/Works/marked").unlink()
    report = check(root)
    assert report.ok, "a home of an earlier release has neither"
    assert "high-water/Works" in [each.path for each in report.not_vouched]
    mark.parent.mkdir()
    mark.write_bytes(there)
    assert import_into(root, write_source(tmp_path, 2, first=3), frames_per_anchor=2) == 2


class Interrupted(Exception):
    """The import ends here, with frames that no anchor covers."""


def test_frames_of_an_import_come_back_from_the_spool_in_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, source = make_home(tmp_path / "home", write_source(tmp_path, 3), frames_per_anchor=2), tmp_path / "more"
    source = write_source(source, 8, first=3)
    monkeypatch.setattr(recorder, "FRAMES_AT_ONCE", 2)
    read = []

    def interrupt(accepted: int) -> None:
        read.append(accepted)
        if len(read) > 1:
            raise Interrupted

    with Home(root) as home, pytest.raises(Interrupted):
        mapping = load_mapping(source.parent / "mapping.toml")
        home.readings_import().run(read_file(source, mapping, now=home.clock.now()), on_progress=interrupt)
    with Home(root) as home:
        chain = home.org_log("Works").chain
        size, there = chain.size, chain.root()
        assert size - chain.anchored_size >= 2
    shutil.rmtree(root / "chains" / "Works" / "journal")
    with Home(root) as home, pytest.raises(ChainBehind):
        home.readings_import()
    node = NodeService(root, refill=True)
    node.close()
    with Home(root) as home:
        chain = home.org_log("Works").chain
        assert (chain.size, chain.root()) == (size, there)
    assert import_into(root, source, frames_per_anchor=4) == 4
    assert check(root).ok, problem_lines(check(root))
