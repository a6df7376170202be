"""A group of a live terminal that changes at noon: every reading around midnight is accepted and proven."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal_toml import terminal_toml
from veriwatt.cli.terminal_status import terminal_status
from veriwatt.energy.calendar import Zone
from veriwatt.errors import Unavailable
from veriwatt.loghost.recorder import LocalLogHostClient, Recorder
from veriwatt.membership.enrolment import enrol_terminal, hand_over
from veriwatt.membership.group_change import TO_ACCEPT
from veriwatt.membership.new_ledger import OWNER
from veriwatt.model.evidence.reading_claim import ClaimedSlot
from veriwatt.model.points.standing import Standing
from veriwatt.model.terminals.enrolment import Certify
from veriwatt.model.terminals.handover import parse_request
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.reading.evidence.build import build_reading_evidence, evidence_file
from veriwatt.terminal.home import TerminalHome
from veriwatt.terminal.home_files import make_terminal
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.counting_meter import CountingMeter
from veriwatt.units import DAY, HOUR, MINUTE, UtcMillis
from veriwatt.verify.claims.reading import ProvenReading
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.root_log_head import ProvenRootLogHead

ORG, QUARTER = "works", 15 * MINUTE
MIDNIGHT = 20_700 * DAY - 8 * HOUR
"""Of the local day in which the group changes, at +08:00."""

NEXT = MIDNIGHT + DAY
NOON = MIDNIGHT + 12 * HOUR


def point(name: str, more: str = "") -> str:
    return (
        f'[[point]]\nid = "{name}"\nmeter = "m"\nregister = 0\ntype = "u32"\n'
        f'energy = "electricity"\nunit = "kWh"\nkind = "interval"\n{more}\n'
    )


BEFORE = terminal_toml(ORG, *map(point, ("same", "coded", "turned", "finer", "gone")))
AFTER = terminal_toml(
    ORG,
    point("new"),
    point("same"),
    point("coded", 'data_code = "01"'),
    point("turned", 'multiplier = "2"'),
    point("finer", 'slot = "5m"\nresolution = "0.1"'),
)


class Works:
    """A node and its terminal in one process, at simulated times."""

    def __init__(self, folder: Path, before: str = BEFORE) -> None:
        self.clock = SimClock(MIDNIGHT + 8 * HOUR)
        init_home(folder / "node", ORG, unprotected=True, clock=self.clock)
        self.home, self.folder = Home(folder / "node", self.clock), folder / "t1"
        config = folder / "terminal.toml"
        config.write_text(before)
        make_terminal(self.folder, config, self.home.paths.trust, unprotected=True)
        self.hand_over()
        self.home.member_client(ORG).submit(Certify(ORG, "t1", MIDNIGHT, MIDNIGHT + 100 * DAY))

    def hand_over(self) -> None:
        self.accept(self.enrol())

    def enrol(self) -> bytes:
        """`terminal request` and `terminal enrol`: the handover."""
        with TerminalHome(self.folder, self.clock) as terminal:
            home, asked = self.home, parse_request(terminal.request())
        enrol_terminal(home.ledger, home.member_client(ORG), home.keys, asked, self.clock.now(), redefine=True)
        return hand_over(home.ledger, home.member_client(ORG), home.keys.agent, home.keys.member(ORG, OWNER), asked)

    def accept(self, handed: bytes) -> None:
        with TerminalHome(self.folder, self.clock) as terminal:
            terminal.accept(handed, lambda: None)  # its log host is in this process

    def configure(self, text: str) -> None:
        (self.folder / "terminal.toml").write_text(text)

    def run(self, until: UtcMillis, *, framing: bool = True) -> None:
        """Run the terminal from a restart up to `until`; its frames are accepted and anchored each quarter-hour."""
        with TerminalHome(self.folder, self.clock) as terminal:
            sampler, org_log = terminal.sampler({"m": CountingMeter(self.clock)}), self.home.org_log(ORG)
            log_host = LocalLogHostClient(org_log.acceptance, self.clock.now)
            recorder = Recorder(terminal.spool, terminal.framer, log_host, org_log.anchor, lambda _: None)
            frame_scheduler = terminal.frame_scheduler(self.root_log_head)
            while (t := sampler.next_end(self.clock.now())) <= until:
                self.clock.advance_to(t)
                asyncio.run(sampler.collect(t))
                if framing:
                    frame_scheduler.frame(t)
                    recorder.finish()

    def root_log_head(self) -> ProvenRootLogHead:
        head = self.home.ledger.head()
        return ProvenRootLogHead(head.root_log_size, head.root_log_leaf, head.time, head.time)

    def waiting(self) -> int:
        with TerminalHome(self.folder, self.clock, reading=True) as terminal:
            return sum(map(len, terminal.spool.unframed(list(terminal.spool.newest_slots()), 2**62).values()))

    def proven(self, name: str, start: UtcMillis) -> dict[UtcMillis, int | None]:
        """Every slot of a point from `start` on that the node shows, in whole kWh, as its evidence proves it."""
        view, found = self.home.view(), dict[UtcMillis, int | None]()
        rows = view.read(ORG, name, start, NEXT + DAY)
        for slot in rows.starts.tolist():
            position = view.versions(ORG, name, slot)[-1]
            claim, chain, key = ClaimedSlot(ORG, name, slot), self.home.org_log(ORG).chain, self.home.keys.agent
            raw = evidence_file(build_reading_evidence(self.home.ledger, chain, key, claim, position))
            reading = verify_evidence(raw, None, self.clock.now())
            assert isinstance(reading, ProvenReading)
            value = reading.slot.value
            found[slot] = None if value is None else reading.definition.value(value).at_scale(0)
        return found

    def without_values(self) -> dict[str, str | None]:
        """What `terminal status` says of the points that wait."""
        with TerminalHome(self.folder, self.clock, reading=True) as terminal:
            found: dict[str, str | None] = terminal_status(terminal, self.clock.now())["points_waiting"]
            return found


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    made = Works(tmp_path)
    yield made
    made.home.close()


def quarters(start: UtcMillis, end: UtcMillis, value: int | None) -> dict[UtcMillis, int | None]:
    return dict.fromkeys(range(start, end, QUARTER), value)


def test_every_reading_around_the_midnight_of_a_change_is_proven(works: Works) -> None:
    works.run(NOON)
    works.configure(AFTER)
    works.hand_over()
    begins = Zone.parse("+08:00").rfc3339(NEXT)
    assert works.without_values() == {"new": begins, "turned": begins}
    works.run(NEXT + 2 * HOUR)
    assert works.without_values() == {}
    since, end = NOON - HOUR, NEXT + 2 * HOUR
    assert works.proven("same", since) == quarters(since, end, 15)
    assert works.proven("coded", since) == quarters(since, end, 15), "a code changes no value"
    assert works.proven("turned", since) == {
        **quarters(since, NOON, 15),
        **quarters(NOON, NEXT, None),
        **quarters(NEXT, end, 30),
    }
    assert works.proven("finer", since) == {
        **quarters(since, NEXT, 15),
        **dict.fromkeys(range(NEXT, end, 5 * MINUTE), 5),
    }
    assert works.proven("new", since) == quarters(NEXT, end, 15)
    assert works.proven("gone", since) == quarters(since, NOON, 15)
    assert works.waiting() == 0


def test_samples_that_waited_while_the_group_changed_are_framed_as_read(works: Works) -> None:
    works.run(NOON)
    works.run(NOON + HOUR, framing=False)
    works.configure(AFTER)
    works.hand_over()
    works.run(NEXT + HOUR, framing=False)
    works.run(NEXT + 2 * HOUR)
    assert works.proven("turned", NOON) == {
        **quarters(NOON, NOON + HOUR, 15),
        **quarters(NOON + HOUR, NEXT, None),
        **quarters(NEXT, NEXT + HOUR, 30),
        **quarters(NEXT + HOUR, NEXT + 2 * HOUR, 30),
    }
    assert works.proven("gone", NOON) == quarters(NOON, NOON + HOUR, 15)
    assert works.proven("same", NOON) == quarters(NOON, NEXT + 2 * HOUR, 15)
    assert works.waiting() == 0


def test_a_point_that_the_org_has_not_defined_yet_delays_no_other_point(works: Works) -> None:
    works.run(NOON)
    works.configure(AFTER)
    works.run(NOON + HOUR)
    assert works.without_values() == {"new": None, "turned": None}
    assert works.proven("same", NOON) == quarters(NOON, NOON + HOUR, 15)
    signed = NOON + HOUR - QUARTER
    assert works.proven("turned", NOON) == quarters(NOON, signed, None), (
        "no block proves yet that the last slot is over"
    )


def test_readings_from_before_a_late_handover_are_framed_as_read(works: Works) -> None:
    works.run(NOON)
    works.configure(AFTER)
    handed = works.enrol()
    works.run(NEXT + HOUR, framing=False)
    waiting = works.waiting()
    with TerminalHome(works.folder, works.clock) as terminal, pytest.raises(Unavailable):
        terminal.accept(handed)  # its log host does not answer: nothing is numbered
    assert works.waiting() == waiting > 0
    works.accept(handed)
    works.run(NEXT + 2 * HOUR)
    later = range(NEXT + HOUR + 5 * MINUTE, NEXT + 2 * HOUR, 5 * MINUTE)
    changing = dict.fromkeys(range(NEXT, NEXT + HOUR, 5 * MINUTE))
    assert works.proven("finer", NEXT) == {**changing, NEXT + HOUR: None, **dict.fromkeys(later, 5)}
    assert works.proven("coded", NEXT) == quarters(NEXT, NEXT + 2 * HOUR, 15)
    left_out = works.home.view().left_out(ORG, "finer")  # what it stated before it knew
    assert {each.standing for each in left_out} == {Standing.REPLACED}
    assert sum(each.slots for each in left_out) == 4


def test_readings_around_a_reverted_change_are_proven(works: Works) -> None:
    """The last version then has the root of the first one."""
    works.run(NOON)
    works.configure(AFTER)
    works.hand_over()
    works.run(NEXT + NOON - MIDNIGHT)
    works.configure(BEFORE)
    works.hand_over()
    works.run(NEXT + DAY)
    assert works.proven("same", NOON) == quarters(NOON, NEXT + DAY, 15)


def test_a_change_just_before_midnight_comes_into_force_a_day_later(works: Works) -> None:
    works.run(NEXT - TO_ACCEPT)
    works.configure(AFTER)
    works.hand_over()
    assert works.home.points.newest(ORG, "main").version.effective_from == NEXT + DAY
