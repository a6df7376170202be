"""Writes key_shares.json: shares of two keys, after docs/spec/key-shares.md."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path

from veriwatt.crypto.hashing import prf
from veriwatt.crypto.key_shares import split

KEYS = ((bytes(range(32)), 2, 3), (b"\xff" * 32, 3, 5))


def counted_bytes(seed: bytes) -> Callable[[int], bytes]:
    """Bytes that look random and are the same in every run."""
    calls = count()
    return lambda length: prf(seed, bytes([next(calls)]))[:length]


def vectors() -> dict[str, object]:
    made = [(key, split(key, needed, total, counted_bytes(key))) for key, needed, total in KEYS]
    return {"sets": [{"key": key.hex(), "shares": [share.to_text() for share in shares]} for key, shares in made]}


if __name__ == "__main__":
    Path(__file__).with_name("key_shares.json").write_text(json.dumps(vectors(), indent=1) + "\n")
