from __future__ import annotations

import pytest

from veriwatt.crypto.hashing import prf
from veriwatt.crypto.key_tree import MAX_NODES, WINDOWS, Cover, OutsideCover, cover, nodes, window_key
from veriwatt.errors import Malformed

MASTER = b"\x07" * 32


def test_window_key_is_the_path_of_its_bits_from_the_root() -> None:
    key = prf(MASTER, b"veriwatt/key-tree/1/window")
    for bit in f"{20_454:032b}":
        key = prf(key, b"veriwatt/key-tree/1/" + bit.encode())
    assert window_key(MASTER, 20_454) == key


def test_cover_of_all_windows_is_one_node_and_not_the_master() -> None:
    whole = cover(MASTER, 0, WINDOWS)
    assert len(whole.keys) == 1
    assert whole.keys[0] != MASTER
    assert whole.key(WINDOWS - 1) == window_key(MASTER, WINDOWS - 1)


def test_no_span_needs_more_nodes_than_the_widest_one() -> None:
    assert len(list(nodes(1, WINDOWS - 1))) == MAX_NODES == 62


def test_cover_of_a_year_of_days_is_a_handful_of_keys() -> None:
    assert len(cover(MASTER, 20_454, 20_819).keys) <= 2 * 9


@pytest.mark.parametrize(("first", "end"), [(0, 0), (5, 4), (-1, 3), (0, WINDOWS + 1), (WINDOWS, WINDOWS + 1)])
def test_empty_or_impossible_span_is_malformed(first: int, end: int) -> None:
    with pytest.raises(Malformed):
        cover(MASTER, first, end)


@pytest.mark.parametrize("index", [9, 20, 0, WINDOWS - 1])
def test_window_outside_the_cover_is_refused(index: int) -> None:
    with pytest.raises(OutsideCover) as refused:
        cover(MASTER, 10, 20).key(index)
    assert refused.value.covered == (10, 20)


def test_part_that_reaches_outside_is_refused() -> None:
    with pytest.raises(OutsideCover):
        cover(MASTER, 10, 20).part(12, 21)


def test_master_of_another_length_is_malformed() -> None:
    with pytest.raises(Malformed, match="32 bytes"):
        window_key(b"short", 0)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        [1, 0, 1, [b"k" * 32]],
        [True, 0, 1, [b"k" * 32]],
        [2, False, 1, [b"k" * 32]],
        [2, 0, 1, []],
        [2, 0, 1, [b"k" * 31]],
        [2, 0, 1, ["k" * 32]],
        [2, 0, 1, [b"k" * 32, b"k" * 32]],
        [2, 1, 1, []],
        [2, -1, 1, [b"k" * 32]],
        [2, 0, 2**40, [b"k" * 32]],
        [2, 0, 1, [b"k" * 32] * 1000],
    ],
)
def test_record_that_is_no_cover_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        Cover.parse(value)


def test_printed_cover_shows_no_key() -> None:
    made = cover(MASTER, 3, 4)
    assert made.keys[0].hex() not in repr(made)
    assert repr(made.keys[0]) not in repr(made)
