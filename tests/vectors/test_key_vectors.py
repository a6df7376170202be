"""The vectors of the key tree, the key store and the key shares say what the code says."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from veriwatt.crypto.key_shares import combine, parse_share
from veriwatt.crypto.key_tree import cover, window_key
from veriwatt.model.keys.key_store import KeyStore


def vectors(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return read


def test_window_keys_and_covers_are_those_of_the_vectors() -> None:
    said = vectors("key_tree.json")
    master = bytes.fromhex(said["master"])
    for each in said["window_keys"]:
        assert window_key(master, each["index"]).hex() == each["key"]
    for each in said["covers"]:
        assert [key.hex() for key in cover(master, each["first"], each["end"]).keys] == each["keys"]
    first = b"".join(window_key(master, index) for index in range(1000))
    assert sha256(first).hexdigest() == said["digest_of_first_1000"]


@pytest.mark.parametrize("lock", ["unprotected", "passphrase", "wrapping_key"])
def test_key_store_of_the_vectors_opens(lock: str) -> None:
    said = vectors("key_store.json")
    opened = KeyStore.open(bytes.fromhex(said["files"][lock]), bytes.fromhex(said["secrets"][lock]))
    assert opened.owner == said["owner"]
    assert [[entry.name, entry.purpose, entry.secret.hex()] for entry in opened.entries] == said["entries"]


def test_key_shares_of_the_vectors_restore_their_key() -> None:
    for each in vectors("key_shares.json")["sets"]:
        shares = [parse_share(text, "share") for text in each["shares"]]
        assert combine(shares).hex() == each["key"]
        assert combine(shares[-shares[0].needed :]).hex() == each["key"]
        assert [share.to_text() for share in shares] == each["shares"]
