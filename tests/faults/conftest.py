"""Worlds that are made and dropped by the hundred live in memory where the machine has such a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

MEMORY = Path("/dev/shm")


@pytest.fixture
def worlds() -> Iterator[Path]:
    """A folder for many ledgers; what they sync need not outlive the test."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)
