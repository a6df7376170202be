from __future__ import annotations

from tests.machine.scene import Scene
from veriwatt.machine.anchors import queries
from veriwatt.machine.state import range_at
from veriwatt.merkle.tree import leaf_hash, path_of, tree_root, verify_inclusion
from veriwatt.model.chain.anchor import AnchorLeaf, RootLogLeaf
from veriwatt.model.ledger.state_keys import ROOT_LOG, anchors_key

LEAVES = [leaf_hash(bytes([at])) for at in range(40)]


def test_the_machine_computes_the_root_of_the_data_chain_itself(scene: Scene) -> None:
    scene.chain.must(scene.ann.open_log())
    sizes = [0, 1, 7, 8, 21, 40]
    for old, new in zip(sizes, sizes[1:], strict=False):
        scene.chain.must(scene.oli.anchor(LEAVES[:new], old))
        assert queries.data_chain(scene.chain.rows, "acme").root() == tree_root(LEAVES[:new])


def test_every_anchor_is_a_leaf_of_its_orgs_log(scene: Scene) -> None:
    scene.chain.must(scene.ann.open_log(), scene.ann.anchor(LEAVES[:3], 0), scene.ann.anchor(LEAVES[:9], 3))
    kept = scene.chain.logs[anchors_key("acme")]
    leaf = AnchorLeaf.from_bytes(kept[1])
    assert (leaf.org, leaf.height, leaf.old_size, leaf.new_size) == ("acme", 3, 3, 9)
    assert leaf.root == tree_root(LEAVES[:9])
    hashes = [leaf_hash(each) for each in kept]
    verify_inclusion(hashes[0], 0, 2, path_of(hashes, 0), queries.anchors(scene.chain.rows, "acme").root())


def test_many_anchors_of_one_block_extend_one_another(scene: Scene) -> None:
    scene.chain.must(scene.ann.open_log())
    scene.chain.block(*(scene.ann.anchor(LEAVES[: at + 1], at) for at in range(20)))
    assert queries.data_chain(scene.chain.rows, "acme").root() == tree_root(LEAVES[:20])
    assert queries.anchors(scene.chain.rows, "acme").size == 20


def test_the_root_log_names_the_state_before_each_block_with_transactions(scene: Scene) -> None:
    scene.chain.must(scene.ann.open_log())
    scene.chain.block()
    scene.chain.must(scene.cora.open_log())
    leaves = [RootLogLeaf.from_bytes(raw) for raw in scene.chain.logs[ROOT_LOG]]
    assert [leaf.height for leaf in leaves] == [1, 3]
    assert [leaf.app_hash for leaf in leaves] == [scene.chain.app_hashes[0], scene.chain.app_hashes[2]]
    root = range_at(scene.chain.rows, ROOT_LOG).root()
    assert root == tree_root([leaf_hash(raw) for raw in scene.chain.logs[ROOT_LOG]])
