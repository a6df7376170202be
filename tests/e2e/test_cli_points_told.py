"""What `points show`, `points define` and `correct` say of a point: in plain words, with what was before."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.cli_home import Cli
from tests.unit.importing.file_import import FileImports

REGISTER = {
    "kind": '"register"',
    "slot": '"day"',
    "timezone": '"+08:00"',
    "width": '"100000"',
    "rate": '"50"',
    "day_begins": "0",
}
READ = [5400.0, 5410.5, 5421.0, 5430.0, 2.5, 13.0, 20.0]
STAND = "when,p\n" + "".join(f"2024-08-{day:02} 00:00,{value}\n" for day, value in enumerate(READ, 1))
HOME = ("--home", "home")


def test_a_point_is_shown_in_plain_words_with_the_marks_of_its_register_and_its_exchanges(tmp_path: Path) -> None:
    FileImports(tmp_path).add(STAND, REGISTER)
    cli = Cli(tmp_path)
    exchange = ("--at", "2024-08-04T10:00", "--last", "5430.0", "--first", "0.0", "--reason", "seal broken")
    cli.run("points", "exchange", "p", *exchange, *HOME)
    shown = cli.run("points", "show", "p", *HOME).stdout
    for said in (
        "100000.0 kWh: there it starts again at 0",
        "at most 50.0 kWh in one hour",
        "2024-07-31T00:00:00+08:00 to 2024-08-07T00:00:00+08:00",
        "2024-08-04T10:00:00+08:00: 5430.0, then 0.0 kWh; seal broken",
    ):
        assert said in shown
    assert "None" not in shown
    assert "{" not in shown
    define = ("--energy", "electricity", "--unit", "kWh", "--kind", "register", "--timezone", "+08:00")
    refused = cli.run("points", "define", "p", *define, "--slot", "1h", "--resolution", "0.1", *HOME, expect=2).stderr
    assert "slot day, and not 1h" in refused
    assert "width 100000.0 kWh, and not none" in refused


def test_a_correction_of_a_register_tells_both_values_when_it_was_read_and_the_steps(tmp_path: Path) -> None:
    FileImports(tmp_path).add(STAND, REGISTER)
    cli = Cli(tmp_path)
    slot = ("correct", "p", "2024-08-01", "5415.0", "--reason", "read again")
    told = cli.run(*slot, *HOME).stdout
    assert "is now 5415.0 kWh, was 5410.5 kWh, read at 2024-08-02T00:00:00+08:00; version 2" in told
    assert "10.5 kWh (provisional) before, 15.0 kWh (provisional) after" in told
    assert "10.5 kWh (provisional) before, 6.0 kWh (provisional) after" in told
    again = cli.run(*slot, *HOME).stdout
    assert "by hand already, version 2: nothing was done" in again
    assert "has not ended" in cli.run("correct", "p", "2090-01-01", "1", "--reason", "r", *HOME, expect=2).stderr
