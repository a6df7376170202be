"""Holders give something else than their share, and placements record something else: never wrong bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from veriwatt.crypto.hashing import object_id
from veriwatt.erasure.shares import (
    FoundShare,
    Unrecoverable,
    WrongShareSet,
    repair,
    restore,
    share_set,
    split,
    verify_share_set,
)
from veriwatt.errors import Malformed
from veriwatt.ids import MAX_OBJECT
from veriwatt.model.storage.chunks import chunk_root
from veriwatt.model.storage.coding import Coding
from veriwatt.model.storage.share_set import ShareLabel, ShareSet

CODING = Coding(3, 5)
CONTENT = Random(1).randbytes(4000)
RAW = split(CONTENT, CODING)
RECORDED = share_set(CONTENT, CODING, RAW)
TRUE = [FoundShare(index, share) for index, share in enumerate(RAW)]
OTHER = split(Random(2).randbytes(4000), CODING)

LIES: dict[str, Callable[[int], FoundShare]] = {
    "share of another object": lambda i: FoundShare(i, OTHER[i]),
    "share of another index": lambda i: FoundShare(i, RAW[(i + 1) % 5]),
    "share of another policy": lambda i: FoundShare(i, split(CONTENT, Coding(3, 6))[5]),
    "share of a policy of other k": lambda i: FoundShare(i, split(CONTENT, Coding(4, 5))[i]),
    "truncated": lambda i: FoundShare(i, RAW[i][:-1]),
    "padded": lambda i: FoundShare(i, RAW[i] + b"\0"),
    "empty": lambda i: FoundShare(i, b""),
    "with the header of a library": lambda i: FoundShare(i, bytes(80) + RAW[i]),
    "the object itself": lambda i: FoundShare(i, CONTENT),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_up_to_two_liars_are_named_and_three_leave_nothing(lie: Callable[[int], FoundShare]) -> None:
    for liars in ([0], [4], [0, 1], [2, 4]):
        found = [lie(share.index) if share.index in liars else share for share in TRUE]
        assert restore(RECORDED, found).content == CONTENT
        assert restore(RECORDED, found).damaged == tuple(liars)
        assert repair(RECORDED, found, liars[0]).content == RAW[liars[0]]
    with pytest.raises(Unrecoverable) as caught:
        restore(RECORDED, [lie(0), lie(1), lie(3), TRUE[2], TRUE[4]])
    assert (caught.value.whole, caught.value.damaged) == ((2, 4), (0, 1, 3))


def test_what_is_unrecoverable_says_what_was_found_and_lost() -> None:
    with pytest.raises(Unrecoverable, match=r"unrecoverable: k = 3, found 2 \(share 0, 4\), lost share 1, 2, 3$"):
        restore(RECORDED, [TRUE[4], TRUE[0]])
    with pytest.raises(Unrecoverable, match=r"k = 3, found 0, lost share 0, 1, 2, 3, 4$"):
        repair(RECORDED, [], 1)
    told = Unrecoverable("x", 3, 2, "by b, c, d", (0, 4), (1,))
    assert str(told).endswith("k = 3, found 2 (share 0, 4), lost by b, c, d; damaged (share 1)")


def test_shares_under_each_others_index_do_not_count() -> None:
    swapped = [FoundShare(0, RAW[1]), FoundShare(1, RAW[0]), *TRUE[2:]]
    assert restore(RECORDED, swapped).damaged == (0, 1)
    assert restore(RECORDED, swapped).content == CONTENT


def test_a_share_found_twice_counts_once() -> None:
    with pytest.raises(Unrecoverable, match="found 2"):
        restore(RECORDED, [TRUE[0], TRUE[0], TRUE[1], TRUE[1]])


def test_a_good_copy_counts_beside_a_bad_one_of_its_index() -> None:
    for found in ([FoundShare(0, OTHER[0]), *TRUE[:3]], [*TRUE[:3], FoundShare(0, OTHER[0])]):
        assert restore(RECORDED, found).content == CONTENT
        assert restore(RECORDED, found).damaged == (0,)


@pytest.mark.parametrize("index", [-1, -5, 5, 16, 1 << 70])
def test_an_index_out_of_range_is_damaged(index: int) -> None:
    found = [FoundShare(index, RAW[index % 5]), *TRUE[:3]]
    assert restore(RECORDED, found).damaged == (index,)
    with pytest.raises(Malformed):
        repair(RECORDED, TRUE, index)


def relabelled(index: int, content: bytes) -> ShareSet:
    labels = list(RECORDED.labels)
    labels[index] = ShareLabel(object_id(content), chunk_root(content))
    return replace(RECORDED, labels=tuple(labels))


@pytest.mark.parametrize("index", range(5))
def test_a_record_made_to_fit_a_false_share_gives_no_bytes(index: int) -> None:
    recorded = relabelled(index, OTHER[index])
    found = [FoundShare(index, OTHER[index]), *(share for share in TRUE if share.index != index)]
    with pytest.raises(WrongShareSet):
        restore(recorded, [share for share in found if share.index in {index, (index + 1) % 5, (index + 2) % 5}])
    with pytest.raises(WrongShareSet):
        repair(recorded, found[1:], index)
    with pytest.raises(WrongShareSet) as caught:
        verify_share_set(recorded, CONTENT)
    assert caught.value.indices == (index,)


FALSE_RECORDS = {
    "another object": replace(RECORDED, name=object_id(b"")),
    "shorter": replace(RECORDED, length=3999),
    "longer": replace(RECORDED, length=4002),
    "labels in another order": replace(RECORDED, labels=RECORDED.labels[::-1]),
    "other k": replace(RECORDED, coding=Coding(4, 5)),
    "false chunk root": replace(
        RECORDED, labels=(replace(RECORDED.labels[0], chunk_root=chunk_root(b"")), *RECORDED.labels[1:])
    ),
}


@pytest.mark.parametrize("recorded", FALSE_RECORDS.values(), ids=FALSE_RECORDS.keys())
def test_a_false_record_is_found_by_whoever_has_the_object(recorded: ShareSet) -> None:
    with pytest.raises(WrongShareSet):
        verify_share_set(recorded, CONTENT)


@pytest.mark.parametrize("name", ["another object", "shorter", "labels in another order", "other k"])
def test_a_false_record_gives_no_bytes(name: str) -> None:
    with pytest.raises((WrongShareSet, Unrecoverable)):
        restore(FALSE_RECORDS[name], TRUE)


@pytest.mark.parametrize(("k", "n"), [(0, 0), (0, 3), (4, 3), (1, 17), (17, 17), (-1, 3)])
def test_there_is_no_such_coding(k: int, n: int) -> None:
    with pytest.raises(Malformed):
        Coding(k, n)


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: [*fields[:1], MAX_OBJECT + 1, *fields[2:]],
        lambda fields: [*fields[:1], -1, *fields[2:]],
        lambda fields: [*fields[:2], 0, *fields[3:]],
        lambda fields: [*fields[:2], 6, *fields[3:]],
        lambda fields: [*fields[:3], 6, *fields[4:]],
        lambda fields: [*fields[:3], 17, [*fields[4], *fields[4] * 3][:17]],
        lambda fields: [*fields[:4], fields[4][:4]],
        lambda fields: [*fields[:4], []],
        lambda fields: [b"", *fields[1:]],
        lambda fields: fields[:4],
    ],
)
def test_a_record_out_of_range_is_malformed(change: Callable[[list[object]], list[object]]) -> None:
    with pytest.raises(Malformed):
        ShareSet.parse(change([*RECORDED.fields()]))
