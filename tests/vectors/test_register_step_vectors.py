from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.make_register_steps import judged

VECTORS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("register_steps.json").read_text())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: " ".join(map(str, v["values"])))
def test_steps_are_those_in_the_vectors(vector: dict[str, Any]) -> None:
    assert vector == vector | judged(vector["values"], vector)
