"""Writes shares.json: shares, share sets and chunks, after docs/spec/shares.md."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from veriwatt.encoding import encode
from veriwatt.erasure.shares import share_set, split
from veriwatt.ids import MAX_OBJECT
from veriwatt.model.storage.chunks import chunk_root, prove_chunks
from veriwatt.model.storage.coding import MAX_SHARES, Coding

SMALL = (
    (0, 3, 5),
    (1, 3, 5),
    (2, 3, 5),
    (3, 3, 5),
    (4, 3, 5),
    (7, 1, 1),
    (7, 1, 3),
    (7, 2, 3),
    (7, 6, 16),
    (7, 16, 16),
)
LARGE = ((MAX_OBJECT, 1, 3), (MAX_OBJECT, 3, 5), (MAX_OBJECT - 1, 10, 16), (5000, 3, 5))
CHUNKED = (0, 1, 1023, 1024, 1025, 2500, 8192)
CODINGS = [(k, n) for n in range(1, MAX_SHARES + 1) for k in range(1, n + 1)]
LENGTHS = (0, 1, 2, 15, 16, 17, 33)


def content(length: int) -> bytes:
    """SHA-256 of 0, 1, 2, ... as 4 bytes each, joined and cut."""
    blocks = (hashlib.sha256(at.to_bytes(4, "big")).digest() for at in range(length // 32 + 1))
    return b"".join(blocks)[:length]


def small(length: int, k: int, n: int) -> dict[str, object]:
    shares = split(content(length), Coding(k, n))
    return {"length": length, "k": k, "n": n, "shares": [share.hex() for share in shares]}


def large(length: int, k: int, n: int) -> dict[str, object]:
    data, coding = content(length), Coding(k, n)
    made = share_set(data, coding, split(data, coding))
    labels = [{"id": str(label.name), "chunk_root": str(label.chunk_root)} for label in made.labels]
    record = encode(made.fields()).hex()
    return {"length": length, "k": k, "n": n, "object": str(made.name), "shares": labels, "record": record}


def chunked(size: int) -> dict[str, object]:
    data = content(size)
    proven = prove_chunks(data, range(-(-size // 1024)))
    paths = [[str(node) for node in each.path] for each in proven]
    return {"size": size, "root": str(chunk_root(data)), "paths": paths}


def digest_of_all() -> str:
    """SHA-256 over the shares of every length in `LENGTHS` for every k and n, in their order."""
    every = [split(content(length), Coding(k, n)) for k, n in CODINGS for length in LENGTHS]
    return hashlib.sha256(b"".join(b"".join(shares) for shares in every)).hexdigest()


def vectors() -> dict[str, object]:
    return {
        "content": "SHA-256 of 0, 1, 2, ... as 4 bytes each, joined and cut at the length",
        "small": [small(*each) for each in SMALL],
        "large": [large(*each) for each in LARGE],
        "chunks": [chunked(size) for size in CHUNKED],
        "digest_of_all": {"lengths": LENGTHS, "codings": "n from 1 to 16, k from 1 to n", "sha256": digest_of_all()},
    }


if __name__ == "__main__":
    Path(__file__).with_name("shares.json").write_text(json.dumps(vectors(), indent=1) + "\n")
