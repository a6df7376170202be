"""Homes to damage, and worlds made and dropped by the hundred, in memory where the machine has such a folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults.fsck_home import make_home, write_source

MEMORY = Path("/dev/shm")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of two points and two anchors, which tests copy."""
    folder = tmp_path_factory.mktemp("small")
    return make_home(folder / "home", write_source(folder, 6), frames_per_anchor=3)


@pytest.fixture
def home(small: Path, tmp_path: Path) -> Path:
    """A copy of `small` to damage."""
    return Path(shutil.copytree(small, tmp_path / "home"))


@pytest.fixture
def worlds() -> Iterator[Path]:
    """A folder for many ledgers; what they sync need not outlive the test."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)
