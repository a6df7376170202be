from __future__ import annotations

from dataclasses import replace

from tests.machine.scene import Scene
from veriwatt.ids import Digest
from veriwatt.machine.terminals import queries
from veriwatt.merkle.tree import leaf_hash, path_of, verify_inclusion
from veriwatt.model.points.group import PointSeries, definition_digest
from veriwatt.testing.actors import START, sim_point
from veriwatt.units import DAY, UtcMillis

A, B = sim_point("hall/a"), sim_point("hall/b")


def series(scene: Scene, point: str) -> PointSeries:
    found = queries.point(scene.chain.rows, "acme", point)
    assert found is not None
    return found


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
    scene.chain.must(scene.ann.define("plant", A, B), scene.ann.define("plant", changed, B, effective_from=START + DAY))
    assert series(scene, A.id) == PointSeries("plant", 2, definition_digest(changed), START + DAY)
    assert series(scene, B.id) == PointSeries("plant", 1, definition_digest(B), START)
    assert [since(scene, START + t) for t in (-1, 0, DAY - 1, DAY)] == [[1, 2], [1, 2], [1, 2], [2]]


def test_a_new_point_may_begin_before_its_group(scene: Scene) -> None:
    scene.chain.must(scene.ann.define("plant", A), scene.ann.define("plant", A, B, effective_from=START - DAY))
    assert series(scene, B.id).effective_from == START - DAY
    assert series(scene, A.id) == PointSeries("plant", 1, definition_digest(A), START - DAY)
    assert since(scene, START - 2 * DAY) == [2], "the first version holds at no time any more"


def test_a_point_left_out_ends_and_may_join_another_group(scene: Scene) -> None:
    scene.chain.must(scene.ann.define("plant", A, B), scene.ann.define("plant", B, effective_from=START + DAY))
    assert series(scene, A.id).until == START + DAY
    scene.chain.must(scene.ann.define("shed", A, effective_from=START + DAY))
    assert series(scene, A.id) == PointSeries("shed", 2, definition_digest(A), START + DAY)


def test_all_points_of_an_org_are_listed(scene: Scene) -> None:
    scene.chain.must(scene.ann.define("plant", A, B), scene.cora.define("plant", A))
    assert [name for name, _ in queries.points(scene.chain.rows, "acme")] == ["hall/a", "hall/b"]
    assert [each.group for each in queries.groups(scene.chain.rows, "acme")] == ["plant"]
