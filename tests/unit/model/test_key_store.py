from __future__ import annotations

import os
from pathlib import Path

import pytest

from veriwatt.crypto.signing import verify_signature
from veriwatt.encoding import decode, encode
from veriwatt.errors import Malformed, NotCanonical, NotOpenable, VeriwattError
from veriwatt.model.keys.key_store import (
    MASTER,
    SIGNING,
    UNPROTECTED,
    KeyStore,
    Lock,
    LockKind,
    SecretEntry,
    save_key_store,
)
from veriwatt.model.keys.key_store_errors import KeyStoreLocked, SecretExists, SecretNotFound

SEED = b"\x01" * 32
STORE = KeyStore("Works").with_secret("terminal", SIGNING, SEED).with_secret("group/main", MASTER, b"\x02" * 32)
WRAPPED = Lock(LockKind.WRAPPING_KEY, b"\x03" * 32)
PHRASE = Lock(LockKind.PASSPHRASE, b"open sesame")


@pytest.mark.parametrize("lock", [UNPROTECTED, WRAPPED, PHRASE], ids=lambda lock: lock.kind.name)
def test_a_sealed_store_opens_to_the_same_secrets_and_lock(lock: Lock) -> None:
    opened = KeyStore.open(STORE.seal(lock, os.urandom), lock.secret)
    assert opened.entries == STORE.entries
    assert opened.lock is lock.kind


@pytest.mark.parametrize("lock", [UNPROTECTED, WRAPPED], ids=lambda lock: lock.kind.name)
def test_every_flipped_bit_is_refused(lock: Lock) -> None:
    raw = STORE.seal(lock, os.urandom)
    for place in range(len(raw)):
        for bit in range(8):
            flipped = raw[:place] + bytes([raw[place] ^ 1 << bit]) + raw[place + 1 :]
            with pytest.raises(VeriwattError):
                KeyStore.open(flipped, lock.secret)


def test_flipped_bytes_are_refused_under_a_passphrase() -> None:
    raw = STORE.seal(PHRASE, os.urandom)
    owner, salt_end = raw.index(b"Works"), raw.index(b"Works") + 5 + 3 + 16
    for place in (0, 5, owner, owner + 7, salt_end - 1, salt_end, salt_end + 1, -40, -1):
        flipped = bytearray(raw)
        flipped[place] ^= 1
        with pytest.raises(VeriwattError):
            KeyStore.open(bytes(flipped), PHRASE.secret)


@pytest.mark.parametrize("cut", [0, 1, 20, 100])
def test_truncated_store_is_refused(cut: int) -> None:
    with pytest.raises(VeriwattError):
        KeyStore.open(STORE.seal(WRAPPED, os.urandom)[:cut], WRAPPED.secret)


def test_wrong_secret_does_not_open() -> None:
    with pytest.raises(NotOpenable, match="key store of Works"):
        KeyStore.open(STORE.seal(PHRASE, os.urandom), b"open barley")


@pytest.mark.parametrize(("lock", "said"), [(PHRASE, "passphrase"), (WRAPPED, "wrapping key")])
def test_a_sealed_key_store_without_a_secret_names_the_remedy(lock: Lock, said: str) -> None:
    with pytest.raises(KeyStoreLocked, match=said):
        KeyStore.open(STORE.seal(lock, os.urandom), None)


def test_unprotected_store_opens_without_a_secret() -> None:
    assert KeyStore.open(STORE.seal(UNPROTECTED, os.urandom), None).entries == STORE.entries


@pytest.mark.parametrize("lock", [WRAPPED, PHRASE], ids=lambda lock: lock.kind.name)
def test_sealed_bytes_hold_no_secret_and_differ_each_time(lock: Lock) -> None:
    one, other = STORE.seal(lock, os.urandom), STORE.seal(lock, os.urandom)
    assert one != other
    assert SEED not in one


@pytest.mark.parametrize("lock", [[1, b"\0" * 16, 14, 1], [1, b"\0" * 16, 40, 1], [1, b"\0" * 16, 15, 99]])
def test_scrypt_cost_out_of_bounds_is_malformed_before_it_is_paid(lock: list[object]) -> None:
    record = decode(STORE.seal(PHRASE, os.urandom))
    assert isinstance(record, list)
    record[3] = lock
    with pytest.raises(Malformed, match="scrypt cost"):
        KeyStore.open(encode(record), PHRASE.secret)


@pytest.mark.parametrize("lock", [[3], [], None, [1, b"short", 15, 1], [0, 0]])
def test_unknown_lock_is_malformed(lock: object) -> None:
    with pytest.raises(Malformed, match="unknown lock"):
        KeyStore.open(encode(["veriwatt/key-store", 2, "Works", lock, b"x" * 60]), b"secret")  # type: ignore[list-item]


def test_owner_of_one_store_cannot_be_written_over_anothers() -> None:
    record = decode(STORE.seal(WRAPPED, os.urandom))
    assert isinstance(record, list)
    record[2] = "Mills"
    with pytest.raises(NotOpenable):
        KeyStore.open(encode(record), WRAPPED.secret)


def test_signer_signs_with_the_named_seed() -> None:
    signer = STORE.signer("terminal")
    verify_signature(signer.public, b"message", signer.sign(b"message"), "a message")


def test_master_is_no_signer() -> None:
    with pytest.raises(SecretNotFound, match="no signing secret"):
        STORE.signer("group/main")


def test_an_unknown_name_is_not_found() -> None:
    with pytest.raises(SecretNotFound, match="'other'"):
        STORE.secret("other")


def test_secret_is_never_overwritten() -> None:
    with pytest.raises(SecretExists):
        STORE.with_secret("terminal", SIGNING, b"\x09" * 32)
    assert STORE.with_secret("terminal", SIGNING, SEED) is STORE


def test_entries_in_another_order_are_not_the_canonical_spelling() -> None:
    with pytest.raises(NotCanonical):
        KeyStore("Works", (SecretEntry("b", MASTER, SEED), SecretEntry("a", MASTER, SEED)))


def test_one_name_twice_is_not_a_store() -> None:
    with pytest.raises(NotCanonical):
        KeyStore("Works", (SecretEntry("a", MASTER, SEED), SecretEntry("a", MASTER, b"x" * 32)))


def test_short_or_huge_secret_is_malformed() -> None:
    for secret in (b"", b"x" * 15, b"x" * 4097):
        with pytest.raises(Malformed):
            STORE.with_secret("n", MASTER, secret)


def test_lock_without_its_secret_is_a_bug() -> None:
    with pytest.raises(TypeError):
        Lock(LockKind.PASSPHRASE)
    with pytest.raises(TypeError):
        Lock(LockKind.WRAPPING_KEY, b"short")


def test_printed_store_shows_no_secret() -> None:
    for shown in (repr(STORE), repr(PHRASE), str(STORE.entries)):
        assert "x01" not in shown
        assert "sesame" not in shown


def test_a_saved_store_opens_to_the_same_secrets(tmp_path: Path) -> None:
    def write(path: Path, raw: bytes) -> None:
        path.write_bytes(raw)

    save_key_store(STORE, WRAPPED, tmp_path / "keys", os.urandom, write)
    assert KeyStore.open((tmp_path / "keys").read_bytes(), WRAPPED.secret).entries == STORE.entries
