"""The window keys that follow from the masters in an opened key store."""

from __future__ import annotations

from functools import lru_cache

from veriwatt.crypto.keytree import Cover, cover
from veriwatt.errors import NotFound
from veriwatt.model.keys.key_store import KeyStore
from veriwatt.model.keys.key_store_errors import SecretNotFound

SPAN = 256
"""Windows of one kept subtree: frames come in order of time, so most keys are a few steps below it."""


class WindowKeys:
    """The owner's keys, read only."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._covers: dict[tuple[str, str], Cover] = {}
        self.key = lru_cache(SPAN)(self._key)

    def _key(self, org: str, group: str, number: int) -> bytes:
        """The key of one key window; NotFound when the store holds no master of the group."""
        held = self._covers.get((org, group))
        if held is None or not held.first <= number < held.end:
            first = number - number % SPAN
            held = self._covers[org, group] = cover(self._master(org, group), first, first + SPAN)
        return held.key(number)

    def _master(self, org: str, group: str) -> bytes:
        try:
            return self._store.secret(f"master/{org}/{group}")
        except SecretNotFound as error:
            raise NotFound(f"this home holds no key of group {group!r} of org {org!r}") from error
