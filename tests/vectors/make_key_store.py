"""Writes key_store.json: one store sealed under each lock, after docs/spec/key-store.md."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path

from veriwatt.crypto.hashing import prf
from veriwatt.model.keys.key_store import MASTER, SIGNING, UNPROTECTED, KeyStore, Lock, LockKind, Random

PASSPHRASE = b"correct horse battery staple"
WRAPPING_KEY = bytes(range(32))
STORE = KeyStore("Works").with_secret("terminal", SIGNING, b"\x01" * 32).with_secret("group/main", MASTER, b"\x02" * 32)


def counted_bytes() -> Random:
    """Bytes that look random and are the same in every run."""
    calls = count()
    return lambda length: prf(b"key store vectors", bytes([next(calls)]))[:length]


def vectors() -> dict[str, object]:
    locks = {
        "unprotected": UNPROTECTED,
        "passphrase": Lock(LockKind.PASSPHRASE, PASSPHRASE),
        "wrapping_key": Lock(LockKind.WRAPPING_KEY, WRAPPING_KEY),
    }
    return {
        "owner": STORE.owner,
        "entries": [[entry.name, entry.purpose, entry.secret.hex()] for entry in STORE.entries],
        "secrets": {name: lock.secret.hex() for name, lock in locks.items()},
        "files": {name: STORE.seal(lock, counted_bytes()).hex() for name, lock in locks.items()},
    }


if __name__ == "__main__":
    Path(__file__).with_name("key_store.json").write_text(json.dumps(vectors(), indent=1) + "\n")
