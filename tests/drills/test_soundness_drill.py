"""The drill of soundness at a very small size: every row is there, and holds follows from value and target."""

from __future__ import annotations

import json
from pathlib import Path
from random import SystemRandom

import pytest

from tests.drills import soundness
from tests.drills.evidence_sizes import size_rows
from tests.drills.rows import Row, none, write_rows

SEED = SystemRandom().randrange(10**9)


@pytest.mark.parametrize(
    ("target", "value", "holds"),
    [("= 0", 0, True), ("= 0", 1, False), ("<= 1.45", 1.45, True), ("<= 1.45", 1.46, False), (">= 1.35", 1.34, False)],
)
def test_whether_a_row_holds_follows_from_its_value_and_target(target: str, value: float, holds: bool) -> None:
    assert Row("a claim", value, "ratio", target).holds is holds


def test_rows_are_written_as_the_file_of_a_drill_has_them(tmp_path: Path) -> None:
    write_rows(tmp_path / "drills" / "x.json", [none("false proofs", 1, "proofs")])
    row = {"name": "false proofs", "value": 1, "unit": "proofs", "target": "= 0", "holds": False}
    assert json.loads((tmp_path / "drills" / "x.json").read_text()) == [row]


@pytest.mark.parametrize("measure", [soundness.case_rows, soundness.period_rows, soundness.register_rows])
def test_cases_and_registers_are_run_by_a_seed_and_hold(measure: object) -> None:
    assert callable(measure)
    rows = measure(40, SEED)
    assert all(row.holds for row in rows), (SEED, rows)


def test_evidence_is_as_small_as_is_claimed(tmp_path: Path) -> None:
    rows = [row for row in size_rows(tmp_path) if row.unit == "B"]
    assert len(rows) == 4
    assert all(row.holds for row in rows), rows


def test_a_claim_whose_tests_do_not_run_fails(tmp_path: Path) -> None:
    assert soundness.failed_tests([str(tmp_path / "nowhere.py")]) > 0
    assert soundness.failed_tests(["tests/unit/test_ids.py"]) == 0
