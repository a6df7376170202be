"""The file of a node's or terminal's key store: opened with the passphrase from the environment, replaced atomically.

Spec: docs/spec/key-store.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from veriwatt.crypto.passphrase import check_strength, find_passphrase
from veriwatt.errors import Corrupted, Malformed, NotFound, NotOpenable, Refused, WrongFormat
from veriwatt.model.keys.key_store import UNPROTECTED, KeyStore, Lock, LockKind, save_key_store
from veriwatt.system.files import DiskFiles, save

Save = Callable[[KeyStore], None]
"""Saves a key store durably, replacing the file atomically."""

NODE_REMEDY = "move away what is there, then `veriwatt key restore` puts the keys of a backup in its place"
"""The remedy for the loss of a node's key store."""


def open_key_store(path: Path, remedy: str) -> tuple[KeyStore, Save]:
    """Open the key store in a file; also returns a function that saves a changed store under the same lock.

    Raises:
        KeyStoreLocked, NotOpenable, WrongFormat, Corrupted: as `read_key_store`.
    """
    secret = passphrase()
    store = read_key_store(path, secret, remedy)
    lock = UNPROTECTED if store.lock is LockKind.UNPROTECTED else Lock(LockKind.PASSPHRASE, secret or b"")
    return store, saver(path, lock)


def read_key_store(path: Path, secret: bytes | None, remedy: str) -> KeyStore:
    """Open the key store in a file with the passphrase `secret`.

    Raises:
        KeyStoreLocked: the store is sealed, and `secret` is None.
        NotOpenable: the passphrase is wrong, or the file is damaged.
        WrongFormat: the key store has another format.
        Corrupted: the file is missing, or is no key store; the message ends with `remedy`.
    """
    try:
        return KeyStore.open(DiskFiles().read(path), secret)
    except NotOpenable as error:
        raise NotOpenable(f"{path} (sealed under another passphrase, or damaged)") from error
    except WrongFormat:
        raise
    except (Malformed, NotFound) as error:
        raise Corrupted(f"{path} is no key store: {error}; {remedy}") from error


def saver(path: Path, lock: Lock) -> Save:
    """A function that saves a key store at `path`, sealed under `lock`, in a file that only its owner can read."""
    return lambda store: save_key_store(store, lock, path, os.urandom, partial(save, DiskFiles()))


def passphrase() -> bytes | None:
    """The passphrase from the environment, or None."""
    return find_passphrase(os.environ, lambda path: Path(path).read_bytes())


def new_lock(*, unprotected: bool) -> Lock:
    """The lock for a new key store.

    Raises:
        Refused: there is no passphrase, and not `unprotected`.
        BadInput: the passphrase is easily guessed.
    """
    if unprotected:
        return UNPROTECTED
    secret = passphrase()
    if secret is None:
        raise Refused(
            "no passphrase for the keys: set VERIWATT_PASSPHRASE_FILE, a systemd credential or the OS keyring, "
            "or say --unprotected-key (passport, status and evidence will then say so)"
        )
    check_strength(secret)
    return Lock(LockKind.PASSPHRASE, secret)
