"""The authenticated map: one root for one content, and a proof that shows just what is claimed."""

from __future__ import annotations

from hashlib import sha256

import pytest

from veriwatt.encoding import decode, encode
from veriwatt.errors import Malformed, NotProven, RootMismatch
from veriwatt.ids import Digest
from veriwatt.merkle.state_proof import (
    EMPTY_STATE,
    MAX_DEPTH,
    MultiProof,
    ProofNode,
    StateClaimMismatch,
    key_hash,
    pack,
    verify_state,
)
from veriwatt.merkle.state_tree import StateTree
from veriwatt.merkle.tree import leaf_hash, node_hash

CONTENT = {b"key/%d" % number: b"value %d" % number for number in range(200)}
ABSENT = [b"absent/%d" % number for number in range(50)]


@pytest.fixture(scope="module")
def tree() -> StateTree:
    return StateTree.from_items(CONTENT.items())


def close_keys(count: int, among: int = 30_000) -> list[bytes]:
    """Keys whose hashes share long prefixes: the closest neighbours among many."""
    ordered = sorted((sha256(b"%d" % number).digest(), b"%d" % number) for number in range(among))
    pairs = zip(ordered, ordered[1:], strict=False)
    near = sorted(pairs, key=lambda pair: int.from_bytes(pair[0][0], "big") ^ int.from_bytes(pair[1][0], "big"))
    return [key for pair in near[:count] for _, key in pair]


def test_an_empty_map_proves_that_anything_is_absent() -> None:
    tree = StateTree()
    assert tree.root == EMPTY_STATE
    verify_state(tree.root, tree.prove([b"a", b"b"]), {b"a": None, b"b": None})
    with pytest.raises(StateClaimMismatch):
        verify_state(tree.root, tree.prove([b"a"]), {b"a": b""})


def test_a_map_of_one_key_has_its_leaf_as_root() -> None:
    tree = StateTree.from_items([(b"a", b"1")])
    assert tree.root == sha256(b"\x02" + sha256(b"a").digest() + sha256(b"1").digest()).digest()


def test_two_leaves_part_at_the_first_bit_that_differs() -> None:
    tree = StateTree.from_items([(b"0", b"x"), (b"3", b"y")])  # hashes begin with 0x5f and 0x4e: bits 0, 1, 0 shared
    first, second = (
        sha256(b"\x02" + sha256(k).digest() + sha256(v).digest()).digest() for k, v in [(b"3", b"y"), (b"0", b"x")]
    )
    joined = sha256(b"\x03" + first + second).digest()
    for side in (0, 1, 0):
        joined = sha256(b"\x03" + (bytes(32) + joined if side else joined + bytes(32))).digest()
    assert tree.root == joined


def test_every_key_is_proven_present_and_every_other_absent(tree: StateTree) -> None:
    for key, value in CONTENT.items():
        verify_state(tree.root, tree.prove([key]), {key: value})
    for key in ABSENT:
        verify_state(tree.root, tree.prove([key]), {key: None})


def test_one_proof_covers_many_keys_and_is_smaller_than_one_each(tree: StateTree) -> None:
    claims = {**dict(list(CONTENT.items())[:20]), **dict.fromkeys(ABSENT[:20])}
    proof = tree.prove(list(claims))
    verify_state(tree.root, proof, claims)
    alone = sum(len(encode(tree.prove([key]).fields())) for key in claims)
    assert 2 * len(encode(proof.fields())) < alone


def test_the_order_and_repetition_of_keys_do_not_change_a_proof(tree: StateTree) -> None:
    keys = [*list(CONTENT)[:5], *ABSENT[:3]]
    assert tree.prove(keys) == tree.prove([*reversed(keys), keys[0]])


def test_another_value_is_not_proven(tree: StateTree) -> None:
    with pytest.raises(RootMismatch):
        verify_state(tree.root, tree.prove([b"key/7"]), {b"key/7": b"value 8"})


def test_a_present_key_is_not_proven_absent_nor_an_absent_one_present(tree: StateTree) -> None:
    with pytest.raises(StateClaimMismatch) as caught:
        verify_state(tree.root, tree.prove([b"key/7"]), {b"key/7": None})
    assert caught.value.present
    for key in ABSENT:
        with pytest.raises(StateClaimMismatch):
            verify_state(tree.root, tree.prove([key]), {key: b""})


def test_a_proof_of_other_keys_proves_nothing(tree: StateTree) -> None:
    for proven, claimed in [
        ([b"key/1"], [b"key/2"]),
        ([b"key/1", b"key/2"], [b"key/1"]),
        ([b"key/1"], [b"key/1", b"key/2"]),
    ]:
        with pytest.raises((Malformed, NotProven)):
            verify_state(tree.root, tree.prove(proven), {key: CONTENT[key] for key in claimed})


def test_an_empty_value_is_not_an_absent_key() -> None:
    tree = StateTree.from_items([(b"a", b""), (b"b", b"x")])
    verify_state(tree.root, tree.prove([b"a"]), {b"a": b""})
    with pytest.raises(StateClaimMismatch):
        verify_state(tree.root, tree.prove([b"a"]), {b"a": None})


def test_keys_with_long_shared_prefixes_are_proven_present_or_absent() -> None:
    keys = close_keys(20)
    stored = {key: b"stored " + key for key in keys[0::2]}
    tree = StateTree.from_items(stored.items())
    for key in keys:
        verify_state(tree.root, tree.prove([key]), {key: stored.get(key)})
    verify_state(tree.root, tree.prove(keys), {key: stored.get(key) for key in keys})
    both = StateTree.from_items((key, b"stored " + key) for key in keys)
    verify_state(both.root, both.prove(keys), {key: b"stored " + key for key in keys})
    both.update(dict.fromkeys(keys[1::2]))
    assert both.root == tree.root


def test_a_deleted_key_leaves_no_trace(tree: StateTree) -> None:
    other = tree.copy()
    other.update({b"new": b"1", b"key/3": b"other"})
    other.update({b"new": None, b"key/3": CONTENT[b"key/3"], b"never there": None})
    assert other.root == tree.root
    other.update(dict.fromkeys(CONTENT))
    assert other.root == EMPTY_STATE


def test_a_changed_value_replaces_the_one_before(tree: StateTree) -> None:
    other = tree.copy()
    other.update({b"key/3": b"other"})
    verify_state(other.root, other.prove([b"key/3"]), {b"key/3": b"other"})
    assert other.root == StateTree.from_items({**CONTENT, b"key/3": b"other"}.items()).root


def test_a_copy_changes_independently(tree: StateTree) -> None:
    before = tree.root
    other = tree.copy()
    other.update({b"key/1": None})
    assert tree.root == before != other.root
    verify_state(before, tree.prove([b"key/1"]), {b"key/1": CONTENT[b"key/1"]})


def test_a_state_leaf_is_no_log_leaf_and_no_log_node() -> None:
    """A data chain's leaf is 64 bytes too: whoever chooses a frame could else write a state leaf there."""
    key, value = key_hash(b"a"), Digest(sha256(b"1").digest())
    root = StateTree.from_items([(b"a", b"1")]).root
    assert root not in (leaf_hash(key + value), node_hash(key, value))


def test_every_flipped_bit_of_a_proof_is_refused(tree: StateTree) -> None:
    claims = {b"key/1": CONTENT[b"key/1"], b"key/2": CONTENT[b"key/2"], ABSENT[0]: None, ABSENT[1]: None}
    raw = encode(tree.prove(list(claims)).fields())
    for at in range(8 * len(raw)):
        flipped = bytearray(raw)
        flipped[at >> 3] ^= 1 << (at & 7)
        with pytest.raises((Malformed, NotProven)):
            verify_state(tree.root, MultiProof.parse(decode(bytes(flipped))), claims)


def test_a_proof_has_no_second_encoding(tree: StateTree) -> None:
    claims = {b"key/1": CONTENT[b"key/1"], **dict.fromkeys(ABSENT[:10])}
    proof = tree.prove(list(claims))
    assert proof.leaves, "some absence is shown by a leaf"
    shape, leaves, siblings = proof.shape, proof.leaves, proof.siblings
    others = [
        MultiProof(shape + b"\x00", leaves, siblings),
        MultiProof(shape[:-1], leaves, siblings),
        MultiProof(shape, (*leaves, leaves[0]), siblings),
        MultiProof(shape, leaves[:-1], siblings),
        MultiProof(shape, leaves[::-1], siblings),
        MultiProof(shape, leaves, (*siblings, siblings[0])),
        MultiProof(shape, leaves, siblings[:-1]),
        MultiProof(shape, leaves, siblings[::-1]),
        MultiProof(b"", (), ()),
    ]
    for other in others:
        with pytest.raises((Malformed, NotProven)):
            verify_state(tree.root, other, claims)


def test_an_empty_subtree_is_never_stated_as_a_sibling() -> None:
    tree = StateTree.from_items([(b"0", b"x"), (b"3", b"y")])
    proof = tree.prove([b"0"])
    nodes = [ProofNode(proof.shape[at >> 2] >> (6 - 2 * (at & 3)) & 3) for at in range(9)]
    last_empty = max(at for at, node in enumerate(nodes) if node is ProofNode.EMPTY)
    nodes[last_empty] = ProofNode.STATED
    second = MultiProof(pack(nodes), (), (*proof.siblings, EMPTY_STATE))
    verify_state(tree.root, proof, {b"0": b"x"})
    with pytest.raises(Malformed, match="empty subtree"):
        verify_state(tree.root, second, {b"0": b"x"})


def test_padding_bits_are_zero(tree: StateTree) -> None:
    proof = StateTree().prove([b"a"])
    assert proof.shape == b"\x00"
    with pytest.raises(Malformed):
        verify_state(EMPTY_STATE, MultiProof(b"\x01", (), ()), {b"a": None})


def test_a_subtree_without_a_claimed_key_is_not_opened() -> None:
    with pytest.raises(Malformed, match="without a claimed key"):
        verify_state(
            EMPTY_STATE, MultiProof(pack([ProofNode.INNER, ProofNode.INNER, ProofNode.INNER]), (), ()), {b"0": None}
        )


def test_a_leaf_that_proves_an_absence_must_lie_on_the_path_of_the_key() -> None:
    tree = StateTree.from_items([(b"0", b"x"), (b"3", b"y")])
    stranger = (Digest(b"\xff" * 32), Digest(bytes(32)))
    way = [ProofNode.INNER, ProofNode.STATED, ProofNode.EMPTY]
    with pytest.raises(Malformed, match="off the path"):
        verify_state(tree.root, MultiProof(pack(way), (stranger,), ()), {b"0": None})


def test_a_claimed_leaf_is_not_stated_again() -> None:
    tree = StateTree.from_items([(b"a", b"1")])
    own = (key_hash(b"a"), Digest(sha256(b"1").digest()))
    proof = MultiProof(pack([ProofNode.STATED]), (own,), ())
    for value in (None, b"1"):
        with pytest.raises(StateClaimMismatch):
            verify_state(tree.root, proof, {b"a": value})


def test_a_proof_deeper_than_a_key_hash_is_malformed() -> None:
    way = key_hash(b"a")
    nodes: list[ProofNode] = []
    for depth in range(MAX_DEPTH):
        nodes.append(ProofNode.INNER)
        if way[depth >> 3] >> (7 - (depth & 7)) & 1:
            nodes.append(ProofNode.EMPTY)
    nodes += [ProofNode.INNER] * 1000
    with pytest.raises(Malformed, match="deeper"):
        verify_state(EMPTY_STATE, MultiProof(pack(nodes), (), ()), {b"a": None})


def test_two_claims_cannot_share_one_leaf() -> None:
    tree = StateTree.from_items([(b"a", b"1")])
    with pytest.raises(StateClaimMismatch):
        verify_state(tree.root, MultiProof(pack([ProofNode.CLAIMED]), (), ()), {b"a": b"1", b"b": b"1"})


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        [b"", b"", b"", b""],
        [b"", b"x", b""],
        [b"", bytes(32), b""],
        [b"", b"", bytes(31)],
        ["", b"", b""],
        [b"", [], []],
    ],
)
def test_a_proof_of_another_shape_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        MultiProof.parse(value)


def test_a_proof_round_trips(tree: StateTree) -> None:
    proof = tree.prove([b"key/1", *ABSENT])
    assert MultiProof.parse(decode(encode(proof.fields()))) == proof
