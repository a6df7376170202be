"""What goes into which frame: read back by opening the frames, as their owner would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from veriwatt.crypto.key_tree import Cover, cover
from veriwatt.crypto.suites.ed25519 import ED25519
from veriwatt.errors import Refused
from veriwatt.metering import frame_limits
from veriwatt.metering.calendars import zone_calendar
from veriwatt.metering.slots import slots_of
from veriwatt.model.frames.frame import Frame, parse_frame
from veriwatt.model.frames.origin import ClockState, Meter
from veriwatt.model.frames.sealed_group import FrameIdentity, open_group
from veriwatt.model.frames.statuses import total_slots
from veriwatt.model.points.group import definitions_root
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind, Status
from veriwatt.model.terminals.handover import HandedGroup, HandedVersion
from veriwatt.terminal.config.terminal_toml import parse_config
from veriwatt.terminal.drivers.base import GapReason
from veriwatt.terminal.enrolment.keyring import WindowKeyNotFound
from veriwatt.terminal.framing.frame_scheduler import KEYS_KEPT, FrameScheduler
from veriwatt.terminal.framing.framed_group import FramedGroup, framed_groups
from veriwatt.terminal.framing.framer import Framer
from veriwatt.terminal.framing.restate import GivenUp, samples_in
from veriwatt.terminal.sampling.samples import Sample
from veriwatt.terminal.spool.spool import Spool
from veriwatt.testing.actors import sim_key
from veriwatt.units import DAY, HOUR, MINUTE, UtcMillis
from veriwatt.verify.root_log_head import NO_HEAD

DAY_ONE = 20_000 * DAY
QUARTER = 15 * MINUTE
MASTER = bytes(range(32))
KEY = sim_key("terminal")
CONFIG = parse_config("""\
[terminal]
name = "t1"
org = "works"
node = "http://n"
timezone = "+00:00"
group = "g"
[[meter]]
id = "m"
driver = "modbus_tcp"
host = "h"
[[point]]
id = "a"
meter = "m"
register = 0
type = "u32"
energy = "electricity"
unit = "kWh"
kind = "interval"
""")


CALENDAR = zone_calendar("+00:00", 0)


def point(name: str, slot: str = "15m") -> PointDefinition:
    return PointDefinition(name, "electricity", "kWh", Kind.INTERVAL, 0, 1, slot, "+00:00", terminal="t1")


def group(*points: PointDefinition) -> FramedGroup:
    return FramedGroup("g", 1, "t1", points, KeyWindow.DAY, CALENDAR, definitions_root(points))


@dataclass
class Bench:
    """A spool with a frame scheduler over it; `keys` are those that the terminal was handed."""

    spool: Spool
    group: FramedGroup
    keys: Cover = field(default_factory=lambda: cover(MASTER, 20_000, 20_031))

    def __post_init__(self) -> None:
        framer = Framer("chain-0123456789abcdef", "works", "t1", 1, KEY, self.spool, bytes)
        self.framer = framer
        clock = ClockState("system", 0, 1000)
        self.head = replace(NO_HEAD, as_of=DAY_ONE + 1000 * DAY)
        self.frame_scheduler = FrameScheduler(
            [self.group], self.spool, framer, lambda _, number: self.keys.key(number), clock, lambda: self.head
        )

    def sample(self, name: str, start: UtcMillis, end: UtcMillis, step: UtcMillis = QUARTER) -> None:
        """A value for each slot from `start` to `end`: its own number, read two seconds after its end."""
        self.spool.add_samples(
            [Sample(name, t, t + step, t // step, Status.MEASURED, t + step + 2000) for t in range(start, end, step)]
        )

    def frames(self) -> list[Frame]:
        self.framer.sign()
        return [parse_frame(self.framer.upload(frame)) for frame in self.spool.pending()]

    def slots(self, frames: Sequence[Frame] | None = None) -> dict[tuple[str, UtcMillis], int | None]:
        """What all frames together, or some, say of each slot; one that two of them speak of is an error."""
        stated: dict[tuple[str, UtcMillis], int | None] = {}
        for frame in self.frames() if frames is None else frames:
            header = frame.header
            slots = [slots_of(self.group.calendar, d, header.window) for d in self.group.definitions]
            identity = FrameIdentity.of(header, ED25519.number)
            key = self.keys.key(header.window.start // DAY)
            for column in open_group(header.groups[0], frame.payloads[0], identity, key, slots)[0]:
                rows = zip(column.starts.tolist(), column.values.tolist(), column.codes.tolist(), strict=True)
                for t, value, code in rows:
                    if code != Status.ABSENT:
                        assert (column.point, t) not in stated
                        stated[column.point, t] = None if code == Status.GAP else value
        return stated


def test_a_backlog_too_wide_for_one_frame_becomes_several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_limits, "MOST_SLOTS", 40)
    bench = Bench(Spool(tmp_path / "spool.db"), group(point("a"), point("b", "1h")))
    for name, step in (("a", QUARTER), ("b", HOUR)):
        bench.sample(name, DAY_ONE, DAY_ONE + 20 * HOUR, step)

    assert bench.frame_scheduler.frame(DAY_ONE + 2 * DAY) == 3

    assert len(bench.slots()) == 80 + 20
    assert [total_slots(frame.header.groups[0].spans) for frame in bench.frames()] == [40, 40, 20]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(Spool(tmp_path / "spool.db"), group(point("a"), point("b")))


def test_an_open_key_window_gets_a_frame_as_soon_as_a_quarter_of_an_hour_waits(bench: Bench) -> None:
    bench.sample("a", DAY_ONE, DAY_ONE + QUARTER)
    assert bench.frame_scheduler.frame(DAY_ONE + QUARTER) == 1
    assert bench.frame_scheduler.frame(DAY_ONE + QUARTER) == 0
    assert bench.frames()[0].header.origin == Meter()


def test_minutes_wait_until_there_are_fifteen_of_them(tmp_path: Path) -> None:
    bench = Bench(Spool(tmp_path / "spool.db"), group(point("m", "1m")))
    bench.sample("m", DAY_ONE, DAY_ONE + 14 * MINUTE, MINUTE)
    assert bench.frame_scheduler.frame(DAY_ONE + 14 * MINUTE) == 0
    bench.sample("m", DAY_ONE + 14 * MINUTE, DAY_ONE + QUARTER, MINUTE)
    assert bench.frame_scheduler.frame(DAY_ONE + QUARTER) == 1
    assert len(bench.slots()) == 15


def test_a_backlog_of_a_week_makes_one_frame_a_day_and_states_every_slot_once(bench: Bench) -> None:
    for name in ("a", "b"):
        bench.sample(name, DAY_ONE, DAY_ONE + 7 * DAY)
    assert bench.frame_scheduler.frame(DAY_ONE + 7 * DAY) == 7
    assert bench.slots() == {
        (name, t): t // QUARTER for name in ("a", "b") for t in range(DAY_ONE, DAY_ONE + 7 * DAY, QUARTER)
    }


def test_no_frame_crosses_midnight(bench: Bench) -> None:
    bench.sample("a", DAY_ONE + 23 * HOUR, DAY_ONE + 25 * HOUR)
    assert bench.frame_scheduler.frame(DAY_ONE + 25 * HOUR) == 2
    assert [f.header.window.end for f in bench.frames()] == [DAY_ONE + DAY, DAY_ONE + 25 * HOUR]


def test_a_late_slot_is_absent_from_the_first_frame_and_stated_in_the_next(bench: Bench) -> None:
    bench.sample("a", DAY_ONE, DAY_ONE + HOUR)
    bench.frame_scheduler.frame(DAY_ONE + HOUR)
    late = Sample("b", DAY_ONE, DAY_ONE + QUARTER, None, Status.GAP, DAY_ONE + 2 * HOUR, GapReason.SILENT)
    bench.spool.add_samples([late])
    assert bench.frame_scheduler.frame(DAY_ONE + HOUR) == 1
    first = {("a", DAY_ONE + n * QUARTER): DAY_ONE // QUARTER + n for n in range(4)}
    assert bench.slots() == first | {("b", DAY_ONE): None}


def test_slots_of_different_lengths_in_one_group_are_all_framed(tmp_path: Path) -> None:
    bench = Bench(Spool(tmp_path / "spool.db"), group(point("m", "1m"), point("q")))
    for end in range(DAY_ONE + 7 * MINUTE, DAY_ONE + 3 * HOUR, 7 * MINUTE):
        bench.sample("m", DAY_ONE, end, MINUTE)
        bench.sample("q", DAY_ONE, end - end % QUARTER)
        bench.frame_scheduler.frame(end)
    bench.frame_scheduler.frame(DAY_ONE + DAY)
    assert Counter(name for name, _ in bench.slots()) == {"m": 175, "q": 11}


def test_collected_at_is_the_time_of_the_newest_reading_in_the_frame(bench: Bench) -> None:
    bench.sample("a", DAY_ONE, DAY_ONE + HOUR)
    bench.frame_scheduler.frame(DAY_ONE + HOUR)
    assert bench.frames()[0].header.collected_at == DAY_ONE + HOUR + 2000


def test_slots_after_the_last_sampling_are_not_framed(bench: Bench) -> None:
    bench.sample("a", DAY_ONE, DAY_ONE + 2 * HOUR)
    bench.frame_scheduler.frame(DAY_ONE + HOUR)
    assert max(t for _, t in bench.slots()) == DAY_ONE + HOUR - QUARTER


def test_samples_without_a_window_key_stay_in_the_spool(tmp_path: Path) -> None:
    bench = Bench(Spool(tmp_path / "spool.db"), group(point("a")), cover(MASTER, 20_000, 20_001))
    bench.sample("a", DAY_ONE, DAY_ONE + 2 * DAY)
    with pytest.raises(Refused, match="20001"):
        bench.frame_scheduler.frame(DAY_ONE + 2 * DAY)
    assert len(bench.frames()) == 1
    bench.keys = cover(MASTER, 20_000, 20_031)
    assert bench.frame_scheduler.frame(DAY_ONE + 2 * DAY) == 1
    assert len(bench.slots()) == 192


def test_a_group_without_window_keys_does_not_stop_the_others(tmp_path: Path) -> None:
    """As after points of a new group were added, and its keys are not handed over yet."""
    bench = Bench(Spool(tmp_path / "spool.db"), group(point("a")))
    keyless = replace(group(point("b")), name="keyless")

    def key(name: str, number: int) -> bytes:
        if name == "keyless":
            raise WindowKeyNotFound(name, number)
        return bench.keys.key(number)

    clock = ClockState("system", 0, 1000)
    frame_scheduler = FrameScheduler([keyless, bench.group], bench.spool, bench.framer, key, clock)
    for name in ("a", "b"):
        bench.sample(name, DAY_ONE, DAY_ONE + HOUR)
    with pytest.raises(WindowKeyNotFound, match="terminal renew-keys"):
        frame_scheduler.frame(DAY_ONE + HOUR)
    assert len(bench.slots()) == 4
    assert len(bench.spool.unframed(["b"], DAY_ONE + DAY)["b"]) == 4


def two_versions(bench: Bench, since: UtcMillis, kind: KeyWindow = KeyWindow.DAY) -> FrameScheduler:
    """A frame scheduler of group "g" that has points a and b, and from `since` on a alone, with a frame each hour."""
    versions = (
        HandedVersion(1, 0, CALENDAR, (point("a"), point("b"))),
        HandedVersion(2, since, CALENDAR, (point("a"),)),
    )
    groups = framed_groups(CONFIG, [HandedGroup("g", kind, 0, 30_000, versions)])
    clock, keys = ClockState("system", 0, 1000), cover(MASTER, 0, 30_000)
    return FrameScheduler(groups, bench.spool, bench.framer, lambda _, number: keys.key(number), clock, every=HOUR)


def roots(bench: Bench) -> list[tuple[bytes, UtcMillis, UtcMillis]]:
    """Of every frame, the definitions it was made under and its window, in hours since day one."""
    headers = [frame.header for frame in bench.frames()]
    return [
        (h.groups[0].definition_root, (h.window.start - DAY_ONE) // HOUR, (h.window.end - DAY_ONE) // HOUR)
        for h in headers
    ]


BOTH, ONE = definitions_root((point("a"), point("b"))), definitions_root((point("a"),))


def test_every_slot_is_framed_under_the_version_in_force_at_its_start(bench: Bench) -> None:
    frame_scheduler = two_versions(bench, DAY_ONE + DAY)
    for name in ("a", "b"):
        bench.sample(name, DAY_ONE + 22 * HOUR, DAY_ONE + 23 * HOUR)
    assert frame_scheduler.frame(DAY_ONE + 23 * HOUR) == 1, "the new version is not in force yet"
    bench.sample("a", DAY_ONE + 23 * HOUR, DAY_ONE + 26 * HOUR)
    assert frame_scheduler.frame(DAY_ONE + 26 * HOUR) == 2
    assert roots(bench) == [(BOTH, 22, 23), (BOTH, 23, 24), (ONE, 24, 26)]


def test_no_frame_crosses_the_start_of_a_version_inside_a_key_window(bench: Bench) -> None:
    frame_scheduler = two_versions(bench, DAY_ONE + DAY, KeyWindow.MONTH)
    bench.sample("a", DAY_ONE + 23 * HOUR, DAY_ONE + 25 * HOUR)
    frame_scheduler.frame(DAY_ONE + 25 * HOUR)
    assert roots(bench) == [(BOTH, 23, 24), (ONE, 24, 25)]


def test_waiting_slots_of_an_ended_version_are_framed_however_few_they_are(bench: Bench) -> None:
    frame_scheduler = two_versions(bench, DAY_ONE + DAY, KeyWindow.MONTH)
    bench.sample("b", DAY_ONE + DAY - 2 * QUARTER, DAY_ONE + DAY)
    assert frame_scheduler.frame(DAY_ONE + DAY - QUARTER) == 0
    assert frame_scheduler.frame(DAY_ONE + DAY) == 1


def test_the_oldest_open_window_counts_the_samples_of_all_versions(bench: Bench) -> None:
    frame_scheduler = two_versions(bench, DAY_ONE + DAY)
    bench.sample("b", DAY_ONE, DAY_ONE + QUARTER)
    assert frame_scheduler.oldest_open(DAY_ONE + 3 * DAY, DAY_ONE + 3 * DAY) == {"g": 20_000}


def test_a_group_that_was_not_handed_over_is_collected_as_configured(bench: Bench) -> None:
    (group,) = framed_groups(CONFIG, [])
    assert (group.name, group.root) == ("g", definitions_root((CONFIG.points[0].definition,)))


@pytest.mark.parametrize("zone", ["Pacific/Apia", "Antarctica/Casey", "Antarctica/Vostok", "Asia/Ust-Nera"])
def test_a_zone_that_once_skipped_a_date_is_collected_before_its_handover(zone: str) -> None:
    definition = replace(CONFIG.points[0].definition, timezone=zone)
    (group,) = framed_groups(replace(CONFIG, points=(replace(CONFIG.points[0], definition=definition),)), [])
    assert group.calendar.day_of(DAY_ONE)


def test_the_oldest_open_window_holds_the_oldest_sample(bench: Bench) -> None:
    now = DAY_ONE + 3 * DAY + KEYS_KEPT
    assert bench.frame_scheduler.oldest_open(now, now) == {"g": 20_003}
    bench.sample("b", DAY_ONE + DAY, DAY_ONE + DAY + QUARTER)
    assert bench.frame_scheduler.oldest_open(now, now) == {"g": 20_001}


def test_key_days_are_counted_to_the_end_of_the_last_window(bench: Bench) -> None:
    assert bench.frame_scheduler.days_of_keys(lambda _: 20_031, DAY_ONE + HOUR) == 30
    assert bench.frame_scheduler.days_of_keys(lambda _: 20_000, DAY_ONE + HOUR) == 0
    assert bench.frame_scheduler.days_of_keys(lambda _: None, DAY_ONE) == 0


def test_the_reason_of_a_gap_is_sealed_with_it(bench: Bench) -> None:
    reasons = [GapReason.SENTINEL, None, GapReason.ABOVE, GapReason.SILENT, GapReason.DOWN]
    for at, reason in enumerate(reasons):
        start, end = DAY_ONE + at * QUARTER, DAY_ONE + (at + 1) * QUARTER
        status, value = (Status.MEASURED, 7) if reason is None else (Status.GAP, None)
        bench.spool.add_samples([Sample("a", start, end, value, status, end, reason)])
    bench.frame_scheduler.frame(DAY_ONE + 5 * QUARTER)
    (frame,) = bench.frames()
    slots = [slots_of(bench.group.calendar, d, frame.header.window) for d in bench.group.definitions]
    identity = FrameIdentity.of(frame.header, ED25519.number)
    (column, *_), _ = open_group(frame.header.groups[0], frame.payloads[0], identity, bench.keys.key(20_000), slots)
    assert column.reasons is not None
    assert column.reasons.tolist() == [1, 0, 3, 5, 6]


def test_the_values_of_a_void_frame_are_framed_again_with_their_gaps(bench: Bench) -> None:
    bench.sample("a", DAY_ONE, DAY_ONE + HOUR)
    end = DAY_ONE + HOUR + QUARTER
    bench.spool.add_samples([Sample("a", end - QUARTER, end, None, Status.GAP, end, GapReason.BELOW)])
    bench.frame_scheduler.frame(end)
    before = bench.slots()
    (frame,) = bench.spool.pending()
    values = samples_in(frame, ED25519.number, [bench.group], lambda _, number: bench.keys.key(number))
    bench.spool.void(frame.number, values.samples)
    bench.spool.void(frame.number, values.samples)
    assert bench.spool.pending() == ()
    bench.frame_scheduler.frame(end)
    assert bench.slots() == before
    (again,) = bench.spool.pending()
    assert again.number == frame.number.next()
    assert parse_frame(bench.framer.upload(again)).prev == frame.frame_id


def test_a_void_frame_whose_key_is_gone_waits_for_the_key(bench: Bench) -> None:
    def gone(name: str, number: int) -> bytes:
        raise WindowKeyNotFound(name, number)

    bench.sample("a", DAY_ONE, DAY_ONE + HOUR)
    bench.frame_scheduler.frame(DAY_ONE + HOUR)
    bench.framer.sign()
    (frame,) = bench.spool.pending()
    with pytest.raises(WindowKeyNotFound):
        samples_in(frame, ED25519.number, [bench.group], gone)
    assert samples_in(frame, ED25519.number, [], gone) == GivenUp((), 4)


def test_a_clock_set_forward_states_values_and_no_gap_of_a_slot_that_is_not_over_by_the_newest_head(
    bench: Bench,
) -> None:
    jump = DAY_ONE + 3 * HOUR
    bench.head = replace(NO_HEAD, as_of=DAY_ONE + HOUR)
    bench.sample("a", DAY_ONE, DAY_ONE + HOUR)
    gaps = range(DAY_ONE, jump, QUARTER)
    bench.spool.add_samples([Sample("b", t, t + QUARTER, None, Status.GAP, jump, GapReason.DOWN) for t in gaps])
    bench.sample("a", jump, jump + HOUR)
    bench.frame_scheduler.frame(jump + HOUR)

    stated = bench.slots()
    assert {t for name, t in stated if name == "b"} == {DAY_ONE + i * QUARTER for i in range(4)}
    assert len({t for name, t in stated if name == "a"}) == 8
    assert bench.frame_scheduler.open_gaps(jump + HOUR)

    bench.head = replace(NO_HEAD, as_of=jump)
    bench.frame_scheduler.frame(jump + HOUR)
    assert {t for name, t in bench.slots() if name == "b"} == set(gaps)
    assert not bench.frame_scheduler.open_gaps(jump + HOUR)


def test_without_a_head_values_are_stated_and_gaps_follow_once_there_is_one(bench: Bench) -> None:
    bench.head = NO_HEAD
    bench.sample("a", DAY_ONE, DAY_ONE + HOUR)
    late = Sample("b", DAY_ONE, DAY_ONE + QUARTER, None, Status.GAP, DAY_ONE + HOUR, GapReason.SILENT)
    bench.spool.add_samples([late])
    bench.frame_scheduler.frame(DAY_ONE + HOUR)
    assert {name for name, _ in bench.slots()} == {"a"}
    bench.head = replace(NO_HEAD, as_of=DAY_ONE + HOUR)
    bench.frame_scheduler.frame(DAY_ONE + HOUR)
    assert {name for name, _ in bench.slots()} == {"a", "b"}
