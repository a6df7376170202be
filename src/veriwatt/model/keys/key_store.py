"""A key store: one file with all secrets of an owner, sealed under a passphrase or a wrapping key, or unprotected.

    file    = ["veriwatt/key-store", 1, owner, lock, body]
    lock    = [0] | [1, salt, log2 of scrypt's n, scrypt's p] | [2]
    body    = AES-256-GCM of the entries, with [.., 1, owner, lock] as context | entries || SHA-256 when unprotected
    entries = [[name, purpose, secret], ...] in the order of their names

Any changed byte is refused.
Spec: docs/spec/key-store.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeVar

from veriwatt.crypto.hashing import prf, sha256
from veriwatt.crypto.scrypt import SALT_LENGTH, ScryptCost, derive_key
from veriwatt.crypto.sealing import NONCE_LENGTH, seal, unseal
from veriwatt.crypto.signers.by_uri import open_signer
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.crypto.signing import Protection, Signer
from veriwatt.encoding import FORMAT, Fields, Value, check_format, decode, encode
from veriwatt.errors import Malformed, NotCanonical, NotOpenable
from veriwatt.ids import check_name
from veriwatt.model.keys.key_store_errors import KeyStoreLocked, SecretExists, SecretNotFound

MAGIC = "veriwatt/key-store"
SIGNING = "signing"
"""The purpose of a 32-byte seed of a suite-1 signing key."""

SIGNER_URI = "signer"
"""The purpose of the URI of a signing key outside the store (`crypto.signers.by_uri`), in UTF-8."""

MASTER = "master"
"""The purpose of a 32-byte master of a group's key tree."""

MAX_FILE = 1 << 20
MAX_SECRET = 4096
DIGEST_LENGTH = 32

Random = Callable[[int], bytes]
Place = TypeVar("Place")


class LockKind(IntEnum):
    """The kind of secret that opens a key store; the values are part of the file format and never change."""

    UNPROTECTED = 0
    PASSPHRASE = 1
    WRAPPING_KEY = 2


@dataclass(frozen=True, slots=True)
class Lock:
    """The secret that seals a key store: a passphrase, or a wrapping key of 32 random bytes."""

    kind: LockKind
    secret: bytes = field(default=b"", repr=False)
    cost: ScryptCost = ScryptCost()

    def __post_init__(self) -> None:
        if self.kind is LockKind.PASSPHRASE and not self.secret:
            raise TypeError("a passphrase is not empty")
        if self.kind is LockKind.WRAPPING_KEY and len(self.secret) != 32:
            raise TypeError("a wrapping key is 32 bytes")


UNPROTECTED = Lock(LockKind.UNPROTECTED)


@dataclass(frozen=True, slots=True)
class SecretEntry:
    """A named secret of 16 .. 4096 bytes; it is used for its `purpose` only."""

    name: str
    purpose: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        for what, text in (("name", self.name), ("purpose", self.purpose)):
            if not 1 <= len(text) <= 160 or not text.isprintable():
                raise Malformed(f"key store: {what} {text!r} is not 1 to 160 printable characters")
        if not 16 <= len(self.secret) <= MAX_SECRET:
            raise Malformed(f"key store: secret {self.name!r} is not 16 to {MAX_SECRET} bytes")


@dataclass(frozen=True, slots=True)
class KeyStore:
    """The opened secrets of one owner; `lock` tells how their file was sealed."""

    owner: str
    entries: tuple[SecretEntry, ...] = ()
    lock: LockKind = LockKind.UNPROTECTED

    def __post_init__(self) -> None:
        check_name(self.owner, "key store owner")
        names = [entry.name for entry in self.entries]
        if any(left >= right for left, right in zip(names, names[1:], strict=False)):
            raise NotCanonical("key store: the order of its names")

    @classmethod
    def open(cls, raw: bytes, secret: bytes | None) -> KeyStore:
        """Open a key store file.

        Args:
            raw: the whole file.
            secret: the passphrase or wrapping key that the file needs; ignored if it is unprotected.

        Raises:
            WrongFormat: `raw` is a key store of another format.
            Malformed: `raw` is no key store.
            KeyStoreLocked: it is sealed, and `secret` is None.
            NotOpenable: the secret is wrong, or a byte was changed.
        """
        if len(raw) > MAX_FILE:
            raise Malformed(f"key store: longer than {MAX_FILE} bytes")
        value = decode(raw, "key store")
        if isinstance(value, list) and value[:1] == [MAGIC]:
            check_format(value[1:], "the key store")
        f = Fields(value, "key store", 5)
        if (f.text("magic"), f.uint("format")) != (MAGIC, FORMAT):
            raise Malformed("not a key store")
        owner, lock, body = f.name("owner"), f.raw(), f.bytes("body", MAX_FILE)
        kind, key = _key_of(lock, secret, owner)
        plain = _unlock(key, body, _context(owner, lock), f"the key store of {owner}")
        entries = Fields([decode(plain, "key store entries")], "key store", 1).each("entries", _entry)
        return cls(owner, entries, kind)

    def seal(self, lock: Lock, random: Random) -> bytes:
        """The bytes of the file, sealed anew; `random` returns so many fresh random bytes."""
        fields, key = _lock_fields(lock, random)
        context = _context(self.owner, fields)
        plain = encode([[entry.name, entry.purpose, entry.secret] for entry in self.entries])
        body = plain + sha256(context + plain) if key is None else seal(key, random(NONCE_LENGTH), plain, context)
        return encode([MAGIC, FORMAT, self.owner, fields, body])

    def secret(self, name: str) -> bytes:
        """The secret with this name; raises SecretNotFound."""
        return self._entry(name).secret

    def signer(self, name: str) -> Signer:
        """The signing key with this name, in the store or in a device.

        Raises:
            SecretNotFound: there is none, or the secret with this name has another purpose.
            BadInput: its URI has a scheme that this version does not support.
            Unavailable: its device does not answer.
        """
        entry = self._entry(name)
        if entry.purpose == SIGNER_URI:
            return open_signer(entry.secret.decode(errors="replace"), self._software_signer)
        return self._software_signer(name)

    def _software_signer(self, name: str) -> Signer:
        entry = self._entry(name)
        if entry.purpose != SIGNING or len(entry.secret) != 32:
            raise SecretNotFound(owner=self.owner, name=name, purpose=SIGNING)
        protection = Protection.UNPROTECTED if self.lock is LockKind.UNPROTECTED else Protection.FILE
        return Ed25519Signer(entry.secret, protection)

    def with_secret(self, name: str, purpose: str, secret: bytes) -> KeyStore:
        """The store with one more secret; may be repeated with the same entry.

        Raises:
            SecretExists: the name has another secret or purpose; a key is never overwritten, because data may need it.
        """
        entry = SecretEntry(name, purpose, secret)
        if entry in self.entries:
            return self
        if any(each.name == name for each in self.entries):
            raise SecretExists(owner=self.owner, name=name)
        return KeyStore(self.owner, tuple(sorted((*self.entries, entry), key=lambda e: e.name)), self.lock)

    def without(self, name: str) -> KeyStore:
        """The store without this secret; the same store if it has none of the name."""
        return KeyStore(self.owner, tuple(each for each in self.entries if each.name != name), self.lock)

    def _entry(self, name: str) -> SecretEntry:
        for entry in self.entries:
            if entry.name == name:
                return entry
        raise SecretNotFound(owner=self.owner, name=name)


def save_key_store(
    store: KeyStore, lock: Lock, place: Place, random: Random, write: Callable[[Place, bytes], None]
) -> None:
    """Seal the store, open the result as a check, then replace the file at `place`.

    Durable if `write` is; it must replace the file atomically.
    """
    raw = store.seal(lock, random)
    if KeyStore.open(raw, lock.secret).entries != store.entries:
        raise RuntimeError("a sealed key store opened to other entries")
    write(place, raw)


def _entry(value: object) -> SecretEntry:
    f = Fields(value, "key store entry", 3)
    return SecretEntry(f.text("name"), f.text("purpose"), f.bytes("secret", MAX_SECRET))


def _context(owner: str, lock: object) -> bytes:
    header: list[Value] = [MAGIC, FORMAT, owner, lock]  # type: ignore[list-item]  # a CBOR value
    return encode(header)


def _lock_fields(lock: Lock, random: Random) -> tuple[list[Value], bytes | None]:
    match lock.kind:
        case LockKind.UNPROTECTED:
            return [0], None
        case LockKind.PASSPHRASE:
            salt = random(SALT_LENGTH)
            return [1, salt, lock.cost.log_n, lock.cost.parallel], derive_key(lock.secret, salt, lock.cost)
        case LockKind.WRAPPING_KEY:
            return [2], _wrapping(lock.secret)


def _key_of(lock: object, secret: bytes | None, owner: str) -> tuple[LockKind, bytes | None]:
    """The key derived from a lock's fields and the secret; None for an unprotected store."""
    match lock:
        case [int(0)]:
            return LockKind.UNPROTECTED, None
        case [int(1), bytes(salt), int(log_n), int(parallel)] if len(salt) == SALT_LENGTH:
            if secret is None:
                raise KeyStoreLocked(owner=owner, lock="passphrase")
            return LockKind.PASSPHRASE, derive_key(secret, salt, ScryptCost(log_n, parallel))
        case [int(2)]:
            if secret is None:
                raise KeyStoreLocked(owner=owner, lock="wrapping key")
            return LockKind.WRAPPING_KEY, _wrapping(secret)
    raise Malformed("key store: unknown lock")


def _wrapping(key: bytes) -> bytes:
    return prf(key, b"veriwatt/key-store/1")


def _unlock(key: bytes | None, body: bytes, context: bytes, what: str) -> bytes:
    if key is not None:
        return unseal(key, body, context, what)
    plain, digest = body[:-DIGEST_LENGTH], body[-DIGEST_LENGTH:]
    if sha256(context + plain) != digest:
        raise NotOpenable(what)
    return plain
