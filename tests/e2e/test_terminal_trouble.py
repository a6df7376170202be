"""A live terminal with a full disk, without window keys, with a home restored from a backup or run twice."""

from __future__ import annotations

import asyncio
import shutil

from tests.e2e.live_site import POINTS, Site, Work, at_work, equipped, finals, until
from veriwatt.model.points.status import Status
from veriwatt.terminal.clock_watch import CLOCK_CHECK
from veriwatt.terminal.home import TerminalHome
from veriwatt.testing.clocks import SimClock
from veriwatt.units import DAY, HOUR, MINUTE

PLENTY = 1_000_000
"""Pages of a spool on a disk with free space."""


def allow_growth(terminal: TerminalHome, pages: int) -> None:
    """Let the spool's file grow by so many pages, as a disk with that much free space would."""
    db = terminal.spool.file.db
    (count,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {count + pages}")


def test_a_full_disk_delays_readings_and_loses_none(site: Site) -> None:
    async def go() -> None:
        async with equipped(site) as terminal, at_work(site, terminal, until_reported="ready") as work:
            allow_growth(terminal, 0)
            await work.drive(site.start + 6 * HOUR)
            await work.until_reported("spool-full")
            allow_growth(terminal, PLENTY)
            await work.drive(site.start + 7 * HOUR)
            await until(lambda: finals(terminal)[0] == finals(terminal)[1] > 0)

    asyncio.run(go())
    site.down()
    assert site.anchored()[Status.MEASURED] == POINTS * 28


def test_readings_without_window_keys_are_delivered_once_new_keys_are_accepted(site: Site) -> None:
    async def go() -> None:
        async with site.park.serve() as endpoints:
            site.equip(endpoints).close()
            idle = site.start + 31 * DAY - 9 * HOUR  # an hour before the local midnight at which its keys end
            site.park.advance_to(idle)
            site.clock.advance_to(idle)
            site.up()
            with site.again() as terminal:
                async with at_work(site, terminal, until_reported="ready") as work:
                    await work.drive(idle + 2 * HOUR)
                    await work.until_reported("window-key-not-found")
                    assert "keys-run-out" in work.reported
                    await until(lambda: finals(terminal)[0] == finals(terminal)[1] > 0)
            site.down()
            with site.again() as terminal:
                site.hand_over(terminal)
                site.up()
                async with at_work(site, terminal, until_reported="ready") as work:
                    await work.drive(idle + 3 * HOUR)
                    await until(lambda: finals(terminal)[0] == finals(terminal)[1] > 0 and not waiting(work))

    asyncio.run(go())
    site.down()
    assert site.anchored()[Status.MEASURED] == POINTS * 12


def test_a_clock_reset_to_the_past_dates_no_reading_before_the_trusted_block(site: Site) -> None:
    async def go() -> None:
        async with site.park.serve() as endpoints:
            site.equip(endpoints).close()
            site.up()
            site.clock = SimClock(365 * DAY)  # a device that boots in 1971, and gets its time a little later
            with site.again() as terminal:
                async with at_work(site, terminal, until_reported="clock-slow") as work:
                    await site.clock.drive(366 * DAY)
                    site.clock.advance_to(site.start)
                    await work.until_reported("ready")  # what is read before then becomes fewer frames
                    await work.drive(site.start + HOUR)
                    await work.until_final(8)

    asyncio.run(go())
    site.down()
    counts = site.anchored()
    assert (counts[Status.MEASURED], counts[Status.GAP]) == (POINTS * 4, 0)


def test_a_clock_that_is_set_back_while_the_terminal_waits_is_told_at_once(site: Site) -> None:
    async def go() -> None:
        async with equipped(site) as terminal, at_work(site, terminal, until_reported="ready") as work:
            await work.drive(site.start + HOUR)
            await work.until_final(8)
            site.clock.set_back(site.start + HOUR // 2)
            await work.until_reported("clock-set-back")
            await asyncio.sleep(CLOCK_CHECK + 1)
            assert work.reported.count("clock-set-back") == 1

    asyncio.run(go())


def test_a_terminal_restored_from_a_backup_signs_nothing(site: Site) -> None:
    home, backup = site.folder / "t1", site.folder / "backup"

    async def go() -> None:
        async with site.park.serve() as endpoints:
            site.equip(endpoints).close()
            shutil.copytree(home, backup)
            site.up()
            with site.again() as terminal:
                async with at_work(site, terminal, until_reported="ready") as work:
                    await work.drive(site.start + HOUR)
                    await work.until_final(8)
            shutil.rmtree(home)
            shutil.copytree(backup, home)
            with site.again() as terminal:
                async with at_work(site, terminal, until_reported="spool-behind") as work:
                    await work.drive(site.start + 2 * HOUR)
                    assert finals(terminal) == (0, 0)
                    assert waiting(work) == POINTS * 4, "readings are stored"

    asyncio.run(go())


def test_of_two_devices_with_one_key_the_refused_one_stops_signing(site: Site) -> None:
    async def go() -> None:
        async with site.park.serve() as endpoints:
            site.equip(endpoints).close()
            shutil.copytree(site.folder / "t1", site.folder / "t2")
            site.up()
            with site.again() as first, TerminalHome(site.folder / "t2", site.clock) as second:
                async with at_work(site, second) as late:
                    await late.until_reported("ready")  # before the first has delivered anything
                    async with at_work(site, first, until_reported="ready") as work:
                        await work.drive(site.start + 15 * MINUTE)
                        await until(lambda: finals(first) == (2, 2) or finals(second) == (2, 2))
                        loser = late if finals(first)[0] else work
                        await loser.until_reported("spool-behind")
                        made = finals(loser.terminal)
                        await work.drive(site.start + HOUR)
                        assert finals(loser.terminal) == made

    asyncio.run(go())


def waiting(work: Work) -> int:
    """Slots that were read and are in no frame yet."""
    points = [point.id for point in work.terminal.config.points]
    return sum(map(len, work.terminal.spool.unframed(points, work.site.clock.now()).values()))


def test_a_clock_that_jumps_by_a_year_stores_no_gaps_of_that_year(site: Site) -> None:
    async def go() -> None:
        async with equipped(site) as terminal, at_work(site, terminal, until_reported="ready") as work:
            await work.drive(site.start + HOUR)
            site.clock.advance_to(site.start + 430 * DAY)
            await work.until_reported("clock-jumped")
            ends = {newest.end for newest in terminal.spool.newest_slots().values()}
            assert ends == {site.start + HOUR}

    asyncio.run(go())
