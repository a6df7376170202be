from __future__ import annotations

import os
from dataclasses import replace
from itertools import combinations

import pytest

from veriwatt.crypto.gf256 import interpolate, inverse, times
from veriwatt.crypto.key_shares import BadShares, Share, combine, parse_share, split
from veriwatt.errors import BadInput

KEY = bytes(range(100, 132))


def test_any_k_of_n_restore_the_key_in_any_order() -> None:
    made = split(KEY, 3, 5, os.urandom)
    for count in (3, 4, 5):
        for chosen in combinations(made, count):
            assert combine(chosen[::-1]) == KEY


def test_fewer_than_k_are_refused() -> None:
    with pytest.raises(BadShares, match="2 of the 3 needed"):
        combine(split(KEY, 3, 5, os.urandom)[:2])


def test_one_share_twice_counts_once() -> None:
    first = split(KEY, 2, 3, os.urandom)[0]
    with pytest.raises(BadShares, match="1 of the 2 needed"):
        combine([first, first])


def test_no_share_at_all_is_refused() -> None:
    with pytest.raises(BadShares):
        combine([])


def test_shares_of_two_splits_of_one_key_do_not_mix() -> None:
    one, other = split(KEY, 2, 3, os.urandom), split(KEY, 2, 3, os.urandom)
    with pytest.raises(BadShares, match="different sets"):
        combine([one[0], other[1]])


@pytest.mark.parametrize("place", range(32))
def test_share_altered_on_purpose_is_refused(place: int) -> None:
    made = split(KEY, 2, 3, os.urandom)
    points = bytearray(made[0].points)
    points[place] ^= 1
    altered = parse_share(replace(made[0], points=bytes(points)).to_text(), "share 1")
    with pytest.raises(BadShares, match="altered"):
        combine([altered, made[1]])
    with pytest.raises(BadShares, match="altered"):
        combine([altered, *made[1:]])


def test_surplus_share_that_does_not_fit_is_named() -> None:
    made = split(KEY, 2, 3, os.urandom)
    with pytest.raises(BadShares, match="share 3 was altered"):
        combine([*made[:2], replace(made[2], points=bytes(32))])


def test_lowering_k_on_every_share_is_refused() -> None:
    made = split(KEY, 3, 5, os.urandom)
    with pytest.raises(BadShares):
        combine([replace(share, needed=2) for share in made[:2]])


@pytest.mark.parametrize(("needed", "total"), [(3, 3), (2, 4)])
def test_other_labels_on_every_share_are_refused(needed: int, total: int) -> None:
    """Three points of a line restore its key as two do: only the digest tells that the label lies."""
    made = split(KEY, 2, 3, os.urandom)
    with pytest.raises(BadShares):
        combine([replace(share, needed=needed, total=total) for share in made])


def test_two_shares_of_one_index_that_differ_are_refused() -> None:
    made = split(KEY, 2, 3, os.urandom)
    with pytest.raises(BadShares, match="one index"):
        combine([*made[:2], replace(made[0], points=bytes(32))])


@pytest.mark.parametrize(("needed", "total"), [(1, 1), (1, 3), (4, 3), (0, 0), (2, 256)])
def test_impossible_split_is_refused(needed: int, total: int) -> None:
    with pytest.raises(BadInput, match="no such split"):
        split(KEY, needed, total, os.urandom)


def test_share_survives_lower_case_blanks_and_line_breaks() -> None:
    share = split(KEY, 2, 3, os.urandom)[2]
    text = share.to_text().lower()
    assert parse_share(f"  {text[:50]}\n {text[50:80]} {text[80:]}\n", "share 3") == share


def test_every_changed_character_of_a_share_is_found_and_the_share_named() -> None:
    text = split(KEY, 2, 3, os.urandom)[0].to_text()
    for place, letter in enumerate(text):
        other = "3" if letter.isdigit() and letter != "3" else "B" if letter != "B" else "C"
        with pytest.raises(BadInput, match="share 1"):
            parse_share(text[:place] + other + text[place + 1 :], "share 1")


@pytest.mark.parametrize(
    "text", ["", "vwshare1:", "vwshare1:2-of-3:1::", "vwshare1:2-of-3:9:" + "A" * 24 + ":" + "A" * 64]
)
def test_text_that_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"share of Ada\.txt"):
        parse_share(text, "share of Ada.txt")


def test_printed_share_object_shows_no_points() -> None:
    share = Share(2, 3, 1, bytes(15), b"P" * 32)
    assert "PPPP" not in repr(share)


def test_field_arithmetic_is_that_of_the_aes_polynomial() -> None:
    def slow(a: int, b: int) -> int:
        product = 0
        for bit in range(8):
            product ^= (a << bit) if b >> bit & 1 else 0
        for bit in range(15, 7, -1):
            product ^= 0x11B << (bit - 8) if product >> bit & 1 else 0
        return product

    assert all(times(a, b) == slow(a, b) for a in range(256) for b in range(256))
    assert all(times(a, inverse(a)) == 1 for a in range(1, 256))


def test_k_minus_one_shares_fit_every_key() -> None:
    """Whatever the key, some polynomial leads through one given share of two: it says nothing of the key."""
    seen = {interpolate({1: b"\x05" * 32, 2: bytes([other]) * 32}, 0)[0] for other in range(256)}
    assert len(seen) == 256
