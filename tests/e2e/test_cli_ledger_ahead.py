"""One command under a clock a year ahead: every later command tells it, and so does the refusal of honest evidence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.cli_home import Cli
from tests.unit.importing.file_import import FileImports
from veriwatt.cli.ledger_time import ledger_ahead
from veriwatt.system.clock import SystemClock
from veriwatt.testing.clocks import SimClock
from veriwatt.units import DAY, HOUR, MINUTE
from veriwatt.utc_text import utc_date

NOW = 1_710_000_000_000


@pytest.mark.parametrize(
    ("ahead", "told"), [(MINUTE, "1 minute ahead"), (90 * MINUTE, "1 hour ahead"), (365 * DAY, "365 days ahead")]
)
def test_both_times_are_told_in_utc_with_what_to_do(ahead: int, told: str) -> None:
    warning = ledger_ahead(NOW + ahead, NOW)

    assert warning is not None
    assert told in warning
    assert "shows 2024-03-09T16:00:00.000Z" in warning
    assert "set it" in warning


@pytest.mark.parametrize("ahead", [-HOUR, 0, MINUTE - 1])
def test_blocks_of_the_present_are_not_warned_of(ahead: int) -> None:
    assert ledger_ahead(NOW + ahead, NOW) is None


def test_import_correct_and_evidence_warn_and_verify_names_both_dates(tmp_path: Path) -> None:
    imports, cli = FileImports(tmp_path), Cli(tmp_path)
    now = SystemClock().now()
    imports.add("when,p\n2024-03-09 23:45,1\n")
    imports.clock = SimClock(now + 365 * DAY)
    imports.add("when,p\n2024-03-10 00:00,1\n2024-03-10 00:15,2\n")
    (tmp_path / "readings.csv").write_text("when,p\n2024-03-10 00:30,3\n")
    slot = "2024-03-09T17:00"

    for command in (
        ("import", "readings.csv", "--mapping", "m.toml"),
        ("correct", "p", slot, "5", "--reason", "misread", "--author", "A"),
        ("evidence", "reading", "p", slot, "-o", "e.vw"),
    ):
        told = cli.run(*command, "--home", "home").stderr
        assert "warning: the ledger's newest block is of" in told, command
        assert utc_date(now + 365 * DAY) in told, command

    refused = cli.run("verify", "e.vw", "--trust", "home/trust.json", expect=1)
    said = refused.stdout + refused.stderr
    assert f"{utc_date(now + 365 * DAY)}T" in said
    assert f"expected < {utc_date(now)}T" in said
    assert "set the clock of this machine" in said
