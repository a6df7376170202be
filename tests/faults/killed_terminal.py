"""A live terminal to be killed: works on an equipped site's home from one simulated time to another, then waits.

Run as `killed_terminal.py FOLDER PORT START NOW END`. Says `ready` once it may sign, then each quarter of an
hour that has passed, and `done` when everything up to END is final.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.e2e.live_site import QUARTER, Site, at_work, finals, until
from veriwatt.testing.clocks import SimClock


async def work(site: Site, now: int, end: int) -> None:
    site.clock = SimClock(now)
    async with site.park.serve() as endpoints:
        site.configure(site.folder / "t1" / "terminal.toml", endpoints)
        with site.again() as terminal:
            async with at_work(site, terminal) as running:
                await running.until_reported("ready")
                print("ready", flush=True)
                for t in range(now + QUARTER, end + 1, QUARTER):
                    await running.drive(t)
                    print(t, flush=True)
                await until(lambda: finals(terminal)[0] == finals(terminal)[1] > 0)
    print("done", flush=True)


if __name__ == "__main__":
    folder, *numbers = sys.argv[1:]
    port, start, now, end = map(int, numbers)
    asyncio.run(work(Site(Path(folder), port, start), now, end))
