"""A backup of all keys of an owner: sealed under a fresh wrapping key, which only k of n recovery shares restore."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from veriwatt.crypto.shares import SECRET_LENGTH, Share, combine, split
from veriwatt.model.keys.key_store import KeyStore, Lock, LockKind


@dataclass(frozen=True, slots=True)
class Backup:
    """`sealed` may lie anywhere; the shares go to different people. Neither alone opens a key."""

    sealed: bytes
    shares: tuple[Share, ...] = field(repr=False)


def back_up(store: KeyStore, needed: int, total: int, random: Callable[[int], bytes]) -> Backup:
    """The backup of an opened key store; it was opened again by its shares before it is returned.

    Raises:
        BadInput: not 2 <= needed <= total <= 255.
    """
    wrapping = random(SECRET_LENGTH)
    shares = split(wrapping, needed, total, random)
    sealed = store.seal(Lock(LockKind.WRAPPING_KEY, wrapping), random)
    if open_backup(sealed, shares[-needed:]).entries != store.entries:
        raise RuntimeError("a backup opened to other keys")
    return Backup(sealed, shares)


def open_backup(sealed: bytes, shares: Sequence[Share]) -> KeyStore:
    """The key store in a backup.

    Raises:
        BadShares: the shares are too few, mixed or altered.
        NotOpenable: they are those of another backup, or a byte of it has changed.
    """
    return KeyStore.open(sealed, combine(shares))
