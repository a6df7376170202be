"""A terminal whose clock was ahead when it was started reads on as soon as it is right; no value is lost or made up."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.e2e.live_site import Site, at_work, present, until
from tests.e2e.test_changed_group import NOON, QUARTER, Works
from tests.terminal_toml import terminal_toml
from veriwatt.cli.terminal_status import terminal_status
from veriwatt.model.terminals.contradiction import VoidNumber
from veriwatt.terminal.home import TerminalHome
from veriwatt.terminal.spool.aside_book import AsideBook
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.counting_meter import CountingMeter
from veriwatt.units import DAY, HOUR, MINUTE, UtcMillis
from veriwatt.verify.frame_checks import CLOCK_TOLERANCE

POINT = """[[point]]
id = "meter"
meter = "m"
register = 0
type = "u32"
energy = "electricity"
unit = "kWh"
kind = "register"
"""


def run_ahead(works: Works, by: UtcMillis, *, signing: bool) -> None:
    """The terminal is started with a clock that is ahead, collects for two hours by it, and is stopped."""
    right, works.clock = works.clock, SimClock(NOON + by)
    works.run(NOON + by + 2 * HOUR, framing=False)
    if signing:
        with TerminalHome(works.folder, works.clock) as terminal:
            terminal.frame_scheduler(works.root_log_head).frame(works.clock.now())
            assert terminal.framer.sign() > 0
    works.clock = right


def put_aside(works: Works) -> int:
    """The terminal puts aside what is of the future; returns how many slots."""
    with TerminalHome(works.folder, works.clock) as terminal:
        return AsideBook(terminal.spool.file).put_aside(works.clock.now(), CLOCK_TOLERANCE)


def shown(works: Works) -> list[str]:
    with TerminalHome(works.folder, works.clock, reading=True) as terminal:
        found: list[str] = terminal_status(terminal, works.clock.now())["put_aside"]["why"]
        return found


def test_unsigned_slots_of_the_future_are_put_aside_and_the_terminal_reads_on(tmp_path: Path) -> None:
    works = Works(tmp_path, terminal_toml("works", POINT))
    works.run(NOON)
    run_ahead(works, 40 * DAY, signing=False)

    works.clock.advance_to(NOON + 10 * MINUTE)
    slots = put_aside(works)
    works.run(NOON + 2 * HOUR)

    assert slots == (40 * DAY + 2 * HOUR) // QUARTER
    assert works.waiting() == 0
    found = works.proven("meter", NOON)
    assert sorted(found) == list(range(NOON, NOON + 2 * HOUR, QUARTER))
    assert None not in found.values(), "each was read at its end"
    assert shown(works)[0].startswith(f"{slots:,} slots, up to ")
    assert put_aside(works) == 0, "nothing is left to put aside"
    works.home.close()


def test_a_clock_that_is_ahead_within_the_tolerance_is_never_caught(tmp_path: Path) -> None:
    works = Works(tmp_path, terminal_toml("works", POINT))
    works.run(NOON)
    with TerminalHome(works.folder, works.clock) as terminal:
        book = AsideBook(terminal.spool.file)
        assert book.reaches() == NOON
        assert book.put_aside(NOON - CLOCK_TOLERANCE, CLOCK_TOLERANCE) == 0
        assert {each.end for each in terminal.spool.newest_slots().values()} == {NOON}
    assert shown(works) == []
    works.home.close()


def test_what_was_signed_of_the_future_stays_and_a_void_lets_the_present_through(tmp_path: Path) -> None:
    works = Works(tmp_path, terminal_toml("works", POINT))
    works.run(NOON)
    run_ahead(works, 3 * HOUR, signing=True)
    with TerminalHome(works.folder, works.clock) as terminal:
        signed = [frame.header for frame in terminal.spool.pending()]

    works.clock.advance_to(NOON + 10 * MINUTE)
    assert put_aside(works) == 3 * HOUR // QUARTER, "gaps of slots that are not over by the newest block are not signed"
    with TerminalHome(works.folder, works.clock) as terminal:
        sampler = terminal.sampler({"m": CountingMeter(works.clock)})
        works.clock.advance_to(sampler.next_end(works.clock.now()))
        asyncio.run(sampler.collect(works.clock.now()))
        assert [frame.header for frame in terminal.spool.pending()] == signed
        for _ in signed:
            header = terminal.refused_header()
            works.home.member_client("works").submit(VoidNumber("t1", header, "wrong clock"))
            terminal.spool.void(header.stated().number)
    works.run(NOON + 2 * HOUR)

    assert sorted(works.proven("meter", NOON)) == list(range(NOON, NOON + 2 * HOUR, QUARTER))
    works.home.close()


def test_a_live_terminal_reads_on_once_its_node_agrees_with_its_clock(tmp_path: Path) -> None:
    start = present()
    site = Site(tmp_path, start=start)

    async def go() -> None:
        async with site.park.serve() as endpoints:
            site.equip(endpoints).close()
            site.clock = SimClock(start + 40 * DAY)
            with site.again() as terminal:
                async with at_work(site, terminal):
                    await site.clock.drive(start + 40 * DAY + HOUR)
            site.clock = SimClock(present())
            with site.again() as terminal:
                async with at_work(site, terminal, until_reported="clock-set-back"):
                    site.up()
                    await until(lambda: newest(terminal) <= present() + CLOCK_TOLERANCE)
                async with at_work(site, terminal, until_reported="ready") as work:
                    await work.drive(site.clock.now() + 15 * MINUTE)
                    assert newest(terminal) > start, "it reads again"
                    assert "clock-set-back" not in work.reported

    try:
        asyncio.run(go())
    finally:
        site.down()


def test_a_live_terminal_with_a_slow_clock_puts_nothing_aside(site: Site) -> None:
    """By its node's clock, what it read is of the past: its own was set back since."""

    async def go() -> None:
        async with site.park.serve() as endpoints:
            site.equip(endpoints).close()
            with site.again() as terminal:
                async with at_work(site, terminal) as work:
                    await work.drive(site.start + 2 * HOUR)
            site.clock = SimClock(site.start)
            with site.again() as terminal:
                async with at_work(site, terminal):
                    site.up()
                async with at_work(site, terminal, until_reported="ready"):
                    assert newest(terminal) == site.start + 2 * HOUR
                    assert AsideBook(terminal.spool.file).counts().slots == 0

    asyncio.run(go())


def newest(terminal: TerminalHome) -> UtcMillis:
    return max(each.end for each in terminal.spool.newest_slots().values())
