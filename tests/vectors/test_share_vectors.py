"""Both implementations of shares make the vectors, and the example of the page."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.make_shares import CODINGS, LENGTHS, content, vectors
from veriwatt.crypto.hashing import object_id
from veriwatt.encoding import decode
from veriwatt.erasure.shares import FoundShare, restore, split
from veriwatt.ids import Digest
from veriwatt.merkle.tree import EMPTY_ROOT
from veriwatt.model.storage.chunks import ProvenChunk, verify_chunk
from veriwatt.model.storage.coding import Coding
from veriwatt.model.storage.share_set import ShareSet
from veriwatt.testing.plain_shares import matrix, plain_split

SAID: dict[str, Any] = json.loads(Path(__file__).with_name("shares.json").read_text(encoding="utf-8"))
PAGE = (Path(__file__).parents[2] / "docs" / "spec" / "shares.md").read_text(encoding="utf-8")


def test_the_vectors_are_those_of_the_code() -> None:
    assert json.loads(json.dumps(vectors())) == SAID


@pytest.mark.parametrize("said", SAID["small"], ids=lambda s: f"{s['length']} bytes {s['k']}-of-{s['n']}")
def test_the_second_implementation_makes_the_same_shares(said: dict[str, Any]) -> None:
    made = plain_split(content(said["length"]), said["k"], said["n"])
    assert [share.hex() for share in made] == said["shares"]


@pytest.mark.parametrize("said", SAID["large"], ids=lambda s: f"{s['length']} bytes {s['k']}-of-{s['n']}")
def test_the_second_implementation_makes_large_shares_of_the_same_ids(said: dict[str, Any]) -> None:
    made = plain_split(content(said["length"]), said["k"], said["n"])
    assert [str(object_id(share)) for share in made] == [share["id"] for share in said["shares"]]


def test_the_second_implementation_makes_the_digest_of_every_coding() -> None:
    made = b"".join(b"".join(plain_split(content(length), k, n)) for k, n in CODINGS for length in LENGTHS)
    assert hashlib.sha256(made).hexdigest() == SAID["digest_of_all"]["sha256"]


@pytest.mark.parametrize("said", SAID["large"], ids=lambda s: f"{s['length']} bytes {s['k']}-of-{s['n']}")
def test_a_recorded_set_of_the_vectors_gives_the_object_back(said: dict[str, Any]) -> None:
    recorded = ShareSet.parse(decode(bytes.fromhex(said["record"]), "share set"))
    shares = split(content(said["length"]), recorded.coding)
    last = [FoundShare(index, share) for index, share in enumerate(shares)][-said["k"] :]
    assert restore(recorded, last).content == content(said["length"])
    assert str(recorded.name) == said["object"]


@pytest.mark.parametrize("said", SAID["chunks"], ids=lambda s: f"{s['size']} bytes")
def test_chunks_of_the_vectors_are_proven(said: dict[str, Any]) -> None:
    data, root = content(said["size"]), Digest.from_hex(said["root"])
    for index, path in enumerate(said["paths"]):
        nodes = tuple(Digest.from_hex(node) for node in path)
        verify_chunk(ProvenChunk(index, data[index * 1024 :][:1024], nodes), said["size"], root)
    if not data:
        assert (root, said["paths"]) == (EMPTY_ROOT, [])


def test_the_example_of_the_page_is_right() -> None:
    for index, share in enumerate(split(b"abcdefg", Coding(3, 5))):
        assert f"share {index}   {share.hex(' ')}" in PAGE
    for index in (3, 4):
        assert f"share {index}    {bytes(matrix(3, 5)[index]).hex(' ')}" in PAGE
