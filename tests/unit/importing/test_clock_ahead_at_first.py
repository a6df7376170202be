"""A clock that was ahead when a home was made: nothing is signed until what is signed is accepted."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.importing.file_import import ORG, FileImports
from veriwatt.energy.calendar import Zone, parse_time
from veriwatt.errors import Refused
from veriwatt.importing.correct import corrected_content
from veriwatt.machine.terminals import queries
from veriwatt.membership.software_terminal import CERTIFIED_FOR, ClockBehind
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.origin import Manual
from veriwatt.model.terminals.enrolment import Certify
from veriwatt.node.home import Home
from veriwatt.terminal.spool.spool import Spool
from veriwatt.testing.clocks import SimClock
from veriwatt.units import DAY, MINUTE

NOW = 1_767_225_600_000
TEXT = "when,p\n2024-03-10 00:00,1\n2024-03-10 00:15,2\n"
MORE = TEXT + "2024-03-10 00:30,3\n"


def at(imports: FileImports, t: int) -> FileImports:
    imports.clock = SimClock(t)
    return imports


def signed(imports: FileImports) -> int:
    """The frames that the software terminal signed, accepted or not."""
    with Home(imports.root, imports.clock) as home:
        if not home.has_spool(ORG):
            return 0
        path = home.paths.spool(f"{ORG}.software")
    with Spool(path) as spool:
        return spool.tip().number.seq


def test_a_plan_and_an_import_say_until_when_to_wait_and_then_it_is_accepted(tmp_path: Path) -> None:
    imports = at(FileImports(tmp_path, SimClock(NOW + 2 * DAY)), NOW)

    for run in (imports.plan, imports.add):
        with pytest.raises(ClockBehind, match="nothing was signed") as refused:
            run(TEXT)
    assert signed(imports) == 0

    told = re.search(r"after (\S+Z),", str(refused.value))
    assert told is not None
    waited = datetime.fromisoformat(told[1]) + timedelta(seconds=1)
    assert at(imports, int(waited.astimezone(UTC).timestamp() * 1_000)).add(TEXT).frames == 1


def test_a_new_home_takes_the_readings_at_once(tmp_path: Path) -> None:
    assert FileImports(tmp_path, SimClock(NOW)).add(TEXT).frames == 1


def test_a_clock_that_is_behind_what_the_first_import_registered_signs_nothing(tmp_path: Path) -> None:
    imports = FileImports(tmp_path, SimClock(NOW))
    at(imports, NOW + 2 * DAY).add(TEXT)
    at(imports, NOW + DAY)

    assert imports.add(TEXT).frames == 0  # nothing new, so nothing is signed
    for run in (imports.plan, imports.add):
        with pytest.raises(ClockBehind):
            run(MORE)
    assert signed(imports) == 1
    assert at(imports, NOW + 2 * DAY - 9 * MINUTE).add(MORE).frames == 1


def test_a_correction_signs_nothing_under_such_a_clock(tmp_path: Path) -> None:
    imports = FileImports(tmp_path, SimClock(NOW))
    at(imports, NOW + 2 * DAY).add(TEXT)
    start = parse_time("2024-03-10 00:00", Zone.parse("+08:00"))

    with Home(imports.root, SimClock(NOW)) as home, pytest.raises(ClockBehind):
        (position, *_) = home.view().versions(ORG, "p", start)
        replaced = parse_frame(home.org_log(ORG).chain.upload(position)).frame_id
        group = home.points.in_force(ORG, "p", start)
        content = corrected_content(group, "p", start, "5", replaced, home.keys.agent, NOW)
        home.recorder(ORG).record([content], home.frame_context(Manual("a", "b")), lambda _: None)
    assert signed(imports) == 1


def test_an_import_after_the_last_certification_signs_nothing_and_another_one_mends_it(tmp_path: Path) -> None:
    imports = FileImports(tmp_path, SimClock(NOW))
    imports.add(TEXT)
    later = NOW + CERTIFIED_FOR + DAY
    at(imports, later)

    with pytest.raises(Refused, match=f"`veriwatt terminal certify --terminal software --by {ORG} --org {ORG}`"):
        imports.add(MORE)
    assert signed(imports) == 1
    with Home(imports.root, imports.clock) as home:
        home.member_client(ORG).submit(Certify(ORG, "software", later - DAY, later + DAY))
        assert queries.present_passport(home.ledger, ORG, "software").certifications[1:]
    assert imports.add(MORE).frames == 1
