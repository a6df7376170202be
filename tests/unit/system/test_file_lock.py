from __future__ import annotations

from pathlib import Path

from veriwatt.system.file_lock import try_lock


def test_an_exclusive_lock_excludes_every_other_until_its_file_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("ab") as other:
        with path.open("ab") as file:
            assert try_lock(file)
            assert not try_lock(other)
            assert not try_lock(other, shared=True)
        assert try_lock(other)


def test_shared_locks_exclude_only_an_exclusive_one(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("ab") as file, path.open("ab") as second, path.open("ab") as third:
        assert try_lock(file, shared=True)
        assert try_lock(second, shared=True)
        assert not try_lock(third)
