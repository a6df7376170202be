"""A live terminal killed (-9) at any moment of its work with a real node: nothing is doubled, nothing contradicts."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from pathlib import Path

from tests.e2e.live_site import ORG, POINTS, QUARTER, Site
from veriwatt.model.points.status import Status
from veriwatt.node.home import Home
from veriwatt.system.files import DiskFiles
from veriwatt.units import DAY, UtcMillis

SCRIPT = Path(__file__).with_name("killed_terminal.py")
KILLS, LONGEST = 5, 1.0
"""How often it is killed, and after how many seconds of work at most."""


def run(site: Site, now: UtcMillis, end: UtcMillis, *, kill_after: float | None) -> UtcMillis:
    """Work from `now` on, killed after so many seconds or not at all; returns the last time that it printed."""
    arguments = [str(site.folder), str(site.port), str(site.start), str(now), str(end)]
    child = subprocess.Popen([sys.executable, "-m", f"tests.faults.{SCRIPT.stem}", *arguments], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    if kill_after is not None:
        time.sleep(kill_after)
        child.kill()
    output, _ = child.communicate(timeout=120)
    lines = output.split()
    if kill_after is None:
        assert lines[-1:] == [b"done"]
    return max((int(line) for line in lines if line.isdigit()), default=now)


def test_a_terminal_killed_at_any_moment_states_each_slot_once(tmp_path: Path) -> None:
    site, moments = Site(tmp_path), random.Random(5)

    async def equip() -> None:
        async with site.park.serve() as endpoints:
            site.equip(endpoints).close()

    asyncio.run(equip())
    site.up()
    try:
        now = site.start
        for _ in range(KILLS):
            now = run(site, now, site.start + 50 * DAY, kill_after=moments.uniform(0, LONGEST))
        end = now + 4 * QUARTER
        run(site, now, end, kill_after=None)
    finally:
        site.down()
    stated = site.anchored()
    assert stated[Status.MEASURED] >= POINTS * 8
    assert stated[Status.ESTIMATED] == stated[Status.MANUAL] == 0
    with Home(site.node) as home:
        assert DiskFiles().names(home.paths.quarantine / ORG) == [], "two frames of one number"
        points = [each.id for known in home.points.all(ORG) for each in known.definitions]
        view = home.view()
        for point in points:
            for start in range(site.start, end, QUARTER):
                assert len(view.versions(ORG, point, start)) == 1, (point, start)
