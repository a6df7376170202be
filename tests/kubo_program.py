"""The `kubo` that tests run: the one that `make engines` built, or the one that VERIWATT_TEST_KUBO names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

BUILT = Path(__file__).parents[1] / "build" / "engines" / "kubo"
PROGRAM = Path(os.environ.get("VERIWATT_TEST_KUBO", BUILT)).absolute()


def kubo_program() -> Path:
    """Its path; skips the test where it was not built."""
    if not os.access(PROGRAM, os.X_OK):
        pytest.skip(f"no {PROGRAM}: `make engines` builds it where there is a Go of 1.26.4 or newer")
    return PROGRAM
