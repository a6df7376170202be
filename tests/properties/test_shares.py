"""Any k of n shares give the object back, byte for byte, and everything else is refused or named."""

from __future__ import annotations

from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veriwatt.encoding import decode, encode
from veriwatt.erasure.shares import FoundShare, Unrecoverable, repair, restore, share_set, split, verify_share_set
from veriwatt.errors import Malformed
from veriwatt.ids import MAX_OBJECT
from veriwatt.model.storage.coding import MAX_SHARES, Coding
from veriwatt.model.storage.share_set import ShareSet
from veriwatt.testing.plain_shares import inverted, matrix, plain_restore, plain_split


def made(content: bytes, coding: Coding) -> tuple[ShareSet, list[FoundShare]]:
    shares = split(content, coding)
    return share_set(content, coding, shares), [FoundShare(index, share) for index, share in enumerate(shares)]


@st.composite
def codings(draw: st.DrawFn) -> Coding:
    total = draw(st.integers(1, MAX_SHARES))
    return Coding(draw(st.integers(1, total)), total)


def contents(coding: Coding) -> st.SearchStrategy[bytes]:
    k = coding.needed
    edges = [b"\xa5" * length for length in (0, 1, k - 1, k, k + 1, 64 * k)]
    return st.one_of(st.sampled_from(edges), st.binary(max_size=3000))


@given(codings(), st.data())
@settings(deadline=None)
def test_any_k_of_n_restore_the_object_and_repair_every_share(coding: Coding, data: st.DataObject) -> None:
    content = data.draw(contents(coding))
    recorded, shares = made(content, coding)
    some = data.draw(st.permutations(shares))[: data.draw(st.integers(coding.needed, coding.total))]
    assert restore(recorded, some).content == content
    for index in range(coding.total):
        assert repair(recorded, some, index).content == shares[index].content
    assert ShareSet.parse(decode(encode(recorded.fields()), "share set")) == recorded
    verify_share_set(recorded, content)


@given(codings(), st.data())
@settings(deadline=None)
def test_both_implementations_make_and_restore_the_same(coding: Coding, data: st.DataObject) -> None:
    content, (k, n) = data.draw(contents(coding)), (coding.needed, coding.total)
    shares = split(content, coding)
    assert plain_split(content, k, n) == list(shares)
    chosen = data.draw(st.permutations(range(n)))[:k]
    assert plain_restore({index: shares[index] for index in chosen}, k, n, len(content)) == content


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 1000])
def test_every_choice_of_shares_restores(length: int) -> None:
    content = Random(length).randbytes(length)
    for coding in (Coding(1, 1), Coding(1, 4), Coding(3, 5), Coding(4, 8), Coding(5, 5)):
        recorded, shares = made(content, coding)
        assert {len(share.content) for share in shares} == {coding.share_length(length)}
        for chosen in combinations(shares, coding.needed):
            assert restore(recorded, chosen).content == content


def test_every_choice_of_rows_can_be_inverted() -> None:
    for n in range(1, 11):
        for k in range(1, n + 1):
            rows = matrix(k, n)
            for chosen in combinations(rows, k):
                inverted(list(chosen))


@pytest.mark.parametrize("coding", [Coding(3, 5), Coding(10, 16), Coding(16, 16), Coding(1, 3)], ids=str)
@pytest.mark.parametrize("length", [MAX_OBJECT, MAX_OBJECT - 1, (1 << 19) + 1])
def test_the_largest_objects_are_restored(coding: Coding, length: int) -> None:
    content = Random(length).randbytes(length)
    recorded, shares = made(content, coding)
    assert restore(recorded, shares[-coding.needed :]).content == content


def test_a_longer_object_is_refused() -> None:
    with pytest.raises(Malformed):
        split(bytes(MAX_OBJECT + 1), Coding(3, 5))


@given(codings(), st.data())
@settings(deadline=None)
def test_damaged_shares_are_named_and_the_others_restore(coding: Coding, data: st.DataObject) -> None:
    content = data.draw(st.binary(min_size=1, max_size=500))
    recorded, shares = made(content, coding)
    bad = data.draw(st.sets(st.integers(0, coding.total - 1)))
    for index in sorted(bad):
        share = shares[index].content
        at, bit = data.draw(st.integers(0, len(share) - 1)), data.draw(st.integers(0, 7))
        shares[index] = FoundShare(index, share[:at] + bytes([share[at] ^ 1 << bit]) + share[at + 1 :])
    if coding.total - len(bad) >= coding.needed:
        assert restore(recorded, shares).content == content
        assert restore(recorded, shares).damaged == tuple(sorted(bad))
    else:
        with pytest.raises(Unrecoverable) as caught:
            restore(recorded, shares)
        assert caught.value.damaged == tuple(sorted(bad))
        assert caught.value.found == coding.total - len(bad)
