from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.encoding import byte_string
from veriwatt.errors import BadSignature, Malformed, NotProven
from veriwatt.ids import Digest, FrameId, ObjectId
from veriwatt.merkle.tree import Leaves, inclusion_path, leaf_hash, tree_root
from veriwatt.model.chain.checkpoint import Checkpoint, Receipt, open_note
from veriwatt.model.chain.manifest import MAX_SEGMENT, Manifest, Segment, pack_segments, read_segment
from veriwatt.model.frames.number import FrameNumber, FrameRef

SIGNER, OTHER, ORIGIN = Ed25519Signer(bytes(32)), Ed25519Signer(bytes(31) + b"1"), "sim-0123456789abcdef/acme"
digests = st.binary(min_size=32, max_size=32)


@given(st.integers(0, 2**53), digests, st.integers(0, 2**53))
def test_a_checkpoint_round_trips_through_its_note(size: int, root: bytes, by: int) -> None:
    checkpoint = Checkpoint(ORIGIN, size, Digest(root), by)
    assert open_note(checkpoint.sign(SIGNER), ORIGIN, SIGNER.public) == checkpoint


@given(st.data())
def test_an_edited_character_makes_a_note_invalid(data: st.DataObject) -> None:
    note = Checkpoint(ORIGIN, 41, Digest(sha256(b"root")), 1_767_225_600_000).sign(SIGNER)
    at = data.draw(st.integers(0, len(note) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda each: each != note[at]))
    for edited in (note[:at] + letter + note[at + 1 :], note[:at] + note[at + 1 :], note[:at] + letter + note[at:]):
        if edited != note:
            with pytest.raises((Malformed, BadSignature)):
                open_note(edited, ORIGIN, SIGNER.public)


def test_a_note_with_a_non_canonical_signature_is_refused() -> None:
    note = Checkpoint(ORIGIN, 41, Digest(sha256(b"root")), 5).sign(SIGNER)
    assert note.endswith("=\n")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = letters.index(note[-3])
    with pytest.raises(Malformed, match="spelling"):
        open_note(note[:-3] + letters[last + 1] + "=\n", ORIGIN, SIGNER.public)


def test_a_note_of_another_key_or_origin_is_refused() -> None:
    note = Checkpoint(ORIGIN, 1, Digest(sha256(b"root")), 5).sign(SIGNER)
    with pytest.raises(Malformed):
        open_note(note, ORIGIN, OTHER.public)
    with pytest.raises(Malformed):
        open_note(note, "sim-0123456789abcdef/other", SIGNER.public)


@given(st.text(max_size=200))
def test_text_that_is_no_note_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        open_note(text, ORIGIN, SIGNER.public)


@given(st.integers(1, 40), st.data())
def test_a_receipt_proves_its_frame_and_no_other(size: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(bytes([n])) for n in range(size)]
    at = data.draw(st.integers(0, size - 1))
    note = Checkpoint(ORIGIN, size, tree_root(leaves), 5).sign(SIGNER)
    receipt = Receipt.from_bytes(Receipt(note, at, inclusion_path(Leaves(leaves), at, size)).to_bytes())
    assert receipt.verify(leaves[at], ORIGIN, SIGNER.public).size == size
    with pytest.raises(NotProven):
        receipt.verify(leaf_hash(b"another"), ORIGIN, SIGNER.public)


@given(st.binary(max_size=100))
def test_bytes_that_are_no_receipt_manifest_or_segment_are_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        Receipt.from_bytes(raw)
    with pytest.raises(Malformed):
        Manifest.from_bytes(raw)
    try:
        uploads = [raw[at : at + length] for at, length in read_segment(raw)]
    except Malformed:
        return
    assert b"".join(map(byte_string, uploads)) == raw


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_segments_hold_the_uploads_in_order(uploads: list[bytes]) -> None:
    segments = list(pack_segments(uploads))
    found = [data[at : at + length] for _, data in segments for at, length in read_segment(data)]
    assert found == uploads
    assert [count for count, _ in segments] == [sum(1 for _ in read_segment(data)) for _, data in segments]


def test_uploads_of_any_size_fit_segments_of_an_objects_size() -> None:
    uploads = [bytes(MAX_SEGMENT - 5), bytes(10), bytes(MAX_SEGMENT // 2), bytes(MAX_SEGMENT // 2)]
    segments = list(pack_segments(uploads))
    assert [count for count, _ in segments] == [1, 2, 1]
    assert all(len(data) <= MAX_SEGMENT for _, data in segments)


def manifest(**changes: object) -> Manifest:
    name, frame = ObjectId(sha256(b"object")), FrameId(sha256(b"frame"))
    fields = {
        "segments": (Segment(3, 2, name, 9), Segment(5, 1, name, 4)),
        "tips": (FrameRef("a", FrameNumber(0, 1), frame), FrameRef("b", FrameNumber(0, 1), frame)),
        "old_size": 3,
        "new_size": 6,
        **changes,
    }
    return Manifest(org="acme", **fields)  # type: ignore[arg-type]


def test_a_manifest_round_trips() -> None:
    assert Manifest.from_bytes(manifest().to_bytes()) == manifest()


def test_a_manifest_whose_segments_do_not_fill_it_is_malformed() -> None:
    first, second = manifest().segments
    for changed in (
        {"segments": (first,)},
        {"segments": (second, first)},
        {"segments": ()},
        {"old_size": 2},
        {"new_size": 7},
        {"segments": (first, Segment(5, 0, first.name, 0), second)},
        {"tips": manifest().tips[::-1]},
        {"tips": manifest().tips[:1] * 2},
    ):
        with pytest.raises(Malformed):
            Manifest.from_bytes(manifest(**changed).to_bytes())
