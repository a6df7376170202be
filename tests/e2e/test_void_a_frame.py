"""A home that is blocked by what it signed gives the number up and goes on; nothing else is lost, fsck is content."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.faults.fsck_home import check, import_into, make_home, write_source
from veriwatt.cli.main import main
from veriwatt.ids import Digest
from veriwatt.metering.columns import absent_column
from veriwatt.model.frames.build import FrameContent, FrameContext, GroupSlots
from veriwatt.model.frames.origin import ClockState, Manual
from veriwatt.node.home import Home
from veriwatt.terminal.delivery.delivery import FrameRefused
from veriwatt.units import DAY, Interval


def ask(capsys: pytest.CaptureFixture[str], *args: str, status: int = 0) -> dict[str, object]:
    with pytest.raises(SystemExit) as ended:
        main([*args, "--json"])
    assert (ended.value.code or 0) == status
    out = capsys.readouterr().out
    return dict(json.loads(out)) if out else {}


def block(home: Path) -> None:
    """Let the home sign a frame that names a root-log leaf which the ledger never had."""
    with Home(home) as opened:
        (org,) = opened.orgs()
        known, start = opened.points.all(org)[0], 19_010 * DAY
        span = Interval(start, start + DAY)
        columns = [absent_column(known.version.calendar, definition, span) for definition in known.definitions]
        content = FrameContent(
            span, (GroupSlots(known.version.group, known.version.n, known.version.root, columns, bytes(32)),)
        )
        context = FrameContext(
            opened.clock.now(), Manual("ann", "a test"), 10**6, Digest(bytes(32)), ClockState("system", 0, 0)
        )
        with pytest.raises(FrameRefused, match="veriwatt terminal void"):
            opened.recorder(org).record([content], context, lambda _: None)


def test_a_blocked_home_goes_on_after_a_void(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = make_home(tmp_path / "home", write_source(tmp_path / "one", 3), frames_per_anchor=2)
    block(home)
    source = write_source(tmp_path / "two", 2, first=3)
    with pytest.raises(FrameRefused):
        import_into(home, source, frames_per_anchor=8)
    command = ("terminal", "void", "--home", str(home), "--reason", "it names a leaf that the ledger never had")
    shown = ask(capsys, *command, "--dry-run")
    assert shown["dry_run"] is True
    assert "rootlog" in str(shown["refusal"])
    with pytest.raises(FrameRefused):
        import_into(home, source, frames_per_anchor=8)
    assert ask(capsys, *command)["number"] == shown["number"]
    import_into(home, source, frames_per_anchor=8)
    assert check(home).ok
    ask(capsys, *command, status=1)
