"""The key store of a home: opened with the passphrase at hand, saved whole."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from veriwatt.crypto.passphrase import find_passphrase
from veriwatt.errors import Corrupted, Malformed, NotFound, NotOpenable, Refused
from veriwatt.home.owner_keys import OwnerKeys
from veriwatt.home.paths import HomePaths
from veriwatt.model.keys.key_store import UNPROTECTED, KeyStore, Lock, LockKind, save_key_store
from veriwatt.system.files import DiskFiles, save


def open_keys(paths: HomePaths) -> OwnerKeys:
    """The keys of a home.

    Raises:
        KeyStoreLocked, NotOpenable, Corrupted: as `read_store`.
    """
    secret = passphrase()
    store = read_store(paths, secret)
    lock = UNPROTECTED if store.lock is LockKind.UNPROTECTED else Lock(LockKind.PASSPHRASE, secret or b"")
    return OwnerKeys(store, saver(paths, lock), os.urandom)


def read_store(paths: HomePaths, secret: bytes | None) -> KeyStore:
    """The key store of a home, opened.

    Raises:
        KeyStoreLocked: it is sealed, and there is no passphrase.
        NotOpenable: the passphrase is another one, or the file is damaged.
        Corrupted: the file is missing, or is no key store.
    """
    try:
        return KeyStore.open(DiskFiles().read(paths.keystore), secret)
    except NotOpenable as error:
        raise NotOpenable(f"{paths.keystore} (sealed under another passphrase, or damaged)") from error
    except (Malformed, NotFound) as error:
        remedy = "move away what is there, then `veriwatt key restore` puts the keys of a backup in its place"
        raise Corrupted(f"{paths.keystore} is no key store: {error}; {remedy}") from error


def new_keys(paths: HomePaths, owner: str, lock: Lock) -> OwnerKeys:
    """Keys for a home that is being made; nothing is saved until the first one is."""
    return OwnerKeys(KeyStore(owner, (), lock.kind), saver(paths, lock), os.urandom)


def saver(paths: HomePaths, lock: Lock) -> Callable[[KeyStore], None]:
    """Saves a key store durably under `lock`, the file readable by its owner alone."""

    def write(place: Path, raw: bytes) -> None:
        save(DiskFiles(), place, raw)
        place.chmod(0o600)

    return lambda store: save_key_store(store, lock, paths.keystore, os.urandom, write)


def passphrase() -> bytes | None:
    """The passphrase that the environment offers, or None."""
    return find_passphrase(os.environ, lambda path: Path(path).read_bytes())


def new_lock(*, unprotected: bool) -> Lock:
    """How new keys are to be sealed; raises Refused without a passphrase, unless `unprotected` was asked for."""
    if unprotected:
        return UNPROTECTED
    secret = passphrase()
    if secret is None:
        raise Refused(
            "no passphrase for the keys: set VERIWATT_PASSPHRASE_FILE, a systemd credential or the OS keyring, "
            "or say --unprotected-key (passport, status and evidence will then say so)"
        )
    return Lock(LockKind.PASSPHRASE, secret)
