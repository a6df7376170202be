"""The keys of a terminal: one signs its frames, one opens handovers, and the window keys seal its groups.

    signing        signs frames; the passport names it
    receiving      opens handovers, whose keys are wrapped for it
    cover/GROUP    the window keys of a group, from the oldest open window on

The group masters stay with the owner: a stolen terminal can open the windows that were handed over, and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from veriwatt.crypto.key_tree import Cover, OutsideCover
from veriwatt.crypto.signing import Signer
from veriwatt.crypto.wrapping import receiving_key, unwrap
from veriwatt.encoding import decode, encode
from veriwatt.errors import Refused
from veriwatt.model.keys.key_store import SIGNING, KeyStore, LockKind, SecretEntry
from veriwatt.model.keys.key_store_errors import SecretNotFound
from veriwatt.model.terminals.handover import Handover, read_covers

SIGNING_KEY, RECEIVING_KEY = "signing", "receiving"
RECEIVING = "receiving"
"""The purpose, in the key store, of the 32-byte secret that opens handovers."""

COVER = "cover"
"""The purpose, in the key store, of a key cover as canonical CBOR."""

RENEW_KEYS = "`veriwatt terminal request` here, `terminal renew-keys` at the org, `terminal accept` here bring new ones"
"""The remedy if window keys are missing or run out."""


class WindowKeyNotFound(Refused):
    """The terminal has no key for a key window."""

    code = "window-key-not-found"

    def __init__(self, group: str, number: int) -> None:
        super().__init__(f"this terminal has no key of group {group!r} for key window {number}: {RENEW_KEYS}")
        self.group, self.number = group, number


class Keyring:
    """The opened key store of a terminal; a change is saved before it is used."""

    def __init__(self, store: KeyStore, save: Callable[[KeyStore], None]) -> None:
        self._store, self._save = store, save

    @classmethod
    def new(
        cls, terminal: str, lock: LockKind, save: Callable[[KeyStore], None], random: Callable[[int], bytes]
    ) -> Keyring:
        """Fresh keys; durable on return."""
        store = KeyStore(terminal, (), lock).with_secret(SIGNING_KEY, SIGNING, random(32))
        store = store.with_secret(RECEIVING_KEY, RECEIVING, random(32))
        save(store)
        return cls(store, save)

    @property
    def signer(self) -> Signer:
        return self._store.signer(SIGNING_KEY)

    @property
    def receiving_key(self) -> bytes:
        """The public key for which the org wraps handovers."""
        return receiving_key(self._store.secret(RECEIVING_KEY))

    def take(self, handover: Handover) -> None:
        """Replace the window keys by a handover's, durably; NotOpenable when it is wrapped for another terminal."""
        what = f"the handover to terminal {handover.terminal}"
        raw = unwrap(self._store.secret(RECEIVING_KEY), handover.context, handover.wrapped, what)
        self._replace(read_covers(raw))

    def window_key(self, group: str, number: int) -> bytes:
        """The key of one key window; raises WindowKeyNotFound when it was not handed over, or was deleted."""
        try:
            return self._cover(group).key(number)
        except (SecretNotFound, OutsideCover):
            raise WindowKeyNotFound(group, number) from None

    def covered(self, group: str) -> int | None:
        """The number of the first key window of a group that has no key any more; None if the group has no keys."""
        try:
            return self._cover(group).end
        except SecretNotFound:
            return None

    def forget_before(self, oldest: Mapping[str, int]) -> None:
        """Delete, durably, each group's window keys below the number given; they cannot be derived again here."""
        rest: dict[str, Cover] = {}
        for group, number in oldest.items():
            try:
                cover = self._cover(group)
            except SecretNotFound:
                continue
            if cover.first < number < cover.end:
                rest[group] = cover.part(number, cover.end)
        if rest:
            self._replace(rest)

    def _cover(self, group: str) -> Cover:
        return Cover.parse(decode(self._store.secret(f"{COVER}/{group}"), "window keys"))

    def _replace(self, covers: Mapping[str, Cover]) -> None:
        fresh = [SecretEntry(f"{COVER}/{group}", COVER, _packed(cover)) for group, cover in covers.items()]
        names = {entry.name for entry in fresh}
        rest = [entry for entry in self._store.entries if entry.name not in names]
        entries = tuple(sorted((*rest, *fresh), key=lambda entry: entry.name))
        store = KeyStore(self._store.owner, entries, self._store.lock)
        self._save(store)
        self._store = store


def _packed(cover: Cover) -> bytes:
    version, first, end, keys = cover.fields()
    return encode([version, first, end, keys])
