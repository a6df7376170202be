"""The same blocks give the same app hash at every height, whatever the process around the machine is like."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.machine.replayed_ledger import SURROUNDINGS, replayed_under
from veriwatt.testing.worlds import SimWorld

LAST_APP_HASH = "f69f8fb5c949812f621157238a8d830687c7b99d2d6803d2f041018a6cbbb55f"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger of a plant: roles, members, points with their calendars, certifications, anchors of two days."""
    folder = tmp_path_factory.mktemp("ledger")
    world = SimWorld(folder)
    for day in range(2):
        world.day(day)
        world.anchor()
    world.close()
    return folder


def play_under(**surroundings: str) -> list[str]:
    return replayed_under("tests.machine.replayed_blocks", surroundings)


def test_the_same_transactions_give_the_same_app_hashes_in_every_process() -> None:
    played = [play_under(**each) for each in SURROUNDINGS.values()]
    assert len(played[0]) == 9
    assert all(each == played[0] for each in played)


def test_a_ledger_replayed_from_its_genesis_has_the_app_hash_of_every_header_in_every_process(ledger: Path) -> None:
    found = {
        name: replayed_under("tests.machine.replayed_ledger", each, str(ledger)) for name, each in SURROUNDINGS.items()
    }
    first = found.pop("as it is")
    assert len(set(first)) > 5
    assert [name for name, each in found.items() if each != first] == []


def test_the_app_hash_of_a_fixed_scene_never_changes_within_a_machine_version() -> None:
    assert play_under(PYTHONHASHSEED="0")[-1] == LAST_APP_HASH
