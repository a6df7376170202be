from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from veriwatt.crypto.hashing import prf
from veriwatt.crypto.key_tree import cover
from veriwatt.crypto.wrapping import receiving_key, wrap
from veriwatt.model.terminals.handover import covers_bytes, parse_handover, parse_request, read_covers
from veriwatt.testing.actors import sim_key

FILE = Path(__file__).with_name("handover.json")
VECTORS = {name: bytes.fromhex(text) for name, text in json.loads(FILE.read_text()).items()}
SECRET = bytes(range(32))


def test_the_vectors_read_and_are_made_the_same_again() -> None:
    request, handover = parse_request(VECTORS["request"]), parse_handover(VECTORS["handover"])
    assert request.sign(sim_key("device")) == VECTORS["request"]
    assert handover.sign(sim_key("member")) == VECTORS["handover"]
    assert handover.context == VECTORS["info"]
    covers = read_covers(VECTORS["covers"])
    assert covers == {"electricity": cover(SECRET, 20_696, 20_727)}
    assert covers_bytes(covers) == VECTORS["covers"]


@pytest.mark.parametrize("name", ["info", "covers"])
def test_a_wrapped_key_opens_by_rfc_9180(name: str) -> None:
    context, plaintext = VECTORS["info"], VECTORS[name]
    assert opened_by_the_book(SECRET, context, wrap(receiving_key(SECRET), context, plaintext)) == plaintext


def opened_by_the_book(secret: bytes, info: bytes, wrapped: bytes) -> bytes:
    """RFC 9180, 4.1 Decap, 5.1 KeySchedule in mode_base, 5.2 Open with sequence number 0."""
    enc, ciphertext = wrapped[:32], wrapped[32:]
    own = X25519PrivateKey.from_private_bytes(secret)
    shared = own.exchange(X25519PublicKey.from_public_bytes(enc))
    kem, hpke = b"KEM" + b"\x00\x20", b"HPKE" + b"\x00\x20" + b"\x00\x01" + b"\x00\x02"
    prk = extract(kem, b"", b"eae_prk", shared)
    key_secret = expand(kem, prk, b"shared_secret", enc + own.public_key().public_bytes_raw(), 32)
    schedule = b"\x00" + extract(hpke, b"", b"psk_id_hash", b"") + extract(hpke, b"", b"info_hash", info)
    secret_key = extract(hpke, key_secret, b"secret", b"")
    key, nonce = expand(hpke, secret_key, b"key", schedule, 32), expand(hpke, secret_key, b"base_nonce", schedule, 12)
    return AESGCM(key).decrypt(nonce, ciphertext, b"")


def extract(suite: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
    return prf(salt or bytes(32), b"HPKE-v1" + suite + label + material)


def expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    return prf(prk, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info + b"\x01")[:length]
