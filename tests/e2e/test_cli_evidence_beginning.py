"""A file of a register's first days, made before its older history was imported, says so when it is renewed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.e2e.cli_home import Cli
from tests.unit.importing.file_import import FileImports
from veriwatt.verify.claims.kinds import parse_evidence

HOURLY = {"kind": '"register"', "slot": '"1h"', "timezone": '"+08:00"'}
DAY = ("2026-03-11", "2026-03-12")


def test_renewed_evidence_says_that_its_register_begins_earlier_since(tmp_path: Path) -> None:
    """The first reading of 11 March is a dip to 0; the history up to 8 March, imported later, shows it."""
    cli, files = Cli(tmp_path), FileImports(tmp_path)
    files.add(hours(10, [0, *range(1001, 1289)]), HOURLY)
    cli.ask("evidence", "period", "p", *DAY, "--home", "home", "-o", "p.vwe")
    cli.ask("evidence", "reading", "p", "2026-03-11T00:00", "--home", "home", "-o", "r.vwe")
    for file in ("p.vwe", "r.vwe"):
        told = cli.ask("evidence", "refresh", file, "--home", "home")
        assert (told["begins_earlier_since"], told["changed"]) == (None, {})
    assert shown(cli) == ("1024.0", "1024.0", True)

    files.add(hours(5, range(800, 848)), HOURLY)

    assert shown(cli) == ("1024.0", "1024.0", True), "as of the height at which it was made"
    old = parse_evidence((cli.folder / "p.vwe").read_bytes())
    (cli.folder / "old.vwe").write_bytes(old.to_bytes())
    proves_nothing = replace(old, state=replace(old.state, values=old.state.values[::-1]))
    (cli.folder / "nothing.vwe").write_bytes(proves_nothing.to_bytes())
    told = cli.ask("evidence", "refresh", "p.vwe", "--home", "home")
    assert told["begins_earlier_since"] is not None
    assert told["changed"]["at_least"] == {"was": "1024.0", "is": "20.0"}
    assert told["changed"]["complete"] == {"was": True, "is": False}
    assert "value" not in told["changed"]
    again = cli.run("evidence", "refresh", "p.vwe", "--home", "home").stdout
    assert f"since {told['begins_earlier_since']}" in again
    assert "not what the file proved before" not in again, "the renewed file has said so"
    text = cli.run("evidence", "refresh", "old.vwe", "--home", "home").stdout
    assert "the figure is not what the file proved before" in text
    assert "at_least was 1024.0 and is 20.0" in text
    assert cli.ask("evidence", "refresh", "nothing.vwe", "--home", "home")["changed"] is None
    reading = cli.ask("evidence", "refresh", "r.vwe", "--home", "home")
    assert (reading["begins_earlier_since"], reading["changed"]) == (None, {})
    assert shown(cli) == ("1024.0", "20.0", False)


def shown(cli: Cli) -> tuple[str, str, bool]:
    facts = cli.ask("verify", "p.vwe", "--trust", "home/trust.json")["facts"]
    return facts["value"], facts["at_least"], facts["complete"]


def hours(day: int, values: range | list[int]) -> str:
    """A file of these readings, hour by hour from the end of the day of March on."""
    rows = [f"2026-03-{day + 1 + n // 24:02d} {n % 24:02d}:00,{value}" for n, value in enumerate(values)]
    return "\n".join(["when,p", *rows]) + "\n"


def test_no_evidence_is_made_from_a_former_beginning_against_the_readings_before_it(tmp_path: Path) -> None:
    """The query knows that the first reading of 11 March is a dip; what the refusal asks for is proven as queried."""
    cli, files = Cli(tmp_path), FileImports(tmp_path)
    files.add(hours(10, [0, *range(1001, 1289)]), HOURLY)
    files.add(hours(5, range(800, 848)), HOURLY)
    refused = cli.run("evidence", "period", "p", *DAY, "--home", "home", "-o", "p.vwe", expect=1).stderr
    assert "steps-undecided" in refused
    assert "from 2026-03-07T23:00:00+08:00 to 2026-03-10T23:00:00+08:00" in refused
    for start in ("2026-03-07T23:00", "2026-03-11T06:00"):
        span = (start, "2026-03-12")
        cli.ask("evidence", "period", "p", *span, "--home", "home", "-o", "p.vwe")
        queried = cli.ask("query", "p", "--from", span[0], "--to", span[1], "--every", "1mo", "--home", "home")["rows"]
        assert [(row["value"], row["at_least"], row["complete"]) for row in queried] == [shown(cli)]
