from __future__ import annotations

from pathlib import Path

import pytest

from veriwatt.errors import Refused
from veriwatt.system.files import new_folder


def test_a_new_folder_is_there_with_everything_in_it(tmp_path: Path) -> None:
    with new_folder(tmp_path / "deep" / "new") as building:
        (building / "file").write_text("whole")
        assert not (tmp_path / "deep" / "new").exists()
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["new"]
    assert (tmp_path / "deep" / "new" / "file").read_text() == "whole"


def test_nothing_is_there_when_the_making_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), new_folder(tmp_path / "new") as building:
        (building / "file").write_text("half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_is_replaced_and_one_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    with new_folder(tmp_path / "new") as building:
        (building / "file").write_text("first")
    with pytest.raises(Refused, match="not empty"), new_folder(tmp_path / "new"):
        raise AssertionError
    assert (tmp_path / "new" / "file").read_text() == "first"
