"""Objects have the ids and CIDs of the vectors, and nothing else is a CID of an object."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vectors.make_objects import cid, vectors
from veriwatt.crypto.hashing import object_id
from veriwatt.errors import Malformed
from veriwatt.ids import ObjectId

SAID = json.loads(Path(__file__).with_name("objects.json").read_text())


def test_the_file_is_what_the_maker_writes() -> None:
    assert vectors() == SAID


@pytest.mark.parametrize("said", SAID["objects"], ids=lambda said: f"{said['times']}x{said['bytes'][:8]}")
def test_an_object_has_the_id_of_the_vectors(said: dict[str, Any]) -> None:
    found = object_id(bytes.fromhex(said["bytes"]) * said["times"])
    assert (found.hex(), str(found), ObjectId.parse(said["cid"])) == (said["id"], said["cid"], found)


@pytest.mark.parametrize("said", SAID["refused"], ids=lambda said: said["why"])
def test_another_text_is_no_object_id(said: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        ObjectId.parse(said["text"])


@given(st.binary(min_size=32, max_size=32))
def test_every_id_is_read_back_from_its_text(raw: bytes) -> None:
    text = str(ObjectId(raw))
    assert text == cid(b"\x01\x55\x12\x20" + raw)
    assert ObjectId.parse(text) == raw


@given(st.text(st.sampled_from("abyz27i\u0131\u017fAZ189= -"), min_size=58, max_size=58))
def test_a_text_is_an_id_in_one_spelling_or_malformed(rest: str) -> None:
    with suppress(Malformed):
        assert str(ObjectId.parse("b" + rest)) == "b" + rest
