"""Backups of a home's keys, sealed under a fresh wrapping key that k of n recovery shares restore.

The sealed file may be stored anywhere; the shares go to different people. Spec: docs/spec/key-shares.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from veriwatt.crypto.key_shares import SECRET_LENGTH, Share, combine, split
from veriwatt.errors import Refused
from veriwatt.home.key_store_file import NODE_REMEDY, new_lock, passphrase, read_key_store, saver
from veriwatt.home.paths import HomePaths, find_home
from veriwatt.model.keys.key_store import KeyStore, Lock, LockKind
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.system.exclusive_lock import exclusive_lock
from veriwatt.system.files import DiskFiles, check_vacant, save

BACKUP_NAME = "keys.backup"


class WrongBackup(Refused):
    """A backup of another home's keys."""

    code = "wrong-backup"

    def __init__(self, owner: str, home: Path) -> None:
        super().__init__(f"the backup has the keys of {owner}, which are not those of {home}: give its own backup")
        self.owner = owner


def write_backup(home: Path, folder: Path, needed: int, total: int) -> list[Path]:
    """Write the backup of a home's keys, and a file for each share, into an empty or new folder.

    Returns the path of the backup, then those of the shares; only their owner can read the files.

    Raises:
        Refused: the folder is not empty.
        NotFound: there is no home.
    """
    paths = find_home(home)
    check_vacant(folder)
    with exclusive_lock(paths.lock, may_be_read_only=True):
        store = read_key_store(paths.keystore, passphrase(), NODE_REMEDY)
    made = back_up(store, needed, total, os.urandom)
    texts = {BACKUP_NAME: made.sealed} | {
        f"share-{share.index}-of-{share.total}.txt": share.to_text().encode() + b"\n" for share in made.shares
    }
    for name, data in texts.items():
        save(DiskFiles(), folder / name, data)
    return [folder / name for name in texts]


def restore_backup(home: Path, sealed: bytes, shares: list[Share], *, unprotected: bool, dry_run: bool) -> int:
    """Restore the keys of a backup to a home without keys, sealed under the present passphrase.

    With `dry_run` nothing changes. Returns the number of keys in the backup.

    Raises:
        BadShares, NotOpenable: the shares do not open the backup.
        WrongBackup: the keys belong to another home.
        Refused: the home still has a key store, or there is no passphrase and not `unprotected`.
    """
    paths = find_home(home)
    store = open_backup(sealed, shares)
    own = store.signer("consensus").public
    if not any(own == validator.key for genesis in _genesis_documents(paths) for validator in genesis.validators):
        raise WrongBackup(store.owner, home)
    if not dry_run:
        if paths.keystore.exists():
            raise Refused(f"{paths.keystore} is there: move it away first, keys are never overwritten")
        with exclusive_lock(paths.lock):
            saver(paths.keystore, new_lock(unprotected=unprotected))(store)
    return len(store.entries)


def _genesis_documents(paths: HomePaths) -> list[Genesis]:
    """Those of the home's ledger, and of the ledgers that it had before it moved."""
    old = sorted(paths.root.glob(f"{paths.old_ledger('*').name}/{paths.genesis.name}"))
    return [Genesis.from_bytes(DiskFiles().read(path)) for path in (paths.genesis, *old)]


@dataclass(frozen=True, slots=True)
class Backup:
    """A key store sealed under a fresh wrapping key, and the shares of that key; opening it takes both."""

    sealed: bytes
    shares: tuple[Share, ...] = field(repr=False)


def back_up(store: KeyStore, needed: int, total: int, random: Callable[[int], bytes]) -> Backup:
    """Back up an opened key store; the result is opened by its shares as a check before it is returned.

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
    """Open the key store in a backup.

    Raises:
        BadShares: the shares are too few, mixed or altered.
        NotOpenable: the shares belong to another backup, or a byte of the backup was changed.
    """
    return KeyStore.open(sealed, combine(shares))
