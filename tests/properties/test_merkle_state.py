"""The authenticated map against a dict: one root for one content, proofs of what the dict says, and no other."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.encoding import decode, encode
from veriwatt.errors import Malformed, NotProven
from veriwatt.ids import Digest
from veriwatt.merkle.state_proof import MultiProof, verify_state
from veriwatt.merkle.state_tree import StateTree


def _pool() -> list[bytes]:
    """Sixteen keys, half of them close neighbours: their hashes share up to some 25 bits."""
    ordered = sorted((sha256(b"%d" % number).digest(), b"%d" % number) for number in range(5000))
    shared = [
        int.from_bytes(a[0], "big") ^ int.from_bytes(b[0], "big") for a, b in zip(ordered, ordered[1:], strict=False)
    ]
    closest = sorted(range(len(shared)), key=shared.__getitem__)[:4]
    return [ordered[at + side][1] for at in closest for side in (0, 1)] + [b"key %d" % number for number in range(8)]


POOL = _pool()
KEYS = st.sampled_from(POOL)
VALUES = st.binary(max_size=3)
CONTENTS = st.dictionaries(KEYS, VALUES)
BLOCKS = st.lists(st.dictionaries(KEYS, st.none() | VALUES), max_size=6)


def naive_root(content: dict[bytes, bytes]) -> bytes:
    """The definition, over strings of bits."""
    leaves = {f"{int.from_bytes(sha256(key).digest(), 'big'):0256b}": (key, value) for key, value in content.items()}

    def subtree(prefix: str) -> bytes:
        below = [way for way in leaves if way.startswith(prefix)]
        if not below:
            return bytes(32)
        if len(below) == 1:
            key, value = leaves[below[0]]
            return sha256(b"\x02" + sha256(key).digest() + sha256(value).digest()).digest()
        return sha256(b"\x03" + subtree(prefix + "0") + subtree(prefix + "1")).digest()

    return subtree("")


@given(CONTENTS)
def test_the_root_follows_the_definition(content: dict[bytes, bytes]) -> None:
    assert StateTree.from_items(content.items()).root == naive_root(content)


@given(BLOCKS)
def test_after_any_blocks_the_root_is_that_of_the_content_alone(blocks: list[dict[bytes, bytes | None]]) -> None:
    tree, model = StateTree(), dict[bytes, bytes]()
    for block in blocks:
        tree.update(block)
        for key, value in block.items():
            if value is None:
                model.pop(key, None)
            else:
                model[key] = value
    assert tree.root == naive_root(model)


@given(CONTENTS, st.randoms(use_true_random=False))
def test_the_order_of_writes_does_not_matter(content: dict[bytes, bytes], random: object) -> None:
    keys = sorted(content)
    random.shuffle(keys)  # type: ignore[attr-defined]
    tree = StateTree()
    for key in keys:
        tree.update({key: content[key]})
    assert tree.root == StateTree.from_items(content.items()).root


@given(CONTENTS, CONTENTS)
def test_deleting_is_as_if_never_inserted(kept: dict[bytes, bytes], deleted: dict[bytes, bytes]) -> None:
    tree = StateTree.from_items({**deleted, **kept}.items())
    tree.update({key: None for key in deleted if key not in kept})
    assert tree.root == naive_root(kept)


@given(CONTENTS, st.lists(KEYS, min_size=1))
def test_every_item_of_the_dict_is_proven_in_one_proof(content: dict[bytes, bytes], keys: list[bytes]) -> None:
    tree = StateTree.from_items(content.items())
    proof = MultiProof.parse(decode(encode(tree.prove(keys).fields())))
    verify_state(tree.root, proof, {key: content.get(key) for key in keys})


@given(CONTENTS, st.lists(KEYS, min_size=1), st.data())
def test_a_claim_that_contradicts_the_dict_is_not_proven(
    content: dict[bytes, bytes], keys: list[bytes], data: st.DataObject
) -> None:
    tree = StateTree.from_items(content.items())
    claims = {key: content.get(key) for key in keys}
    key = data.draw(st.sampled_from(keys))
    claims[key] = data.draw((st.none() | VALUES).filter(lambda value: value != content.get(key)))
    with pytest.raises((Malformed, NotProven)):
        verify_state(tree.root, tree.prove(keys), claims)


@given(CONTENTS, st.lists(KEYS, min_size=1), st.data())
def test_every_flipped_bit_of_a_proof_is_refused(
    content: dict[bytes, bytes], keys: list[bytes], data: st.DataObject
) -> None:
    tree = StateTree.from_items(content.items())
    raw = bytearray(encode(tree.prove(keys).fields()))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((Malformed, NotProven)):
        verify_state(tree.root, MultiProof.parse(decode(bytes(raw))), {key: content.get(key) for key in keys})


@given(CONTENTS, st.lists(KEYS, min_size=1, unique=True), st.binary(max_size=40), st.data())
def test_no_other_proof_is_accepted_for_the_same_claims(
    content: dict[bytes, bytes], keys: list[bytes], shape: bytes, data: st.DataObject
) -> None:
    tree = StateTree.from_items(content.items())
    honest = tree.prove(keys)
    known = [*honest.siblings, Digest(bytes(32)), tree.root]
    siblings = data.draw(
        st.permutations(known).flatmap(lambda order: st.integers(0, len(order)).map(lambda n: order[:n]))
    )
    other = MultiProof(data.draw(st.sampled_from([shape, honest.shape])), honest.leaves, tuple(siblings))
    if other != honest:
        with pytest.raises((Malformed, NotProven)):
            verify_state(tree.root, other, {key: content.get(key) for key in keys})


@given(st.binary(max_size=300), st.lists(KEYS, max_size=3))
def test_random_bytes_are_malformed_or_prove_nothing(raw: bytes, keys: list[bytes]) -> None:
    with pytest.raises((Malformed, NotProven)):
        verify_state(Digest(b"\x01" * 32), MultiProof.parse(decode(raw)), dict.fromkeys(keys))


@given(
    st.binary(max_size=200),
    st.lists(st.binary(min_size=64, max_size=64), max_size=3),
    st.lists(st.binary(min_size=32, max_size=32), max_size=40),
)
def test_random_proofs_raise_only_our_errors(shape: bytes, leaves: list[bytes], siblings: list[bytes]) -> None:
    proof = MultiProof.parse([shape, b"".join(leaves), b"".join(siblings)])
    with pytest.raises((Malformed, NotProven)):
        verify_state(Digest(b"\x01" * 32), proof, {b"a": b"1", b"b": None, POOL[0]: None, POOL[1]: b""})


@given(st.binary(max_size=60))
def test_a_proof_parsed_from_random_bytes_is_malformed_or_keeps_its_bytes(raw: bytes) -> None:
    try:
        proof = MultiProof.parse(decode(raw))
    except Malformed:
        return
    assert encode(proof.fields()) == raw
