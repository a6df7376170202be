"""The drill of the ledger at a very small size: its parts disturb a real network, and their rows hold."""

from __future__ import annotations

from pathlib import Path
from random import SystemRandom

import pytest

from tests.comet_program import comet_program
from tests.drills.ledger import PARTS, SHORT, WHOLE
from tests.drills.ledger_faults import disk_rows, line_rows
from tests.drills.ledger_proofs import proof_rows
from tests.drills.ledger_units import unit_rows
from tests.drills.rows import Row
from veriwatt.errors import Unavailable

SEED = SystemRandom().randrange(10**9)

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(400)]


def failing(rows: list[Row]) -> list[Row]:
    """Those that do not hold; how long something takes depends on the machine."""
    return [row for row in rows if not row.holds and row.unit != "s"]


def test_a_short_drill_has_every_part_of_the_whole_one_and_is_smaller() -> None:
    assert set(PARTS) == {
        *("bench", "faults", "halt", "liars", "disk", "line", "clock", "proofs", "next"),
        *("hostile", "units", "memory"),
    }
    assert all(getattr(SHORT, name) < getattr(WHOLE, name) for name in SHORT.__slots__)


def test_a_full_disk_of_one_validator_costs_nothing_accepted(tmp_path: Path) -> None:
    comet_program()
    try:
        rows = disk_rows(tmp_path / "disk", SEED, 3)
    except Unavailable as error:
        pytest.skip(str(error))
    assert not failing(rows), (SEED, failing(rows))


def test_a_validator_whose_line_was_cut_comes_back(tmp_path: Path) -> None:
    comet_program()
    try:
        rows = line_rows(tmp_path / "line", SEED, 4)
    except Unavailable as error:
        pytest.skip(str(error))
    assert not failing(rows), (SEED, failing(rows))


def test_old_evidence_forgers_thieves_and_other_machines_are_as_the_rows_say(tmp_path: Path) -> None:
    rows = proof_rows(tmp_path / "proofs")
    assert not failing(rows), failing(rows)


def test_units_anchor_over_http_through_relays_beside_a_node_that_follows(tmp_path: Path) -> None:
    comet_program()
    rows = unit_rows(tmp_path / "units", 120, 6)
    assert not [row for row in failing(rows) if row.unit != "%"], failing(rows)  # a rate of six seconds
