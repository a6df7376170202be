from __future__ import annotations

from dataclasses import replace

from tests.machine.scene import Scene
from veriwatt.ids import Digest
from veriwatt.machine.terminals import queries
from veriwatt.merkle.tree import leaf_hash, path_of, verify_inclusion
from veriwatt.metering.calendars import zone_calendar
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.group import DefinePoints
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.points.point_record import PointRecord
from veriwatt.testing.actors import START, sim_point
from veriwatt.units import DAY, HOUR, UtcMillis

A, B = sim_point("hall/a"), sim_point("hall/b")
TOMORROW = START + DAY - 8 * HOUR
"""A midnight of +08:00 to come."""


def record(scene: Scene, point: str) -> PointRecord:
    found = queries.point(scene.chain.rows, "acme", point)
    assert found is not None
    return found


def times(scene: Scene, point: str) -> list[tuple[str, int, UtcMillis, UtcMillis | None]]:
    """The series of a point, without digests and times of registration."""
    found = record(scene, point).series
    return [(each.group, each.first_version, each.effective_from, each.until) for each in found]


def since(scene: Scene, t: UtcMillis) -> list[int]:
    return [version.n for version in queries.versions_since(scene.chain.rows, "acme", "plant", t)]


def test_the_root_of_a_version_discloses_one_definition_by_its_path(scene: Scene) -> None:
    scene.chain.must(scene.oli.define("plant", A, B))
    version = queries.newest_version(scene.chain.rows, "acme", "plant")
    assert version is not None
    leaves = [leaf_hash(each.to_bytes()) for each in (A, B)]
    verify_inclusion(leaves[1], 1, version.count, path_of(leaves, 1), Digest(version.root))
    assert queries.definitions(scene.chain.rows, "acme", "plant", 1) == (A, B)


def test_a_change_closes_the_series_and_opens_the_next(scene: Scene) -> None:
    changed = replace(A, scale=-2)
    scene.chain.must(scene.ann.define("plant", A, B), scene.ann.define("plant", changed, B, effective_from=TOMORROW))
    assert times(scene, A.id) == [("plant", 1, START, TOMORROW), ("plant", 2, TOMORROW, None)]
    assert [each.definition for each in record(scene, A.id).series] == [A.digest, changed.digest]
    assert times(scene, B.id) == [("plant", 1, START, None)]
    assert [since(scene, TOMORROW + t) for t in (-DAY, -1, 0)] == [[1, 2], [1, 2], [2]]


def test_a_change_to_come_may_be_mended_before_it_begins(scene: Scene) -> None:
    wrong, right = replace(A, unit="MWh"), replace(A, scale=-2)
    scene.chain.must(scene.ann.define("plant", A, B), scene.ann.define("plant", wrong, B, effective_from=TOMORROW))
    scene.chain.must(scene.ann.define("plant", right, B, effective_from=TOMORROW))
    assert times(scene, A.id) == [("plant", 1, START, TOMORROW), ("plant", 3, TOMORROW, None)]
    assert [each.definition for each in record(scene, A.id).series] == [A.digest, right.digest]
    scene.chain.must(scene.ann.define("plant", A, effective_from=TOMORROW))
    assert times(scene, A.id) == [("plant", 1, START, TOMORROW), ("plant", 4, TOMORROW, None)]
    assert times(scene, B.id) == [("plant", 1, START, TOMORROW)]


def test_so_may_a_new_point(scene: Scene) -> None:
    right = replace(B, scale=-2)
    scene.chain.must(scene.ann.define("plant", A), scene.ann.define("plant", A, B, effective_from=TOMORROW))
    scene.chain.must(scene.ann.define("plant", A, right, effective_from=TOMORROW))
    assert times(scene, A.id) == [("plant", 1, START, None)]
    assert times(scene, B.id) == [("plant", 3, TOMORROW, None)]


def test_no_version_takes_effect_more_than_400_days_ahead(scene: Scene) -> None:
    """A mistyped year would block its group until then."""
    scene.chain.must(scene.ann.define("plant", A))
    at = TOMORROW + 401 * DAY
    assert scene.chain.one(scene.ann.define("plant", replace(A, scale=-2), effective_from=at)).code == "not-definable"
    scene.chain.must(scene.ann.define("plant", replace(A, scale=-2), effective_from=at - 2 * DAY))


def test_the_series_at_a_time_is_the_one_that_covers_it(scene: Scene) -> None:
    scene.chain.must(scene.ann.define("plant", A, B), scene.ann.define("plant", B, effective_from=TOMORROW))
    found = record(scene, A.id)
    assert [found.at(t) is not None for t in (START - 1, START, TOMORROW - 1, TOMORROW)] == [False, True, True, False]


def test_a_new_point_may_begin_before_its_group(scene: Scene) -> None:
    scene.chain.must(scene.ann.define("plant", A), scene.ann.define("plant", A, B, effective_from=START - DAY))
    assert times(scene, B.id) == [("plant", 2, START - DAY, None)]
    assert times(scene, A.id) == [("plant", 1, START - DAY, START), ("plant", 1, START, None)]
    assert since(scene, START - 2 * DAY) == [1, 2], "frames may name the first version, which was in force until now"


def test_a_point_may_begin_ever_earlier_and_each_beginning_stays_known(scene: Scene) -> None:
    scene.chain.must(*(scene.ann.define("plant", A, effective_from=START - n * DAY) for n in range(3)))
    ends = [START - DAY, START, None]
    assert times(scene, A.id) == [("plant", 1, START - n * DAY, end) for n, end in zip((2, 1, 0), ends, strict=True)]
    scene.chain.must(scene.ann.define("plant", A, effective_from=START - DAY))
    assert len(record(scene, A.id).series) == 3, "it does not begin later again"


def test_a_retroactive_version_leaves_a_point_with_several_series_as_it_is(scene: Scene) -> None:
    changed = replace(A, scale=-2)
    scene.chain.must(scene.ann.define("plant", A), scene.ann.define("plant", changed, effective_from=TOMORROW))
    before = record(scene, A.id)
    scene.chain.time = TOMORROW
    scene.chain.must(scene.ann.define("plant", changed, B, effective_from=START))
    assert record(scene, A.id) == before
    assert times(scene, B.id) == [("plant", 3, START, None)]


def test_an_earlier_beginning_of_a_point_puts_no_change_of_another_in_force_earlier(scene: Scene) -> None:
    """As an import of older rows of the other point registers it."""
    changed = replace(A, scale=-2)
    scene.chain.must(scene.ann.define("plant", A, B), scene.ann.define("plant", changed, B, effective_from=TOMORROW))
    for n, time in enumerate((scene.chain.time, TOMORROW + DAY), 1):
        scene.chain.time, before = time, record(scene, A.id)
        scene.chain.must(scene.ann.define("plant", changed, B, effective_from=START - n * DAY))
        version = queries.newest_version(scene.chain.rows, "acme", "plant")
        assert version is not None
        assert version.in_force_from == TOMORROW
        assert record(scene, A.id) == before
    assert [each[2] for each in times(scene, B.id)] == [START - 2 * DAY, START - DAY, START]


def test_a_point_left_out_ends_and_may_join_another_group(scene: Scene) -> None:
    scene.chain.must(scene.ann.define("plant", A, B), scene.ann.define("plant", B, effective_from=TOMORROW))
    scene.chain.must(scene.ann.define("shed", A, effective_from=TOMORROW))
    assert times(scene, A.id) == [("plant", 1, START, TOMORROW), ("shed", 1, TOMORROW, None)]


def test_another_terminal_may_state_a_point_from_any_time_to_come_on(scene: Scene) -> None:
    taken, soon = replace(A, terminal="t2"), START + HOUR + 7
    scene.chain.must(scene.ann.define("plant", A))
    assert scene.chain.one(scene.ann.define("plant", taken, effective_from=START)).code == "not-definable"
    scene.chain.must(scene.ann.define("plant", taken, effective_from=soon))
    assert times(scene, A.id) == [("plant", 1, START, soon), ("plant", 2, soon, None)]


def test_a_calendar_that_differs_later_begins_a_new_series_of_every_point(scene: Scene) -> None:
    a, b = replace(A, timezone="Europe/Paris"), replace(B, timezone="Europe/Paris")
    summer, winter = _short(zone_calendar("Europe/Paris", 0)), _short(zone_calendar("+01:00", 0))
    midnight = START + DAY - HOUR

    def define(calendar: Calendar, effective_from: UtcMillis) -> bytes:
        return scene.ann.sign(DefinePoints("plant", KeyWindow.DAY, effective_from, calendar, (a, b)))

    scene.chain.must(define(summer, START - HOUR))
    assert scene.chain.one(define(winter, START - HOUR)).code == "not-definable"
    scene.chain.must(define(winter, midnight))
    for point in (a, b):
        assert times(scene, point.id) == [("plant", 1, START - HOUR, midnight), ("plant", 2, midnight, None)]
    assert scene.chain.one(define(_short(zone_calendar("+02:00", 0)), midnight + DAY)).code == "not-definable"


def _short(calendar: Calendar) -> Calendar:
    """The calendar for 400 days from before the start of the scene."""
    at = calendar.day_of(START - 30 * DAY) - calendar.first_day
    return Calendar.of_starts(calendar.first_day + at, calendar.starts[at : at + 401])


def test_all_points_of_an_org_are_listed(scene: Scene) -> None:
    scene.chain.must(scene.ann.define("plant", A, B), scene.cora.define("plant", A))
    assert list(queries.point_ids(scene.chain.rows, "acme")) == ["hall/a", "hall/b"]
    assert [each.group for each in queries.groups(scene.chain.rows, "acme")] == ["plant"]
