"""docs/architecture.md draws the rooms as the rules have them, and names files that exist."""

from __future__ import annotations

import re
from pathlib import Path

from tests.architecture.house_rules import ORDER, PURE

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "veriwatt"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (.+?) \|.*\|( yes)? \|$", re.MULTILINE)


def section(title: str) -> str:
    return PAGE.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_the_picture_has_the_order_of_the_rules() -> None:
    drawn = re.findall(r'^  r\d+\["(.+)"\]$', PAGE, re.MULTILINE)
    ranks = [" | ".join(room for room in rooms if room != "__main__") for rooms in ORDER]
    assert drawn == ranks
    last = len(ranks) - 1
    assert " --> ".join(f"r{n}" for n in range(last, -1, -1)) in PAGE


def test_every_package_is_described_and_marked_pure_where_it_is() -> None:
    rows = {
        room: bool(pure) for names, pure in ROW.findall(section("The rooms")) for room in names.strip("`").split("` `")
    }
    rooms = {room for rank in ORDER for room in rank} - {"__main__"}
    assert rows.keys() - {"room"} == rooms
    assert {room for room in PURE if not rows[room]} == set()


def test_every_folder_has_its_place_in_the_layer_order() -> None:
    folders = {path.name for path in SOURCE.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert folders - {room for rank in ORDER for room in rank} == {"testing"}


def test_every_file_on_the_way_of_a_reading_exists() -> None:
    named = re.findall(r"`([a-z_]+/[a-z_/]+(?:\.py)?)`", section("The way of a reading"))
    assert named
    assert [name for name in named if not (SOURCE / name).exists()] == []
