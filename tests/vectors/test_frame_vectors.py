"""The frame of the vectors, made again step by step with hash, HMAC and AES alone."""

from __future__ import annotations

import hmac
import json
import zlib
from hashlib import sha256
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.vectors.make_frame import vectors
from veriwatt.model.frames.frame import parse_frame, upload_bytes


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(Path(__file__).with_name("frame.json").read_text(encoding="utf-8"))
    return {name: bytes.fromhex(value) if isinstance(value, str) else value for name, value in read.items()}


def test_the_committed_vectors_equal_the_generated_ones() -> None:
    committed = json.loads(Path(__file__).with_name("frame.json").read_text(encoding="utf-8"))
    made = vectors()
    inflated = [zlib.decompress(bytes.fromhex(str(each["packed"]))) for each in (committed, made)]
    assert inflated[0] == inflated[1]  # deflate may spell the same bytes otherwise in another zlib
    if committed["packed"] == made["packed"]:
        assert committed == made


def test_content_key_and_commitment_come_from_one_hkdf(said: dict[str, Any]) -> None:
    info = b"veriwatt/frame/1" + said["context"]
    key = hmac.digest(bytes(32), said["window_key"], "sha256")
    first = hmac.digest(key, info + b"\x01", "sha256")
    assert first == said["content_key"]
    assert hmac.digest(key, first + info + b"\x02", "sha256") == said["commitment"]


def test_the_payload_opens_to_the_values(said: dict[str, Any]) -> None:
    payload = said["payload"]
    packed = AESGCM(said["content_key"]).decrypt(payload[:12], payload[12:], said["aad"])
    plain = zlib.decompress(packed)
    assert (packed, len(plain), payload[:12]) == (said["packed"], said["plain_size"], said["nonce"])
    assert plain[0] == 1
    deltas = [n >> 1 ^ -(n & 1) for n in plain[1:]]
    assert deltas == [120, 5, 15, -3, 3]


def test_leaves_salts_and_root(said: dict[str, Any]) -> None:
    leaves = [bytes.fromhex(leaf) for leaf in said["leaves"]]
    for at, leaf in enumerate(leaves):
        point, _, values, statuses, reasons, instants = cbor2.loads(leaf)
        assert (reasons, instants) == (b"", [])
        assert (values, list(statuses)) == (said["values"][point], said["statuses"][point])
        salt = hmac.digest(said["content_key"], b"veriwatt/salt" + at.to_bytes(4, "big"), "sha256")
        assert salt.hex() == said["salts"][at]
        assert sha256(b"\0" + salt + leaf).hexdigest() == said["leaf_hashes"][at]
    left, right = (bytes.fromhex(each) for each in said["leaf_hashes"])
    assert sha256(b"\1" + left + right).digest() == said["column_root"]


def test_header_signature_and_ids(said: dict[str, Any]) -> None:
    header = cbor2.loads(said["header"])
    _, version, spans, statuses, replaced, sealed = header[7][0]
    assert version == 1
    assert (spans, replaced) == (bytes([2, 4]), b"")
    assert statuses == said["status_runs"] == bytes([0x11, 0x0C, 0x0A, 0x11, 0x0C, 0x08])
    roots = said["column_root"] + said["commitment"] + sha256(said["payload"]).digest()
    assert sealed[32:] == roots + said["plain_size"].to_bytes(4, "big")
    assert header[4][:24] == (2).to_bytes(8, "big") + bytes(8) + (7).to_bytes(8, "big")
    assert (len(header[4]), header[4][120:]) == (136, (-3).to_bytes(8, "big", signed=True) + (20).to_bytes(8, "big"))
    signed = cbor2.dumps(["Signature1", said["protected"], b"", said["header"]])
    assert signed == said["signed_bytes"]
    Ed25519PublicKey.from_public_bytes(said["public_key"]).verify(said["signature"], signed)
    assert sha256(signed).digest() == said["frame_id"]
    assert said["log_leaf_data"] == said["frame_id"] + sha256(said["signature"]).digest()
    assert sha256(b"\0" + said["log_leaf_data"]).digest() == said["log_leaf_hash"]


def test_the_upload_is_envelope_and_payload(said: dict[str, Any]) -> None:
    envelope = [said["protected"], {}, said["header"], said["signature"]]
    assert cbor2.dumps([envelope, [said["payload"]]]) == said["upload"]
    frame = parse_frame(said["upload"])
    assert upload_bytes(frame.envelope, frame.payloads) == said["upload"]
