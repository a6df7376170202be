from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from veriwatt.errors import NotFound, Unavailable
from veriwatt.system.files import DiskFiles, Files, save
from veriwatt.testing.power import ForgetfulFiles, Tail


@pytest.fixture(params=["disk", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Files, Path]:
    """The real files and those of the fault tests keep the same contract."""
    return (DiskFiles(), tmp_path / "a") if request.param == "disk" else (ForgetfulFiles(), Path("/site/a"))


def test_a_file_is_made_appended_and_cut(place: tuple[Files, Path]) -> None:
    files, folder = place
    files.make_folder(folder)
    files.append(folder / "x", b"one")
    files.append(folder / "x", b"two")
    files.sync(folder / "x")
    files.truncate(folder / "x", 4)
    assert files.read(folder / "x") == b"onet"
    assert files.names(folder) == ["x"]


def test_names_are_sorted_and_an_absent_folder_has_none(place: tuple[Files, Path]) -> None:
    files, folder = place
    assert files.names(folder) == []
    files.make_folder(folder / "deep" / "er")
    files.append(folder / "b", b"")
    files.append(folder / "a", b"")
    assert files.names(folder) == ["a", "b", "deep"]
    assert files.exists(folder / "deep" / "er")


def test_absence_is_missing_and_removal_may_be_repeated(place: tuple[Files, Path]) -> None:
    files, folder = place
    files.make_folder(folder)
    with pytest.raises(NotFound):
        files.read(folder / "x")
    with pytest.raises(NotFound):
        files.append(folder / "no" / "x", b"")
    with pytest.raises(NotFound):
        files.sync(folder / "x")
    files.unlink(folder / "x")


def test_save_replaces_a_file_whole(place: tuple[Files, Path]) -> None:
    files, folder = place
    save(files, folder / "x", b"old and long")
    save(files, folder / "x", b"new")
    assert files.read(folder / "x") == b"new"
    assert files.names(folder) == ["x"]


def test_save_succeeds_after_a_save_that_was_killed(place: tuple[Files, Path]) -> None:
    files, folder = place
    files.make_folder(folder)
    files.append(folder / ".x.new", b"half of")
    save(files, folder / "x", b"new")
    assert files.read(folder / "x") == b"new"


@pytest.mark.parametrize("names_kept", [False, True])
@pytest.mark.parametrize("tail", Tail)
def test_a_saved_file_outlives_a_power_cut(tail: Tail, names_kept: bool) -> None:
    disk = ForgetfulFiles()
    save(disk, Path("/site/x"), b"old")
    save(disk, Path("/site/x"), b"new")
    disk.cut_power(tail, names_kept=names_kept)
    assert disk.read(Path("/site/x")) == b"new"


def test_a_power_cut_undoes_unsynced_changes() -> None:
    disk = ForgetfulFiles()
    save(disk, Path("/site/x"), b"old")
    disk.append(Path("/site/x"), b"er")
    disk.append(Path("/site/y"), b"gone")
    disk.sync(Path("/site/y"))
    disk.unlink(Path("/site/x"))
    disk.cut_power(Tail.ZEROS)
    assert disk.paths() == [Path("/site/x")]
    assert disk.read(Path("/site/x")) == b"old\0\0"


def test_a_full_disk_says_so_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "truncate", full)
    with pytest.raises(Unavailable, match=r"the disk is full: [\d,]+ bytes are free .* free some space there"):
        DiskFiles().truncate(tmp_path / "x", 0)


def test_a_folder_found_at_the_start_is_made_durable_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(DiskFiles, "sync_folder", lambda _, path: synced.append(path))
    (tmp_path / "a").mkdir()
    files = DiskFiles()
    files.make_folder(tmp_path / "a" / "b")
    files.make_folder(tmp_path / "a" / "b")
    assert synced == [tmp_path, tmp_path / "a"]
