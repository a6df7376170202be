"""An object's shares made, read and repaired; never wrong bytes. Spec: docs/spec/shares.md, sections 3 to 5."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from veriwatt.crypto.hashing import object_id
from veriwatt.erasure.reed_solomon import parity, rebuild
from veriwatt.errors import Malformed, NotProven, Unavailable
from veriwatt.ids import check_object_size
from veriwatt.model.storage.chunks import chunk_root
from veriwatt.model.storage.coding import Coding
from veriwatt.model.storage.share_set import ShareLabel, ShareSet


class Unrecoverable(Unavailable):
    """Fewer than k shares of an object are there as recorded; the caller, who knows the holders, says who lost which.

    `lost` is the end of the sentence, "share 1, 3" or "by a, b". `whole` and `damaged` are indices.
    """

    code = "unrecoverable"

    def __init__(
        self, name: str, needed: int, found: int, lost: str, whole: Sequence[int] = (), damaged: Sequence[int] = ()
    ) -> None:
        super().__init__(
            f"object {name} is unrecoverable: k = {needed}, found {found}{_listed(whole)}, lost {lost}"
            + (f"; damaged{_listed(damaged)}" if damaged else "")
        )
        self.name, self.needed, self.found, self.lost = name, needed, found, lost
        self.whole, self.damaged = tuple(whole), tuple(damaged)


class WrongShareSet(NotProven):
    """A false record of shares: those that it names are not the shares of its object."""

    code = "wrong-share-set"

    def __init__(self, name: str, indices: Sequence[int]) -> None:
        super().__init__(f"the record of the shares of object {name} is false: not its shares{_listed(indices)}")
        self.name, self.indices = name, tuple(indices)


@dataclass(frozen=True, slots=True)
class FoundShare:
    """Bytes that some holder gave as share `index`; nothing is believed of them."""

    index: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Restored:
    """Bytes whose id was checked, and the indices under which something else than the recorded share was found."""

    content: bytes
    damaged: tuple[int, ...]


def split(content: bytes, coding: Coding) -> tuple[bytes, ...]:
    """All shares of an object, by index; the same bytes in every version.

    Raises:
        Malformed: the object is longer than `MAX_OBJECT`.
    """
    check_object_size(content)
    length = coding.share_length(len(content))
    padded = content.ljust(coding.needed * length, b"\0")
    data = [padded[index * length : (index + 1) * length] for index in range(coding.needed)]
    return (*data, *parity(coding, padded))


def share_set(content: bytes, coding: Coding, shares: Sequence[bytes]) -> ShareSet:
    """The record of an object and its shares, as `split` made them."""
    labels = tuple(ShareLabel(object_id(share), chunk_root(share)) for share in shares)
    return ShareSet(object_id(content), len(content), coding, labels)


def verify_share_set(recorded: ShareSet, content: bytes) -> None:
    """Raise unless the record is that of this object, in every part.

    Raises:
        WrongShareSet: it is not; all shares that differ are named, or all there are if it is another object's.
    """
    made = share_set(content, recorded.coding, split(content, recorded.coding))
    pairs = enumerate(zip(recorded.labels, made.labels, strict=True))
    other = [index for index, (label, true) in pairs if label != true]
    if made != recorded:
        raise WrongShareSet(str(recorded.name), other or range(recorded.coding.total))


def restore(recorded: ShareSet, found: Iterable[FoundShare]) -> Restored:
    """The object, from at least k of its shares in any order; of each index there may be several.

    Raises:
        Unrecoverable: fewer than k of them are as recorded.
        WrongShareSet: k are as recorded, and do not give the object.
    """
    whole, damaged = _sorted_out(recorded, found)
    data = rebuild(recorded.coding, whole, range(recorded.coding.needed))
    content = b"".join(data)[: recorded.length]
    if object_id(content) != recorded.name:
        raise WrongShareSet(str(recorded.name), list(whole))
    return Restored(content, damaged)


def repair(recorded: ShareSet, found: Iterable[FoundShare], index: int) -> Restored:
    """Share `index`, from at least k others: the bytes and id of the one that was lost.

    Raises:
        Malformed: there is no such share.
        Unrecoverable: fewer than k of them are as recorded.
        WrongShareSet: k are as recorded, and do not give the recorded share.
    """
    if not 0 <= index < recorded.coding.total:
        raise Malformed(f"there is no share {index} of {recorded.coding}")
    whole, damaged = _sorted_out(recorded, found)
    (content,) = rebuild(recorded.coding, whole, [index])
    if object_id(content) != recorded.labels[index].name:
        raise WrongShareSet(str(recorded.name), [*whole, index])
    return Restored(content, damaged)


def _sorted_out(recorded: ShareSet, found: Iterable[FoundShare]) -> tuple[dict[int, bytes], tuple[int, ...]]:
    """The k shares of the lowest indices that are as recorded, and the indices under which others were found."""
    whole: dict[int, bytes] = {}
    damaged: list[int] = []
    for share in found:
        if _as_recorded(recorded, share):
            whole[share.index] = share.content
        elif share.index not in damaged:
            damaged.append(share.index)
    needed, indices = recorded.coding.needed, sorted(whole)
    if len(whole) < needed:
        lost = ", ".join(str(index) for index in range(recorded.coding.total) if index not in whole)
        raise Unrecoverable(str(recorded.name), needed, len(whole), f"share {lost}", indices, sorted(damaged))
    return {index: whole[index] for index in indices[:needed]}, tuple(sorted(damaged))


def _as_recorded(recorded: ShareSet, share: FoundShare) -> bool:
    return (
        0 <= share.index < recorded.coding.total
        and len(share.content) == recorded.share_length
        and object_id(share.content) == recorded.labels[share.index].name
    )


def _listed(indices: Sequence[int]) -> str:
    return f" (share {', '.join(map(str, indices))})" if indices else ""
