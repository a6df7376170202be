"""Writes objects.json: objects, their ids and CIDs, and texts that are none, after docs/spec/objects.md."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
RAW_SHA_256 = bytes([0x01, 0x55, 0x12, 0x20])
MIB = 1 << 20

# A pattern and how often it is repeated.
OBJECTS = ((b"", 1), (b"\0", 1), (b"hello world", 1), (bytes(range(256)), 16), (b"\xa5", 65536), (b"\0", MIB))


def vectors() -> dict[str, object]:
    return {"objects": [_object(part, times) for part, times in OBJECTS], "refused": _refused()}


def _object(part: bytes, times: int) -> dict[str, object]:
    digest = hashlib.sha256(part * times).digest()
    return {"bytes": part.hex(), "times": times, "id": digest.hex(), "cid": cid(RAW_SHA_256 + digest)}


def cid(raw: bytes) -> str:
    """Spelled bit by bit: a second implementation beside the product's."""
    bits = "".join(f"{byte:08b}" for byte in raw)
    bits += "0" * (-len(bits) % 5)
    return "b" + "".join(ALPHABET[int(bits[at : at + 5], 2)] for at in range(0, len(bits), 5))


def _refused() -> list[dict[str, str]]:
    digest = hashlib.sha256(b"hello world").digest()
    good = cid(RAW_SHA_256 + digest)
    last = ALPHABET.index(good[-1])
    return [
        {"why": "empty", "text": ""},
        {"why": "one character short", "text": good[:-1]},
        {"why": "one character long", "text": good + "a"},
        {"why": "a blank after it", "text": good + " "},
        {"why": "padded", "text": good + "======"},
        {"why": "upper case", "text": "B" + good[1:].upper()},
        {"why": "upper case after the b", "text": "b" + good[1:].upper()},
        {"why": "one letter in upper case", "text": good[:9] + good[9].upper() + good[10:]},
        {"why": "another letter whose capital is I", "text": good.replace("i", "\u0131", 1)},
        {"why": "a digit that base32 has not", "text": good[:-1] + "1"},
        {"why": "the first spare bit set", "text": good[:-1] + ALPHABET[last | 2]},
        {"why": "the second spare bit set", "text": good[:-1] + ALPHABET[last | 1]},
        {"why": "CID version 0 of the same hash", "text": "QmaozNR7DZHQK1ZcU9p7QdrshMvXqWK6gpu5rmrkPdT3L4"},
        {"why": "CID version 2", "text": cid(b"\x02\x55\x12\x20" + digest)},
        {"why": "a block with links, dag-pb", "text": cid(b"\x01\x70\x12\x20" + digest)},
        {"why": "another hash, BLAKE2s", "text": cid(b"\x01\x55\x1b\x20" + digest)},
        {"why": "a hash of 31 bytes", "text": cid(b"\x01\x55\x12\x1f" + digest)},
        {"why": "the identity of 32 bytes", "text": cid(b"\x01\x55\x00\x20" + digest)},
        {"why": "hexadecimal, f", "text": "f" + (RAW_SHA_256 + digest).hex()[:58]},
    ]


if __name__ == "__main__":
    Path(__file__).with_name("objects.json").write_text(json.dumps(vectors(), indent=1) + "\n")
