"""An org and its log host together cannot rewrite what was anchored."""

from __future__ import annotations

import pytest

from tests.machine.scene import Scene
from veriwatt.crypto.hashing import sha256
from veriwatt.ids import ObjectId
from veriwatt.machine.anchors import queries
from veriwatt.merkle.tree import leaf_hash, tree_root
from veriwatt.model.chain.anchor import Anchor
from veriwatt.testing.actors import sim_key

TRUE = [leaf_hash(bytes([at])) for at in range(20)]
FALSE = [leaf_hash(bytes([at, 1])) for at in range(20)]
MANIFEST, TIPS = ObjectId(bytes(32)), sha256(b"tips")


@pytest.fixture
def anchored(scene: Scene) -> Scene:
    scene.chain.must(scene.ann.open_log(), scene.ann.anchor(TRUE[:5], 0))
    return scene


def test_an_anchor_before_the_data_chain_is_opened_is_refused(scene: Scene) -> None:
    assert scene.chain.one(scene.ann.anchor(TRUE[:5], 0)).code == "record-not-found"


@pytest.mark.parametrize("old_size", [0, 4, 6, 2**62])
def test_an_anchor_begins_where_the_last_one_ended(anchored: Scene, old_size: int) -> None:
    body = Anchor(old_size, old_size + 1, (TRUE[0],), MANIFEST, TIPS)
    assert anchored.chain.one(anchored.ann.sign(body)).code == "anchor-out-of-sequence"


def test_growth_by_zero_leaves_or_a_wrong_number_of_subtrees_is_refused(anchored: Scene) -> None:
    for new_size, subtrees in ((5, ()), (4, ()), (8, (TRUE[0],))):
        body = Anchor(5, new_size, subtrees, MANIFEST, TIPS)
        assert anchored.chain.one(anchored.ann.sign(body)).code == "malformed"


def test_the_anchored_leaves_stay_under_the_root_whatever_the_next_anchor_says(anchored: Scene) -> None:
    anchored.chain.must(anchored.ann.anchor(FALSE[:5] + TRUE[5:9], 5))
    assert queries.data_chain(anchored.chain.rows, "acme").root() == tree_root(TRUE[:9])


def test_an_org_opens_one_data_chain(anchored: Scene) -> None:
    anchored.oli.key = sim_key("member acme/oli")
    assert anchored.chain.one(anchored.oli.open_log()).code == "record-exists"


def test_one_org_cannot_anchor_for_another(anchored: Scene) -> None:
    assert anchored.chain.one(anchored.cora.anchor(TRUE[:9], 5)).code == "record-not-found"
