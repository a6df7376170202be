from __future__ import annotations

import zlib

import cbor2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.crypto.sealing import content_keys, seal
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.encoding import encode
from veriwatt.errors import Malformed, NotProven
from veriwatt.ids import Digest, FrameId
from veriwatt.merkle.multiproof import verify_leaves
from veriwatt.model.frames.build import FrameContext, FrameSender, GroupSlots
from veriwatt.model.frames.columns import Column, Leaf, leaves, leaves_of, pack, unpack
from veriwatt.model.frames.frame import MAX_UPLOAD, parse_frame, upload_bytes
from veriwatt.model.frames.header import FrameGroup, parse_header
from veriwatt.model.frames.number import NO_FRAME, FrameNumber
from veriwatt.model.frames.origin import Bridge, ClockState, File, Manual, Meter, Origin
from veriwatt.model.frames.sealed_group import (
    CommitmentMismatch,
    FrameIdentity,
    Slots,
    WrongWindowKey,
    disclose,
    open_group,
    salted_leaf_hash,
    seal_group,
)
from veriwatt.model.frames.signing import check_signed_by
from veriwatt.model.frames.statuses import check_runs, count_statuses, make_runs, make_spans, read_runs, slots_of_points
from veriwatt.model.points.status import Status
from veriwatt.testing.edits import replace
from veriwatt.testing.frames import sim_frame
from veriwatt.units import MINUTE, Interval

SIGNER = Ed25519Signer(bytes(32))
WINDOW_KEY, NONCE = bytes(range(32)), bytes(12)
START = 1_767_225_600_000

values = st.integers(-(2**63), 2**63 - 1)
codes = st.integers(0, 4)
digests = st.binary(min_size=32, max_size=32).map(Digest)
frame_ids = digests.map(FrameId)
names = st.text("abcXYZ019", min_size=1, max_size=10)
times = st.integers(0, 2**53)
origins: st.SearchStrategy[Origin] = st.one_of(
    st.just(Meter()),
    st.builds(File, digests, names, digests),
    st.builds(Bridge, names),
    st.builds(Manual, names, names),
)


@st.composite
def columns(draw: st.DrawFn, slots: int | None = None) -> list[Column]:
    made = []
    for n in range(draw(st.integers(1, 4))):
        count = draw(st.integers(0, 200)) if slots is None else slots
        known = np.array(draw(st.lists(codes, min_size=count, max_size=count)), np.uint8)
        seen = np.array(draw(st.lists(values, min_size=count, max_size=count)), np.int64)
        seen = np.where((known == Status.ABSENT) | (known == Status.GAP), 0, seen)
        starts = START + MINUTE * np.arange(count, dtype=np.int64)
        made.append(Column(f"p{n}", starts, starts + MINUTE, seen, known))
    return made


def identity(window: Interval) -> FrameIdentity:
    return FrameIdentity(1, "acme", "t1", FrameNumber(0, 1), window, 1)


WHOLE = Interval(START, START + 200 * MINUTE)


@st.composite
def uploads(draw: st.DrawFn) -> bytes:
    window = Interval(START, START + 5 * MINUTE)
    groups = [
        GroupSlots(
            f"g{n}", n + 1, draw(digests), draw(columns(5)), WINDOW_KEY, tuple(draw(st.lists(frame_ids, max_size=2)))
        )
        for n in range(draw(st.integers(1, 3)))
    ]
    sender = FrameSender("sim-0123456789abcdef", draw(names), draw(names), draw(times), SIGNER.public)
    clock = ClockState(draw(names), draw(st.integers(-(2**40), 2**40)), draw(times))
    context = FrameContext(draw(times), draw(origins), draw(times), draw(digests), clock)
    number = FrameNumber(draw(times), draw(times))
    return sim_frame(sender, number, draw(frame_ids), window, groups, context).sign(SIGNER)


@given(uploads())
def test_a_frame_parses_to_its_content(upload: bytes) -> None:
    frame = parse_frame(upload)
    assert upload_bytes(frame.envelope, frame.payloads) == upload
    assert parse_header(frame.header.to_bytes()) == frame.header
    check_signed_by(SIGNER.public, frame.protected, frame.signed, frame.signature)


@given(uploads(), st.data())
def test_no_flipped_bit_leaves_the_same_frame(upload: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(upload) - 1))
    flipped = upload[:at] + bytes([upload[at] ^ 1 << data.draw(st.integers(0, 7))]) + upload[at + 1 :]
    with pytest.raises((Malformed, NotProven)):
        frame = parse_frame(flipped)
        check_signed_by(SIGNER.public, frame.protected, frame.signed, frame.signature)


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=60).map(lambda raw: b"\x82\x84" + raw)))
def test_random_bytes_are_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse_frame(raw)
    with pytest.raises(Malformed):
        parse_header(raw)


json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.integers(0, 5), inner, max_size=2),
    max_leaves=20,
)


@given(uploads(), st.integers(0, 7), json)
def test_a_header_with_another_value_in_a_field_is_malformed_or_a_header(upload: bytes, at: int, value: object) -> None:
    fields = cbor2.loads(parse_frame(upload).envelope.payload)
    fields[at] = value
    raw = cbor2.dumps(fields, canonical=True)
    try:
        header = parse_header(raw)
    except Malformed:
        return
    assert header.to_bytes() == raw


def test_an_upload_beyond_the_bound_is_malformed() -> None:
    with pytest.raises(Malformed, match="at most"):
        parse_frame(bytes(MAX_UPLOAD + 1))


@pytest.mark.parametrize("raw", [b"\x9b" + b"\xff" * 8, b"\x5b" + b"\xff" * 8, b"\x81" * 5000, b"\xbb" + b"\x7f" * 8])
def test_false_lengths_and_depths_are_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse_frame(raw)


@given(st.lists(codes, max_size=300))
def test_statuses_round_trip_and_are_counted(said: list[int]) -> None:
    runs = make_runs(np.array(said, np.uint8))
    assert read_runs(runs).tolist() == said
    assert count_statuses(runs) == {status: said.count(status) for status in Status}
    check_runs(runs, ((1, len(said)),))
    with pytest.raises(Malformed):
        check_runs(runs, ((1, len(said) + 1),))


@given(st.binary(max_size=12), st.integers(0, 40))
def test_only_one_coding_of_statuses_passes(runs: bytes, slots: int) -> None:
    try:
        check_runs(runs, ((1, slots),))
    except Malformed:
        return
    assert make_runs(read_runs(runs)) == runs


@given(st.lists(st.integers(0, 5), max_size=30))
def test_spans_round_trip(slots: list[int]) -> None:
    assert slots_of_points(make_spans(slots)) == slots


@given(columns())
def test_packed_columns_round_trip(made: list[Column]) -> None:
    packed, size = pack(made)
    known = [column.values[(column.codes != Status.ABSENT) & (column.codes != Status.GAP)] for column in made]
    found, _ = unpack(packed, size, [len(each) for each in known])
    assert found.tolist() == [value for each in known for value in each.tolist()]


@given(st.binary(max_size=60), st.integers(0, 100), st.lists(st.integers(0, 9), min_size=1, max_size=4))
def test_bytes_that_are_no_packed_columns_are_malformed(packed: bytes, size: int, counts: list[int]) -> None:
    with pytest.raises(Malformed):
        unpack(packed, size, counts)


@given(columns())
def test_leaves_round_trip(made: list[Column]) -> None:
    for leaf in leaves(made):
        assert Leaf.from_bytes(leaf.to_bytes()) == leaf


@given(st.binary(max_size=80))
def test_bytes_that_are_no_leaf_are_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        Leaf.from_bytes(raw)


@given(columns(), digests)
def test_a_group_opens_to_what_was_sealed(made: list[Column], root: Digest) -> None:
    entry, payload = seal_group("g", 1, root, made, (), identity(WHOLE), WINDOW_KEY, NONCE)
    slots = [Slots(c.point, c.starts, c.ends) for c in made]
    opened, keys = open_group(entry, payload, identity(WHOLE), WINDOW_KEY, slots)
    assert [(c.values.tolist(), c.codes.tolist()) for c in opened] == [
        (c.values.tolist(), c.codes.tolist()) for c in made
    ]
    for column in made:
        if not len(column.codes):
            continue
        shown = disclose(opened, keys, column.point, range(leaves_of(len(column.codes))))
        hashes = {
            shown.first + number: salted_leaf_hash(salt, leaf.to_bytes())
            for number, (leaf, salt) in enumerate(shown.leaves)
        }
        verify_leaves(hashes, shown.count, shown.hashes, Digest(entry.column_root))


SMALL = [Column("p0", np.array([START]), np.array([START + MINUTE]), np.array([41]), np.array([1], np.uint8))]
SMALL_SLOTS = [Slots("p0", SMALL[0].starts, SMALL[0].ends)]
ONE = Interval(START, START + MINUTE)


def sealed(value: int = 41) -> tuple[FrameGroup, bytes]:
    """The small group and its payload, with this value in its one slot."""
    columns = [replace(SMALL[0], values=np.array([value]))]
    return seal_group("g", 1, Digest(bytes(32)), columns, (), identity(ONE), WINDOW_KEY, NONCE)


def test_a_wrong_window_key_does_not_blame_the_signer() -> None:
    entry, payload = sealed()
    with pytest.raises(WrongWindowKey):
        open_group(entry, payload, identity(ONE), bytes(32), SMALL_SLOTS)


def test_a_payload_that_does_not_open_under_the_committed_key_blames_the_signer() -> None:
    entry, payload = sealed()
    for broken in (payload[:-1] + bytes([payload[-1] ^ 1]), payload[:20], b""):
        with pytest.raises(CommitmentMismatch):
            open_group(entry, broken, identity(ONE), WINDOW_KEY, SMALL_SLOTS)


def test_columns_other_than_the_committed_ones_blame_the_signer() -> None:
    """One ciphertext with two plaintexts under two keys fails here: root and key are both committed to."""
    entry, _ = sealed()
    _, other = sealed(42)
    with pytest.raises(CommitmentMismatch, match="root"):
        open_group(entry, other, identity(ONE), WINDOW_KEY, SMALL_SLOTS)


def test_a_ciphertext_for_two_keys_opens_under_the_committed_key_only() -> None:
    entry, payload = sealed()
    other = content_keys(bytes(32), identity(ONE).context("g"))
    with pytest.raises(WrongWindowKey):
        open_group(entry, payload, identity(ONE), bytes(32), SMALL_SLOTS)
    with pytest.raises(CommitmentMismatch):
        open_group(replace(entry, commitment=other.commitment), payload, identity(ONE), bytes(32), SMALL_SLOTS)


def test_a_decompression_bomb_is_cut_off_at_the_declared_size() -> None:
    keys = content_keys(WINDOW_KEY, identity(ONE).context("g"))
    bomb = zlib.compress(bytes(64 << 20), 9)
    assert len(bomb) < 1 << 17
    payload = seal(keys.content_key, NONCE, bomb, identity(ONE).aad("g"))
    entry, _ = sealed()
    with pytest.raises(CommitmentMismatch, match="declared"):
        open_group(entry, payload, identity(ONE), WINDOW_KEY, SMALL_SLOTS)


def test_a_payload_moved_to_another_frame_or_group_does_not_open() -> None:
    entry, payload = sealed()
    for moved in ({"number": FrameNumber(0, 2)}, {"terminal": "t2"}, {"number": FrameNumber(1, 1)}):
        with pytest.raises(WrongWindowKey):
            open_group(entry, payload, replace(identity(ONE), **moved), WINDOW_KEY, SMALL_SLOTS)
    with pytest.raises(WrongWindowKey):
        open_group(replace(entry, group="h"), payload, identity(ONE), WINDOW_KEY, SMALL_SLOTS)
    with pytest.raises(CommitmentMismatch):
        open_group(entry, payload, replace(identity(ONE), passport_version=2), WINDOW_KEY, SMALL_SLOTS)


def test_the_first_frame_has_the_zero_prev() -> None:
    assert bytes(NO_FRAME) == bytes(32)
    assert encode(NO_FRAME) == b"\x58\x20" + bytes(32)
