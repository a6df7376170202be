from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LAST_APP_HASH = "b0d38e6dee9be4f75b7d3e477b16374e364f0b9243758115e56c96a7c39961b6"


def play_under(seed: str) -> list[str]:
    run = subprocess.run(
        [sys.executable, "-m", "tests.machine.replayed_blocks"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{ROOT}/src:{ROOT}"},
    )
    return run.stdout.split()


def test_the_same_blocks_give_the_same_app_hashes_in_every_process() -> None:
    one, other = play_under("1"), play_under("4242")
    assert len(one) == 9
    assert one == other


def test_the_app_hash_of_a_fixed_scene_never_changes_within_a_machine_version() -> None:
    assert play_under("0")[-1] == LAST_APP_HASH
