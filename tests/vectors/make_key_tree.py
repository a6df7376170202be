"""Writes key_tree.json: window keys and covers of one master, after docs/spec/key-tree.md."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from veriwatt.crypto.key_tree import cover, window_key

MASTER = bytes(range(32))
INDICES = (0, 1, 2, 20_454, 2**31 - 1, 2**31, 2**32 - 1)
SPANS = ((0, 1), (0, 2**32), (1, 2**32), (1, 2**32 - 1), (5, 13), (20_454, 20_819), (2**31 - 1, 2**31 + 1))


def vectors() -> dict[str, object]:
    return {
        "master": MASTER.hex(),
        "window_keys": [{"index": index, "key": window_key(MASTER, index).hex()} for index in INDICES],
        "covers": [
            {"first": first, "end": end, "keys": [key.hex() for key in cover(MASTER, first, end).keys]}
            for first, end in SPANS
        ],
        "digest_of_first_1000": hashlib.sha256(b"".join(window_key(MASTER, i) for i in range(1000))).hexdigest(),
    }


if __name__ == "__main__":
    Path(__file__).with_name("key_tree.json").write_text(json.dumps(vectors(), indent=1) + "\n")
