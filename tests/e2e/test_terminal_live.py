"""A live terminal with real meters and a real node over HTTP: no outage loses a reading."""

from __future__ import annotations

import asyncio

import pytest

from tests.e2e.live_site import POINTS, Site, at_work, equipped, finals, present, until
from veriwatt.errors import Unavailable
from veriwatt.model.points.status import Status
from veriwatt.units import HOUR, MINUTE


def test_readings_of_a_node_outage_are_delivered_after_it(site: Site) -> None:
    async def go() -> None:
        async with equipped(site) as terminal, at_work(site, terminal, until_reported="ready") as work:
            site.down()
            await work.drive(site.start + 2 * HOUR)
            await work.until_reported("unavailable")
            assert finals(terminal) == (0, 16)  # two groups, a frame each a quarter of an hour
            site.up()
            await work.until_final(16)
            await work.drive(site.start + 3 * HOUR)
            await work.until_final(24)

    asyncio.run(go())
    site.down()
    assert site.anchored()[Status.MEASURED] == POINTS * 12


def test_a_terminal_that_starts_without_a_node_signs_nothing_and_loses_nothing(site: Site) -> None:
    async def go() -> None:
        async with site.park.serve() as endpoints:
            with site.equip(endpoints) as terminal:
                async with at_work(site, terminal) as work:
                    await work.drive(site.start + 2 * HOUR)
                    assert finals(terminal) == (0, 0)
                    site.up()
                    await work.until_final(2)  # what waits in the open key window, a frame a group

    asyncio.run(go())
    site.down()
    assert site.anchored()[Status.MEASURED] == POINTS * 8


def test_a_terminal_that_was_off_states_gaps_and_loses_no_earlier_reading(site: Site) -> None:
    async def go() -> None:
        async with site.park.serve() as endpoints:
            site.equip(endpoints).close()
            site.up()
            with site.again() as terminal:
                async with at_work(site, terminal, until_reported="ready") as work:
                    await work.drive(site.start + HOUR)
                    await work.until_final(8)
            site.park.advance_to(site.start + 2 * HOUR + MINUTE)
            site.clock.advance_to(site.start + 2 * HOUR + MINUTE)
            with site.again() as terminal:
                async with at_work(site, terminal, until_reported="ready") as work:
                    await work.drive(site.start + 3 * HOUR)
                    await until(lambda: finals(terminal)[0] == finals(terminal)[1] > 8)

    asyncio.run(go())
    site.down()
    counts = site.anchored()
    assert (counts[Status.MEASURED], counts[Status.GAP]) == (POINTS * 8, POINTS * 4)


def test_evidence_states_the_block_before_which_a_reading_was_not_signed(site: Site) -> None:
    began = present()

    async def go() -> None:
        async with site.park.serve() as endpoints:
            site.equip(endpoints).close()
            site.up()
            with site.again() as terminal:
                async with at_work(site, terminal, until_reported="ready") as work:
                    await work.drive(site.start + HOUR)
                    await work.until_final(8)
                    await until(lambda: terminal.trusted_head.newest().time >= began)
            with site.again() as terminal:  # it reads the trusted head from its disk
                async with at_work(site, terminal, until_reported="ready") as work:
                    await work.drive(site.start + 2 * HOUR)
                    await work.until_final(16)

    asyncio.run(go())
    site.down()
    facts = site.evidence("steel/main/power", site.start + HOUR)
    signed, anchored = facts["signed_not_earlier_than"], facts["anchored_not_later_than"]
    assert isinstance(signed, int)
    assert isinstance(anchored, int)
    assert began <= signed <= anchored


def test_frames_from_before_the_certification_are_accepted_once_it_covers_them(site: Site) -> None:
    async def go() -> None:
        async with site.park.serve() as endpoints:
            with site.equip(endpoints, certified=False) as terminal:
                drivers = terminal.drivers()
                site.up()
                sampling = asyncio.create_task(terminal.sampler(drivers).run(site.start + HOUR))
                await site.clock.drive(site.start + HOUR, site.park.advance_to)
                await sampling
                terminal.frame_scheduler().frame(site.start + HOUR)
                terminal.framer.sign()
                delivery = terminal.delivery(terminal.log_host())
                with pytest.raises(Exception, match="not-certified"):
                    delivery.send_and_confirm()
                site.down()
                with pytest.raises(Unavailable):
                    delivery.send_and_confirm()
                site.certify()
                site.up()
                assert delivery.send_and_confirm() == 2
                await until(lambda: delivery.send_and_confirm() == 0 and not delivery.unfinished())
                for driver in drivers.values():
                    await driver.close()

    asyncio.run(go())
    site.down()
    assert site.anchored()[Status.MEASURED] == POINTS * 4
