"""The owner's keys: the names of the secrets in a home's key store; window keys come from its key agent.

consensus               signs the blocks of the embedded ledger
member/ORG/NAME         signs the member's transactions
member/ORG/NAME/next    will, once the ledger has it
log/ORG                 signs the checkpoints of the org's data chain
terminal/ORG/NAME       signs the frames of a software terminal
master/ORG/GROUP        root of the group's key tree; derives all of its window keys
"""

from __future__ import annotations

import os
from collections.abc import Callable

from veriwatt.crypto.signing import Signer
from veriwatt.home.key_agent import LocalKeyAgent, log_opening
from veriwatt.home.key_store_file import NODE_REMEDY, Save, open_key_store, saver
from veriwatt.home.paths import HomePaths
from veriwatt.model.keys.key_store import MASTER, SIGNING, KeyStore, Lock
from veriwatt.ports.key_agent import KeyAgent, Opening

SECRET_LENGTH = 32


def open_owner_keys(paths: HomePaths) -> OwnerKeys:
    """Open the keys of a home with the passphrase from the environment; raises as `open_key_store`."""
    return OwnerKeys(*open_key_store(paths.keystore, NODE_REMEDY), os.urandom)


def new_owner_keys(paths: HomePaths, owner: str, lock: Lock) -> OwnerKeys:
    """The empty key store of a new home; it is saved when the first key is made."""
    return OwnerKeys(KeyStore(owner, (), lock.kind), saver(paths.keystore, lock), os.urandom)


class OwnerKeys:
    """The opened key store of a home; new secrets are durable before they are used."""

    def __init__(
        self,
        store: KeyStore,
        save: Save,
        random: Callable[[int], bytes],
        record: Callable[[Opening], None] = log_opening,
    ) -> None:
        self._store, self._save, self._random = store, save, random
        self.agent: KeyAgent = LocalKeyAgent(self._secret, record)

    def consensus(self) -> Signer:
        return self._store.signer("consensus")

    def member(self, org: str, name: str) -> Signer:
        return self._store.signer(f"member/{org}/{name}")

    def members(self, org: str) -> list[str]:
        """The names of the org's members whose keys are here."""
        kinds = (entry.name.split("/") for entry in self._store.entries)
        return [each[2] for each in kinds if each[:2] == ["member", org] and len(each) == 3]

    def has_member(self, org: str, name: str) -> bool:
        return self._has(f"member/{org}/{name}")

    def log(self, org: str) -> Signer:
        return self._store.signer(f"log/{org}")

    def has_log(self, org: str) -> bool:
        return self._has(f"log/{org}")

    def terminal(self, org: str, name: str) -> Signer:
        return self._store.signer(f"terminal/{org}/{name}")

    def make_signers(self, *names: str) -> None:
        """Make the missing signing keys with these names."""
        self._make_missing(SIGNING, names)

    def next_member(self, org: str, name: str) -> Signer:
        """The key that the member will have next; made, durably, if there is none."""
        self.make_signers(_next(org, name))
        return self._store.signer(_next(org, name))

    def take_up_next(self, org: str, name: str) -> None:
        """Put the member's next key in the place of its present one, which is deleted; durable on return."""
        secret = self._store.secret(_next(org, name))
        rest = self._store.without(_next(org, name)).without(f"member/{org}/{name}")
        self._replace(rest.with_secret(f"member/{org}/{name}", SIGNING, secret))

    def forget_member(self, org: str, name: str) -> None:
        """Delete the member's key, if it is here: the ledger takes no signature by it any more."""
        rest = self._store.without(_next(org, name)).without(f"member/{org}/{name}")
        if rest.entries != self._store.entries:
            self._replace(rest)

    def make_masters(self, org: str, groups: list[str]) -> None:
        """Make the missing master keys of these groups."""
        self._make_missing(MASTER, [f"master/{org}/{group}" for group in groups])

    def _has(self, name: str) -> bool:
        return any(entry.name == name for entry in self._store.entries)

    def _secret(self, name: str) -> bytes:
        return self._store.secret(name)

    def _make_missing(self, purpose: str, names: tuple[str, ...] | list[str]) -> None:
        store, existing = self._store, {entry.name for entry in self._store.entries}
        for name in names:
            if name not in existing:
                store = store.with_secret(name, purpose, self._random(SECRET_LENGTH))
        if store is not self._store:
            self._replace(store)

    def _replace(self, store: KeyStore) -> None:
        self._save(store)
        self._store = store


def _next(org: str, name: str) -> str:
    return f"member/{org}/{name}/next"
