from __future__ import annotations

import pytest

from tests.machine.scene import Scene


@pytest.fixture
def scene() -> Scene:
    return Scene()
