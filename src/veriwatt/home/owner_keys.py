"""The owner's keys: which secret of the key store serves what, and the window keys that follow from masters.

consensus               signs the blocks of the embedded ledger
member/ORG/NAME         signs the member's transactions
log/ORG                 signs the checkpoints of the org's data chain
terminal/ORG/NAME       signs the frames of a software terminal
master/ORG/GROUP        root of the group's key tree; whoever holds it opens everything of the group
"""

from __future__ import annotations

from collections.abc import Callable

from veriwatt.crypto.keytree import Cover, cover, window_key
from veriwatt.crypto.signing import Protection, Signer
from veriwatt.errors import NotFound
from veriwatt.model.keys.key_store import MASTER, SIGNING, KeyStore, LockKind
from veriwatt.model.keys.key_store_errors import SecretNotFound

SECRET_LENGTH = 32


class OwnerKeys:
    """The opened key store of a home; new secrets are saved, durably, before they are used."""

    def __init__(self, store: KeyStore, save: Callable[[KeyStore], None], random: Callable[[int], bytes]) -> None:
        self._store, self._save, self._random = store, save, random

    @property
    def protection(self) -> Protection:
        """How the keys lie on the disk, as a passport states it."""
        return Protection.UNPROTECTED if self._store.lock is LockKind.UNPROTECTED else Protection.FILE

    def consensus(self) -> Signer:
        return self._store.signer("consensus")

    def member(self, org: str, name: str) -> Signer:
        return self._store.signer(f"member/{org}/{name}")

    def log(self, org: str) -> Signer:
        return self._store.signer(f"log/{org}")

    def terminal(self, org: str, name: str) -> Signer:
        return self._store.signer(f"terminal/{org}/{name}")

    def make_signers(self, *names: str) -> None:
        """Make a signing key under each name that has none yet."""
        self._make(SIGNING, names)

    def make_masters(self, org: str, groups: list[str]) -> None:
        """Make a master for each group that has none yet."""
        self._make(MASTER, [f"master/{org}/{group}" for group in groups])

    def window_key(self, org: str, group: str, number: int) -> bytes:
        """The key of one key window; NotFound when this owner holds no master of the group."""
        return window_key(self._master(org, group), number)

    def cover(self, org: str, group: str, first: int, end: int) -> Cover:
        """What opens the key windows [first, end) of a group and no other: what a terminal is handed."""
        return cover(self._master(org, group), first, end)

    def _master(self, org: str, group: str) -> bytes:
        try:
            return self._store.secret(f"master/{org}/{group}")
        except SecretNotFound as error:
            raise NotFound(f"this home holds no key of group {group!r} of org {org!r}") from error

    def _make(self, purpose: str, names: tuple[str, ...] | list[str]) -> None:
        held = {entry.name for entry in self._store.entries}
        store = self._store
        for name in names:
            if name not in held:
                store = store.with_secret(name, purpose, self._random(SECRET_LENGTH))
        if store is not self._store:
            self._save(store)
            self._store = store
