"""A window key stays until no frame of its window can need it, and goes then: nothing is stated never again."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from tests.e2e.live_site import Site, at_work, equipped, present, until
from tests.e2e.test_changed_group import MIDNIGHT, NEXT, NOON, Works
from tests.e2e.test_late_definition import BEFORE, CHANGED
from tests.e2e.test_learnt_definition import asks, learn
from veriwatt.model.terminals.handover import parse_request
from veriwatt.terminal.enrolment.keyring import WindowKeyNotFound
from veriwatt.terminal.framing.frame_scheduler import KEYS_KEPT
from veriwatt.terminal.home import TerminalHome
from veriwatt.testing.counting_meter import CountingMeter
from veriwatt.units import DAY, HOUR, MINUTE, UtcMillis


def has_key(terminal: TerminalHome, t: UtcMillis) -> bool:
    """Whether the terminal can open and make frames of the first group's window at `t`."""
    group = terminal.definitions.groups()[0]
    with suppress(WindowKeyNotFound):
        return bool(terminal.keyring.window_key(group.name, group.number(t)))
    return False


def test_a_live_terminal_keeps_the_keys_of_frames_until_they_are_final(tmp_path: Path) -> None:
    """Its day ends while its node is away, and it is started again, before the node is back."""
    start = present() // DAY * DAY - 60 * DAY + 15 * HOUR  # its local midnight is an hour later
    site = Site(tmp_path, start=start)

    async def go() -> None:
        async with equipped(site) as terminal:
            async with at_work(site, terminal, until_reported="ready") as work:
                site.down()
                await work.drive(start + 2 * HOUR)
            async with at_work(site, terminal) as work:
                await work.drive(start + 2 * HOUR + 30 * MINUTE)
                assert has_key(terminal, start), "frames of that day are not accepted yet"
                site.up()
                await work.drive(start + 2 * HOUR + KEYS_KEPT)
                await until(lambda: not has_key(terminal, start))
                assert has_key(terminal, start + 2 * HOUR)

    asyncio.run(go())
    site.down()


def forget(works: Works, *, in_touch: bool) -> None:
    """The terminal deletes the keys that it may, days later, with or without word from its log host."""
    with TerminalHome(works.folder, works.clock) as terminal:
        delivery = asks(works, terminal)
        if in_touch:
            delivery.refresh_head()
            delivery.newer_versions(terminal.definitions.newest)
        oldest = terminal.frame_scheduler().oldest_open(works.clock.now() + KEYS_KEPT, delivery.versions_known_to)
        terminal.keyring.forget_before(oldest)


def test_what_a_version_replaced_is_stated_again_however_late_the_terminal_learns_of_it(tmp_path: Path) -> None:
    works = Works(tmp_path, BEFORE)
    works.run(NOON)
    works.configure(CHANGED)
    works.enrol()
    works.configure(BEFORE)
    works.run(NEXT + DAY + 2 * HOUR)
    forget(works, in_touch=False)
    works.configure(CHANGED)
    learn(works)
    works.run(NEXT + DAY + 4 * HOUR)
    proven = works.proven("hourly", NEXT)
    assert {t: proven.get(t) for t in range(NEXT, NEXT + DAY, HOUR)} == dict.fromkeys(range(NEXT, NEXT + DAY, HOUR), 60)
    works.home.close()


def test_the_key_of_a_day_goes_once_its_frames_are_final_and_every_version_up_to_then_is_known(tmp_path: Path) -> None:
    works = Works(tmp_path, BEFORE)
    works.run(NEXT + HOUR)
    forget(works, in_touch=True)
    with TerminalHome(works.folder, works.clock) as terminal:
        assert not has_key(terminal, MIDNIGHT)
        assert has_key(terminal, NEXT)
    works.home.close()


def test_a_request_asks_for_the_keys_of_frames_that_are_not_final(tmp_path: Path) -> None:
    works = Works(tmp_path, BEFORE)
    with TerminalHome(works.folder, works.clock) as terminal:
        sampler = terminal.sampler({"m": CountingMeter(works.clock)})
        while (t := sampler.next_end(works.clock.now())) <= NEXT + HOUR:
            works.clock.advance_to(t)
            asyncio.run(sampler.collect(t))
        terminal.frame_scheduler().frame(NEXT + HOUR)
        assert parse_request(terminal.request()).oldest_open < NEXT
    works.hand_over()
    with TerminalHome(works.folder, works.clock) as terminal:
        assert has_key(terminal, NEXT - 1)
    works.home.close()
